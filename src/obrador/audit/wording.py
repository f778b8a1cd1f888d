"""What was done, in words: the end of a path, or else its method, is the verb, and the rest the
thing."""

import re
from collections.abc import Mapping
from functools import cached_property

from obrador.audit.domain import LOOKED, ActorKind, Outcome
from obrador.audit.schemas import AuditOutput
from obrador.kit.i18n import Speech

_BELOW = re.compile(
    r"^(/api/v1/tenants/\{tenant_id\}|/bakeries/\{tenant_id\}(/setup)?|/api/v1)(/|$)"
)
_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
"""The first one that is named: most call themselves by the names of others too."""
_CALLED = {"Edg": "Edge", "OPR": "Opera"}


class Deeds:
    """The words of one language."""

    def __init__(self, say: Speech) -> None:
        self._say = say

    def sentence(self, entry: AuditOutput) -> str:
        """What was done, or refused; without words for it, as programs read it."""
        deed = self.deed(entry.action) or entry.action
        return self.with_outcome(deed, entry.outcome)

    def with_outcome(self, deed: str, outcome: Outcome) -> str:
        """The same, where it was refused."""
        if outcome == "done":
            return deed
        return self._say.phrase("Was not allowed: {deed}", deed=deed)

    def deed(self, action: str) -> str | None:
        """What an action means; None if there are no words for it."""
        method, _, path = action.partition(" ")
        if action == LOOKED:
            return self._say.phrase("Looked into the bakery")
        parts = [p for p in _BELOW.sub("", path).split("/") if p and not p.startswith("{")]
        key = "/".join(parts)
        if whole := self._whole.get(action) or self._whole.get(f"{method} {key}"):
            return whole
        is_form_of_one = method == "POST" and path.endswith("}")
        for length in range(len(parts), 0, -1):
            thing, act = self._things.get("/".join(parts[:length])), "/".join(parts[length:])
            by_method = self._methods.get("PUT" if is_form_of_one else method)
            verb = self._acts.get(act) if act else by_method
            if thing and verb:
                return verb.format(what=thing)
        return None

    def actor(self, kind: ActorKind, name: str) -> str:
        """Who did it."""
        say = self._say
        return {
            "person": name,
            "program": say.phrase("{name} (a program)", name=name),
            "local_owner": say.phrase("You, at this computer"),
            "platform_admin": say.phrase("{name} (runs the platform)", name=name),
            "service": say.phrase("Another Obrador"),
            "command_line": say.phrase("{name} (command line)", name=name),
            "unknown": say.phrase("Somebody unknown"),
        }[kind]

    def program(self, called: str) -> str:
        """What somebody used: a browser's name, or how a program calls itself."""
        found = next((each for each in _BROWSERS if each in called), "")
        return _CALLED.get(found, found) or re.split("[/ ]", called)[0]

    @cached_property
    def _methods(self) -> Mapping[str, str]:
        phrase = self._say.phrase
        return {
            "POST": phrase("Added {what}", what="{what}"),
            "PUT": phrase("Changed {what}", what="{what}"),
            "PATCH": phrase("Changed {what}", what="{what}"),
            "DELETE": phrase("Removed {what}", what="{what}"),
        }

    @cached_property
    def _acts(self) -> Mapping[str, str]:
        phrase = self._say.phrase
        return {
            "acknowledge": phrase("Took note of {what}", what="{what}"),
            "approve": phrase("Approved {what}", what="{what}"),
            "cancel": phrase("Cancelled {what}", what="{what}"),
            "complete": phrase("Finished {what}", what="{what}"),
            "confirm": phrase("Confirmed {what}", what="{what}"),
            "disable": phrase("Switched off {what}", what="{what}"),
            "dismiss": phrase("Dismissed {what}", what="{what}"),
            "edit": phrase("Changed {what}", what="{what}"),
            "enable": phrase("Switched on {what}", what="{what}"),
            "execute": phrase("Started {what}", what="{what}"),
            "feedback": phrase("Said what they think of {what}", what="{what}"),
            "import": phrase("Imported {what} from a file", what="{what}"),
            "receive": phrase("Received the goods of {what}", what="{what}"),
            "recount": phrase("Asked for another count of {what}", what="{what}"),
            "regenerate": phrase("Had {what} made anew", what="{what}"),
            "reject": phrase("Turned down {what}", what="{what}"),
            "resolve": phrase("Settled {what}", what="{what}"),
            "remove": phrase("Removed {what}", what="{what}"),
            "revoke": phrase("Removed {what}", what="{what}"),
            "run": phrase("Started {what}", what="{what}"),
            "retry": phrase("Ran {what} again", what="{what}"),
            "reverse": phrase("Took back {what}", what="{what}"),
            "send": phrase("Sent {what}", what="{what}"),
            "start": phrase("Began {what}", what="{what}"),
            "submit": phrase("Handed in {what} for approval", what="{what}"),
            "test": phrase("Tried {what}", what="{what}"),
            "withdraw": phrase("Took back {what}", what="{what}"),
        }

    @cached_property
    def _things(self) -> Mapping[str, str]:
        phrase = self._say.phrase
        order, plan = phrase("a purchase order"), phrase("a purchase plan")
        sheet, posting = phrase("a counting sheet"), phrase("a movement of stock")
        return {
            "accuracy/jobs": phrase("a training"),
            "alerts": phrase("an alert"),
            "api-keys": phrase("a program's key"),
            "calendar": phrase("a day of the calendar"),
            "calendar/events": phrase("a day of the calendar"),
            "calendar/proposals": phrase("a proposed event"),
            "closures": phrase("a closing day"),
            "equipment": phrase("a piece of equipment"),
            "forecast/overrides": phrase("a forecast by hand"),
            "forecasts/overrides": phrase("a forecast by hand"),
            "ingredients": phrase("an ingredient"),
            "hours/closures": phrase("a closing day"),
            "insights": phrase("an insight"),
            "invitations": phrase("an invitation"),
            "inventory/counts": sheet,
            "keys": phrase("a program's key"),
            "members": phrase("somebody's access"),
            "orchestrator/executions": phrase("a run of the platform"),
            "orchestrator/schedule": phrase("the platform's schedule"),
            "orchestrator/workflows": phrase("a workflow of the platform"),
            "orders": phrase("a customer's order"),
            "people": phrase("somebody's access"),
            "people/invitations": phrase("an invitation"),
            "platform/executions": phrase("a run of the platform"),
            "platform/schedule": phrase("a workflow of the platform"),
            "procurement/orders": order,
            "procurement/plans": plan,
            "production/batches": phrase("a batch"),
            "production/schedules": phrase("a production plan"),
            "products": phrase("a product"),
            "promotions": phrase("a promotion"),
            "purchasing/orders": order,
            "purchasing/plans": plan,
            "recipes": phrase("a recipe"),
            "sales": phrase("sales"),
            "shifts": phrase("a shift"),
            "stock/counts": sheet,
            "stock/items": posting,
            "stock/movements": posting,
            "stock/postings": posting,
            "suppliers": phrase("a supplier"),
            "tenants": phrase("a bakery"),
            "training-jobs": phrase("a training"),
            "waste-reasons": phrase("a reason for waste"),
            "weather": phrase("the weather"),
            "webhooks": phrase("a webhook"),
        }

    @cached_property
    def _whole(self) -> Mapping[str, str]:
        phrase = self._say.phrase
        counted = phrase("Counted an item")
        return {
            "DELETE admin/forecasting/cache/all": phrase("Had all forecasts forgotten"),
            "DELETE forecasts/cache": phrase("Had the forecasts made anew"),
            "DELETE forecasts/cache/product": phrase("Had a product's forecast made anew"),
            "PATCH ": phrase("Changed the bakery's own facts"),
            "POST /forgotten/{token}": phrase("Chose another password by a link in their mail"),
            "POST /invitations/{token}": phrase("Took an invitation"),
            "POST account": phrase("Changed their account"),
            "POST account/code": phrase("Switched on the second step of signing in"),
            "POST account/code/off": phrase("Switched off the second step of signing in"),
            "POST account/first": phrase("Made the first account"),
            "POST account/password": phrase("Changed their password"),
            "POST account/sessions/end": phrase("Signed a browser out"),
            "POST accuracy/train": phrase("Had forecasting learn anew"),
            "POST accuracy/validate": phrase("Had past forecasts checked again"),
            "POST auth/refresh": phrase("Stayed signed in"),
            "POST auth/token": phrase("Signed in"),
            "POST forgotten": phrase("Asked for a link to choose another password"),
            "POST forecasts/generate": phrase("Asked for forecasts"),
            "POST forecasts/single": phrase("Asked for a forecast"),
            "POST inventory/counts/lines": counted,
            "POST inventory/operations/ingredients/batch": phrase("Looked up ingredients"),
            "POST inventory/operations/stock-levels/batch": phrase("Looked up stock"),
            "POST models/evaluate-retraining": phrase("Had it checked what should be retrained"),
            "POST models/train": phrase("Had forecasting learn anew"),
            "POST notifications/read": phrase("Read a notification"),
            "PUT notification-preferences": phrase("Changed who is told what"),
            "PUT notification-preferences/mail": phrase("Changed what they get by mail"),
            "PUT notification-preferences/me": phrase("Changed what they are told"),
            "POST plan": phrase("Had the day planned"),
            "POST procurement/operations/auto-generate": phrase("Asked for a purchase plan"),
            "POST production/operations/generate-schedule": phrase("Asked for a production plan"),
            "POST stock/counts/lines": counted,
            "POST stock/items/count": counted,
            "POST stock/items/waste": phrase("Entered waste"),
            "POST assumed": phrase("Confirmed what was assumed"),
            "POST bakery": phrase("Changed the bakery's own facts"),
            "POST calendar/import": phrase("Imported a calendar from a file"),
            "POST hours": phrase("Changed the opening hours"),
            "POST import": phrase("Imported sales from a file"),
            "POST notices": phrase("Changed what they are told"),
            "POST notices/roles": phrase("Changed who is told what"),
            "POST planning": phrase("Had the day planned"),
            "POST start/hours": phrase("Changed the opening hours"),
            "POST start/products": phrase("Said what is sold"),
            "POST welcome": phrase("Made a bakery"),
            "POST welcome/demo": phrase("Loaded the demo bakery"),
            "POST workbook": phrase("Took over a workbook"),
            "PUT inventory/counts/lines": counted,
            "POST suppliers/prices": phrase("Changed a supplier's prices"),
            "POST sign-in": phrase("Signed in"),
            "POST sign-in/code": phrase("Signed in"),
            "POST sign-out": phrase("Signed out"),
            "POST today/approve": phrase("Approved today's plans"),
            "POST today/plan": phrase("Had the day planned"),
            "POST today/seen": phrase("Said that somebody looks after an alert"),
            "PUT suppliers/prices": phrase("Changed a supplier's prices"),
            "POST validation/backfill": phrase("Had past forecasts checked again"),
            "POST webhooks/deliveries/replay": phrase("Had a webhook delivered again"),
            "POST webhooks/replay": phrase("Had failed webhooks delivered again"),
            "POST webhooks/rotate-secret": phrase("Gave a webhook another secret"),
        }

"""Set up: what people hear of."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Owner
from obrador.authz.requester import Person, id_of
from obrador.authz.roles import Role
from obrador.dashboard.forms import Form, Given, filled, see, tried
from obrador.dashboard.setup_faults import faults_of, refusal_words
from obrador.dashboard.setup_fields import Choices
from obrador.dashboard.setup_words import role_words
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.notifications import service as notifications
from obrador.notifications.domain import KINDS, ROLES
from obrador.notifications.schemas import MailPreference, OwnWish, RoleWish

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/notices", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
async def notices(visit: Visiting) -> Response:
    """What the visitor hears of; and for an owner, what every role does."""
    return await _page(visit)


@router.post("", response_class=HTMLResponse)
async def change_own(visit: Visiting, given: Form) -> Response:
    """What the visitor hears of, and when by mail."""
    session, tenant, own = visit.session, visit.tenant, id_of(visit.requester)

    async def work() -> None:
        kept = await notifications.get_preferences(session, tenant, own)
        for each in kept.own:
            if each.wanted is not bool(given.get(f"own.{each.kind}")):
                wish = OwnWish(kind=each.kind, wanted=not each.wanted)
                await notifications.set_own_wish(session, tenant, wish, own)
        if isinstance(visit.requester, Person):
            wanted = filled(MailPreference, {n: given.get(n) for n in ("mode", "language")})
            await notifications.set_mail_preference(session, tenant, wanted, own)

    error = await tried(session, work())
    return await _saved(visit, given, error)


@router.post("/roles", response_class=HTMLResponse)
async def change_roles(visit: Visiting, _: Owner, given: Form) -> Response:
    """What every role hears of."""
    session, tenant, own = visit.session, visit.tenant, id_of(visit.requester)

    async def work() -> None:
        kept = await notifications.get_preferences(session, tenant, own)
        for each in kept.roles:
            if each.wanted is not bool(given.get(f"{each.role}.{each.kind}")):
                wish = RoleWish(role=each.role, kind=each.kind, wanted=not each.wanted)
                await notifications.set_role_wish(session, tenant, wish, own)

    error = await tried(session, work())
    return await _saved(visit, given, error)


def kind_words(say: Speech) -> Choices:
    """What can be heard of."""
    words = {
        "daily_summary": say.phrase("The morning at a glance"),
        "weekly_digest": say.phrase("The week that was"),
        "plan_waiting": say.phrase("Orders wait for approval"),
        "schedule_rejected": say.phrase("A baking plan was turned down"),
        "schedule_regenerated": say.phrase("A baking plan was made again"),
        "plan_rejected": say.phrase("A purchase plan was turned down"),
        "plan_regenerated": say.phrase("A purchase plan was made again"),
        "stock_critical": say.phrase("Something runs out before it can come"),
        "floor_alert": say.phrase("A batch is late, or gave too little"),
        "order_not_sent": say.phrase("An approved order was not sent"),
        "order_overdue": say.phrase("A delivery did not come"),
        "webhook_disabled": say.phrase("A webhook was switched off"),
    }
    return tuple((kind, words[kind]) for kind in KINDS)


def mode_choices(say: Speech) -> Choices:
    """When mail comes."""
    return (
        ("usual", say.phrase("what is urgent at once, the rest once a day")),
        ("each", say.phrase("everything at once")),
        ("digest", say.phrase("everything once a day")),
        ("off", say.phrase("never")),
    )


async def _saved(visit: Visit, given: Given, error: ObradorError | None) -> Response:
    if error is None:
        return see(f"{visit.home}/setup/notices", done="saved")
    return await _page(visit, given, error)


async def _page(
    visit: Visit, given: Given | None = None, error: ObradorError | None = None
) -> Response:
    session, tenant, say, own = visit.session, visit.tenant, visit.say, id_of(visit.requester)
    kept = await notifications.get_preferences(session, tenant, own)
    mail = await notifications.get_mail_preference(session, tenant, own)
    wanted = {f"own.{each.kind}" for each in kept.own if each.wanted}
    wanted |= {f"{each.role}.{each.kind}" for each in kept.roles if each.wanted}
    shown = dict.fromkeys(wanted, "1") | {"mode": mail.mode, "language": mail.language or ""}
    return visit.page(
        "setup_notices.html",
        "setup",
        error.status if error else 200,
        kinds=kind_words(say),
        roles=[(each.value, role_words(say, each).partition(":")[0]) for each in ROLES],
        hears={each.kind for each in kept.roles if each.wanted and each.role == visit.role},
        modes=mode_choices(say),
        has_mail=isinstance(visit.requester, Person),
        given=given or shown,
        is_owner=visit.role is Role.OWNER,
        where=f"{visit.home}/setup/notices",
        faults=faults_of(say, error),
        error=error,
        error_words=refusal_words(say, error) if error else "",
        done=say.phrase("Saved.") if "done" in visit.request.query_params else "",
    )

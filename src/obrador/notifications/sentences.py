"""What events of the day are told as: a title and a sentence each. Data in, words out."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from obrador.alerts import service as alerts
from obrador.kit.i18n import Speech

Facts = Mapping[str, Any]
Words = Callable[[Speech, Facts], str]


def _schedule_rejected(say: Speech, facts: Facts) -> str:
    return _rejected(say, facts, say.phrase("The bake of {day}", day=_day(say, facts)))


def _plan_rejected(say: Speech, facts: Facts) -> str:
    return _rejected(say, facts, say.phrase("The purchases of {day}", day=_day(say, facts)))


def _rejected(say: Speech, facts: Facts, what: str) -> str:
    parts = [
        say.phrase("{what}: turned down by {name}.", what=what, name=facts["by"])
        if facts["by"]
        else say.phrase("{what}: turned down.", what=what)
    ]
    if facts["reason"]:
        parts.append(say.phrase("“{reason}”", reason=facts["reason"]))
    if facts["regenerates"]:
        parts.append(say.phrase("It is planned again now."))
    return " ".join(parts)


def _schedule_regenerated(say: Speech, facts: Facts) -> str:
    return say.phrase("The bake of {day} was planned again: look at it.", day=_day(say, facts))


def _plan_regenerated(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "The purchases of {day} were planned again: look at them.", day=_day(say, facts)
    )


def _stock_critical(say: Speech, facts: Facts) -> str:
    out = (f"{each['name']} ({say.short_day(_date(each['day']))})" for each in facts["items"])
    return say.phrase(
        "Runs out before any supplier can deliver: {items}.", items=", ".join(out) or "?"
    )


def _floor_alert(say: Speech, facts: Facts) -> str:
    return alerts.sentence(say, facts["alert"], facts["facts"])


def _order_not_sent(say: Speech, facts: Facts) -> str:
    sentence = say.phrase(
        "The order {number} to {supplier} could not be sent.",
        number=facts["number"],
        supplier=facts["supplier"],
    )
    return f"{sentence} {facts['reason']}".strip()


def _order_overdue(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "The order {number} of {supplier} was due on {day} and has not come.",
        number=facts["number"],
        supplier=facts["supplier"],
        day=_day(say, facts),
    )


def _webhook_disabled(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "Nothing could be delivered to {url} for days, so nothing is sent there any more. Mend it,"
        " enable the webhook, and replay what failed.",
        url=facts["url"],
    )


TITLES: Mapping[str, Callable[[Speech], str]] = {
    "plan_waiting": lambda say: say.phrase("Orders wait for you"),
    "schedule_rejected": lambda say: say.phrase("A bake was turned down"),
    "schedule_regenerated": lambda say: say.phrase("A bake was planned again"),
    "plan_rejected": lambda say: say.phrase("Purchases were turned down"),
    "plan_regenerated": lambda say: say.phrase("Purchases were planned again"),
    "stock_critical": lambda say: say.phrase("Ingredients run out"),
    "floor_alert": lambda say: say.phrase("The bakery needs you"),
    "order_not_sent": lambda say: say.phrase("An order could not be sent"),
    "order_overdue": lambda say: say.phrase("A delivery has not come"),
    "webhook_disabled": lambda say: say.phrase("A webhook was disabled"),
}
SENTENCES: Mapping[str, Words] = {
    "schedule_rejected": _schedule_rejected,
    "schedule_regenerated": _schedule_regenerated,
    "plan_rejected": _plan_rejected,
    "plan_regenerated": _plan_regenerated,
    "stock_critical": _stock_critical,
    "floor_alert": _floor_alert,
    "order_not_sent": _order_not_sent,
    "order_overdue": _order_overdue,
    "webhook_disabled": _webhook_disabled,
}


def _day(say: Speech, facts: Facts) -> str:
    return say.day(_date(facts["day"]))


def _date(day: str) -> date:
    return datetime.fromisoformat(day).date()

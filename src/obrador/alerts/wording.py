"""Alerts as sentences, in the reader's language. Data in, words out."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from obrador.alerts.domain import Kind
from obrador.kit.i18n import Speech

Facts = Mapping[str, Any]


def sentence(say: Speech, kind: Kind, facts: Facts) -> str:
    """What an alert says."""
    return SENTENCES[kind](say, facts)


def _stock_critical(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{name} runs out on {day}, before any supplier can deliver.",
        name=facts["name"],
        day=_day(say, facts),
    )


def _lot_expiring(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{quantity} of {name} expire on {day} and are not needed before.",
        quantity=say.quantity(facts["quantity"], facts["unit"]),
        name=facts["name"],
        day=_day(say, facts),
    )


def _batch_unplaced(say: Speech, facts: Facts) -> str:
    return say.phrase("{name} does not fit into the timetable.", name=facts["name"])


def _batch_late(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{name} will be ready {minutes} minutes late.",
        name=facts["name"],
        minutes=say.number(facts["minutes"]),
    )


def _order_urgent(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "Order from {name} at once: what comes on {day} is needed before.",
        name=facts["name"],
        day=_day(say, facts),
    )


def _ingredient_unsupplied(say: Speech, facts: Facts) -> str:
    return say.phrase("No supplier offers {name}, and it is needed.", name=facts["name"])


def _product_without_recipe(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{name} sells {n} a week and has no recipe: nothing is baked or bought for it.",
        name=facts["name"],
        n=say.number(facts["units"]),
    )


def _schedule_waiting(say: Speech, facts: Facts) -> str:
    return say.phrase("Nobody has looked at the bake of {day} yet.", day=_day(say, facts))


SENTENCES: Mapping[Kind, Callable[[Speech, Facts], str]] = {
    "stock_critical": _stock_critical,
    "lot_expiring": _lot_expiring,
    "batch_unplaced": _batch_unplaced,
    "batch_late": _batch_late,
    "order_urgent": _order_urgent,
    "ingredient_unsupplied": _ingredient_unsupplied,
    "product_without_recipe": _product_without_recipe,
    "schedule_waiting": _schedule_waiting,
}


def _day(say: Speech, facts: Facts) -> str:
    return say.day(date.fromisoformat(facts["day"]))

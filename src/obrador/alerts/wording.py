"""Alerts as sentences, in the reader's language. Data in, words out."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from obrador.alerts.domain import Kind
from obrador.kit.i18n import Speech
from obrador.production import service as production

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


def _stock_low(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{name} gets low: from {day} on less than half its safety stock is left, before any"
        " supplier can deliver.",
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


def _order_not_sent(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "Order {number} to {name} for {day} could not be sent: {reason}",
        number=facts["number"],
        name=facts["name"],
        day=_day(say, facts),
        reason=facts["reason"],
    )


def _order_overdue(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "Order {number} from {name} should have come on {day} and has not, or not all of it.",
        number=facts["number"],
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


def _capacity_short(say: Speech, facts: Facts) -> str:
    return " ".join(_capacity_parts(say, facts))


def _capacity_parts(say: Speech, facts: Facts) -> Iterator[str]:
    day = _day(say, facts)
    if facts["cause"] == "people":
        yield say.phrase("There are too few people on {day}.", day=day)
    else:
        yield say.phrase(
            "There is too little room on this equipment on {day}: {kind}.",
            day=day,
            kind=production.equipment_words(say, facts["cause"]),
        )
    if facts["unplaced"]:
        yield say.phrase("Cannot be made: {names}.", names=", ".join(facts["unplaced"]))
    if facts["late"]:
        yield say.phrase(
            "Late, by up to {minutes} minutes: {names}.",
            minutes=say.number(facts["minutes"]),
            names=", ".join(facts["late"]),
        )
    if facts["remedies"]:
        remedies = [production.remedy_words(say, **remedy) for remedy in facts["remedies"]]
        yield say.phrase("What would help: {remedies}.", remedies="; ".join(remedies))


def _batch_delayed(say: Speech, facts: Facts) -> str:
    values = {"name": facts["name"], "at": _clock(say, facts["at"])}
    parts = [
        say.phrase("{name} should have been done at {at} and is not.", **values)
        if facts["what"] == "end"
        else say.phrase("{name} should have been started at {at} and is not.", **values)
    ]
    if facts["is_late"]:
        ready_by = _clock(say, facts["ready_by"])
        parts.append(say.phrase("It will not be ready by {at}.", at=ready_by))
    if facts["is_ordered"]:
        parts.append(say.phrase("A customer's order waits for it."))
    return " ".join(parts)


def _equipment_out(say: Speech, facts: Facts) -> str:
    values = {"name": facts["name"]}
    if facts["until"]:
        until = _moment(say, facts["until"])
        parts = [say.phrase("{name} is out of order until {until}.", until=until, **values)]
    else:
        parts = [say.phrase("{name} is out of order.", **values)]
    if facts["batches"]:
        batches = [f"{each['name']} {_moment(say, each['at'])}" for each in facts["batches"]]
        parts.append(
            say.phrase(
                "Batches that need it then: {batches}. Plan the day again.",
                batches=", ".join(batches),
            )
        )
    return " ".join(parts)


def _yield_off(say: Speech, facts: Facts) -> str:
    name, unit = facts["name"], facts["unit"]
    if facts["is_waste"]:
        return say.phrase(
            "{name}: {wasted} wasted, where {planned} were reckoned with.",
            name=name,
            wasted=say.quantity(facts["wasted"], unit),
            planned=say.quantity(facts["waste_planned"], unit),
        )
    return say.phrase(
        "{name} gave {made} where {planned} were planned ({change}).",
        name=name,
        made=say.quantity(facts["made"], unit),
        planned=say.quantity(facts["planned"], unit),
        change=say.change(facts["percent"] / 100),
    )


def _yield_trend(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{name} was off {n} times in a row, by {change} on average. Its recipe reckons with"
        " {present} % waste: {proposed} % would fit.",
        name=facts["name"],
        n=say.number(facts["count"]),
        change=say.change(facts["percent"] / 100),
        present=say.number(100 * facts["waste_share"], 1),
        proposed=say.number(100 * facts["proposed"], 1),
    )


def _stock_short(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{batch} took {quantity} more of {name} than stock held: count it.",
        batch=facts["batch"],
        quantity=say.quantity(facts["quantity"], facts["unit"]),
        name=facts["name"],
    )


SENTENCES: Mapping[Kind, Callable[[Speech, Facts], str]] = {
    "stock_critical": _stock_critical,
    "stock_low": _stock_low,
    "lot_expiring": _lot_expiring,
    "batch_unplaced": _batch_unplaced,
    "batch_late": _batch_late,
    "order_urgent": _order_urgent,
    "order_not_sent": _order_not_sent,
    "order_overdue": _order_overdue,
    "ingredient_unsupplied": _ingredient_unsupplied,
    "product_without_recipe": _product_without_recipe,
    "schedule_waiting": _schedule_waiting,
    "capacity_short": _capacity_short,
    "batch_delayed": _batch_delayed,
    "equipment_out": _equipment_out,
    "yield_off": _yield_off,
    "yield_trend": _yield_trend,
    "stock_short_on_completion": _stock_short,
}


def _day(say: Speech, facts: Facts) -> str:
    return say.day(date.fromisoformat(facts["day"]))


def _clock(say: Speech, moment: str) -> str:
    return say.clock(datetime.fromisoformat(moment))


def _moment(say: Speech, moment: str) -> str:
    """Tue 3 Mar 05:10."""
    return f"{say.short_day(datetime.fromisoformat(moment).date())} {_clock(say, moment)}"

"""Notifications as sentences, in the reader's language. Data in, words out."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from obrador.authz.roles import Role
from obrador.kit.i18n import Speech
from obrador.notifications.domain import Kind
from obrador.notifications.sentences import SENTENCES, TITLES

Facts = Mapping[str, Any]


def title(say: Speech, kind: Kind, day: date, facts: Facts) -> str:
    """What a notification is about."""
    match kind:
        case "daily_summary":
            return say.phrase("The plan for {day}", day=say.day(day))
        case "weekly_digest":
            first, last = (date.fromisoformat(facts[name]) for name in ("first", "last"))
            return say.phrase(
                "The week from {first} to {last}",
                first=say.short_day(first),
                last=say.short_day(last),
            )
        case _:
            return TITLES[kind](say)


def lines(say: Speech, kind: Kind, role: Role, facts: Facts) -> list[str]:
    """What it says, to whoever has the role."""
    if kind in SENTENCES:
        return [SENTENCES[kind](say, facts)]
    return list(_LINES[kind](say, role, facts))


def _summary(say: Speech, role: Role, facts: Facts) -> Iterator[str]:
    if role is not Role.PROCUREMENT_MANAGER:
        yield from _bake(say, facts)
    if role is not Role.PRODUCTION_MANAGER:
        yield from _orders(say, facts)
    if facts["alerts"]:
        yield say.counted("{n} alert is open.", "{n} alerts are open.", facts["alerts"])
    if facts["accuracy"] is not None and role is not Role.PROCUREMENT_MANAGER:
        yield say.phrase(
            "The last forecast hit {accuracy} % of what was sold.",
            accuracy=say.number(facts["accuracy"], 1),
        )


def _bake(say: Speech, facts: Facts) -> Iterator[str]:
    if not facts["batches"]:
        yield say.phrase("Nothing is to be baked.")
        return
    yield say.counted(
        "{n} batch for {products} products; the first starts at {at}.",
        "{n} batches for {products} products; the first starts at {at}.",
        facts["batches"],
        products=facts["products"],
        at=say.clock(datetime.fromisoformat(facts["starts_at"])),
    )
    if facts["unplaced"]:
        yield say.counted(
            "{n} batch does not fit into the day.",
            "{n} batches do not fit into the day.",
            facts["unplaced"],
        )
    if facts["late"]:
        yield say.counted("{n} batch will be late.", "{n} batches will be late.", facts["late"])


def _orders(say: Speech, facts: Facts) -> Iterator[str]:
    if facts["orders"]:
        yield say.counted(
            "{n} order is to be placed today, for {cost}.",
            "{n} orders are to be placed today, for {cost}.",
            facts["orders"],
            cost=say.money(facts["cost_minor"]),
        )
    else:
        yield say.phrase("Nothing has to be ordered today.")
    if facts["critical"]:
        yield say.counted(
            "{n} ingredient runs out before it can be delivered.",
            "{n} ingredients run out before they can be delivered.",
            facts["critical"],
        )


def _digest(say: Speech, _: Role, facts: Facts) -> Iterator[str]:
    if facts["days"]:
        yield say.phrase(
            "Sold: {sold}. Planned: {planned}. Foreseen: {foreseen}.",
            sold=_quantities(say, facts["sold"]),
            planned=_quantities(say, facts["planned"]),
            foreseen=_quantities(say, facts["foreseen"]),
        )
        yield say.phrase(
            "Forecasts hit {accuracy} % of what was sold, over {days} days.",
            accuracy=say.number(facts["accuracy"], 1),
            days=facts["days"],
        )
    else:
        yield say.phrase("No day's forecast could be compared with its sales.")
    if facts["sold_out"]:
        yield say.counted(
            "{n} product sold out before closing.",
            "Products sold out before closing {n} times.",
            facts["sold_out"],
        )
    for product in facts["products"]:
        yield say.phrase(
            "{name}: {planned} planned, {sold} sold.",
            name=product["name"],
            planned=say.quantity(product["planned"], product["unit"]),
            sold=say.quantity(product["sold"], product["unit"]),
        )
    if facts["waste"]:
        yield say.phrase("Thrown away: {waste}.", waste=_quantities(say, facts["waste"]))
    yield say.counted(
        "{n} order placed, for {cost}.",
        "{n} orders placed, for {cost}.",
        facts["orders"],
        cost=say.money(facts["cost_minor"]),
    )
    yield say.counted(
        "{n} alert raised, {resolved} resolved.",
        "{n} alerts raised, {resolved} resolved.",
        facts["alerts_raised"],
        resolved=facts["alerts_resolved"],
    )


def _waiting(say: Speech, _: Role, facts: Facts) -> Iterator[str]:
    if facts.get("waiting", 1):
        yield say.phrase("Nobody has looked at today's purchase plan yet.")
    if unsent := facts.get("unsent", 0):
        yield say.phrase(
            "Approved, to be placed by today, and not sent yet: {n} of the orders.", n=unsent
        )


def _quantities(say: Speech, by_unit: Mapping[str, float]) -> str:
    return ", ".join(say.quantity(total, unit) for unit, total in by_unit.items()) or "–"


_LINES: Mapping[Kind, Callable[[Speech, Role, Facts], Iterator[str]]] = {
    "daily_summary": _summary,
    "weekly_digest": _digest,
    "plan_waiting": _waiting,
}

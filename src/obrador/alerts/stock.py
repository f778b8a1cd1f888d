"""Stock that runs low, runs out or expires: of a morning's plan, and as it is now. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from obrador.alerts.domain import Alert, Kind, Severity
from obrador.inventory.domain import Ingredient, Lot
from obrador.inventory.service import KEEPS, Stock, look_ahead, still_needed
from obrador.procurement.domain import Projection

ONE_OF_EACH: tuple[Kind, ...] = ("stock_low", "stock_critical")
"""There is one alert of an ingredient until there is stock again."""
_LOW_SHARE = 0.5
"""Of its safety stock, below which an ingredient is low: in a good plan stock touches its safety
stock before every delivery."""
_EXPIRING_DAYS = 2
"""Today and tomorrow: what spoils later can still be planned for."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What becomes of an ingredient. Days are indices from the day that is looked from."""

    ingredient: Ingredient
    out_day: int | None
    """On which it runs out before a delivery can come."""
    low_day: int | None
    """From which there is too little before a delivery can come."""
    expired: tuple[float, ...]
    """What expires unused, by day."""


@dataclass(frozen=True)
class Today:
    """A bakery's stock as it is now, beside the plan that was made before."""

    ingredients: Sequence[Ingredient]
    lots: Sequence[Lot]
    projections: Sequence[Projection]
    planned_on: date
    day: date
    moved: Mapping[tuple[UUID, str], float]
    """Today so far, by ingredient and kind of movement; what left is negative."""
    first_delivery: Mapping[UUID, int]
    """By ingredient, the first day on which any supplier can deliver; missing: none can."""


def planned(projection: Projection, ingredient: Ingredient, first_delivery: int | None) -> Ahead:
    """As a plan foresees it."""
    return Ahead(
        ingredient,
        projection.stock_out_day if projection.is_critical else None,
        _low_day(projection.closing, projection.safety.quantity, first_delivery),
        projection.expired,
    )


def present(today: Today) -> list[Ahead]:
    """As it is now: with what the plan still needs and expects, from the lots that there are."""
    since = (today.day - today.planned_on).days
    known = {ingredient.id: ingredient for ingredient in today.ingredients}
    lots: dict[UUID, list[Lot]] = {}
    for lot in today.lots:
        lots.setdefault(lot.item_id, []).append(lot)
    return [
        _present(today, each, known[each.ingredient_id], lots.get(each.ingredient_id, []), since)
        for each in today.projections
        if each.ingredient_id in known and 0 <= since < len(each.requirement)
    ]


def stock_alerts(day: date, ahead: Sequence[Ahead]) -> Iterator[Alert]:
    """What is to be told, as seen from a day."""
    for each in ahead:
        named = {"id": str(each.ingredient.id), "name": each.ingredient.name}
        if each.out_day is not None:
            yield _until("stock_critical", "critical", named, day + timedelta(days=each.out_day))
        elif each.low_day is not None:
            yield _until("stock_low", "warning", named, day + timedelta(days=each.low_day))
        for after, quantity in enumerate(each.expired[:_EXPIRING_DAYS]):
            if quantity > 0:
                on = day + timedelta(days=after)
                amount = {"quantity": round(quantity, 3), "unit": each.ingredient.unit}
                key = f"lot_expiring:{each.ingredient.id}:{on}"
                facts = named | amount | {"day": on.isoformat()}
                yield Alert("lot_expiring", "warning", key, facts, on)


def _until(kind: Kind, severity: Severity, named: dict[str, str], on: date) -> Alert:
    facts = named | {"day": on.isoformat()}
    return Alert(kind, severity, f"{kind}:{named['id']}", facts, on)


def _present(
    today: Today, plan: Projection, ingredient: Ingredient, lots: Sequence[Lot], since: int
) -> Ahead:
    used = -today.moved.get((ingredient.id, "consumption"), 0.0)
    needed = still_needed(plan.requirement, since, used)
    to_come = list(plan.receipts[since:])
    to_come[0] = max(to_come[0] - today.moved.get((ingredient.id, "receipt"), 0.0), 0.0)
    life = ingredient.shelf_life_days
    stock = [
        Stock(lot.quantity, KEEPS if lot.expires_on is None else (lot.expires_on - today.day).days)
        for lot in lots
    ]
    stock += [
        Stock(quantity, KEEPS if life is None else on + life - 1, on)
        for on, quantity in enumerate(to_come)
        if quantity > 0
    ]
    outlook = look_ahead(needed, stock)
    first = today.first_delivery.get(ingredient.id)
    out = next((on for on, lacking in enumerate(outlook.unmet) if lacking), None)
    is_critical = out is not None and (first is None or out < first)
    return Ahead(
        ingredient,
        out if is_critical else None,
        _low_day(outlook.closing, plan.safety.quantity, first),
        outlook.expired,
    )


def _low_day(closing: Sequence[float], safety: float, first_delivery: int | None) -> int | None:
    before = closing[:first_delivery]
    return next((on for on, left in enumerate(before) if left < _LOW_SHARE * safety), None)

"""What a morning's summary and a week's digest say, as facts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from obrador.forecasting.domain import DayAccuracy, ProductAccuracy
from obrador.notifications.domain import MorningFacts
from obrador.procurement.domain import Placed
from obrador.production.domain import moment_at

_SHOWN = 5
"""Products of a digest: those that sold most."""


@dataclass(frozen=True)
class Week:
    """What is known of a bakery's last week."""

    first: date
    last: date
    trend: Sequence[DayAccuracy]
    products: Sequence[ProductAccuracy]
    planned: Mapping[UUID, float]
    """Good units by product."""
    placed: Placed
    waste: Mapping[UUID, float]
    """In base units, by ingredient or product."""
    alerts: tuple[int, int]
    """Raised, and of those resolved."""
    names: Mapping[UUID, tuple[str, str]]
    """Name and unit of products and ingredients."""


def summary(facts: MorningFacts, alerts: Mapping[str, int]) -> dict[str, Any]:
    """A morning in a few numbers.

    Args:
        alerts: that wait for somebody, by severity.
    """
    morning, plan = facts.morning, facts.production
    placed = plan.schedule.scheduled
    due = [order for order in facts.purchases.orders if order.order_on <= morning.business_date]
    before = facts.validation
    return {
        "products": sum(1 for target in plan.targets if target.quantity > 0),
        "batches": len(placed),
        "starts_at": _start(facts).isoformat() if placed else None,
        "unplaced": len(plan.schedule.unplaced),
        "late": sum(1 for batch in placed if batch.late_minutes > 0),
        "orders": len(due),
        "cost_minor": sum(order.goods_minor + order.fee_minor for order in due),
        "critical": sum(1 for each in facts.purchases.projections if each.is_critical),
        "alerts": sum(alerts.values()),
        "accuracy": None if before is None else round(before.accuracy.accuracy, 1),
        "health": None if before is None else before.accuracy.health,
    }


def digest(week: Week) -> dict[str, Any]:
    """A week in one page. Units are added up only of what is counted in the same unit."""
    trend = [each.accuracy for each in week.trend]
    sold = sorted(week.products, key=lambda each: (-each.sold, each.product_id))
    return {
        "first": week.first.isoformat(),
        "last": week.last.isoformat(),
        "days": len(trend),
        "accuracy": round(fmean(each.accuracy for each in trend), 1) if trend else None,
        "bias_percent": round(fmean(each.bias_percent for each in trend), 1) if trend else None,
        "planned": _by_unit(week, week.planned),
        "foreseen": _by_unit(week, {each.product_id: each.forecast for each in sold}),
        "sold": _by_unit(week, {each.product_id: each.sold for each in sold}),
        "sold_out": sum(each.sold_out_days for each in sold),
        "products": [
            _product(week, each) for each in sold[:_SHOWN] if each.product_id in week.names
        ],
        "waste": _by_unit(week, week.waste),
        "orders": week.placed.orders,
        "cost_minor": week.placed.cost_minor,
        "alerts_raised": week.alerts[0],
        "alerts_resolved": week.alerts[1],
    }


def _start(facts: MorningFacts) -> datetime:
    """Local time of the first step."""
    zone = facts.morning.bakery.time_zone
    first = min(batch.steps[0].start for batch in facts.production.schedule.scheduled)
    return moment_at(first, facts.morning.business_date, zone).astimezone(ZoneInfo(zone))


def _product(week: Week, product: ProductAccuracy) -> dict[str, Any]:
    name, unit = week.names[product.product_id]
    return {
        "id": str(product.product_id),
        "name": name,
        "unit": unit,
        "planned": round(week.planned.get(product.product_id, 0.0), 1),
        "sold": round(product.sold, 1),
    }


def _by_unit(week: Week, quantities: Mapping[UUID, float]) -> dict[str, float]:
    total: dict[str, float] = {}
    for item_id, quantity in quantities.items():
        if item_id in week.names:
            unit = week.names[item_id][1]
            total[unit] = total.get(unit, 0.0) + quantity
    return {unit: round(quantity, 1) for unit, quantity in total.items()}

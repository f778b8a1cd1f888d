"""What a person should know or decide about a morning, most pressing first. Pure.

A note's `code` names a sentence of `explain.py`, its `facts` fill it: ids, numbers, dates.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from obrador.orchestration.domain import MorningPlan, Note, Severity, Snapshot
from obrador.orchestration.planning import ingredient_lots, left_over

_ORDER: dict[Severity, int] = {"critical": 0, "warning": 1, "info": 2}
_STALE_DAYS = 3
"""A bakery that is shut for a long weekend is not behind with its data."""


def notes(snapshot: Snapshot, plan: MorningPlan) -> tuple[Note, ...]:
    """All notes of a morning."""
    found = [
        *_of_data(snapshot, plan),
        *_of_production(snapshot, plan),
        *_of_purchases(snapshot, plan),
        *_of_assumptions(snapshot),
    ]
    return tuple(sorted(found, key=lambda note: _ORDER[note.severity]))


def _of_data(snapshot: Snapshot, plan: MorningPlan) -> Iterator[Note]:
    if snapshot.missing:
        yield Note("warning", "not_fetched")
    if snapshot.data_until is None:
        yield Note("critical", "no_sales")
        return
    age = (snapshot.morning.business_date - snapshot.data_until).days - 1
    if age >= _STALE_DAYS:
        yield Note("warning", "sales_missing", {"days": age})
    models = Counter(plan.forecast.models)
    if models["last_forecast"] or models["weekday_history"]:
        yield Note("warning", "no_new_forecast")
    if models["weekday_mean"]:
        yield Note("info", "short_history", {"products": models["weekday_mean"]})
    if models["analogy"]:
        yield Note("info", "no_history", {"products": models["analogy"]})
    unpriced = [product for product in snapshot.catalogue.products if product.price_minor is None]
    if unpriced:
        yield Note("info", "no_price", {"products": len(unpriced)})


def _of_production(snapshot: Snapshot, plan: MorningPlan) -> Iterator[Note]:
    keeps = [product for product in snapshot.catalogue.products if product.shelf_life_days > 1]
    if keeps and not left_over(snapshot):
        yield Note("info", "left_over_unknown", {"products": len(keeps)})
    for unplaced in plan.production.schedule.unplaced:
        recipe = str(unplaced.batch.recipe_id)
        yield Note("critical", "unplaced", {"recipe": recipe, "because": unplaced.because})
    for scheduled in plan.production.schedule.scheduled:
        if scheduled.late_minutes > 0:
            yield Note(
                "warning",
                "late",
                {
                    "recipe": str(scheduled.batch.recipe_id),
                    "minutes": scheduled.late_minutes,
                    "because": scheduled.late_because or "time",
                },
            )


def _of_purchases(snapshot: Snapshot, plan: MorningPlan) -> Iterator[Note]:
    if snapshot.ingredients and not ingredient_lots(snapshot):
        yield Note("info", "stock_assumed")
    units = {ingredient.id: ingredient.unit for ingredient in snapshot.ingredients}
    for projection in plan.purchases.projections:
        facts = {"ingredient": str(projection.ingredient_id)}
        if projection.is_critical:
            yield Note("critical", "runs_out", facts | {"day": projection.stock_out_day})
        expiring = sum(projection.expired[:2])
        if expiring > 0:
            unit = units[projection.ingredient_id]
            yield Note("warning", "expiring", facts | {"quantity": expiring, "unit": unit})
    for ingredient_id in plan.purchases.unsupplied:
        yield Note("warning", "unsupplied", {"ingredient": str(ingredient_id)})
    soon = snapshot.morning.business_date + timedelta(days=1)
    for order in plan.purchases.orders:
        if order.order_on > soon:
            continue  # planned again before it has to go out
        facts = {"supplier": str(order.supplier_id), "delivery_on": order.delivery_on.isoformat()}
        if order.below_minimum:
            yield Note("warning", "below_minimum", facts)
        elif order.is_urgent:
            yield Note("warning", "urgent_order", facts)


def _of_assumptions(snapshot: Snapshot) -> Iterator[Note]:
    catalogue = snapshot.catalogue
    counts = {
        "recipes": sum(1 for recipe in catalogue.recipes.values() if recipe.assumed),
        "products": sum(1 for product in catalogue.products if product.assumed),
        "ingredients": sum(1 for ingredient in snapshot.ingredients if ingredient.assumed),
        "suppliers": sum(1 for supplier in snapshot.suppliers if supplier.assumed),
        "settings": len(snapshot.morning.bakery.assumed),
    }
    if any(counts.values()):
        yield Note("info", "assumed", counts)

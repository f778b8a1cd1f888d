"""What a morning's plan is alarmed about, beside stock. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from obrador.alerts import capacity
from obrador.alerts.domain import Alert, MorningFacts

_WEEK = timedelta(days=7)


def alerts_of(facts: MorningFacts) -> tuple[Alert, ...]:
    """All that one morning has to raise but for stock, each key once. The same facts give the same
    alerts."""
    found = [*_of_batches(facts), *_of_orders(facts), *_of_data(facts)]
    return tuple({alert.key: alert for alert in found}.values())


def _of_batches(facts: MorningFacts) -> Iterator[Alert]:
    """Batches in trouble for want of machines or people are told of together, see `capacity`."""
    day, recipes = facts.morning.business_date, facts.catalogue.recipes
    schedule = facts.production.schedule
    names = {recipe.id: recipe.name for recipe in recipes.values()}
    yield from capacity.shortages(schedule, names, day)
    for unplaced in schedule.unplaced:
        if capacity.cause_of(unplaced.because) is None:
            recipe = recipes[unplaced.batch.recipe_id]
            yield Alert(
                "batch_unplaced",
                "critical",
                f"batch_unplaced:{recipe.id}:{day}",
                {"id": str(recipe.id), "name": recipe.name, "because": unplaced.because},
                day,
            )
    late: dict[UUID, int] = {}
    for batch in schedule.scheduled:
        if batch.late_minutes > 0 and capacity.cause_of(batch.late_because) is None:
            own = batch.batch.recipe_id
            late[own] = max(batch.late_minutes, late.get(own, 0))
    for recipe_id, minutes in late.items():
        yield Alert(
            "batch_late",
            "warning",
            f"batch_late:{recipe_id}:{day}",
            {"id": str(recipe_id), "name": recipes[recipe_id].name, "minutes": minutes},
            day,
        )


def _of_orders(facts: MorningFacts) -> Iterator[Alert]:
    day = facts.morning.business_date
    names = {supplier.id: supplier.name for supplier in facts.suppliers}
    for order in facts.purchases.orders:
        if order.is_urgent and order.order_on <= day + timedelta(days=1):
            yield Alert(
                "order_urgent",
                "warning",
                f"order_urgent:{order.supplier_id}:{order.delivery_on}",
                {
                    "id": str(order.supplier_id),
                    "name": names[order.supplier_id],
                    "order_on": order.order_on.isoformat(),
                    "day": order.delivery_on.isoformat(),
                },
                order.order_on,
            )
    ingredients = {ingredient.id: ingredient.name for ingredient in facts.ingredients}
    for ingredient_id in facts.purchases.unsupplied:
        yield Alert(
            "ingredient_unsupplied",
            "warning",
            f"ingredient_unsupplied:{ingredient_id}:{_week(day)}",
            {"id": str(ingredient_id), "name": ingredients[ingredient_id]},
            day + _WEEK,
        )


def _of_data(facts: MorningFacts) -> Iterator[Alert]:
    foreseen = dict(
        zip(facts.forecast.product_ids, facts.forecast.mean[:, :7].sum(axis=1), strict=True)
    )
    for product in facts.catalogue.products:
        units = float(foreseen.get(product.id, 0.0))
        if product.recipe_id is None and units >= 1:
            yield Alert(
                "product_without_recipe",
                "info",
                f"product_without_recipe:{product.id}",
                {"id": str(product.id), "name": product.name, "units": round(units)},
            )


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"

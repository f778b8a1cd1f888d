"""What demo and starters make up can be baked in time, on the equipment and by the people there."""

from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

import numpy as np
import pytest

from obrador.catalogue.domain import (
    Catalogue,
    Component,
    Equipment,
    Product,
    Recipe,
    Shift,
)
from obrador.forecasting.history import demand_history
from obrador.forecasting.profile import forecast
from obrador.kit.ids import derived_id
from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import BakeryFile, ProductRow
from obrador.onboarding.demo.bakery import Demo, demo
from obrador.onboarding.starters.completing import complete
from obrador.onboarding.starters.library import library
from obrador.production.domain import ProductionPlan, ProductionProblem
from obrador.production.plan import plan_production
from obrador.sales.domain import FirmOrder, SalesHistory
from obrador.tenants.domain import Bakery, Hours


def _id(part: str, name: str) -> UUID:
    return derived_id(part, name_key(name))


def _catalogue(file: BakeryFile) -> Catalogue:
    products = [
        Product(
            id=_id("product", row.name),
            name=row.name,
            category=row.category,
            unit=row.unit,
            price_minor=row.price_minor,
            shelf_life_days=row.shelf_life_days,
            recipe_id=_id("recipe", row.recipe) if row.recipe else None,
            ready_by=row.ready_by,
            par_levels=row.par_levels,
        )
        for row in file.products
        if row.is_active
    ]
    recipes = [
        Recipe(
            id=_id("recipe", row.name),
            name=row.name,
            kind="product" if row.kind == "product" else "semi_finished",
            unit=row.unit,
            yield_quantity=row.yield_quantity,
            components=tuple(
                Component(
                    _id("recipe" if part.is_recipe else "ingredient", part.item),
                    part.is_recipe,
                    part.quantity,
                )
                for part in row.components
            ),
            steps=row.steps,
            waste_share=row.waste_share,
            batch_max=row.batch_max,
            batch_multiple=row.batch_multiple,
            lead_days=row.lead_days,
        )
        for row in file.recipes
    ]
    return Catalogue(
        products=tuple(products),
        recipes={recipe.id: recipe for recipe in recipes},
        equipment=tuple(
            Equipment(
                id=_id("equipment", row.name),
                name=row.name,
                kind=row.kind,
                count=row.count,
                capacity=row.capacity,
                changeover_minutes=row.changeover_minutes,
            )
            for row in file.equipment
        ),
        shifts=tuple(Shift(row.weekdays, row.starts, row.ends, row.people) for row in file.shifts),
    )


def _plan(
    bakery: Bakery, file: BakeryFile, first: date, sold: dict[str, list[float]], today: date
) -> ProductionPlan:
    catalogue = _catalogue(file)
    rows = np.array([sold[product.name] for product in catalogue.products])
    history = SalesHistory(
        product_ids=tuple(product.id for product in catalogue.products),
        first=first,
        sold=rows,
        sold_out_minute=np.full_like(rows, np.nan),
    )
    orders = [
        FirmOrder(
            _id("product", row.product), row.due_date, row.due_time, row.quantity, row.in_forecast
        )
        for row in file.customer_orders
    ]
    costs = {
        _id("ingredient", row.ingredient): row.pack_price_minor / row.pack_size
        for row in file.prices
    }
    demand = forecast(demand_history(bakery, catalogue.products, history, today, 14))
    return plan_production(ProductionProblem(bakery, catalogue, demand, orders, [], costs))


def _sold(made: Demo) -> dict[str, list[float]]:
    days = int(made.sales.day.max()) + 1
    sold = np.full((len(made.file.products), days), np.nan)
    sold[made.sales.product, made.sales.day] = made.sales.quantity
    names = [product.name for product in made.file.products]
    return dict(zip(names, sold.tolist(), strict=True))


def _is_feasible(plan: ProductionPlan, starts: time) -> bool:
    late = [batch for batch in plan.schedule.scheduled if batch.late_minutes]
    early = [
        batch
        for batch in plan.schedule.scheduled
        if batch.steps[0].start < starts.hour * 60 + starts.minute
    ]
    return not (plan.schedule.unplaced or late or early)


@pytest.mark.parametrize("weekday", range(7))
def test_a_demo_morning_is_on_time_any_day_of_the_week(weekday: int) -> None:
    last_day = date(2026, 3, 1) + timedelta(days=weekday)
    made = demo(1, last_day, days=200)
    today = last_day + timedelta(days=1)

    plan = _plan(made.bakery, made.file, made.sales.first, _sold(made), today)

    assert _is_feasible(plan, time(6))
    assert sum(target.quantity > 0 for target in plan.targets) >= 19
    assert any(batch.batch.reason.for_next_day for batch in plan.schedule.scheduled)


@pytest.mark.parametrize("scale", [0.2, 1.0, 10.0])
def test_sales_alone_give_a_morning_that_is_on_time(scale: float) -> None:
    names = [formula.names["en"][0] for formula in library().formulas.values()]
    daily = dict.fromkeys(names, 20.0 * scale)
    hours = (Hours(time(8), time(18)),) * 7
    file = complete(BakeryFile(products=tuple(map(ProductRow, names))), daily, hours=hours)
    bakery = replace(demo(1, date(2026, 3, 1), 1, 14).bakery, opening_hours=hours)
    sold = {name: [units] * 60 for name, units in daily.items()}

    plan = _plan(bakery, file, date(2026, 1, 1), sold, date(2026, 3, 2))

    assert _is_feasible(plan, time(4))

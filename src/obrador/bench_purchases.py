"""The benchmark of purchasing: weeks of the demo bakery, bought for morning by morning by the
planner, by reorder points, and by somebody who knows all that will happen."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from math import sqrt
from statistics import mean, stdev
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from obrador.catalogue.domain import Component, Recipe
from obrador.inventory.domain import Ingredient, Lot
from obrador.kit.ids import derived_id
from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import BakeryFile, RecipeRow
from obrador.onboarding.demo import Demo, demo
from obrador.procurement.domain import OpenOrder, PurchaseProblem
from obrador.procurement.requirements import requirements
from obrador.simulation.buyers import ReorderPoint, planner
from obrador.simulation.ledger import Bill, bill
from obrador.simulation.purchasing import Buyer, simulate
from obrador.simulation.seasons import Floats, Season, draw
from obrador.suppliers.domain import Price, Supplier

FIRST_DAY = date(2026, 3, 2)
"""A Monday; Easter comes in the fifth week."""
WARM_UP = 14
"""Days before those that count, so that each buyer's own stock is what they begin with."""
KNOWN_DAYS = 28
"""Days of sales that the forecast is made of."""
MARGIN = 0.6
"""Of the price of what is not baked, what is lost."""
PLANNER = "Obrador"


@dataclass(frozen=True)
class Buying:
    """What a buyer's days cost on average, in minor units of money, with standard errors."""

    buyer: str
    mean: Mapping[str, float]
    """By figure of a `Bill`, and `total_minor`."""
    error: Mapping[str, float]
    """The standard error of each; zero for one run."""
    more_than_planner: float
    """Total cost beyond the planner's on the same days, on average,"""
    more_error: float
    """and the standard error of that."""


@dataclass(frozen=True)
class PurchasesReport:
    """What was found."""

    days: int
    horizon: int
    runs: int
    seed: int
    products: int
    ingredients: int
    buyers: Sequence[Buying]

    def as_json(self) -> str:
        """For programs."""
        return json.dumps(asdict(self), indent=2)


def bench_purchases(
    days: int, runs: int, seed: int, say: Callable[[str], None], *, horizon: int = 14
) -> PurchasesReport:
    """Buy for `days` days, `runs` times over, each time on other days but all buyers on the same.

    A unit of an ingredient that is lacking costs `MARGIN` of the sales that it would have gone
    into. All other rates are those of planning.

    Args:
        horizon: days that the planner plans ahead; the random days do not depend on it.
    """
    made = demo(1, FIRST_DAY - timedelta(days=1), days=KNOWN_DAYS)
    problem = problem_of(made, WARM_UP + days, horizon)
    lost = shortage_costs(made, problem)
    bills: dict[str, list[Bill]] = defaultdict(list)
    for run in range(runs):
        say(f"Run {run + 1:,} of {runs:,} ...")
        season = draw(problem, WARM_UP + days, np.random.default_rng([seed, run]))
        for name, days_of, buyer in _buyers(season):
            bills[name].append(bill(simulate(days_of, buyer), lost, WARM_UP))
    return PurchasesReport(
        days=days,
        horizon=horizon,
        runs=runs,
        seed=seed,
        products=len(problem.recipe_units),
        ingredients=len(problem.ingredients),
        buyers=[_summary(name, found, bills[PLANNER]) for name, found in bills.items()],
    )


def _buyers(season: Season) -> list[tuple[str, Season, Buyer]]:
    return [
        (PLANNER, season, planner),
        ("reorder point", season, ReorderPoint(watches_dates=False)),
        ("watching dates", season, ReorderPoint(watches_dates=True)),
        ("all foreseen", season.foreseen(), planner),
    ]


def _summary(name: str, bills: Sequence[Bill], planned: Sequence[Bill]) -> Buying:
    names = [*(each.name for each in fields(Bill)), "total_minor"]
    figures = {name: [float(getattr(one, name)) for one in bills] for name in names}
    more = [one.total_minor - ours.total_minor for one, ours in zip(bills, planned, strict=True)]
    return Buying(
        buyer=name,
        mean={name: mean(values) for name, values in figures.items()},
        error={name: _error(values) for name, values in figures.items()},
        more_than_planner=mean(more),
        more_error=_error(more),
    )


def _error(values: Sequence[float]) -> float:
    return stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0


def problem_of(made: Demo, days: int, horizon: int) -> PurchaseProblem:
    """The first morning of a demo bakery, with the forecast of `days` days and the horizon after.

    Each weekday is expected to be as the same weekdays of the last four weeks were, give or take
    what they differed by.
    """
    policy = replace(made.bakery.policy, horizon_days=horizon)
    file, bakery = made.file, replace(made.bakery, policy=policy)
    ids = _ids(file)
    first_day = made.sales.first + timedelta(days=int(made.sales.day.max()) + 1)
    units, sd = _forecast(made, ids, days + horizon)
    return PurchaseProblem(
        bakery=bakery,
        first_day=first_day,
        now=datetime.combine(first_day, time(5, 30), ZoneInfo(bakery.time_zone)),
        recipes={ids[name_key(row.name)]: _recipe(row, ids) for row in file.recipes},
        recipe_units=units,
        recipe_sd=sd,
        ingredients=[
            Ingredient(_item(row.name), row.name, row.unit, row.category, row.shelf_life_days)
            for row in file.ingredients
        ],
        lots=[
            Lot(_item(row.item), row.quantity, row.received_on, row.expires_on)
            for row in file.lots
            if not row.is_product
        ],
        open_orders=[
            OpenOrder(_item(row.ingredient), row.delivery_on, row.packs * row.pack_size)
            for row in file.open_orders
        ],
        suppliers=[
            Supplier(
                id=_supplier(row.name),
                name=row.name,
                lead_time_days=row.lead_time_days,
                delivery_weekdays=row.delivery_weekdays,
                lead_time_sd_days=row.lead_time_sd_days,
                order_cutoff=row.order_cutoff,
                min_order_minor=row.min_order_minor,
                delivery_fee_minor=row.delivery_fee_minor,
            )
            for row in file.suppliers
        ],
        prices=[
            Price(
                _supplier(row.supplier),
                _item(row.ingredient),
                row.pack_size,
                row.min_packs,
                row.pack_price_minor,
            )
            for row in file.prices
        ],
    )


def shortage_costs(made: Demo, problem: PurchaseProblem) -> Floats:
    """(N,) what a unit lacking of each ingredient costs: `MARGIN` of the sales of all products
    that it goes into, by what they take of it."""
    ids = _ids(made.file)
    sales: dict[UUID, float] = defaultdict(float)
    use: dict[UUID, float] = defaultdict(float)
    for row in made.file.products:
        recipe_id = ids.get(name_key(row.recipe or ""))
        if recipe_id is None or recipe_id not in problem.recipe_units:
            continue
        units = problem.recipe_units[recipe_id]
        alone = {recipe_id: units}
        for item, need in requirements(problem.recipes, alone, alone, len(units)).items():
            sales[item] += sum(units) * (row.price_minor or 0)
            use[item] += float(need.mean.sum())
    return np.array(
        [
            MARGIN * sales[each.id] / use[each.id] if use[each.id] else 0.0
            for each in problem.ingredients
        ]
    )


def _forecast(
    made: Demo, ids: Mapping[str, UUID], days: int
) -> tuple[dict[UUID, list[float]], dict[UUID, list[float]]]:
    """By recipe, units made a day and their standard deviation."""
    sales, recipes = made.sales, {row.name: row for row in made.file.recipes}
    sold = np.zeros((len(made.file.products), int(sales.day.max()) + 1))
    sold[sales.product, sales.day] = sales.quantity
    weeks = sold[:, -KNOWN_DAYS:].reshape(len(sold), -1, 7)
    usual = weeks.mean(axis=1)
    freedom = KNOWN_DAYS - usual.shape[1]
    spread = np.sqrt(((weeks - usual[:, None]) ** 2).sum(axis=(1, 2)) / freedom)
    units, sd = {}, {}
    for row, week, deviation in zip(made.file.products, usual, spread, strict=True):
        if not (row.is_active and row.recipe and week.any()):
            continue
        good = 1 - recipes[row.recipe].waste_share
        weekdays = [week[day % 7] / good for day in range(days)]
        units[ids[name_key(row.recipe)]] = [float(each) for each in weekdays]
        sd[ids[name_key(row.recipe)]] = [
            float(deviation / good) if each else 0.0 for each in weekdays
        ]
    return units, sd


def _recipe(row: RecipeRow, ids: Mapping[str, UUID]) -> Recipe:
    return Recipe(
        id=ids[name_key(row.name)],
        name=row.name,
        kind="product" if row.kind == "product" else "semi_finished",
        unit=row.unit,
        yield_quantity=row.yield_quantity,
        components=tuple(
            Component(
                ids[name_key(each.item)] if each.is_recipe else _item(each.item),
                each.is_recipe,
                each.quantity,
                each.waste_share,
            )
            for each in row.components
        ),
        steps=row.steps,
        waste_share=row.waste_share,
        lead_days=row.lead_days,
    )


def _ids(file: BakeryFile) -> dict[str, UUID]:
    """Of the recipes, by name key."""
    return {name_key(row.name): derived_id("recipe", name_key(row.name)) for row in file.recipes}


def _item(name: str) -> UUID:
    return derived_id("ingredient", name_key(name))


def _supplier(name: str) -> UUID:
    return derived_id("supplier", name_key(name))

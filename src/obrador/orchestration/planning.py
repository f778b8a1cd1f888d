"""A morning's plan from its snapshot: forecast, then production, then purchasing. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from obrador.catalogue.domain import Catalogue
from obrador.forecasting.champion import foreseen
from obrador.forecasting.covariates import KnownDrivers, with_covariates
from obrador.forecasting.domain import Champion, DemandHistory, Forecast
from obrador.forecasting.history import demand_history
from obrador.forecasting.override import override
from obrador.inventory.domain import Lot
from obrador.orchestration.domain import MorningPlan, Snapshot
from obrador.procurement.domain import PurchasePlan, PurchaseProblem
from obrador.procurement.plan import plan_purchases
from obrador.procurement.requirements import requirements
from obrador.production.domain import ProductionPlan, ProductionProblem, minute_at
from obrador.production.plan import plan_production
from obrador.suppliers.domain import Price, longest_wait

_LEAST_DAYS, _RESERVE_DAYS = 7, 3
"""Days that assumed stock lasts at least, and beyond the longest wait for more."""


def plan(snapshot: Snapshot, champion: Champion | None = None) -> MorningPlan:
    """Plan one bakery's morning.

    Raises:
        ObradorError: the bakery's data cannot be planned; the message says what to mend.
    """
    demand = plan_demand(snapshot, champion)
    production = plan_bake(snapshot, demand)
    return MorningPlan(demand, production, plan_buying(snapshot, production))


def plan_demand(
    snapshot: Snapshot, champion: Champion | None = None, drivers: KnownDrivers | None = None
) -> Forecast:
    """What the bakery's products will sell, from its business date on, people's word included."""
    return override(foreseen(known_demand(snapshot, drivers), champion), snapshot.overrides)


def known_demand(snapshot: Snapshot, drivers: KnownDrivers | None = None) -> DemandHistory:
    """What they have sold, the days to foresee, and what is known of drivers."""
    morning, products = snapshot.morning, snapshot.catalogue.products
    history = demand_history(
        morning.bakery,
        products,
        snapshot.sales,
        morning.business_date,
        morning.bakery.policy.horizon_days,
    )
    return history if drivers is None else with_covariates(history, products, drivers)


def plan_bake(snapshot: Snapshot, demand: Forecast) -> ProductionPlan:
    """How much to bake of what, and when.

    Raises:
        Invalid: a recipe contains itself.
    """
    return plan_production(bake_problem(snapshot, demand))


def bake_problem(snapshot: Snapshot, demand: Forecast) -> ProductionProblem:
    """All that the bake depends on."""
    catalogue, kept = snapshot.catalogue, left_over(snapshot)
    doughs = [lot for lot in snapshot.lots if lot.item_id in catalogue.recipes]
    return ProductionProblem(
        bakery=snapshot.morning.bakery,
        catalogue=catalogue if kept else _sold_fresh(catalogue),
        forecast=demand,
        firm_orders=snapshot.firm_orders,
        left_over=[*kept, *doughs],
        ingredient_cost_minor=cheapest(snapshot.prices),
        begun=snapshot.begun,
        now=_minute_of_the_day(snapshot) if snapshot.begun else None,
        intraday=snapshot.intraday,
    )


def _minute_of_the_day(snapshot: Snapshot) -> int:
    """Now, on the planned day: where work has begun, nothing is planned into the past."""
    morning = snapshot.morning
    return minute_at(morning.now, morning.business_date, morning.bakery.time_zone)


def plan_buying(snapshot: Snapshot, production: ProductionPlan) -> PurchasePlan:
    """What to buy for it, from whom, by when.

    Raises:
        Invalid: a recipe contains itself.
    """
    return plan_purchases(buying_problem(snapshot, production))


def buying_problem(snapshot: Snapshot, production: ProductionPlan) -> PurchaseProblem:
    """All that the purchases depend on.

    Raises:
        Invalid: a recipe contains itself.
    """
    morning = snapshot.morning
    return PurchaseProblem(
        bakery=morning.bakery,
        first_day=morning.business_date,
        now=morning.now,
        recipes=snapshot.catalogue.recipes,
        recipe_units=production.recipe_units,
        recipe_sd=production.recipe_sd,
        ingredients=snapshot.ingredients,
        lots=ingredient_lots(snapshot) or assumed_lots(snapshot, production),
        open_orders=snapshot.open_orders,
        suppliers=snapshot.suppliers,
        prices=snapshot.prices,
    )


def left_over(snapshot: Snapshot) -> list[Lot]:
    """Stock of products."""
    ids = {product.id for product in snapshot.catalogue.products}
    return [lot for lot in snapshot.lots if lot.item_id in ids]


def _sold_fresh(catalogue: Catalogue) -> Catalogue:
    """The catalogue of a bakery that does not count what is left over in the evening: each day
    bakes for itself. Baking for all the days that a product keeps, every day anew, would pile up
    what nobody sees."""
    products = tuple(replace(product, shelf_life_days=1) for product in catalogue.products)
    return replace(catalogue, products=products)


def ingredient_lots(snapshot: Snapshot) -> list[Lot]:
    """Stock of ingredients."""
    ids = {ingredient.id for ingredient in snapshot.ingredients}
    return [lot for lot in snapshot.lots if lot.item_id in ids]


def assumed_lots(snapshot: Snapshot, production: ProductionPlan) -> list[Lot]:
    """What a bakery that has never counted its stock is taken to hold: enough until more can come,
    or for as long as it keeps. Otherwise its first plan would call everything critical.

    In base units, of each ingredient the mean requirement of min(max(wait + 3, 7), shelf life)
    days, where wait is the quickest supplier's lead time plus its longest gap between deliveries.

    Raises:
        Invalid: a recipe contains itself.
    """
    horizon = snapshot.morning.bakery.policy.horizon_days
    needed = requirements(
        snapshot.catalogue.recipes, production.recipe_units, production.recipe_sd, horizon
    )
    day, wait = snapshot.morning.business_date, _waits(snapshot)
    lots = []
    for ingredient in snapshot.ingredients:
        if ingredient.id in needed:
            keeps = ingredient.shelf_life_days or horizon
            days = min(max(wait.get(ingredient.id, 0) + _RESERVE_DAYS, _LEAST_DAYS), keeps)
            quantity = float(needed[ingredient.id].mean[:days].sum())
            expires = day + timedelta(days=keeps - 1) if ingredient.shelf_life_days else None
            lots.append(Lot(ingredient.id, quantity, day, expires))
    return lots


def _waits(snapshot: Snapshot) -> dict[UUID, int]:
    """Days until an order placed today is there, by ingredient, from whoever is quickest."""
    by_supplier = {
        supplier.id: longest_wait(supplier.lead_time_days, supplier.delivery_weekdays)
        for supplier in snapshot.suppliers
    }
    waits: dict[UUID, int] = {}
    for price in snapshot.prices:
        wait = by_supplier[price.supplier_id]
        waits[price.ingredient_id] = min(wait, waits.get(price.ingredient_id, wait))
    return waits


def cheapest(prices: Iterable[Price]) -> dict[UUID, float]:
    """The lowest price per base unit of each ingredient, in minor units of money."""
    costs: dict[UUID, float] = {}
    for price in prices:
        cost = price.pack_price_minor / price.pack_size
        costs[price.ingredient_id] = min(cost, costs.get(price.ingredient_id, cost))
    return costs

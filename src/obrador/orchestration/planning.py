"""A morning's plan from its snapshot: forecast, then production, then purchasing. Pure."""

from collections.abc import Iterable
from uuid import UUID

from obrador.forecasting.history import demand_history
from obrador.forecasting.profile import forecast
from obrador.orchestration.domain import MorningPlan, Snapshot
from obrador.procurement.domain import PurchaseProblem
from obrador.procurement.plan import plan_purchases
from obrador.production.domain import ProductionProblem
from obrador.production.plan import plan_production
from obrador.suppliers.domain import Price


def plan(snapshot: Snapshot) -> MorningPlan:
    """Plan one bakery's morning.

    Raises:
        ObradorError: the bakery's data cannot be planned; the message says what to mend.
    """
    morning, catalogue = snapshot.morning, snapshot.catalogue
    product_ids = {product.id for product in catalogue.products}
    demand = forecast(
        demand_history(
            morning.bakery,
            catalogue.products,
            snapshot.sales,
            morning.business_date,
            morning.bakery.policy.horizon_days,
        )
    )
    production = plan_production(
        ProductionProblem(
            bakery=morning.bakery,
            catalogue=catalogue,
            forecast=demand,
            firm_orders=snapshot.firm_orders,
            left_over=[lot for lot in snapshot.lots if lot.item_id in product_ids],
            ingredient_cost_minor=cheapest(snapshot.prices),
        )
    )
    purchases = plan_purchases(
        PurchaseProblem(
            bakery=morning.bakery,
            first_day=morning.business_date,
            now=morning.now,
            recipes=catalogue.recipes,
            recipe_units=production.recipe_units,
            recipe_sd=production.recipe_sd,
            ingredients=snapshot.ingredients,
            lots=[lot for lot in snapshot.lots if lot.item_id not in product_ids],
            open_orders=snapshot.open_orders,
            suppliers=snapshot.suppliers,
            prices=snapshot.prices,
        )
    )
    return MorningPlan(demand, production, purchases)


def cheapest(prices: Iterable[Price]) -> dict[UUID, float]:
    """The lowest price per base unit of each ingredient, in minor units of money."""
    costs: dict[UUID, float] = {}
    for price in prices:
        cost = price.pack_price_minor / price.pack_size
        costs[price.ingredient_id] = min(cost, costs.get(price.ingredient_id, cost))
    return costs

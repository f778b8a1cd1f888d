"""What to buy, from whom, by when: the purchase plan of one bakery. Pure."""

from collections.abc import Sequence

from obrador.procurement.domain import Projection, PurchasePlan, PurchaseProblem
from obrador.procurement.items import Setting, setting
from obrador.procurement.lots import Purchase
from obrador.procurement.orders import orders, planned
from obrador.procurement.projection import project
from obrador.procurement.replenishment import replenish


def plan_purchases(problem: PurchaseProblem) -> PurchasePlan:
    """Plan the horizon: orders with reasons, and the stock that they lead to.

    Costs of goods (with price breaks), deliveries, stock, spoilage and shortage are weighed
    together over all ingredients; see `replenishment` for the method and `items` for the weights.
    Orders cover the policy's whole horizon, so that today's fit those of next week, but only those
    to be placed soon matter: every morning plans anew.

    Raises:
        Invalid: a recipe contains itself.
    """
    view = setting(problem)
    plan = replenish(view.items, view.terms)
    placed = orders(view, plan)
    known = {supplier.id for supplier in problem.suppliers}
    offered = {price.ingredient_id for price in problem.prices if price.supplier_id in known}
    return PurchasePlan(
        orders=placed,
        projections=tuple(
            _projection(view, index, purchases) for index, purchases in enumerate(plan.purchases)
        ),
        unsupplied=tuple(
            ingredient.id
            for ingredient, item in zip(view.ingredients, view.items, strict=True)
            if ingredient.id not in offered and any(item.requirement)
        ),
        cost_minor=sum(order.goods_minor + order.fee_minor for order in placed),
    )


def _projection(view: Setting, index: int, purchases: Sequence[Purchase]) -> Projection:
    item, ingredient = view.items[index], view.ingredients[index]
    flow = project(item.requirement, [*item.supplies, *planned(view, index, purchases)])
    out_on = next((day for day, lacking in enumerate(flow.unmet) if lacking), None)
    return Projection(
        ingredient_id=ingredient.id,
        opening=item.opening,
        requirement=item.requirement,
        receipts=flow.receipts,
        expired=flow.expired,
        unmet=flow.unmet,
        closing=flow.closing,
        safety=view.safeties[index],
        stock_out_day=out_on,
        is_critical=out_on is not None and out_on < _earliest_delivery(view, index),
        overdue=_overdue(view, index),
    )


def _earliest_delivery(view: Setting, index: int) -> int:
    """The first day on which any supplier can deliver an ingredient; after the horizon if none."""
    suppliers = {offer.supplier for offer in view.items[index].offers}
    return min((view.calendars[s][0].day for s in suppliers), default=view.days)


def _overdue(view: Setting, index: int) -> float:
    late = (
        order.quantity
        for order in view.problem.open_orders
        if order.ingredient_id == view.ingredients[index].id
        and order.expected_on < view.problem.first_day
    )
    return sum(late, 0.0)

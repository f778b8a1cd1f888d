"""A bakery's ingredients, stock and suppliers as `replenishment` and `projection` see them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import inf
from uuid import UUID

import numpy as np

from obrador.inventory.domain import Ingredient, Lot
from obrador.procurement.calendar import Delivery, deliveries
from obrador.procurement.deciding import DAYS_AFTER
from obrador.procurement.domain import OpenOrder, PurchaseProblem, SafetyStock
from obrador.procurement.lots import Item, Offer, Terms
from obrador.procurement.projection import FOREVER, NOTHING, Supply, delivered
from obrador.procurement.requirements import Requirement, requirements
from obrador.procurement.safety import safety_with, service_levels
from obrador.procurement.scoring import Chosen, choose
from obrador.suppliers.domain import Price, Supplier
from obrador.tenants.domain import Policy

HOLDING = 0.001
"""Cost of a day in stock, as a share of the price: money, room and handling, a third a year."""
SPOILAGE = 0.1
"""Cost of throwing away, as a share of the price, which is lost besides."""
UNSAFE_PRICES = 0.2
"""Cost of a day without safety stock, as a share of its price, besides one delivery, the dearest:
a delivery more or less does not decide whether there is safety stock."""
SHORTAGE = 1000.0
"""A day without the ingredient itself costs so many times that: products stay unbaked, so that
nothing that can be bought runs out to save money."""
FILLING = 0.3
"""Of what a delivery lacks to its minimum, what filling that up is reckoned to cost: mostly it is
needed later, but ties up money and some of it spoils."""


@dataclass(frozen=True)
class Setting:
    """A purchase problem in indices: N ingredients, S suppliers, T days."""

    problem: PurchaseProblem
    days: int
    """T"""
    suppliers: tuple[Supplier, ...]
    """(S,)"""
    calendars: tuple[tuple[Delivery, ...], ...]
    """(S,)"""
    terms: tuple[Terms, ...]
    """(S,)"""
    ingredients: tuple[Ingredient, ...]
    """(N,) by name."""
    safeties: tuple[SafetyStock, ...]
    """(N,)"""
    items: tuple[Item, ...]
    """(N,)"""
    chosen: tuple[Chosen | None, ...]
    """(N,) None: by cost."""

    def delivery(self, supplier: int, day: int) -> Delivery:
        """The supplier's delivery of a day."""
        return next(delivery for delivery in self.calendars[supplier] if delivery.day == day)

    def date_of(self, day: int) -> date:
        """The date of a day."""
        return self.problem.first_day + timedelta(days=day)


def setting(problem: PurchaseProblem) -> Setting:
    """Prepare a problem.

    Raises:
        Invalid: a recipe contains itself.
    """
    days = problem.bakery.policy.horizon_days
    suppliers = tuple(sorted(problem.suppliers, key=lambda s: (s.name, s.id)))
    calendars = tuple(
        deliveries(supplier, problem.bakery, problem.first_day, problem.now, days)
        for supplier in suppliers
    )
    terms = tuple(map(_terms, suppliers, calendars))
    ingredients = tuple(sorted(problem.ingredients, key=lambda i: (i.name, i.id)))
    offers = _offers(problem.prices, suppliers, terms)
    needs = requirements(problem.recipes, problem.recipe_units, problem.recipe_sd, days)
    nothing = Requirement(np.zeros(days), np.zeros(days))
    used = [needs.get(ingredient.id, nothing) for ingredient in ingredients]
    supplies = _supplies(problem, ingredients)
    dearest = max((term.fee + FILLING * term.minimum for term in terms), default=0.0)
    policy = problem.bakery.policy
    chosen = [_chosen(policy, offers[each.id], suppliers) for each in ingredients]
    offered = [
        [o for o in offers[each.id] if choice is None or o.supplier == choice.supplier]
        for each, choice in zip(ingredients, chosen, strict=True)
    ]
    prices = [min((offer.unit_price for offer in each), default=0.0) for each in offered]
    levels = service_levels(policy, ingredients, used, prices)
    safeties, items = [], []
    for ingredient, need, mine, level in zip(ingredients, used, offered, levels, strict=True):
        safety = safety_with(policy, level, ingredient, need, _cheapest(mine, suppliers))
        safeties.append(safety)
        priced = [
            _with_risk(
                offer, safety_with(policy, level, ingredient, need, suppliers[offer.supplier])
            )
            for offer in mine
        ]
        items.append(
            _item(ingredient, need, safety, supplies[ingredient.id], priced, dearest=dearest)
        )
    return Setting(
        problem,
        days,
        suppliers,
        calendars,
        terms,
        ingredients,
        tuple(safeties),
        tuple(items),
        tuple(chosen),
    )


def _chosen(
    policy: Policy, offers: Sequence[Offer], suppliers: Sequence[Supplier]
) -> Chosen | None:
    """The supplier by score, where that is wished and there is one to choose."""
    if policy.supplier_choice != "score" or not offers:
        return None
    prices: dict[int, float] = {}
    for offer in offers:
        prices[offer.supplier] = min(prices.get(offer.supplier, inf), offer.unit_price)
    return choose(prices, suppliers, policy.supplier_weights)


def _expected(order: OpenOrder, first_day: date) -> int:
    """The day on which an open order is reckoned with: overdue ones today."""
    return max(0, (order.expected_on - first_day).days)


def _terms(supplier: Supplier, calendar: Sequence[Delivery]) -> Terms:
    days = tuple(delivery.day for delivery in calendar)
    return Terms(days, supplier.delivery_fee_minor, supplier.min_order_minor)


def _supplies(
    problem: PurchaseProblem, ingredients: Iterable[Ingredient]
) -> dict[UUID, list[Supply]]:
    found: dict[UUID, list[Supply]] = defaultdict(list)
    for lot in problem.lots:
        found[lot.item_id].append(Supply(-1, _last_day(lot, problem.first_day), lot.quantity))
    by_id = {ingredient.id: ingredient for ingredient in ingredients}
    for order in problem.open_orders:
        if order.ingredient_id in by_id:
            day = _expected(order, problem.first_day)
            found[order.ingredient_id].append(
                delivered(day, order.quantity, by_id[order.ingredient_id])
            )
    return found


def _last_day(lot: Lot, first_day: date) -> int:
    return FOREVER if lot.expires_on is None else (lot.expires_on - first_day).days


def _offers(
    prices: Iterable[Price], suppliers: Sequence[Supplier], terms: Sequence[Terms]
) -> dict[UUID, list[Offer]]:
    """By ingredient, what can be delivered in time: suppliers in order, small packs first."""
    position = {supplier.id: index for index, supplier in enumerate(suppliers)}
    tiers: dict[tuple[UUID, int, float], list[tuple[int, float]]] = defaultdict(list)
    for price in prices:
        supplier = position.get(price.supplier_id)
        if supplier is not None and terms[supplier].days:
            tiers[price.ingredient_id, supplier, price.pack_size].append(
                (price.min_packs, float(price.pack_price_minor))
            )
    found: dict[UUID, list[Offer]] = defaultdict(list)
    for (ingredient_id, supplier, pack_size), rows in sorted(tiers.items()):
        found[ingredient_id].append(Offer(supplier, pack_size, tuple(sorted(rows))))
    return found


def _cheapest(offers: Sequence[Offer], suppliers: Sequence[Supplier]) -> Supplier | None:
    if not offers:
        return None
    return suppliers[min(offers, key=lambda offer: offer.unit_price).supplier]


def _with_risk(offer: Offer, safety: SafetyStock) -> Offer:
    """An offer with what its supplier's lead time costs: to keep the safety stock that it asks for,
    for the days that a pack lasts."""
    if safety.demand_mean <= NOTHING:
        return offer
    days = offer.pack_size / safety.demand_mean
    return replace(offer, risk=HOLDING * offer.unit_price * safety.quantity * days)


def _item(
    ingredient: Ingredient,
    need: Requirement,
    safety: SafetyStock,
    supplies: Sequence[Supply],
    offers: Sequence[Offer],
    *,
    dearest: float,
) -> Item:
    """`dearest`: what the dearest delivery costs."""
    price = min((offer.unit_price for offer in offers), default=0.0)
    longest = len(need.mean) + DAYS_AFTER
    unsafe = UNSAFE_PRICES * price
    if safety.demand_mean > NOTHING:
        unsafe += max(dearest, 1.0) / safety.demand_mean
    return Item(
        requirement=tuple(need.mean.tolist()),
        supplies=tuple(supplies),
        shelf_life=min(ingredient.shelf_life_days or longest, longest),
        offers=tuple(offers),
        safety=safety.quantity,
        holding=HOLDING * price,
        spoilage=SPOILAGE * price,
        safety_penalty=unsafe,
        shortage=SHORTAGE * unsafe,
        later=safety.demand_mean,
    )

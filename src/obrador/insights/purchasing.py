"""The weekly review of purchasing: deliveries, price breaks, dead stock. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from obrador.insights.domain import Insight, MorningFacts
from obrador.insights.finding import MOST_OF_A_KIND, cheapest, week_of
from obrador.insights.reviewing import Review
from obrador.procurement.domain import Order
from obrador.suppliers.domain import Price

_FEE_SHARE = 0.05
_WORTH_MINOR = 500


def review(facts: MorningFacts) -> tuple[Insight, ...]:
    """What the purchase plan's horizon suggests, the most valuable of each kind first."""
    return (
        *_largest(_delivery_fees(facts)),
        *_largest(_price_breaks(facts)),
        *_largest(_dead_stock(facts)),
    )


def alternatives(facts: MorningFacts, found: Review) -> tuple[Insight, ...]:
    """Of the ingredients that are cheaper elsewhere, those that save most."""
    names = {each.id: each.name for each in facts.suppliers}
    names |= {each.id: each.name for each in facts.ingredients}
    horizon = facts.morning.bakery.policy.horizon_days
    told = [each for each in found.cheaper if each.saving_minor >= _WORTH_MINOR]
    return tuple(
        Insight(
            "supplier_alternative",
            f"supplier_alternative:{each.ingredient_id}:{facts.morning.business_date:%Y-%m}",
            {
                "id": str(each.ingredient_id),
                "name": names[each.ingredient_id],
                "supplier": names[each.supplier_id],
                "other": names[each.other_id],
                "saving_minor": each.saving_minor,
                "days": horizon,
            },
            each.saving_minor * 7 // horizon,
        )
        for each in told[:MOST_OF_A_KIND]
    )


def _delivery_fees(facts: MorningFacts) -> Iterator[Insight]:
    """Suppliers whose delivery fees come to 5 % of what is bought from them, several times over.

    The plan has weighed joining deliveries against stock and shelf life already, so this is for
    a person to decide: a larger order that keeps, another delivery day, or a word with the
    supplier. At stake is one delivery's fee a week.
    """
    names = {supplier.id: supplier.name for supplier in facts.suppliers}
    for supplier_id, orders in _by_supplier(facts).items():
        fees = sum(order.fee_minor for order in orders)
        goods = sum(order.goods_minor for order in orders)
        if len(orders) < 2 or fees < max(_FEE_SHARE * goods, _WORTH_MINOR):
            continue
        yield Insight(
            "delivery_fees",
            f"delivery_fees:{supplier_id}:{week_of(facts.morning.business_date)}",
            {
                "id": str(supplier_id),
                "name": names[supplier_id],
                "deliveries": len(orders),
                "days": facts.morning.bakery.policy.horizon_days,
                "fees_minor": fees,
                "goods_minor": goods,
            },
            fees // len(orders),
        )


def _price_breaks(facts: MorningFacts) -> Iterator[Insight]:
    """Ingredients that the horizon buys in several orders from one supplier, whose packs taken
    together reach a better price, and that keep long enough for it.

    Saves (price − better price) × packs over the horizon.
    """
    tiers: dict[tuple[UUID, UUID, float], list[Price]] = defaultdict(list)
    for price in facts.prices:
        tiers[price.supplier_id, price.ingredient_id, price.pack_size].append(price)
    known = {ingredient.id: ingredient for ingredient in facts.ingredients}
    names = {supplier.id: supplier.name for supplier in facts.suppliers}
    horizon = facts.morning.bakery.policy.horizon_days
    for (supplier_id, ingredient_id, pack_size), packs in _packs(facts).items():
        ingredient = known[ingredient_id]
        total = sum(count for count, _ in packs)
        spent = sum(count * price for count, price in packs)
        offers = tiers[supplier_id, ingredient_id, pack_size]
        within = [tier for tier in offers if tier.min_packs <= total]
        keeps = ingredient.shelf_life_days is None or ingredient.shelf_life_days >= horizon
        if len(packs) < 2 or not within or not keeps:
            continue
        best = min(within, key=lambda tier: tier.pack_price_minor)
        saved = spent - total * best.pack_price_minor
        if saved < _WORTH_MINOR:
            continue
        yield Insight(
            "price_break",
            f"price_break:{ingredient_id}:{week_of(facts.morning.business_date)}",
            {
                "id": str(ingredient_id),
                "name": ingredient.name,
                "supplier": names[supplier_id],
                "packs": total,
                "orders": len(packs),
                "price_minor": best.pack_price_minor,
                "days": horizon,
            },
            saved,
        )


def _dead_stock(facts: MorningFacts) -> Iterator[Insight]:
    """Counted stock of ingredients that nothing planned uses over the whole horizon."""
    used = {
        projection.ingredient_id
        for projection in facts.purchases.projections
        if any(projection.requirement)
    }
    held: dict[UUID, float] = defaultdict(float)
    for lot in facts.lots:
        if lot.item_id not in used:
            held[lot.item_id] += lot.quantity
    costs = cheapest(facts.prices, held)
    for ingredient in facts.ingredients:
        quantity = held.get(ingredient.id, 0.0)
        value = quantity * costs.get(ingredient.id, 0.0)
        if value < _WORTH_MINOR:
            continue
        yield Insight(
            "dead_stock",
            f"dead_stock:{ingredient.id}:{facts.morning.business_date:%Y-%m}",
            {
                "id": str(ingredient.id),
                "name": ingredient.name,
                "quantity": round(quantity, 3),
                "unit": ingredient.unit,
                "days": facts.morning.bakery.policy.horizon_days,
            },
            round(value),
        )


def _by_supplier(facts: MorningFacts) -> dict[UUID, list[Order]]:
    found: dict[UUID, list[Order]] = defaultdict(list)
    for order in facts.purchases.orders:
        found[order.supplier_id].append(order)
    return found


def _packs(facts: MorningFacts) -> dict[tuple[UUID, UUID, float], list[tuple[int, int]]]:
    """Packs and their price in each order, by supplier, ingredient and pack size."""
    found: dict[tuple[UUID, UUID, float], list[tuple[int, int]]] = defaultdict(list)
    for order in facts.purchases.orders:
        for line in order.lines:
            key = (order.supplier_id, line.ingredient_id, line.pack_size)
            found[key].append((line.packs, line.pack_price_minor))
    return found


def _largest(found: Iterator[Insight]) -> list[Insight]:
    return sorted(found, key=lambda each: (-(each.value_minor or 0), each.key))[:MOST_OF_A_KIND]

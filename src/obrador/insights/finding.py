"""What a morning's facts suggest to a baker. Pure; thresholds keep chance and trifles out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import sqrt
from uuid import UUID

from obrador.forecasting.domain import Decision, ProductAccuracy
from obrador.insights.domain import Insight, MorningFacts
from obrador.suppliers.domain import Price

LOOK_BACK_DAYS = 14
"""Whose validations say whether a forecast is off for good."""
MOST_OF_A_KIND = 3
"""The three that matter most; nobody reads the fourth."""
_FEWEST_DAYS = 7
_BIAS_SHARE = 0.15
_SOLD_OUT_DAYS = 4
_WORTH_MINOR = 500
"""Less than five euros is a trifle."""


def daily(facts: MorningFacts, products: Sequence[ProductAccuracy]) -> tuple[Insight, ...]:
    """Insights of every morning.

    Args:
        products: over the validated days of the last `LOOK_BACK_DAYS`.
    """
    return (
        *_largest(_biased(facts, products)),
        *_largest(_sold_out(facts, products)),
        *_expiring(facts),
    )


def drift(day: date, decision: Decision) -> tuple[Insight, ...]:
    """What a decision on retraining tells."""
    if not decision.is_due or decision.mape is None:
        return ()
    facts = {
        "reason": decision.reason,
        "days": decision.days,
        "mape": round(decision.mape, 1),
        "before": decision.mape_before and round(decision.mape_before, 1),
        "lately": decision.mape_lately and round(decision.mape_lately, 1),
    }
    return (Insight("forecast_drift", f"forecast_drift:{week_of(day)}", facts),)


def week_of(day: date) -> str:
    """ISO year and week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def cheapest(prices: Sequence[Price]) -> dict[UUID, float]:
    """The lowest price per base unit of each ingredient, in minor units of money."""
    costs: dict[UUID, float] = {}
    for price in prices:
        cost = price.pack_price_minor / price.pack_size
        costs[price.ingredient_id] = min(cost, costs.get(price.ingredient_id, cost))
    return costs


def _biased(facts: MorningFacts, products: Sequence[ProductAccuracy]) -> Iterator[Insight]:
    """Products that are foreseen too high or too low by 15 % and a unit a day.

    Chance makes a product that sells a a day in all off by √a; over n days its mean is off by
    √(a/n), and twice that is beyond chance. Days that sold out are lower bounds of demand: a
    product with any is only said to be foreseen too low, never too high.
    """
    names = {product.id: product.name for product in facts.catalogue.products}
    for product in products:
        if product.days < _FEWEST_DAYS or product.product_id not in names:
            continue
        a_day = product.sold / product.days
        off = product.bias
        least = max(1.0, _BIAS_SHARE * a_day, 2 * sqrt(a_day / product.days))
        if abs(off) < least or (off > 0 and product.sold_out_days):
            continue
        yield Insight(
            "forecast_bias",
            f"forecast_bias:{product.product_id}:{week_of(facts.morning.business_date)}",
            {
                "id": str(product.product_id),
                "name": names[product.product_id],
                "units": round(off, 1),
                "a_day": round(a_day, 1),
                "days": product.days,
            },
            _money(facts, product.product_id, 7 * off),
        )


def _sold_out(facts: MorningFacts, products: Sequence[ProductAccuracy]) -> Iterator[Insight]:
    """Products that sold out before closing on at least four of the days."""
    names = {product.id: product.name for product in facts.catalogue.products}
    for product in products:
        if product.sold_out_days < _SOLD_OUT_DAYS or product.product_id not in names:
            continue
        short = max(product.bias, 0.0)
        yield Insight(
            "often_sold_out",
            f"often_sold_out:{product.product_id}:{week_of(facts.morning.business_date)}",
            {
                "id": str(product.product_id),
                "name": names[product.product_id],
                "times": product.sold_out_days,
                "days": product.days,
                "units": round(short, 1),
            },
            _money(facts, product.product_id, -7 * short) if short else None,
        )


def _money(facts: MorningFacts, product_id: UUID, units: float) -> int | None:
    """What so many units are worth: ingredients of those too many, margin of those too few."""
    cost = _unit_costs(facts).get(product_id)
    product = next(each for each in facts.catalogue.products if each.id == product_id)
    if cost is None:
        return None
    if units >= 0:
        return round(units * max(cost - product.salvage_minor, 0.0))
    return None if product.price_minor is None else round(-units * (product.price_minor - cost))


def _unit_costs(facts: MorningFacts) -> Mapping[UUID, float | None]:
    return {target.product_id: target.reason.unit_cost_minor for target in facts.production.targets}


def _expiring(facts: MorningFacts) -> Iterator[Insight]:
    """Stock that will expire unused in the next week, all of it in one insight."""
    costs = cheapest(facts.prices)
    known = {ingredient.id: ingredient for ingredient in facts.ingredients}
    lost: list[tuple[float, float, UUID]] = []
    for projection in facts.purchases.projections:
        quantity = sum(projection.expired[:7])
        if quantity > 0 and projection.ingredient_id in costs:
            value = quantity * costs[projection.ingredient_id]
            lost.append((value, quantity, projection.ingredient_id))
    lost.sort(key=lambda each: (-each[0], each[2]))
    total = sum(value for value, _, _ in lost)
    if total < _WORTH_MINOR:
        return
    items = [
        {
            "id": str(own),
            "name": known[own].name,
            "quantity": round(quantity, 3),
            "unit": known[own].unit,
        }
        for _, quantity, own in lost[:MOST_OF_A_KIND]
    ]
    yield Insight(
        "expiring_value",
        f"expiring_value:{week_of(facts.morning.business_date)}",
        {"items": items, "count": len(lost)},
        round(total),
    )


def _largest(found: Iterator[Insight]) -> list[Insight]:
    return sorted(found, key=lambda each: (-(each.value_minor or 0), each.key))[:MOST_OF_A_KIND]

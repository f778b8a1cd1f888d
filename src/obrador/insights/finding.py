"""What a morning's facts suggest to a baker. Pure; thresholds keep chance and trifles out."""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date
from math import sqrt
from uuid import UUID

from obrador.catalogue.domain import Product
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
    """What a decision on retraining tells, where it was forecasts that called for it."""
    is_poor = decision.is_due and decision.reason in ("inaccurate", "drifting")
    if not is_poor or decision.mape is None:
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


def cheapest(prices: Iterable[Price], of: Container[UUID]) -> dict[UUID, float]:
    """The lowest price per base unit of each of these ingredients, in minor units of money."""
    costs: dict[UUID, float] = {}
    for price in prices:
        if price.ingredient_id in of:
            cost = price.pack_price_minor / price.pack_size
            costs[price.ingredient_id] = min(cost, costs.get(price.ingredient_id, cost))
    return costs


def _biased(facts: MorningFacts, products: Sequence[ProductAccuracy]) -> Iterator[Insight]:
    """Products that are foreseen too high or too low by 15 % and a unit a day.

    Chance makes a product that sells a a day in all off by √a; over n days its mean is off by
    √(a/n), and twice that is beyond chance. Days that sold out are lower bounds of demand: a
    product with any is only said to be foreseen too low, never too high.
    """
    known = {product.id: product for product in facts.catalogue.products}
    for figures in products:
        product = known.get(figures.product_id)
        a_day, off = figures.sold / figures.days, figures.bias
        least = max(1.0, _BIAS_SHARE * a_day, 2 * sqrt(a_day / figures.days))
        if product is None or figures.days < _FEWEST_DAYS or abs(off) < least:
            continue
        if off > 0 and figures.sold_out_days:
            continue
        yield Insight(
            "forecast_bias",
            f"forecast_bias:{product.id}:{week_of(facts.morning.business_date)}",
            {
                "id": str(product.id),
                "name": product.name,
                "units": round(off, 1),
                "a_day": round(a_day, 1),
                "days": figures.days,
            },
            _money(facts, product, 7 * off),
        )


def _sold_out(facts: MorningFacts, products: Sequence[ProductAccuracy]) -> Iterator[Insight]:
    """Products that sold out before closing on at least four of the days."""
    known = {product.id: product for product in facts.catalogue.products}
    for figures in products:
        product = known.get(figures.product_id)
        if product is None or figures.sold_out_days < _SOLD_OUT_DAYS:
            continue
        short = max(figures.bias, 0.0)
        yield Insight(
            "often_sold_out",
            f"often_sold_out:{product.id}:{week_of(facts.morning.business_date)}",
            {
                "id": str(product.id),
                "name": product.name,
                "times": figures.sold_out_days,
                "days": figures.days,
                "units": round(short, 1),
            },
            _money(facts, product, -7 * short) if short else None,
        )


def _money(facts: MorningFacts, product: Product, units: float) -> int | None:
    """What so many units are worth: the waste of those too many, the gain of those too few."""
    targets = (each for each in facts.production.targets if each.product_id == product.id)
    reason = next((target.reason for target in targets), None)
    if reason is None:
        return None
    worth = reason.waste_minor if units >= 0 else reason.gain_minor
    return None if worth is None else round(abs(units) * worth)


def _expiring(facts: MorningFacts) -> Iterator[Insight]:
    """Stock that will expire unused in the next week, all of it in one insight."""
    expired = {
        projection.ingredient_id: quantity
        for projection in facts.purchases.projections
        if (quantity := sum(projection.expired[:7])) > 0
    }
    if not expired:
        return
    costs = cheapest(facts.prices, expired)
    lost = sorted(
        ((expired[own] * cost, own) for own, cost in costs.items()),
        key=lambda each: (-each[0], each[1]),
    )
    total = sum(value for value, _ in lost)
    if total < _WORTH_MINOR:
        return
    known = {ingredient.id: ingredient for ingredient in facts.ingredients}
    items = [
        {
            "id": str(own),
            "name": known[own].name,
            "quantity": round(expired[own], 3),
            "unit": known[own].unit,
        }
        for _, own in lost[:MOST_OF_A_KIND]
    ]
    yield Insight(
        "expiring_value",
        f"expiring_value:{week_of(facts.morning.business_date)}",
        {"items": items, "count": len(lost)},
        round(total),
    )


def _largest(found: Iterator[Insight]) -> list[Insight]:
    return sorted(found, key=lambda each: (-(each.value_minor or 0), each.key))[:MOST_OF_A_KIND]

"""Several bakes a day: each serves the customers that come until the next one is ready."""

from collections.abc import Sequence
from datetime import time
from itertools import accumulate, pairwise
from math import floor, sqrt

from obrador.catalogue.domain import Product
from obrador.production.domain import ProductionProblem, Wave
from obrador.production.resources import wall_minute
from obrador.sales.domain import FirmOrder
from obrador.tenants.domain import Hours

Shares = Sequence[float]
"""(W,) of the day's demand that has come when each wave's time is over; the last is 1."""


def demand_shares(product: Product, hours: Hours, by_hour: Shares | None) -> Shares:
    """How much of the day's demand each wave and those before it serve.

    Args:
        by_hour: (24,) the product's own shares by hour of the clock. Without them, demand falls
            evenly from opening to closing, to half of what it was: t·(4 − t) / 3 of it has come
            after the share t of the day.
    """
    ends = [_minute(at) for at in product.waves]
    if by_hour is None:
        opens, closes = _minute(hours.opens), _minute(hours.closes)
        times = (min(max((end - opens) / (closes - opens), 0), 1) for end in ends)
        return [*(t * (4 - t) / 3 for t in times), 1.0]
    whole = sum(by_hour)
    return [*(_until(by_hour, end) / whole for end in ends), 1.0]


def display_level(min_display: float, mean: float, shares: Shares) -> float:
    """Units to have in the morning so that the last bake still finds a shelf that is full enough,
    when the day sells its mean."""
    return min_display + mean * (shares[-2] if len(shares) > 1 else 0.0)


def split(
    level: float, mean: float, deviation: float, left_over: float, display: float, shares: Shares
) -> list[float]:
    """(W,) units to bake in each wave of what the day should have on the shelf, left-over included.

    Until the share s of demand has come, it has mean s·μ and, as every customer comes when they
    like, variance s²·σ² + s·(1 − s)·μ (a binomial part of the day's). Each wave brings the sum up
    to as many of these deviations above the mean as the level of the whole day, which is the same
    risk of running out; the last brings it to that level. A wave is never smaller than leaves
    `display` on the shelf when the waves before it have sold their mean.
    """
    sure = max(deviation, 1e-9)
    scores = (level - mean) / sure
    baked, sold, quantities = 0.0, 0.0, []
    for share in shares:
        part = mean * share + scores * sqrt((share * sure) ** 2 + share * (1 - share) * mean)
        wanted = level if share == shares[-1] else min(max(part, sold + display), level)
        total = max(wanted - left_over, baked)
        quantities.append(total - baked)
        baked, sold = total, mean * share
    return quantities


def waves_of(
    problem: ProductionProblem,
    product: Product,
    quantities: Sequence[float],
    shares: Shares,
    quantity: float,
) -> tuple[Wave, ...]:
    """The waves of day 0 that bake `quantity` in all: what `split` says, whole pieces, and firm
    orders with the last wave that is ready for them."""
    day, zone = problem.forecast.first_day, problem.bakery.time_zone
    hours = problem.bakery.opening_hours[day.weekday()]
    first = product.ready_by or (hours.opens if hours else time(8))
    minutes = [wall_minute(at, 0, zone, day) for at in (first, *product.waves)]
    due = _firm_by_wave(problem, product, minutes)
    totals = list(accumulate(own + firm for own, firm in zip(quantities, due, strict=True)))
    if product.unit == "piece":
        totals = [floor(total + 0.5) for total in totals]
    ends = [min(total, quantity) for total in totals[:-1]] + [quantity]
    steps = zip(minutes, pairwise([0.0, *ends]), pairwise([0.0, *shares]), strict=True)
    return tuple(
        Wave(minute, round(upper - lower, 3), round(after - before, 4))
        for minute, (lower, upper), (before, after) in steps
    )


def _firm_by_wave(
    problem: ProductionProblem, product: Product, minutes: Sequence[int]
) -> list[float]:
    day, zone = problem.forecast.first_day, problem.bakery.time_zone
    due = [0.0] * len(minutes)
    for order in problem.firm_orders:
        if order.product_id == product.id and order.due_date == day and not order.in_forecast:
            due[_last_ready(order, minutes, zone, problem)] += order.quantity
    return due


def _last_ready(
    order: FirmOrder, minutes: Sequence[int], zone: str, problem: ProductionProblem
) -> int:
    if order.due_time is None:
        return 0
    due = wall_minute(order.due_time, 0, zone, problem.forecast.first_day)
    return max((place for place, minute in enumerate(minutes) if minute <= due), default=0)


def _until(by_hour: Shares, minute: int) -> float:
    hour, rest = divmod(minute, 60)
    return sum(by_hour[:hour]) + (by_hour[hour] * rest / 60 if hour < len(by_hour) else 0.0)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute

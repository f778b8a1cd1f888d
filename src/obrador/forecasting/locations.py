"""Forecasts against sales, location by location. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from obrador.forecasting.domain import DayForecast, Floats, LocationAccuracy
from obrador.sales.domain import LocationSales


def by_location(
    forecast: DayForecast, locations: Sequence[LocationSales]
) -> tuple[LocationAccuracy, ...]:
    """Each location's part of a day's forecast against what it sold.

    Demand is foreseen for a bakery as a whole, so a location's part is f · b / Σb, where f is the
    product's forecast and b what the location sold of it in the days before (`SHARE_DAYS`); of a
    product that sold nowhere then, the location's share of all products. A product counts where it
    was foreseen or sold.
    """
    place = {product_id: row for row, product_id in enumerate(forecast.product_ids)}
    sold, before = np.zeros((2, len(locations), len(place)))
    for number, each in enumerate(locations):
        known = [row for row, product_id in enumerate(each.product_ids) if product_id in place]
        rows = [place[each.product_ids[row]] for row in known]
        sold[number, rows], before[number, rows] = each.sold[known], each.before[known]
    foreseen = forecast.mean * _shares(before)
    return tuple(
        LocationAccuracy(
            each.location,
            int(((mine > 0) | (actual > 0)).sum()),
            float(mine.sum()),
            float(actual.sum()),
            float(np.abs(mine - actual).sum()),
        )
        for each, mine, actual in zip(locations, foreseen, sold, strict=True)
        if mine.any() or actual.any()
    )


def added_up(days: Iterable[Sequence[LocationAccuracy]]) -> list[LocationAccuracy]:
    """Each location over all days, worst first: by the units it was off in all."""
    found: dict[str, list[LocationAccuracy]] = defaultdict(list)
    for day in days:
        for each in day:
            found[each.location].append(each)
    whole = [
        LocationAccuracy(
            location,
            sum(each.products for each in own),
            sum(each.forecast for each in own),
            sum(each.sold for each in own),
            sum(each.off for each in own),
        )
        for location, own in found.items()
    ]
    return sorted(whole, key=lambda each: (-each.off, each.location))


def _shares(before: Floats) -> Floats:
    """(L, P) of each location in what was sold of each product; columns add up to 1, or to 0 where
    nothing at all was sold."""
    whole = before.sum(axis=1, keepdims=True)
    total = before.sum(axis=0)
    usual = whole / max(float(whole.sum()), 1e-9)
    return np.where(total > 0, before / np.where(total > 0, total, 1.0), usual)

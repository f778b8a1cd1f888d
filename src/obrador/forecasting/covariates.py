"""From what is known of weather, promotions and prices to covariates of demand. Pure.

Axes: P products, N days: those of a history and those to forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from obrador.catalogue.domain import Product
from obrador.drivers.domain import Promotion, WeatherDay
from obrador.forecasting.domain import Covariate, DemandHistory, Floats
from obrador.sales.domain import PriceHistory

LIST_PRICE_DAYS = 7
"""A price is the median of so many days: what one day's mix of full and reduced prices makes of
its mean could not be known in advance."""
_LEAST_CHANGE = 0.01
"""Of a price; less is rounding."""


@dataclass(frozen=True)
class KnownDrivers:
    """What is known of a bakery's drivers, the past and the days to come."""

    weather: tuple[WeatherDay, ...] = ()
    """By day; of one that is known twice, the later one counts."""
    promotions: tuple[Promotion, ...] = ()
    prices: PriceHistory | None = None


def with_covariates(
    history: DemandHistory, products: Sequence[Product], known: KnownDrivers
) -> DemandHistory:
    """The history with what is known of drivers; what never changes is none.

    - temperature: highest of the day in °C, else the mean; rain: log(1 + mm); wind: km/h.
    - promotion: 1 while there is one; discount: log(usual price / price on these days).
    - price: logarithm of the median of seven days, promotions apart; days to come as the last.

    Args:
        products: in the order of the history.
    """
    first, count = history.days.first, len(history.days)
    prices = _prices(known.prices, products, first, count)
    promoted = _promoted(known.promotions, products, first, count)
    usual = _list_prices(np.where(promoted, np.nan, prices))
    found = (
        *_weather(known.weather, first, count),
        Covariate("promotion", "promotion", promoted.astype(float)),
        Covariate("discount", "promotion", _discounts(known.promotions, products, usual, first)),
        Covariate("price", "price", _log(usual)),
    )
    return replace(history, covariates=tuple(filter(_changes, found)))


def _weather(days: Sequence[WeatherDay], first: date, count: int) -> tuple[Covariate, ...]:
    temperature, rain, wind = np.full((3, 1, count), np.nan)
    for each in days:
        place = (each.day - first).days
        if 0 <= place < count:
            warmest = each.temperature if each.temperature_max is None else each.temperature_max
            temperature[0, place] = np.nan if warmest is None else warmest
            rain[0, place] = np.nan if each.precipitation is None else each.precipitation
            wind[0, place] = np.nan if each.wind is None else each.wind
    return (
        Covariate("temperature", "weather", temperature),
        Covariate("rain", "weather", np.log1p(rain)),
        Covariate("wind", "weather", wind),
    )


def _promoted(
    promotions: Sequence[Promotion], products: Sequence[Product], first: date, count: int
) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    promoted = np.zeros((len(products), count), dtype=np.bool_)
    for each in promotions:
        promoted[_rows(each, products), _span(each, first)] = True
    return promoted


def _discounts(
    promotions: Sequence[Promotion], products: Sequence[Product], usual: Floats, first: date
) -> Floats:
    """(P, N) of several promotions, the largest reduction."""
    discounts = np.zeros_like(usual)
    asked = np.array([product.price_minor or np.nan for product in products])
    before = np.where(np.isnan(usual), asked[:, None], usual)
    for each in promotions:
        rows, span = _rows(each, products), _span(each, first)
        own = np.zeros_like(before[rows, span])
        if each.percent_off is not None:
            own = np.full_like(own, -np.log(1 - each.percent_off / 100))
        elif each.price_minor:
            own = np.nan_to_num(np.log(before[rows, span] / each.price_minor))
        discounts[rows, span] = np.maximum(discounts[rows, span], own)
    return discounts


def _rows(promotion: Promotion, products: Sequence[Product]) -> slice:
    """Which of the products it is of."""
    if promotion.product_id is None:
        return slice(None)
    row = next((row for row, p in enumerate(products) if p.id == promotion.product_id), None)
    return slice(0, 0) if row is None else slice(row, row + 1)


def _span(promotion: Promotion, first: date) -> slice:
    begins, ends = promotion.first_day - first, promotion.last_day - first
    return slice(max(begins.days, 0), max(ends.days + 1, 0))


def _prices(
    known: PriceHistory | None, products: Sequence[Product], first: date, count: int
) -> Floats:
    """(P, N) as sold; NaN where unknown."""
    prices = np.full((len(products), count), np.nan)
    if known is None:
        return prices
    row_of = {product_id: row for row, product_id in enumerate(known.product_ids)}
    offset = (first - known.first).days
    start, end = max(offset, 0), min(known.minor.shape[1], offset + count)
    for place, product in enumerate(products):
        row = row_of.get(product.id)
        if row is not None and end > start:
            prices[place, start - offset : end - offset] = known.minor[row, start:end]
    return prices


def _list_prices(prices: Floats) -> Floats:
    """(P, N) the median of the last known prices; before the first one, that."""
    known = ~np.isnan(prices)
    listed = np.full_like(prices, np.nan)
    for row in np.flatnonzero(known.any(axis=1)):
        places = np.flatnonzero(known[row])
        values = prices[row, places]
        padded = np.concatenate([np.repeat(values[0], LIST_PRICE_DAYS - 1), values])
        windows = np.lib.stride_tricks.sliding_window_view(padded, LIST_PRICE_DAYS)
        last = np.searchsorted(places, np.arange(prices.shape[1]), side="right") - 1
        listed[row] = np.median(windows, axis=1)[np.maximum(last, 0)]
    return listed


def _log(prices: Floats) -> Floats:
    """Changes smaller than 1 % are none."""
    steps = np.rint(np.log(prices) / _LEAST_CHANGE)
    return np.asarray(steps * _LEAST_CHANGE)


def _changes(covariate: Covariate) -> bool:
    values = covariate.values
    known = ~np.isnan(values)
    lowest = np.where(known, values, np.inf).min(axis=1, initial=np.inf)
    highest = np.where(known, values, -np.inf).max(axis=1, initial=-np.inf)
    return bool((highest > lowest).any())

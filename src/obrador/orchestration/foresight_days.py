"""A product's days as people look at them: what was sold, and what is foreseen. Pure.

What all products share of a day, such as whether the shop is open, is looked up once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan
from uuid import UUID

from obrador.catalogue.domain import Product
from obrador.forecasting import service as forecasting
from obrador.forecasting.domain import QUANTILE_LEVELS, DemandHistory, Forecast, Model
from obrador.kit.i18n import Speech

PAST_DAYS = 42
"""Shown before a forecast, unless somebody asks for others."""
_LOW, _HIGH = QUANTILE_LEVELS.index(0.1), QUANTILE_LEVELS.index(0.9)


@dataclass(frozen=True, slots=True)
class PastDay:
    """A product's sales of a day."""

    day: date
    sold: float | None
    """Units; None where the shop was closed, or the product was not on sale."""
    sold_out: bool
    """Before closing: demand was at least `sold`."""
    is_open: bool
    holiday: str | None
    event: str | None = None
    """A special day that is no public holiday: an event of the bakery's, or one of retail."""


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A product's forecast of a day. Sales lie between `low` and `high` on eight days in ten."""

    day: date
    mean: float
    low: float
    high: float
    is_open: bool
    holiday: str | None
    statistical: float | None
    """What the model foresaw, where a person has changed it."""
    why: str
    event: str | None = None


@dataclass(frozen=True, slots=True)
class ProductForesight:
    """A product's past and what is foreseen of it."""

    product_id: UUID
    product: str
    unit: str
    model: Model
    model_version: int | None
    """Of the trained model that made it; None: none did."""
    past: tuple[PastDay, ...]
    """Also of days that were forecast and are over by now."""
    ahead: tuple[DayAhead, ...]

    @property
    def days(self) -> tuple[PastDay | DayAhead, ...]:
        """All that are shown; one that was forecast and is over is there twice."""
        return (*self.past, *self.ahead)

    @property
    def total(self) -> float:
        """Expected on all the days ahead."""
        return sum(day.mean for day in self.ahead)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see."""

    day: date
    """The first day to foresee."""
    days: int
    past_days: int = PAST_DAYS
    product_id: UUID | None = None
    reasons: bool = True
    """Each day says why."""
    as_said: bool = False
    """What people have said since the forecast was made counts as well."""


@dataclass(frozen=True, slots=True)
class _Day:
    """What all products have in common of a day."""

    day: date
    place: int
    """In the history, or in the forecast."""
    is_open: bool
    holiday: str | None
    event: str | None


def product_days(
    say: Speech,
    products: Sequence[Product],
    forecast: Forecast,
    history: DemandHistory,
    wanted: Wanted,
) -> list[ProductForesight]:
    """Those of the products that the forecast is about, with the days that are wanted."""
    past, ahead = _past_days(history, wanted), _days_ahead(forecast, history, wanted)
    foreseen, known = _rows(forecast.product_ids), _rows(history.product_ids)
    return [
        ProductForesight(
            product.id,
            product.name,
            product.unit,
            forecast.models[row],
            forecast.model_version,
            _past(history, known[product.id], past),
            _ahead(say, product, forecast, row, ahead, reasons=wanted.reasons),
        )
        for product in products
        if (row := foreseen.get(product.id)) is not None
    ]


def _rows(product_ids: Sequence[UUID]) -> dict[UUID, int]:
    return {product_id: row for row, product_id in enumerate(product_ids)}


def _past_days(history: DemandHistory, wanted: Wanted) -> list[_Day]:
    days, known = history.days, int(history.sold.shape[1])
    start = (wanted.day - timedelta(days=wanted.past_days) - days.first).days
    stop = (wanted.day + timedelta(days=wanted.days) - days.first).days
    return [
        _Day(days.date_of(n), n, bool(days.is_open[n]), days.holiday[n], days.special[n])
        for n in range(max(start, 0), min(stop, known))
    ]


def _days_ahead(forecast: Forecast, history: DemandHistory, wanted: Wanted) -> list[_Day]:
    first = (wanted.day - forecast.first_day).days
    last = min(first + wanted.days, int(forecast.mean.shape[1]))
    return [_day_ahead(forecast, history, ahead) for ahead in range(first, last)]


def _day_ahead(forecast: Forecast, history: DemandHistory, ahead: int) -> _Day:
    day, days = forecast.first_day + timedelta(days=ahead), history.days
    place, sells = (day - days.first).days, bool(forecast.mean[:, ahead].any())
    if not 0 <= place < len(days):  # a day before the first sale is in no history
        return _Day(day, ahead, sells, None, None)
    is_open = sells or bool(days.is_open[place])
    return _Day(day, ahead, is_open, days.holiday[place], days.special[place])


def _past(history: DemandHistory, row: int, days: Sequence[_Day]) -> tuple[PastDay, ...]:
    sold, sold_out = history.sold[row].tolist(), history.sold_out[row].tolist()
    return tuple(
        PastDay(
            each.day,
            None if isnan(sold[each.place]) else sold[each.place],
            sold_out[each.place],
            each.is_open,
            each.holiday,
            each.event,
        )
        for each in days
    )


def _ahead(
    say: Speech,
    product: Product,
    forecast: Forecast,
    row: int,
    days: Sequence[_Day],
    *,
    reasons: bool,
) -> tuple[DayAhead, ...]:
    mean, quantiles = forecast.mean[row].tolist(), forecast.quantiles[row].tolist()
    changed = {
        each.override.day: each.mean
        for each in forecast.overridden
        if each.override.product_id == product.id
    }
    return tuple(
        DayAhead(
            each.day,
            mean[each.place],
            quantiles[each.place][_LOW],
            quantiles[each.place][_HIGH],
            each.is_open,
            each.holiday,
            changed.get(each.day),
            forecasting.day_forecast(say, forecast, row, each.place, product.unit)
            if reasons
            else "",
            each.event,
        )
        for each in days
    )

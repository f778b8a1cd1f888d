"""Demand and forecasts as arrays. Axes: P products, D days of history, H days ahead, Q levels."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from obrador.tenants.domain import Days

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

QUANTILE_LEVELS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

RESOLUTION = 0.01
"""Units to which a forecast is rounded: what is planned from a fresh forecast and from a stored one
is the same."""

Model = Literal["profile", "weekday_mean", "analogy", "none", "last_forecast", "weekday_history"]
"""Which fallback made a forecast: weekday profile × level from 28 days of history; the mean of
the same weekdays before that; the mean of its category for a product without any; nothing. Where
forecasting itself is away: the last forecast; what the same weekdays have sold. See `fallback`."""


@dataclass(frozen=True)
class DemandHistory:
    """Statistical demand of one bakery: sales less firm orders that are known otherwise."""

    product_ids: tuple[UUID, ...]
    categories: tuple[str, ...]
    """(P,)"""
    sold: Floats
    """(P, D) units sold; NaN where there is no record (closed, before launch, data missing). On an
    open day of a product that is on sale, no sales are 0."""
    sold_out: Flags
    """(P, D) sold out before closing: `sold` is a lower bound of demand."""
    days: Days
    """(D + H,) history, then the days to forecast."""

    @property
    def horizon(self) -> int:
        """H."""
        return len(self.days) - int(self.sold.shape[1])


@dataclass(frozen=True)
class Drivers:
    """What moved a product's forecast for a day, for the sentence that explains it. Factors
    multiply: mean = level × weekday × season × holiday, before rounding."""

    level: float
    """Units on an average open day, lately."""
    weekday: float
    season: float
    holiday: float
    holiday_name: str | None
    trend: float
    """Level of the last 28 days against the 28 before, minus 1."""


@dataclass(frozen=True)
class Forecast:
    """Demand H days ahead. Quantiles never cross, nothing is negative or NaN; closed days are 0."""

    product_ids: tuple[UUID, ...]
    first_day: date
    mean: Floats
    """(P, H)"""
    quantiles: Floats
    """(P, H, Q) at `QUANTILE_LEVELS`."""
    models: tuple[Model, ...]
    """(P,)"""
    drivers: tuple[tuple[Drivers, ...], ...]
    """(P, H)"""

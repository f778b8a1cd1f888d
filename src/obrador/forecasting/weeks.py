"""A history cut into weeks, and every week's profile as its own past saw it. Pure.

Weeks end the day before the first day to forecast, so each place within a week is one weekday.
Axes: N weeks of history, 7 places, P products, T = N weeks plus those ahead.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from obrador.forecasting.conformal import spread
from obrador.forecasting.domain import Covariate, DemandHistory, Flags, Floats
from obrador.forecasting.special_days import Positions, SpecialDays, special_days
from obrador.tenants.domain import Days

Kind = TypeVar("Kind", np.float64, np.bool_)

WEEKDAY_MEMORY = 0.97
"""Weight of a week's weekday profile relative to the week after."""
LEVEL_MEMORY = 0.65
"""Weight of a week's level relative to the week after."""
SHOP_PROFILE_WEEKS = 6.0
"""The shop's weekday profile counts in a product's like so many weeks."""
FLAT_PROFILE_WEEKS = 3.0
"""Weekdays without difference count in the shop's profile like so many weeks of a product."""
_PEAK_SHARE = 0.98
_PEAK_FACTOR = 5.0


@dataclass(frozen=True)
class Weeks:
    """Demand by week."""

    sold: Floats
    """(N, 7, P) 0 where nothing is known."""
    seen: Flags
    """(N, 7, P) something is known."""
    sold_out: Flags
    """(N, 7, P) demand was at least `sold`."""
    ordinary: Flags
    """(N, 7, P) seen, and no special day; with less than a week of those, all seen."""
    special: SpecialDays
    """Positions count days from the first week's first day."""
    days: Days
    """Of the history, and those to forecast; the first of them is at position `padding`."""
    padding: int
    covariates: tuple[Covariate, ...] = ()
    """Of the same days as `days`."""

    @cached_property
    def scale(self) -> Floats:
        """(P,) mean of an ordinary day: what makes products comparable."""
        days = (0, 1)
        return ratio((self.sold * self.ordinary).sum(days), self.ordinary.sum(days), 0.0)


@dataclass(frozen=True)
class Profiles:
    """What each week's past says of a product: row n knows the weeks before n."""

    level: Floats
    """(N + 1, P) units on an average ordinary day, lately; 0 while nothing is known."""
    weekday: Floats
    """(N + 1, 7, P) factors that average to 1 over the days sold."""

    @property
    def base(self) -> Floats:
        """(N + 1, 7, P) level × weekday."""
        return np.asarray(self.level[:, None] * self.weekday)


def ratio(numerator: Floats | float, denominator: Floats, otherwise: Floats | float) -> Floats:
    """`numerator / denominator`, and `otherwise` where the denominator is practically 0."""
    some = denominator > 1e-9
    return np.where(some, numerator / np.where(some, denominator, 1.0), otherwise)


def weeks_of(history: DemandHistory) -> Weeks:
    """Cut a history of D days into N = ⌈D / 7⌉ weeks; the first is filled up with unknown days."""
    padding = -history.sold.shape[1] % 7
    seen = _by_week(~np.isnan(history.sold), padding)
    special = special_days(history.days).shifted(padding)
    is_ordinary = np.ones((len(seen) * 7, 1), dtype=np.bool_)
    is_ordinary[special.index[special.index < len(is_ordinary)]] = False
    ordinary = seen & is_ordinary.reshape(-1, 7, 1)
    ordinary |= seen & (ordinary.sum(axis=(0, 1)) < 7)
    sold = _by_week(np.nan_to_num(_without_spikes(history.sold)), padding)
    sold_out = _by_week(history.sold_out, padding) & seen
    return Weeks(sold, seen, sold_out, ordinary, special, history.days, padding, history.covariates)


def _by_week(values: NDArray[Kind], padding: int) -> NDArray[Kind]:
    padded = np.pad(values, ((0, 0), (padding, 0)))
    return padded.T.reshape(padded.shape[1] // 7, 7, len(values))


def _without_spikes(sold: Floats) -> Floats:
    """(P, D) with at most five times what all but the highest 2 % of selling days sold."""
    if not sold.shape[1]:
        return sold
    ordered = np.sort(np.where(sold > 0, sold, np.nan), axis=1)
    selling_days = (sold > 0).sum(axis=1)
    rank = (_PEAK_SHARE * np.maximum(selling_days - 1, 0)).astype(np.int64)
    peak = np.nan_to_num(ordered[np.arange(len(sold)), rank])
    return np.asarray(np.minimum(sold, _PEAK_FACTOR * peak[:, None]))


def profiles(weeks: Weeks) -> Profiles:
    """Level and weekday profile at the start of every week, from ordinary days before it.

    Both are means that forget geometrically: row n weighs week k by `memory ** (n − 1 − k)`. A
    weekday's factor is drawn to that of the whole shop, which is all there is for weekdays that a
    product has not seen yet, and that to 1, so that a shop's first days do not pass for its
    weekdays.
    """
    sold = np.where(weeks.ordinary, weeks.sold, 0.0)
    days = weeks.ordinary.astype(float)
    slow_sold, slow_days = _every_past(sold, days, WEEKDAY_MEMORY)
    mean = ratio(slow_sold.sum(axis=1), slow_days.sum(axis=1), 0.0)[:, None]
    compared = ratio(1.0, mean, 0.0)
    shop_sold = (slow_sold * compared).sum(axis=2, keepdims=True)
    shop_days = (slow_days * (compared > 0)).sum(axis=2, keepdims=True)
    shop = (shop_sold + FLAT_PROFILE_WEEKS) / (shop_days + FLAT_PROFILE_WEEKS)
    drawn = (slow_sold + SHOP_PROFILE_WEEKS * mean * shop) / (slow_days + SHOP_PROFILE_WEEKS)
    weekday = ratio(drawn, mean, shop)
    fast_sold, fast_days = _every_past(sold, days, LEVEL_MEMORY)
    level = ratio(fast_sold.sum(axis=1), (fast_days * weekday).sum(axis=1), 0.0)
    return Profiles(level, weekday)


def completed(weeks: Weeks, seen: Profiles) -> Weeks:
    """Sold-out days with the demand to expect of a day that would have sold at least so much.

    `E[D | D ≥ s] = m + σ λ(z)` with the normal distribution, where m is what the days before let
    expect, σ its `spread`, `z = (s - m) / σ`, and `λ(z) ≈ (z + √(z² + 8/π)) / 2` the inverse Mills
    ratio, exact at 0 and far above it (Tobin, Econometrica 26 (1958), 24).
    """
    expected = seen.base[:-1]
    deviation = spread(expected)
    surprise = ratio(weeks.sold - expected, deviation, 0.0)
    mills = (surprise + np.sqrt(surprise**2 + 8 / np.pi)) / 2
    demand = np.maximum(weeks.sold, expected + deviation * mills)
    return replace(weeks, sold=np.where(weeks.sold_out, demand, weeks.sold))


def past(values: Floats, memory: float, origin: Positions) -> Floats:
    """(R, ...) sums over the weeks before each origin, weighted by `memory ** weeks between`."""
    age = origin[:, None] - 1 - np.arange(len(values))
    weights = np.where(age >= 0, memory ** np.maximum(age, 0), 0.0)
    return np.asarray(np.tensordot(weights, values, axes=1))


def _every_past(sold: Floats, days: Floats, memory: float) -> Floats:
    """(2, N + 1, ...) the same of both, from every week as origin and after the last."""
    sums = np.zeros((2, len(sold) + 1, *sold.shape[1:]))
    sums[:, 1:] = sold, days
    for week in range(1, len(sold)):
        sums[:, week + 1] += memory * sums[:, week]
    return sums

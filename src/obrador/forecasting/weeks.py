"""A history cut into weeks, and every week's profile as its own past saw it. Pure.

Weeks end the day before the first day to forecast, so each place within a week is one weekday.
Axes: N weeks of history, 7 places, P products, T = N weeks plus those ahead.
"""

import math
from collections.abc import Sequence
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
_BLOCK = 16
"""Weeks; the fewest operations are at about the root of how many there are."""


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
        return ratio(self.ordinary_sold.sum(days), self.ordinary.sum(days), 0.0)

    @cached_property
    def ordinary_sold(self) -> Floats:
        """(N, 7, P) units sold on ordinary days, 0 on others."""
        return np.asarray(self.sold * self.ordinary)


@dataclass(frozen=True)
class PastDays:
    """Ordinary days before each week, weighted as `profiles` weighs them; (N + 1, 7, P) each."""

    slow: Floats
    fast: Floats


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
    """(N, 7, P) of (P, D), laid out in memory as it is gone through."""
    products, days = values.shape
    found = np.zeros((padding + days, products), dtype=values.dtype)
    found[padding:] = values.T
    return found.reshape(len(found) // 7, 7, products)


def _without_spikes(sold: Floats) -> Floats:
    """(P, D) with at most five times what all but the highest 2 % of selling days sold."""
    if not sold.shape[1]:
        return sold
    selling_days = (sold > 0).sum(axis=1)
    rank = (_PEAK_SHARE * np.maximum(selling_days - 1, 0)).astype(np.int64)
    highest = np.fmax.reduce(sold, axis=1, keepdims=True)
    # Only where fewer days than that sold a fifth of the highest, it lies above the limit.
    near = (sold * _PEAK_FACTOR >= highest).sum(axis=1)
    spiky = np.flatnonzero(near < selling_days - rank)
    if not len(spiky):
        return sold
    sold = sold.copy()
    ordered = np.sort(np.where(sold[spiky] > 0, sold[spiky], np.nan), axis=1)
    peak = ordered[np.arange(len(spiky)), rank[spiky]]
    sold[spiky] = np.minimum(sold[spiky], _PEAK_FACTOR * peak[:, None])
    return sold


def past_days(weeks: Weeks) -> PastDays:
    """What `profiles` has to know of the days; the same, whatever was sold on them."""
    days = weeks.ordinary.astype(float)
    return PastDays(_every_past(days, WEEKDAY_MEMORY), _every_past(days, LEVEL_MEMORY))


def profiles(weeks: Weeks, days: PastDays) -> Profiles:
    """Level and weekday profile at the start of every week, from ordinary days before it.

    Both are means that forget geometrically: row n weighs week k by `memory ** (n − 1 − k)`. A
    weekday's factor is drawn to that of the whole shop, which is all there is for weekdays that a
    product has not seen yet, and that to 1, so that a shop's first days do not pass for its
    weekdays.
    """
    sold = _every_past(weeks.ordinary_sold, WEEKDAY_MEMORY)
    mean = ratio(sold.sum(axis=1), days.slow.sum(axis=1), 0.0)
    compared = ratio(1.0, mean, 0.0)
    shop_sold = np.einsum("nwp,np->nw", sold, compared)
    shop_days = np.einsum("nwp,np->nw", days.slow, (compared > 0).astype(float))
    shop = (shop_sold + FLAT_PROFILE_WEEKS) / (shop_days + FLAT_PROFILE_WEEKS)
    sold += SHOP_PROFILE_WEEKS * shop[:, :, None] * mean[:, None]
    sold /= days.slow + SHOP_PROFILE_WEEKS
    weekday = np.where(mean[:, None] > 0, sold * compared[:, None], shop[:, :, None])
    lately = _every_past(weeks.ordinary_sold.sum(axis=1), LEVEL_MEMORY)
    return Profiles(ratio(lately, np.einsum("nwp,nwp->np", days.fast, weekday), 0.0), weekday)


def completed(weeks: Weeks, seen: Profiles) -> Weeks:
    """Sold-out days with the demand to expect of a day that would have sold at least so much.

    `E[D | D ≥ s] = m + σ λ(z)` with the normal distribution, where m is what the days before let
    expect, σ its `spread`, `z = (s - m) / σ`, and `λ(z) ≈ (z + √(z² + 8/π)) / 2` the inverse Mills
    ratio, exact at 0 and far above it (Tobin, Econometrica 26 (1958), 24).
    """
    _, weekdays, products = weeks.sold.shape
    places = np.flatnonzero(weeks.sold_out)
    level = seen.level[places // (weekdays * products), places % products]
    expected = level * seen.weekday.ravel()[places]
    deviation, sold = spread(expected), weeks.sold.ravel()[places]
    surprise = ratio(sold - expected, deviation, 0.0)
    mills = (surprise + np.sqrt(surprise**2 + 8 / np.pi)) / 2
    demand = weeks.sold.copy()
    demand.ravel()[places] = np.maximum(sold, expected + deviation * mills)
    return replace(weeks, sold=demand)


def fading(memories: Sequence[float], origin: Positions, count: int) -> Floats:
    """(M, R, N) what each of N weeks counts at each origin: `memory ** weeks between`; 0 from the
    origin on."""
    age = origin[:, None] - 1 - np.arange(count)
    memory = np.array(memories)[:, None, None]
    return np.where(age >= 0, memory ** np.maximum(age, 0), 0.0)


def added_up(weights: Floats, values: Floats) -> Floats:
    """(W, ...) sums over the weeks of (N, ...) values, by (W, N) weights; W may be several axes."""
    return np.asarray((weights @ _flat(values)).reshape(*weights.shape[:-1], *values.shape[1:]))


def _flat(values: Floats) -> Floats:
    """(N, ...) with all axes but the first as one."""
    return values.reshape(len(values), math.prod(values.shape[1:]))


def _every_past(values: Floats, memory: float) -> Floats:
    """(N + 1, ...) sums over the weeks before each week, and over all, each weighted by `memory **
    weeks between`. A block at a time: what its weeks add, and what is left of all before it."""
    step = np.arange(_BLOCK)
    age = step[:, None] - step
    weights = np.where(age >= 0, memory ** np.maximum(age, 0), 0.0)
    left = memory ** (step + 1.0)[:, None]
    by_week = _flat(values)
    sums = np.zeros((len(values) + 1, by_week.shape[1]))
    for start in range(0, len(values), _BLOCK):
        block = by_week[start : start + _BLOCK]
        count = len(block)
        found = sums[start + 1 : start + 1 + count]
        np.matmul(weights[:count, :count], block, out=found)
        found += left[:count] * sums[start]
    return sums.reshape(len(values) + 1, *values.shape[1:])

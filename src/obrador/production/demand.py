"""Demand as quantiles at `QUANTILE_LEVELS`, and the level of stock that pays for it.

Between and beyond its levels, a quantile function is taken as linear in the normal score of the
level: exact for a normal distribution, and close for the shapes that demand has.
"""

from statistics import NormalDist

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from obrador.forecasting.domain import QUANTILE_LEVELS

Floats = NDArray[np.float64]

MAX_RATIO = 0.99
"""Forecasts say nothing about demand that is rarer than this, and nobody bakes for it."""
DAY_CORRELATION = 0.2
"""Of forecast errors of different days: a level that is wrong is wrong on all of them."""

_SCORES = np.array([NormalDist().inv_cdf(level) for level in QUANTILE_LEVELS])
_MEDIAN = QUANTILE_LEVELS.index(0.5)
_LOWEST, _HIGHEST = -4.0, NormalDist().inv_cdf(MAX_RATIO)
_PHI_SCORES = np.linspace(-8, 8, 4001)
_PHI = np.array([NormalDist().cdf(score) for score in _PHI_SCORES])


def spread(quantiles: Floats) -> Floats:
    """Standard deviation (...) of the normal distribution nearest to quantiles (..., Q).

    Least squares on the normal scores z of the levels: `σ = Σ z·q / Σ z²`, since they add up to 0.
    In the units of the quantiles; exact for normal demand.
    """
    deviation: Floats = (quantiles @ _SCORES) / (_SCORES @ _SCORES)
    return deviation


def sum_of_days(
    mean: Floats,
    quantiles: Floats,
    days: NDArray[np.int64],
    correlation: float = DAY_CORRELATION,
) -> tuple[Floats, NDArray[np.int64]]:
    """Demand of `days[p]` days from each day on: quantiles (P, H, Q), and on how many there is any.

    Beyond the horizon, weekdays repeat. At each level, deviations from the median add up as
    standard deviations do, √((1 − ρ)·Σδ² + ρ·(Σδ)²) with the correlation ρ: exact for normal days.
    The gap between mean and median stays that of a single day, as it does for gamma days.

    Args:
        mean: (P, H).
        quantiles: (P, H, Q).
        days: (P,) at least 1.
    """
    longest = int(max(days, default=1))
    ahead = _repeat_weekdays(mean.shape[1], longest - 1)
    counted = np.arange(longest) < days[:, None]
    means = sliding_window_view(mean[:, ahead], longest, axis=1) * counted[:, None, :]
    windows = sliding_window_view(quantiles[:, ahead], longest, axis=1)
    windows = windows * counted[:, None, None, :]
    medians = windows[:, :, _MEDIAN]
    with_demand = (means > 0).sum(axis=-1)
    gap = (means - medians).sum(axis=-1) / np.maximum(with_demand, 1)
    apart = windows - medians[:, :, None, :]
    independent = (1 - correlation) * (apart**2).sum(axis=-1)
    together = correlation * apart.sum(axis=-1) ** 2
    centre = means.sum(axis=-1) - gap
    return centre[..., None] + np.sign(_SCORES) * np.sqrt(independent + together), with_demand


def order_up_to(day: Floats, cover: Floats, ratio: Floats) -> Floats:
    """Level S (...) of stock that a day should start with, oldest sold first.

    The marginal rule: raise S while r·P(D₁ > S) > (1 − r)·P(D₁ + … + D_m ≤ S), with the critical
    ratio r = (p − c) / (p + w), price p, unit cost c, cost w of a left-over unit (disposal less
    salvage). The left side is the margin of one more sale today, the right side the loss of a unit
    that outdates after m days. For m = 1 it is the newsvendor: P(D ≤ S) = r (Arrow, Harris and
    Marschak 1951; for m > 1 the order-up-to form of Nahmias's fixed-life inventory, 1982, which
    loses at most 0.5 % of profit against the exact dynamic programme from some 14 units a day on,
    more where demand is small and erratic; see the tests).
    S is never above the `MAX_RATIO` quantile of D₁.

    Normal demand 50 ± 8, r = 0.70 / 0.88: S = 56.6040.

    Args:
        day: (..., Q) quantiles of the first day's demand.
        cover: (..., Q) quantiles of the demand of all days until a unit outdates.
        ratio: broadcast to (...).
    """
    low, high = np.full(day.shape[:-1], _LOWEST), np.full(day.shape[:-1], _HIGHEST)
    for _ in range(24):
        score = (low + high) / 2
        outdates = _phi(_score_of(cover, _at(day, score)))
        pays = ratio * (1 - _phi(score)) > (1 - ratio) * outdates
        low, high = np.where(pays, score, low), np.where(pays, high, score)
    level: Floats = np.maximum(_at(day, high), 0.0)
    return level


def _repeat_weekdays(horizon: int, more: int) -> NDArray[np.int64]:
    """Indices 0 … horizon − 1, then `more` of the last week's."""
    beyond = horizon - 7 + np.arange(more) % 7
    return np.concatenate([np.arange(horizon), np.maximum(beyond, 0)])


def _at(quantiles: Floats, score: Floats) -> Floats:
    """Quantile functions (..., Q) at normal scores (...)."""
    left = np.clip(np.searchsorted(_SCORES, score) - 1, 0, len(_SCORES) - 2)
    low, high = _pair(quantiles, left)
    share = (score - _SCORES[left]) / (_SCORES[left + 1] - _SCORES[left])
    result: Floats = low + share * (high - low)
    return result


def _score_of(quantiles: Floats, value: Floats) -> Floats:
    """Normal scores (...) of the probability that demand is at most `value`."""
    left = np.clip((quantiles <= value[..., None]).sum(axis=-1) - 1, 0, len(_SCORES) - 2)
    low, high = _pair(quantiles, left)
    share = (value - low) / np.maximum(high - low, 1e-9)
    result: Floats = _SCORES[left] + share * (_SCORES[left + 1] - _SCORES[left])
    return result


def _pair(quantiles: Floats, left: NDArray[np.int64]) -> tuple[Floats, Floats]:
    low = np.take_along_axis(quantiles, left[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(quantiles, left[..., None] + 1, axis=-1)[..., 0]
    return low, high


def _phi(score: Floats) -> Floats:
    """The normal distribution function."""
    probability: Floats = np.interp(score, _PHI_SCORES, _PHI)
    return probability

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
_TRIED = np.linspace(-4, NormalDist().inv_cdf(MAX_RATIO), 33)
"""Scores of the levels that are tried."""
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
    ahead = repeat_weekdays(mean.shape[1], mean.shape[1] + longest - 1)
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


def newsvendor(day: Floats, ratio: Floats) -> Floats:
    """Level S (...) that a day should start with, of what keeps for that day alone: P(D ≤ S) = r.

    With r = (p − c) / (p + w), price p, unit cost c, cost w of a left-over unit (disposal less
    salvage). S is never above the `MAX_RATIO` quantile (Arrow, Harris and Marschak 1951).

    Normal demand 50 ± 8, r = 0.70 / 0.88: S = 56.6040.

    Args:
        day: (..., Q) quantiles of demand.
        ratio: broadcast to (...).
    """
    scores = np.interp(np.minimum(ratio, MAX_RATIO), _PHI, _PHI_SCORES)
    level = np.minimum(_at(day, np.broadcast_to(scores, day.shape[:-1])), highest(day)[..., 0])
    return np.maximum(level, 0.0)


def order_up_to(day: Floats, cover: Floats, ratio: Floats) -> Floats:
    """Level S (...) of stock that a day should start with, oldest sold first.

    The marginal rule of `marginal` where nothing is left over, which needs quantiles only: raise S
    while r·P(D₁ > S) > (1 − r)·P(D₁ + … + D_m ≤ S), with the critical ratio r. S is never above
    the `MAX_RATIO` quantile of D₁.

    Args:
        day: (..., Q) quantiles of the first day's demand.
        cover: (..., Q) quantiles of the demand of all days until a unit outdates.
        ratio: broadcast to (...).
    """
    tried = day @ _AT_TRIED
    outdates = chance_of_at_most(cover, tried)
    pays = ratio[..., None] * (1 - _phi(_TRIED)) - (1 - ratio[..., None]) * outdates
    above = np.clip((pays > 0).sum(axis=-1), 1, len(_TRIED) - 1)
    (low, high), (win, lose) = _pair(tried, above - 1), _pair(pays, above - 1)
    share = np.clip(win / np.maximum(win - lose, 1e-12), 0, 1)
    level: Floats = np.maximum(low + share * (high - low), 0.0)
    return level


def weights_at(scores: Floats) -> Floats:
    """(Q, K) weights of a quantile function's values in its values at normal scores (K,)."""
    left = np.clip(np.searchsorted(_SCORES, scores) - 1, 0, len(_SCORES) - 2)
    share = (scores - _SCORES[left]) / (_SCORES[left + 1] - _SCORES[left])
    weights = np.zeros((len(_SCORES), len(scores)))
    each = np.arange(len(scores))
    weights[left, each] = 1 - share
    weights[left + 1, each] = share
    return weights


def highest(quantiles: Floats) -> Floats:
    """(..., 1) the `MAX_RATIO` quantile of demand (..., Q)."""
    most: Floats = quantiles @ _AT_MOST
    return most


def chance_of_at_most(quantiles: Floats, values: Floats) -> Floats:
    """Probability (..., K) that demand (..., Q) is at most each of the values (..., K)."""
    own, asked = quantiles.reshape(-1, len(_SCORES)), values.reshape(-1, values.shape[-1])
    above = (own[:, None, :] <= asked[:, :, None]).sum(axis=2)
    left = np.minimum(np.maximum(above - 1, 0), len(_SCORES) - 2)
    rows = np.arange(len(own))[:, None]
    low, high = own[rows, left], own[rows, left + 1]
    share = (asked - low) / np.maximum(high - low, 1e-9)
    scores = _SCORES[left] + share * (_SCORES[left + 1] - _SCORES[left])
    return _phi(scores).reshape(values.shape)


def repeat_weekdays(horizon: int, count: int) -> NDArray[np.int64]:
    """The first `count` of the indices 0 … horizon − 1 and, after these, the last week's over and
    over."""
    beyond = horizon - 7 + np.arange(max(count - horizon, 0)) % 7
    return np.concatenate([np.arange(min(count, horizon)), np.maximum(beyond, 0)])


def _at(quantiles: Floats, score: Floats) -> Floats:
    """Quantile functions (..., Q) at normal scores (...)."""
    left = np.clip(np.searchsorted(_SCORES, score) - 1, 0, len(_SCORES) - 2)
    low, high = _pair(quantiles, left)
    share = (score - _SCORES[left]) / (_SCORES[left + 1] - _SCORES[left])
    result: Floats = low + share * (high - low)
    return result


def _pair(quantiles: Floats, left: NDArray[np.int64]) -> tuple[Floats, Floats]:
    low = np.take_along_axis(quantiles, left[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(quantiles, left[..., None] + 1, axis=-1)[..., 0]
    return low, high


def _phi(score: Floats) -> Floats:
    """The normal distribution function."""
    probability: Floats = np.interp(score, _PHI_SCORES, _PHI)
    return probability


_AT_TRIED = weights_at(_TRIED)
_AT_MOST = weights_at(_TRIED[-1:])

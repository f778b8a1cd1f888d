"""Prediction intervals from what the same method got wrong before. Pure."""

from statistics import NormalDist

import numpy as np

from obrador.forecasting.domain import QUANTILE_LEVELS, Floats

RELATIVE_SPREAD = 0.25
_OWN_DAYS = 60.0
"""A series' own errors weigh as much as the shop's from so many days on."""
_SHOP_DAYS = 7.0
"""The shop's size of errors counts in a series' like so many days; the normal, in the shop's."""
_NORMAL = np.array([NormalDist().inv_cdf(level) for level in QUANTILE_LEVELS])
_NORMAL_MEAN_ERROR = float(np.sqrt(2 / np.pi))


def spread(mean: Floats) -> Floats:
    """Standard deviation to expect of a demand: counting noise plus a share of the mean.

    `sqrt(m + (0.25 m)²)`, the negative binomial's; per-series factors correct it, see `offsets`.

    Args:
        mean: (...) units a day, not negative.

    Returns:
        (...) units.
    """
    return np.asarray(np.sqrt(mean + (RELATIVE_SPREAD * mean) ** 2))


def normal_quantiles(mean: Floats, deviation: Floats) -> Floats:
    """(..., Q) of a normal demand that is never negative, at `QUANTILE_LEVELS`."""
    return np.asarray(np.maximum(mean[..., None] + deviation[..., None] * _NORMAL, 0.0))


def offsets(errors: Floats) -> Floats:
    """Quantiles of the next error, by split conformal prediction.

    A series' own empirical quantiles are drawn to those of the whole shop (errors over their mean
    size in their series), and these to the normal distribution, by how many errors there are:
    `weight = n / (n + 60)`. Split conformal: Lei et al., J. Am. Stat. Assoc. 113 (2018), 1094.

    Args:
        errors: (D, P) past errors of forecasts made in advance, over their `spread`; NaN unknown.

    Returns:
        (P, Q) quantiles at `QUANTILE_LEVELS`, in units of `spread`.
    """
    count = (~np.isnan(errors)).sum(axis=0).astype(float)
    weight = count / (count + _OWN_DAYS)
    total = float(count.sum())
    shop_weight = total / (total + _OWN_DAYS)
    sizes = np.nansum(np.abs(errors), axis=0)
    shop_size = (sizes.sum() + _SHOP_DAYS * _NORMAL_MEAN_ERROR) / (total + _SHOP_DAYS)
    size = (sizes + _SHOP_DAYS * shop_size) / (count + _SHOP_DAYS)
    shop = errors / size
    shape = shop_weight * quantiles(shop[~np.isnan(shop)].reshape(-1, 1))[0]
    shape += (1 - shop_weight) * _NORMAL / _NORMAL_MEAN_ERROR
    own = quantiles(errors)
    return np.asarray(weight[:, None] * own + ((1 - weight) * size)[:, None] * shape)


def quantiles(sample: Floats) -> Floats:
    """(P, Q) of each column of a (D, P) sample, with the split-conformal rank `q (n + 1)`.

    In the sample's units, linear between its values. NaN are left out; a column without values
    gives 0.
    """
    if not len(sample):
        return np.zeros((sample.shape[1], len(QUANTILE_LEVELS)))
    ordered = np.sort(np.ascontiguousarray(sample.T), axis=1)
    count = (~np.isnan(sample)).sum(axis=0)[:, None]
    rank = np.clip(np.array(QUANTILE_LEVELS) * (count + 1) - 1, 0, np.maximum(count - 1, 0))
    below = np.floor(rank).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    column = np.arange(sample.shape[1])[:, None]
    low, high = ordered[column, below], ordered[column, above]
    return np.asarray(np.nan_to_num(low + (rank - below) * (high - low)))

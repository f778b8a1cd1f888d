"""Forecasts that past mornings would have made: the production code over rolling origins. Pure.

Axes: P series, D days, H days ahead, Q levels.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from obrador.forecasting import fitting, model
from obrador.forecasting.domain import QUANTILE_LEVELS, Covariate, DemandHistory, Flags, Floats
from obrador.forecasting.history import demand_of
from obrador.kit.errors import Fault, Invalid
from obrador.simulation.series_file import SeriesFile

LEVELS = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)
"""Quantiles that are told; those between two of `QUANTILE_LEVELS` lie on the line between them."""
_SCORED = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Origin:
    """What was foreseen with the sales up to one day."""

    cutoff: date
    mean: Floats
    """(P, H)"""
    quantiles: Floats
    """(P, H, Q) at `LEVELS`."""
    sold: Floats
    """(P, H) what came; NaN where nothing is known or the series was closed."""


@dataclass(frozen=True)
class Scores:
    """How near forecasts came to what was sold on open days."""

    days: int
    wape: float
    """Σ|f − a| / Σa."""
    scaled_pinball: float
    """Mean pinball loss at 0.1, 0.25, 0.5, 0.75 and 0.9, over the mean sold."""
    coverage: float
    """Share sold between the quantiles 0.1 and 0.9."""
    bias: float
    """Σ(f − a) / Σa."""


def backtest(series: SeriesFile, horizon: int, origins: int, refit: int) -> Iterator[Origin]:
    """Forecast from the end of each of the last `origins` weeks that leave `horizon` days.

    Nothing after a cutoff is known but prices, and which days are open, holidays and special days.
    Where the file does not say which days are open, that is read off the sales, as for a bakery
    that has not stated its hours.

    Args:
        refit: weeks after which a model is trained anew.

    Raises:
        Invalid: the file is too short for so many origins.
    """
    count = series.sold.shape[1]
    cutoffs = [count - horizon - 7 * week for week in reversed(range(origins))]
    if cutoffs[0] < 1:
        most = (count - horizon - 1) // 7 + 1
        raise Invalid(
            f"The file has {count} days, too few for {origins} origins of {horizon} days.",
            [Fault("origins", f"at most {max(most, 0)}")],
        )
    trained = None
    for number, known in enumerate(cutoffs):
        history = _history(series, known, horizon)
        if number % refit == 0:
            trained = fitting.train(history)
        yield _origin(series, known, horizon, history, trained)


def score(found: list[Origin]) -> Scores:
    """All of them together."""
    sold = np.concatenate([each.sold for each in found], axis=1)
    mean = np.concatenate([each.mean for each in found], axis=1)
    quantiles = np.concatenate([each.quantiles for each in found], axis=1)
    known = ~np.isnan(sold)
    sold, mean, quantiles = sold[known], mean[known], quantiles[known]
    total = max(float(sold.sum()), 1e-9)
    losses = [_pinball(sold, quantiles[:, LEVELS.index(level)], level) for level in _SCORED]
    low, high = (quantiles[:, LEVELS.index(level)] for level in (0.1, 0.9))
    return Scores(
        days=len(sold),
        wape=float(np.abs(mean - sold).sum()) / total,
        scaled_pinball=sum(losses) / len(_SCORED) / total,
        coverage=float(((low <= sold) & (sold <= high)).mean()) if len(sold) else 0.0,
        bias=float((mean - sold).sum()) / total,
    )


def _pinball(sold: Floats, quantile: Floats, level: float) -> float:
    off = sold - quantile
    return float(np.maximum(level * off, (level - 1) * off).sum())


def _history(series: SeriesFile, known: int, horizon: int) -> DemandHistory:
    """What was known before the day at `known`."""
    days = series.days.until(known + horizon)
    if not series.states_open:
        is_open = days.is_open.copy()
        is_open[:known] = np.any(series.sold[:, :known] > 0, axis=0)
        days = replace(days, is_open=is_open)
    assumed = () if series.states_open else ("opening_hours", "open_on_holidays")
    sold = series.sold[:, :known]
    history = demand_of(
        series.ids, ("",) * len(sold), sold, np.zeros(sold.shape, np.bool_), days, assumed
    )
    # A series may be closed while the shop is open: nothing is known of it then.
    open_then = series.is_open[:, known - history.sold.shape[1] : known]
    history = replace(history, sold=np.where(open_then, history.sold, np.nan))
    if series.price is None:
        return history
    price = np.log(series.price[:, known - history.sold.shape[1] : known + horizon])
    return replace(history, covariates=(Covariate("price", "price", price),))


def _origin(
    series: SeriesFile,
    known: int,
    horizon: int,
    history: DemandHistory,
    trained: model.TrainedModel | None,
) -> Origin:
    made = model.forecast(history, trained)
    ahead = slice(known, known + horizon)
    is_open: Flags = series.is_open[:, ahead]
    quantiles = _at_levels(made.quantiles)
    return Origin(
        cutoff=series.days.date_of(known - 1),
        mean=made.mean * is_open,
        quantiles=quantiles * is_open[..., None],
        sold=np.where(is_open, series.sold[:, ahead], np.nan),
    )


def _at_levels(quantiles: Floats) -> Floats:
    """(P, H, Q) at `LEVELS`."""
    above = np.searchsorted(QUANTILE_LEVELS, LEVELS)
    levels = np.array(QUANTILE_LEVELS)
    share = (np.array(LEVELS) - levels[above - 1]) / (levels[above] - levels[above - 1])
    low, high = quantiles[..., above - 1], quantiles[..., above]
    return np.asarray(low + share * (high - low))

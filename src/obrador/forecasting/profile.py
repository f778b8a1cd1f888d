"""The forecast: weekday profile × level × season × holiday, with conformal intervals. Pure.

Every past week gets the forecast that its own past allowed. How sales departed from it teaches
what holidays and seasons do, and what is left tells how wide the intervals must be. All products
of a bakery, and all weeks, are one array operation. Axes: P products, H days ahead, Q levels, N
weeks of history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from obrador.forecasting import conformal
from obrador.forecasting.domain import (
    RESOLUTION,
    DemandHistory,
    DriverTable,
    Floats,
    Forecast,
    Model,
)
from obrador.forecasting.history import OFF_SALE_DAYS
from obrador.forecasting.walk import Walk, walk
from obrador.forecasting.weeks import (
    Profiles,
    Weeks,
    completed,
    past_days,
    profiles,
    ratio,
    weeks_of,
)

PROFILE_DAYS = 28
"""Days of history from which on a product has a weekday profile of its own."""
CALIBRATION_WEEKS = 60
LEARNING_WEEKS = 3
"""First weeks of a shop, or half of what there is: their errors say nothing of later ones."""
NEW_PRODUCT_SPREAD = 2.0
"""How much wider intervals are for a product that was never sold."""


@dataclass(frozen=True)
class _Ahead:
    """Some days ahead (7 at first, then all H); the factors multiply to the mean."""

    level: Floats
    """(P,)"""
    weekday: Floats
    """(days, P)"""
    season: Floats
    """(days, P)"""
    holiday: Floats
    """(days, P)"""
    learned: Floats
    """(days, P) what a trained model makes of it."""
    offsets: Floats
    """(days, P, Q) quantiles of the error, in units of `conformal.spread`."""


Correction = Callable[[Walk, Walk], Floats]
"""(7, P) factors on what was foreseen of the last target week, by what is known of the weeks so far
as foreseen from that far ahead, and from a week ahead."""


def forecast(
    history: DemandHistory, correction: Correction | None = None, narrowing: float = 1.0
) -> Forecast:
    """Forecast each product for each of the H days after its history.

    `mean = level × weekday × season × holiday × learned`; closed days are 0. With less than 28 days
    of history the weekday profile and the intervals are mostly the whole shop's ("weekday_mean"), a
    product never sold gets the mean of its category ("analogy"), and one that went off sale, or
    has no category to go by, 0 ("none").

    Args:
        history: of at least one day ahead, in units sold a day.
        correction: what a trained model has to say; nothing is learned without.
        narrowing: size of the errors that it leaves, compared with those without it.

    Returns:
        mean (P, H) and quantiles (P, H, Q), in the same units.
    """
    weeks, seen = weeks_and_profiles(history)
    walks = [walk(weeks, seen, lead) for lead in range(1, -(-history.horizon // 7) + 1)]
    ahead = [_ahead(each, walks[0], correction, narrowing) for each in walks]
    return _assembled(history, _joined(ahead, history.horizon), _trend(weeks, seen))


def weeks_and_profiles(history: DemandHistory) -> tuple[Weeks, Profiles]:
    """A history by weeks, sold-out days completed, and its profiles."""
    weeks = weeks_of(history)
    days = past_days(weeks)
    seen = profiles(weeks, days)
    if not weeks.sold_out.any():
        return weeks, seen
    weeks = completed(weeks, seen)
    return weeks, profiles(weeks, days)


def rounded(values: Floats) -> Floats:
    """To the resolution that forecasts have."""
    return np.rint(values / RESOLUTION) * RESOLUTION


def _ahead(ahead: Walk, week: Walk, correction: Correction | None, narrowing: float) -> _Ahead:
    """The forecast of the last target week, calibrated on such forecasts of past weeks."""
    seen, last = ahead.seen, ahead.base[-1]
    offsets = narrowing * conformal.offsets(_errors(ahead.weeks, ahead.mean))
    return _Ahead(
        level=seen.level[-1],
        weekday=seen.weekday[-1],
        season=np.broadcast_to(ahead.season[-1], last.shape),
        holiday=ahead.holiday[-1],
        learned=np.ones_like(last) if correction is None else correction(ahead, week),
        offsets=np.repeat(offsets[None], 7, axis=0),
    )


def _errors(weeks: Weeks, mean: Floats) -> Floats:
    """(D, P) errors of the last weeks over their spread; NaN where demand is not known."""
    count = len(weeks.sold)
    recent = slice(max(count - CALIBRATION_WEEKS, min(LEARNING_WEEKS, count // 2)), count)
    expected = mean[recent]
    known = (weeks.seen & ~weeks.sold_out)[recent] & (expected > 0)
    scale = np.where(known, conformal.spread(expected), 1.0)
    errors = np.where(known, (weeks.sold[recent] - expected) / scale, np.nan)
    return errors.reshape(errors.shape[0] * 7, errors.shape[2])


def _models(history: DemandHistory) -> tuple[Model, ...]:
    """(P,) how each product can be forecast."""
    seen = ~np.isnan(history.sold)
    count = seen.sum(axis=1)
    open_days = history.days.is_open[: seen.shape[1]]
    after_last = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1] == 0
    gone = (count > 0) & ((after_last & open_days).sum(axis=1) >= OFF_SALE_DAYS)
    alive = {
        category
        for category, days, is_gone in zip(history.categories, count, gone, strict=True)
        if days and not is_gone
    }
    return tuple(
        _model(int(days), bool(is_gone), category in alive)
        for days, is_gone, category in zip(count, gone, history.categories, strict=True)
    )


def _model(days: int, is_gone: bool, has_peers: bool) -> Model:
    if is_gone:
        return "none"
    if days == 0:
        return "analogy" if has_peers else "none"
    return "profile" if days >= PROFILE_DAYS else "weekday_mean"


def _joined(weeks: Sequence[_Ahead], horizon: int) -> _Ahead:
    return _Ahead(
        level=weeks[0].level,
        weekday=np.concatenate([week.weekday for week in weeks])[:horizon],
        season=np.concatenate([week.season for week in weeks])[:horizon],
        holiday=np.concatenate([week.holiday for week in weeks])[:horizon],
        learned=np.concatenate([week.learned for week in weeks])[:horizon],
        offsets=np.concatenate([week.offsets for week in weeks])[:horizon],
    )


def _assembled(history: DemandHistory, own: _Ahead, trend: Floats) -> Forecast:
    """The forecast, new products by their peers, nothing where closed or off sale."""
    models = _models(history)
    is_open = history.days.is_open[history.sold.shape[1] :]
    peers = _peers(history.categories, models)
    widened = np.array([NEW_PRODUCT_SPREAD if model == "analogy" else 1.0 for model in models])
    ahead = _Ahead(
        level=peers @ own.level * [model != "none" for model in models],
        weekday=own.weekday @ peers.T * is_open[:, None],
        season=own.season @ peers.T,
        holiday=own.holiday @ peers.T,
        learned=own.learned @ peers.T,
        offsets=widened[:, None] * (peers @ own.offsets),
    )
    factors = (ahead.weekday, ahead.season, ahead.holiday, ahead.learned)
    mean = ahead.level * factors[0] * factors[1] * factors[2] * factors[3]
    quantiles = mean[..., None] + conformal.spread(mean)[..., None] * ahead.offsets
    quantiles = np.maximum.accumulate(np.maximum(quantiles, 0.0), axis=2)
    mean, quantiles = rounded(mean), rounded(quantiles)
    return Forecast(
        product_ids=history.product_ids,
        first_day=history.days.date_of(len(history.days) - history.horizon),
        mean=np.ascontiguousarray(mean.T),
        quantiles=np.ascontiguousarray(quantiles.transpose(1, 0, 2)),
        models=models,
        drivers=DriverTable(
            level=ahead.level,
            trend=peers @ trend,
            factors=np.stack(factors, axis=-1).transpose(1, 0, 2),
            holidays=history.days.holiday[-history.horizon :],
        ),
    )


def _peers(categories: Sequence[str], models: Sequence[Model]) -> Floats:
    """(P, P) whose factors a product takes: its own, or in equal parts its category's."""
    category, model = np.array(categories), np.array(models)
    sold = np.isin(model, ("profile", "weekday_mean"))
    alike = (category[:, None] == category) & sold
    shared = ratio(alike.astype(float), alike.sum(axis=1, keepdims=True).astype(float), 0.0)
    return np.where((model == "analogy")[:, None], shared, np.eye(len(model)))


def _trend(weeks: Weeks, seen: Profiles) -> Floats:
    """(P,) level of the last four weeks against the four before, minus 1; 0 where unknown."""
    sold = weeks.ordinary_sold[-8:].sum(axis=1)
    expected = (weeks.ordinary[-8:] * seen.weekday[-1]).sum(axis=1)
    late = ratio(sold[-4:].sum(axis=0), expected[-4:].sum(axis=0), 0.0)
    early = ratio(sold[:-4].sum(axis=0), expected[:-4].sum(axis=0), 0.0)
    return np.where(late > 0, ratio(late, early, 1.0), 1.0) - 1.0

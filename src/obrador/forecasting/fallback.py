"""What to expect where no forecast can be made: the last one, or what such weekdays sold. Pure.

Axes: P products, H days ahead, Q levels.
"""

from datetime import timedelta

import numpy as np

from obrador.forecasting.conformal import normal_quantiles, spread
from obrador.forecasting.domain import (
    QUANTILE_LEVELS,
    DemandHistory,
    DriverTable,
    Flags,
    Floats,
    Forecast,
    Model,
)
from obrador.forecasting.profile import rounded
from obrador.forecasting.weeks import ratio

SAME_WEEKDAYS = 4
"""So many of the last same weekdays with a record are averaged,"""
WEEKS_BACK = 8
"""none of them older than this."""
WIDENED = 2.0
"""How much wider intervals are than a forecast's would be."""
LAST_DAYS = 14
"""Days after which a forecast is no longer of use."""


def fall_back(history: DemandHistory, last: Forecast | None) -> Forecast:
    """The last forecast, moved to the days ahead, else what the same weekdays have sold lately.

    A day that the last forecast reached is as it foresaw it; a later one is as the same weekday of
    its last week, unless that was a holiday or closed. Where that gives nothing, as for a new
    product, a day is the mean of its last four same weekdays with a record, with intervals twice as
    wide as `spread` (model "weekday_history"). Closed days are 0.

    Args:
        history: of at least one day ahead, in units sold a day.
        last: made at most `LAST_DAYS` before.

    Returns:
        mean (P, H) and quantiles (P, H, Q), in the same units.
    """
    is_open = history.days.is_open[history.sold.shape[1] :]
    lately = _same_weekdays(history)
    known = ~np.isnan(lately)
    mean = np.where(known, lately, 0.0)
    quantiles = normal_quantiles(mean, WIDENED * spread(mean))
    moved = np.zeros_like(known)
    if last is not None:
        moved, last_mean, last_quantiles = _moved(history, last)
        mean = np.where(moved, last_mean, mean)
        quantiles = np.where(moved[..., None], last_quantiles, quantiles)
    mean, quantiles = rounded(mean * is_open), rounded(quantiles * is_open[:, None])
    return Forecast(
        product_ids=history.product_ids,
        first_day=history.days.date_of(history.sold.shape[1]),
        mean=mean,
        quantiles=quantiles,
        models=_models(moved, known),
        drivers=_drivers(mean, is_open, history.days.holiday[-history.horizon :]),
    )


def _same_weekdays(history: DemandHistory) -> Floats:
    """(P, H) mean of the last same weekdays with a record; NaN without any."""
    products, past = history.sold.shape
    found = np.full((products, history.horizon), np.nan)
    for ahead in range(history.horizon):
        days = [past + ahead - 7 * weeks for weeks in range(1, WEEKS_BACK + ahead // 7 + 1)]
        sold = history.sold[:, [day for day in days if 0 <= day < past]]
        seen = ~np.isnan(sold)
        seen &= np.cumsum(seen, axis=1) <= SAME_WEEKDAYS
        count = seen.sum(axis=1)
        total = np.where(seen, sold, 0.0).sum(axis=1)
        found[:, ahead] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return found


def _moved(history: DemandHistory, last: Forecast) -> tuple[Flags, Floats, Floats]:
    """Of which products and days the last forecast tells, (P, H), and what."""
    rows, columns = _rows(history, last), _columns(history, last)
    tells = (rows >= 0)[:, None] & (columns >= 0)
    row, column = np.maximum(rows, 0)[:, None], np.maximum(columns, 0)[None, :]
    if not last.mean.size:
        shape = (*tells.shape, len(QUANTILE_LEVELS))
        return np.zeros_like(tells), np.zeros(tells.shape), np.zeros(shape)
    return tells, last.mean[row, column], last.quantiles[row, column]


def _rows(history: DemandHistory, last: Forecast) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """(P,) where each product is in the last forecast; -1 where that knows nothing of it."""
    place = {
        product_id: row
        for row, (product_id, model) in enumerate(zip(last.product_ids, last.models, strict=True))
        if model != "none"
    }
    return np.array([place.get(each, -1) for each in history.product_ids], dtype=np.int64)


def _columns(
    history: DemandHistory, last: Forecast
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """(H,) which of its days each day ahead is like; -1 where none is."""
    reach = int(last.mean.shape[1])
    first = history.days.date_of(history.sold.shape[1])
    found = []
    for ahead in range(history.horizon):
        day = (first + timedelta(days=ahead) - last.first_day).days
        like = day if day < reach else reach - 7 + (day - reach) % 7
        is_like = like >= 0 and (like == day or _is_ordinary(last, like))
        found.append(like if is_like and _was_open(last, like) else -1)
    return np.array(found, dtype=np.int64)


def _is_ordinary(last: Forecast, day: int) -> bool:
    return last.drivers.holidays[day] is None


def _was_open(last: Forecast, day: int) -> bool:
    return bool((last.mean[:, day] > 0).any())


def _models(moved: Flags, known: Flags) -> tuple[Model, ...]:
    return tuple(
        "last_forecast" if is_moved else "weekday_history" if is_known else "none"
        for is_moved, is_known in zip(np.any(moved, axis=1), np.any(known, axis=1), strict=True)
    )


def _drivers(mean: Floats, is_open: Flags, holidays: tuple[str | None, ...]) -> DriverTable:
    """The mean of the open days, and what each weekday is to it."""
    level = mean.sum(axis=1) / max(int(is_open.sum()), 1)
    factors = np.ones((*mean.shape, 4))
    factors[:, :, 0] = ratio(mean, np.broadcast_to(level[:, None], mean.shape), 0.0)
    return DriverTable(level, np.zeros(len(level)), factors, holidays)

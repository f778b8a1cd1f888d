"""What a trained model looks at to correct the profile: ratios, and the calendar. Pure.

Each signal of a target week is made of the weeks before its origin alone. Axes: T target weeks, N
weeks of history, R of the target weeks, 7 places, P products.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from obrador.forecasting.domain import Floats
from obrador.forecasting.effects import alike, seasons
from obrador.forecasting.learning import Signals
from obrador.forecasting.special_days import Positions
from obrador.forecasting.walk import Walk
from obrador.forecasting.weeks import LEVEL_MEMORY, Weeks, past, ratio

_LEVEL_MEMORIES = (0.2, 0.4, 0.85, 0.95)
_HALF_LIVES = (1.5, 5.0, 20.0)
"""Days in which what sales of late say of those to come loses half of its weight."""
_SEASON_REACHES = (0.75, 1.5, 3.0)
"""Weeks."""
_SEASON_DAYS = (5.0, 7.0, 5.0)
_WAVES = 3
WAVES_FROM_WEEKS = 57
"""Waves of the year say nothing before a year and a while have been seen."""
_FAR = 30
DAYS_OF_A_YEAR = 365.25
_MOST = 6.0
_FEWEST_KNOWN_DAYS = 3.0
"""Weight of days from which on a covariate's recent mean is one."""


def signals(walk: Walk, week: Walk, rows: Positions, covariates: Sequence[str] = ()) -> Signals:
    """What is known in advance of some target weeks.

    Args:
        walk: the weeks as they were foreseen from the lead in question.
        week: the same a week ahead, for what it got wrong lately.
        rows: (R,) which target weeks.
        covariates: names of those that are looked at; one that is not there is as usual.

    Returns:
        (F, R, 7, P), the covariates last
    """
    shape = (len(rows), 7, walk.base.shape[2])
    columns = [
        *_levels(walk, rows),
        *_lately(walk, week, rows),
        *_a_year_ago(walk, rows),
        *_seasons(walk, week, rows),
        *_calendar(walk, rows),
        *_covariates(walk, rows, covariates),
    ]
    found = np.empty((len(columns), *shape), dtype=np.float32)
    for place, column in enumerate(columns):
        found[place] = column
    return found


def _levels(walk: Walk, rows: Positions) -> list[Floats]:
    """How quicker and slower levels compare with the level, and what the profile itself is."""
    origin, weeks = walk.origin[rows], walk.weeks
    sold, days = np.where(weeks.ordinary, weeks.sold, 0.0), weeks.ordinary.astype(float)
    level, weekday = walk.seen.level[origin][:, None], walk.seen.weekday[origin]
    found = []
    for memory in _LEVEL_MEMORIES:
        total = past(sold, memory, origin).sum(axis=1)
        expected = (past(days, memory, origin) * weekday).sum(axis=1)
        found.append(_log(ratio(ratio(total, expected, 0.0)[:, None], level, 1.0)))
    own = ratio(past(sold, 0.65, origin), past(days, 0.65, origin), 0.0)
    shop = _mean_over_products(weekday, walk.compared)[..., None]
    return [
        *found,
        np.where(own > 0, _log(ratio(own, walk.base[rows], 1.0)), 0.0),
        _log(weekday),
        _log(shop),
        np.log1p(level),
    ]


def _lately(walk: Walk, week: Walk, rows: Positions) -> list[Floats]:
    """How sales of the last days and of the last same weekdays departed from what was foreseen."""
    origin = walk.origin[rows]
    sold, foreseen = week.departures
    found: list[Floats] = []
    for count in (1, 4):
        prior = 0.5 * _last(week.mean[: len(sold)], origin, 1)
        found.append(_departed(_last(sold, origin, count), _last(foreseen, origin, count), prior))
    shop_sold, shop_foreseen = sold @ walk.compared, foreseen @ walk.compared
    three = _departed(_last(shop_sold, origin, 3), _last(shop_foreseen, origin, 3), 1.0)
    found.append(three[..., None])
    for half_life in _HALF_LIVES:
        forgets = 0.5 ** ((6 - np.arange(7)) / half_life)
        late_sold, late_foreseen = (
            past(np.tensordot(forgets, each, axes=(0, 1)), 0.5 ** (7 / half_life), origin)
            for each in (sold, foreseen)
        )
        own = _departed(late_sold, late_foreseen, 0.5 * walk.seen.level[origin])
        shop = _departed(late_sold @ walk.compared, late_foreseen @ walk.compared, 0.5)
        found += [own[:, None], shop[:, None, None]]
    return found


def _a_year_ago(walk: Walk, rows: Positions) -> list[Floats]:
    """How the level went on a year ago, and how each weekday departed then."""
    origin, weeks = walk.origin[rows], walk.weeks
    count = len(weeks.sold)
    sold = np.where(weeks.ordinary, weeks.sold, 0.0).sum(axis=1)
    usual = (weeks.ordinary * walk.seen.weekday[:count]).sum(axis=1)
    before = walk.seen.level[np.maximum(origin - 52, 0)]
    is_known = (origin >= 55)[:, None] & (before > 0)
    found: list[Floats] = []
    for reach in (0.75, 2.0):
        near = alike(rows, count, reach, years=1)
        then = ratio(near @ sold, near @ usual, 0.0)
        own = np.where(is_known & (then > 0), _log(ratio(then, before, 1.0)), 0.0)
        found += [own[:, None], own.mean(axis=1)[:, None, None]]
    near = alike(rows, count, 1.5)
    then_sold, then_foreseen = (np.tensordot(near, each, axes=1) for each in walk.departures)
    found.append(_departed(then_sold, then_foreseen, 3.0 * walk.base[rows]))
    shop = _departed(then_sold @ walk.compared, then_foreseen @ walk.compared, 3.0)
    found.append(shop[..., None])
    return found


def _seasons(walk: Walk, week: Walk, rows: Positions) -> list[Floats]:
    found: list[Floats] = []
    for reach, days in zip(_SEASON_REACHES, _SEASON_DAYS, strict=True):
        own, shop = seasons(walk.weeks, walk.sums, walk.base[rows], rows, reach, days)
        found += [_log(own)[:, None], _log(shop)[:, None, None]]
    origin = walk.origin[rows]
    found.append(_log(week.season[np.maximum(origin - 1, 0)])[:, None])
    return found


def _calendar(walk: Walk, rows: Positions) -> list[Floats]:
    index = (rows[:, None] * 7 + np.arange(7)).ravel()
    usual = walk.base[rows] @ walk.compared
    holiday = walk.holiday[rows]
    shop = ratio((holiday * walk.base[rows]) @ walk.compared, usual, 1.0)
    ahead = (rows - walk.origin[rows])[:, None] * 7 + np.arange(7) + 1
    every = _days(walk.weeks, len(walk.base) * 7)
    columns = [column[index].reshape(len(rows), 7, 1) for column in every]
    return [_log(holiday), _log(shop)[..., None], (ahead / 7)[..., None], *columns]


def _covariates(walk: Walk, rows: Positions, names: Sequence[str]) -> list[Floats]:
    """How far each is from its mean over the days that made the level, weighted as they are there;
    0 where it, or all that it was lately, is unknown."""
    weeks, origin = walk.weeks, walk.origin[rows]
    known = {each.name: each.values for each in weeks.covariates}
    found = []
    for name in names:
        values = known.get(name, np.full((1, 0), np.nan))
        every = np.full((len(walk.base) * 7, len(values)), np.nan)
        ours = every[weeks.padding :]
        count = min(len(ours), values.shape[1])
        ours[:count] = values.T[:count]
        by_week = every.reshape(-1, 7, len(values))
        before = by_week[: len(weeks.sold)]
        is_known = ~np.isnan(before)
        total = past(np.nan_to_num(before), LEVEL_MEMORY, origin).sum(axis=1)
        days = past(is_known.astype(float), LEVEL_MEMORY, origin).sum(axis=1)
        usual = np.where(days >= _FEWEST_KNOWN_DAYS, ratio(total, days, 0.0), np.nan)
        found.append(np.nan_to_num(by_week[rows] - usual[:, None]))
    return found


def _days(weeks: Weeks, count: int) -> list[Floats]:
    """(count,) each, of every day of all weeks, past and future: what it is, and what is near."""
    days, padding = weeks.days, weeks.padding
    known = min(len(days), count - padding)
    is_special = np.zeros(count)
    is_special[weeks.special.until(count).index] = 1.0
    holidays = np.flatnonzero([name is not None for name in days.holiday[:known]]) + padding
    until, since = _distances(holidays, count)
    closed = np.zeros(count + 2)
    closed[1 + padding : 1 + padding + known] = ~days.is_open[:known]
    school = np.zeros(count)
    school[padding : padding + known] = days.school_holiday[:known]
    weekday = (days.first.weekday() - padding + np.arange(count)) % 7
    return [
        is_special,
        *(np.exp(-distance / reach) for distance in (until, since) for reach in (2.0, 7.0)),
        closed[:-2],
        closed[2:],
        school,
        *((weekday == each).astype(float) for each in range(7)),
        *_waves(days.first, padding, count, len(weeks.sold)),
    ]


def _distances(holidays: Positions, count: int) -> tuple[Floats, Floats]:
    """(count,) days until the next holiday and since the last one, at most `_FAR`."""
    around = np.concatenate([[-_FAR], holidays, [count + _FAR]])
    index = np.arange(count)
    after = np.searchsorted(around, index)
    since = index - around[np.searchsorted(around, index, side="right") - 1]
    return np.minimum(around[after] - index, _FAR) * 1.0, np.minimum(since, _FAR) * 1.0


def _waves(first: date, padding: int, count: int, weeks: int) -> list[Floats]:
    """(count,) each: sines and cosines of the year; 0 while too little of one has been seen."""
    start = first - timedelta(days=padding)
    year = (start.timetuple().tm_yday + np.arange(count)) / DAYS_OF_A_YEAR
    seen = 1.0 if weeks >= WAVES_FROM_WEEKS else 0.0
    return [
        seen * wave(2 * np.pi * times * year)
        for times in range(1, _WAVES + 1)
        for wave in (np.sin, np.cos)
    ]


def _last(values: Floats, origin: Positions, count: int) -> Floats:
    """(R, ...) sums over the last `count` weeks before each origin."""
    age = origin[:, None] - 1 - np.arange(len(values))
    return np.asarray(np.tensordot((age >= 0) & (age < count), values, axes=1))


def _departed(sold: Floats, foreseen: Floats, prior: Floats | float) -> Floats:
    """Logarithm of sold over foreseen; `prior` units that went as foreseen are added to both."""
    return _log(ratio(sold + prior, foreseen + prior, 1.0))


def _mean_over_products(values: Floats, weights: Floats) -> Floats:
    """(...,) of (..., P)."""
    return np.asarray(values @ weights / max(float(weights.sum()), 1e-9))


def _log(factor: Floats) -> Floats:
    """Of a factor, at most 6 and at least a sixth."""
    return np.log(np.clip(factor, 1 / _MOST, _MOST))

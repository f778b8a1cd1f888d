"""What a trained model looks at to correct the profile: ratios, and the calendar. Pure.

Each signal of a target week is made of the weeks before its origin alone. Axes: T target weeks, N
weeks of history, R of the target weeks, 7 places, P products.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from obrador.forecasting.domain import Flags, Floats
from obrador.forecasting.effects import alike, seasons
from obrador.forecasting.learning import Signals
from obrador.forecasting.special_days import Positions
from obrador.forecasting.walk import Walk
from obrador.forecasting.weeks import LEVEL_MEMORY, added_up, fading, ratio

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
    level, weekday = walk.seen.level[origin][:, None], walk.seen.weekday[origin]
    weights = fading((*_LEVEL_MEMORIES, LEVEL_MEMORY), origin, len(weeks.sold))
    sold = added_up(weights, weeks.ordinary_sold)
    days = added_up(weights, weeks.ordinary.astype(float))
    expected = (days[:-1] * weekday).sum(axis=2)
    levels = ratio(sold[:-1].sum(axis=2), expected, 0.0)[:, :, None]
    own = ratio(sold[-1], days[-1], 0.0)
    shop = _mean_over_products(weekday, walk.compared)[..., None]
    return [
        *_log(ratio(levels, level, 1.0)),
        np.where(own > 0, _log(ratio(own, walk.base[rows], 1.0)), 0.0),
        _log(weekday),
        _log(shop),
        np.log1p(level),
    ]


def _lately(walk: Walk, week: Walk, rows: Positions) -> list[Floats]:
    """How sales of the last days and of the last same weekdays departed from what was foreseen."""
    origin = walk.origin[rows]
    sold, foreseen = week.departures
    age = origin[:, None] - 1 - np.arange(len(sold))
    last = np.array([(age >= 0) & (age < count) for count in (1, 4, 3)], dtype=float)
    last_sold, last_foreseen = added_up(last, sold), added_up(last, foreseen)
    prior = 0.5 * added_up(last[0], week.mean[: len(sold)])
    three = _departed(last_sold[2] @ walk.compared, last_foreseen[2] @ walk.compared, 1.0)
    found = [*_departed(last_sold[:2], last_foreseen[:2], prior), three[..., None]]
    weights = fading([0.5 ** (7 / half_life) for half_life in _HALF_LIVES], origin, len(sold))
    forgets = 0.5 ** ((6 - np.arange(7)) / np.array(_HALF_LIVES)[:, None])
    by_week = forgets @ sold, forgets @ foreseen
    for number in range(len(_HALF_LIVES)):
        late = [added_up(weights[number], each[:, number]) for each in by_week]
        own = _departed(late[0], late[1], 0.5 * walk.seen.level[origin])
        shop = _departed(late[0] @ walk.compared, late[1] @ walk.compared, 0.5)
        found += [own[:, None], shop[:, None, None]]
    return found


def _a_year_ago(walk: Walk, rows: Positions) -> list[Floats]:
    """How the level went on a year ago, and how each weekday departed then."""
    origin, weeks = walk.origin[rows], walk.weeks
    count = len(weeks.sold)
    sold = weeks.ordinary_sold.sum(axis=1)
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
    then_sold, then_foreseen = (added_up(near, each) for each in walk.departures)
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
    columns = [each.reshape(len(rows), 7, 1) for each in _days(walk, index)]
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
        weights = fading([LEVEL_MEMORY], origin, len(before))[0]
        total = added_up(weights, np.nan_to_num(before)).sum(axis=1)
        days = added_up(weights, is_known.astype(float)).sum(axis=1)
        usual = np.where(days >= _FEWEST_KNOWN_DAYS, ratio(total, days, 0.0), np.nan)
        found.append(np.nan_to_num(by_week[rows] - usual[:, None]))
    return found


def _days(walk: Walk, index: Positions) -> list[Floats]:
    """(I,) each, of some days by their place among all, past and future: what each is, and what is
    near, as far as the target weeks reach."""
    weeks, count = walk.weeks, len(walk.base) * 7
    days, place = weeks.days.until(count - weeks.padding), index - weeks.padding
    holidays = np.flatnonzero([name is not None for name in days.holiday]) + weeks.padding
    until, since = _distances(holidays, index)
    is_special = np.zeros(count)
    is_special[weeks.special.until(count).index] = 1.0
    weekday = (days.first.weekday() + place) % 7
    return [
        is_special[index],
        *(np.exp(-distance / reach) for distance in (until, since) for reach in (2.0, 7.0)),
        _flagged(~days.is_open, place - 1),
        _flagged(~days.is_open, place + 1),
        _flagged(days.school_holiday, place),
        *((weekday == each).astype(float) for each in range(7)),
        *_waves(days.first, place, len(weeks.sold)),
    ]


def _flagged(flags: Flags, place: Positions) -> Floats:
    """(I,) 1 where the day is flagged, else 0, as for days of which nothing is known."""
    around = np.concatenate([[False], flags, [False]])
    return np.asarray(around[np.clip(place + 1, 0, len(around) - 1)].astype(float))


def _distances(holidays: Positions, index: Positions) -> tuple[Floats, Floats]:
    """(I,) days until the next holiday and since the last one, at most `_FAR`."""
    around = np.concatenate([[index.min() - _FAR], holidays, [index.max() + _FAR]])
    after = around[np.searchsorted(around, index)]
    before = around[np.searchsorted(around, index, side="right") - 1]
    return np.minimum(after - index, _FAR) * 1.0, np.minimum(index - before, _FAR) * 1.0


def _waves(first: date, place: Positions, weeks: int) -> list[Floats]:
    """(I,) each: sines and cosines of the year; 0 while too little of one has been seen."""
    if weeks < WAVES_FROM_WEEKS:
        return [np.zeros(len(place))] * (2 * _WAVES)
    year = 2 * np.pi * (first.timetuple().tm_yday + place) / DAYS_OF_A_YEAR
    return [wave(times * year) for times in range(1, _WAVES + 1) for wave in (np.sin, np.cos)]


def _departed(sold: Floats, foreseen: Floats, prior: Floats | float) -> Floats:
    """Logarithm of sold over foreseen; `prior` units that went as foreseen are added to both."""
    return _log(ratio(sold + prior, foreseen + prior, 1.0))


def _mean_over_products(values: Floats, weights: Floats) -> Floats:
    """(...,) of (..., P)."""
    return np.asarray(values @ weights / max(float(weights.sum()), 1e-9))


def _log(factor: Floats) -> Floats:
    """Of a factor, at most 6 and at least a sixth."""
    return np.log(np.minimum(np.maximum(factor, 1 / _MOST), _MOST))

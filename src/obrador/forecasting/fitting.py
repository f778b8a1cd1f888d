"""How a forecasting model is trained: on what is known, and tried on the last days of it. Pure."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from obrador.forecasting import learning, profile
from obrador.forecasting.domain import (
    Covariate,
    DemandHistory,
    DriverGroup,
    DriverTrial,
    Flags,
    Floats,
)
from obrador.forecasting.driver_trials import tried
from obrador.forecasting.learning import Signals
from obrador.forecasting.model import Learners, TrainedModel, corrected
from obrador.forecasting.signals import signals
from obrador.forecasting.walk import Walk, walk

FEWEST_DAYS = 56
"""Of history, from which on there is something to learn."""
_LEARNING_WEEKS = 4
"""First weeks of a history, in which the profile is still being found."""
_MOST_RECORDS = 20_000
_FAR_VIEWS = (0, 3)
_VIEWS = 7 + len(_FAR_VIEWS)
"""How often each day is foreseen."""
_HALF_LIFE_DAYS = 730.0
"""Age at which a record counts half."""
_USUAL_VARIANCE = 0.03
"""Of departures, for which the learners' penalties are meant; noisier ones count for less."""
_LEAST_VARIANCE = 1e-4
_MOST_NOISE = 0.1
"""Variance beside that of counting, of which the lift is half."""
_MOST_UNSEEN_DAYS = 182.0
_CONVINCING_DAYS = 730.0
"""Two years' learning is believed whole, a shorter time's in part,"""
_CHANCE = 0.3
"""unless the errors of the unseen days differ by more of them than this over the root of the days:
so much differs by chance."""
_DOUBTED_DAYS = 30.0
"""That errors are as large as the profile's counts like so many days."""
_SEED = 1
_SHARES = np.linspace(0.0, 1.0, 11)


@dataclass(frozen=True)
class _Records:
    """Days of products and what was foreseen of them, R in all."""

    signals: Signals
    """(F, R) those of covariates last."""
    foreseen: Floats
    sold: Floats
    age: Floats
    """Days before the end of the history."""

    def of(self, some: Flags) -> "_Records":
        """Some of them."""
        columns = (self.foreseen[some], self.sold[some], self.age[some])
        return _Records(np.ascontiguousarray(self.signals[:, some]), *columns)

    def looking_at(self, covariates: Flags) -> "_Records":
        """The same with some of the covariates, which are all that there are signals of."""
        if covariates.all():
            return self
        kept = np.ones(len(self.signals), dtype=np.bool_)
        kept[len(kept) - len(covariates) :] = covariates
        return replace(self, signals=self.signals[kept])

    def __len__(self) -> int:
        return len(self.sold)


@dataclass(frozen=True)
class _Worth:
    """What learning from the past is worth on the days that followed."""

    share: float
    narrowing: float
    errors: Floats
    """(R,) absolute, of the unseen records."""


def train(history: DemandHistory, proven: TrainedModel | None = None) -> TrainedModel | None:
    """Learn from a history how demand departs from the profile.

    Target, of a day that sold y where m was foreseen: `log((y + 1) / (m + 1)) + m / (2 (m + 1)²)`,
    whose mean is 0 for Poisson demand of mean m, to first order. A record weighs as much as was
    foreseen, and half as much for every two years of age. Drivers are used, a group at a time, if
    with them unseen days are foreseen better than chance would have it.

    Args:
        proven: trained on less of the same history, and compared on the rest since: what it is
            worth, this is worth as well, and looks at the same drivers.

    Returns:
        None: with less than 56 days there is too little to learn from; the profile alone forecasts.
    """
    if history.sold.shape[1] < FEWEST_DAYS:
        return None
    known = tuple(each.name for each in history.covariates)
    records = _records(history, proven.covariates if proven else known)
    if not len(records):
        return None
    # A day counts once, however often it is among the records.
    repeats = max(len(records) / int((~np.isnan(history.sold)).sum()), 1.0)
    if proven:
        return replace(proven, learners=_fitted(records, repeats))
    kept, worth, drivers = _earned(records, repeats, history.covariates)
    names = tuple(name for name, is_kept in zip(known, kept, strict=True) if is_kept)
    learners = _fitted(records.looking_at(kept), repeats)
    return TrainedModel(learners, worth.share, worth.narrowing, names, drivers)


def _records(history: DemandHistory, covariates: Sequence[str]) -> _Records:
    """Every known day, foreseen from each of the 7 days before it, and from two of the week before
    those; a sample, if they are many."""
    parts = list(_parts(history, covariates))
    return _Records(
        np.concatenate([part.signals for part in parts], axis=1),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("foreseen", "sold", "age")
        ),
    )


def _parts(history: DemandHistory, covariates: Sequence[str]) -> Iterator[_Records]:
    """Seen from weeks that end on each weekday: else what a weekday and what a distance in days
    does could not be told apart."""
    end = history.sold.shape[1]
    sample = _Sample(_MOST_RECORDS / (_VIEWS * max(history.sold.size, 1)))
    for earlier in range(7):
        weeks, seen = profile.weeks_and_profiles(history.until(end - earlier, 7))
        week = walk(weeks, seen, 1)
        yield _known(week, week, earlier, covariates, sample)
        if earlier in _FAR_VIEWS:
            yield _known(walk(weeks, seen, 2), week, earlier, covariates, sample)


def _known(
    ahead: Walk, week: Walk, earlier: int, covariates: Sequence[str], sample: "_Sample"
) -> _Records:
    weeks = ahead.weeks
    count = len(weeks.sold)
    rows = np.arange(min(_LEARNING_WEEKS, count), count)
    foreseen = ahead.mean[rows]
    known = sample(weeks.seen[rows] & ~weeks.sold_out[rows] & (foreseen > 0))
    days = (count - rows[:, None, None]) * 7 - np.arange(7)[:, None] + earlier
    age = np.broadcast_to(days, known.shape)[known].astype(float)
    found = signals(ahead, week, rows, covariates)[:, known]
    return _Records(found, foreseen[known], weeks.sold[rows][known], age)


class _Sample:
    """Keeps a share of what is true, by lot, the same every time."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._rng = np.random.default_rng(_SEED)

    def __call__(self, some: Flags) -> Flags:
        return np.asarray(some & (self._rng.random(some.shape) < self._share))


def _fitted(records: _Records, repeats: float) -> Learners:
    target = _target(records)
    weight = records.foreseen * 0.5 ** (records.age / _HALF_LIFE_DAYS)
    weight = weight / weight.sum()
    variance = float(weight @ (target - weight @ target) ** 2)
    penalty = repeats * max(variance, _LEAST_VARIANCE) / _USUAL_VARIANCE
    counts = weight * len(records)
    curve = learning.fit_curve(records.signals, target, counts, penalty)
    rng = np.random.default_rng(_SEED)
    trees = learning.fit_trees(records.signals, target, counts, penalty, rng)
    left = float(weight @ (target - curve(records.signals)) ** 2)
    counting = float(weight @ (records.foreseen / (records.foreseen + 1) ** 2))
    return Learners(curve, trees, min(max(left - counting, 0.0), _MOST_NOISE) / 2)


def _target(records: _Records) -> Floats:
    sold, foreseen = records.sold + 1, records.foreseen + 1
    departure = np.log(sold / foreseen) + records.foreseen / (2 * foreseen**2)
    return np.asarray(np.clip(departure, -np.log(6), np.log(6)))


def _earned(
    records: _Records, repeats: float, covariates: Sequence[Covariate]
) -> tuple[Flags, _Worth, tuple[DriverTrial, ...]]:
    """(C,) which covariates are used, what learning with them is worth, and what each group brings
    beside those that are used already. One that is refused is tried again beside those that are
    used after it, which may have hidden what it explains."""
    groups = np.array([each.group for each in covariates], dtype=np.str_)
    kept = np.zeros(len(covariates), dtype=np.bool_)
    worth = _worth(records.looking_at(kept), repeats)
    late = _late(records)
    found, age = records.signals[len(records.signals) - len(kept) :, late], records.age[late]
    trials: dict[DriverGroup, DriverTrial] = {}
    waiting = deque(each for each in get_args(DriverGroup) if each in groups)
    since = 0  # the last one that is used, so many have been refused
    while since < len(waiting):
        group = waiting.popleft()
        own = groups == group
        with_it = _worth(records.looking_at(kept | own), repeats)
        gain = worth.errors - with_it.errors
        trials[group] = tried(group, found[own], age, worth.errors, gain)
        if trials[group].is_used:
            kept, worth, since = kept | own, with_it, 0
        else:
            waiting.append(group)
            since += 1
    return kept, worth, tuple(trials.values())


def _late(records: _Records) -> Flags:
    """(R,) which records are set aside to see what learning from the others is worth."""
    return np.asarray(records.age <= min(records.age.max() / 3, _MOST_UNSEEN_DAYS))


def _worth(records: _Records, repeats: float) -> _Worth:
    """Which share of what is learned of the past is best believed of the days that followed, and
    how large errors then are, compared with the profile's."""
    late = _late(records)
    unseen = records.of(late)
    departure = _fitted(records.of(~late), repeats)(unseen.signals)
    plain = float(np.abs(unseen.sold - unseen.foreseen).sum())
    if plain <= 0:
        return _Worth(0.0, 1.0, np.zeros(len(unseen)))
    errors = [
        float(np.abs(unseen.sold - corrected(unseen.foreseen, share * departure)).sum()) / plain
        for share in _SHARES
    ]
    days = float(np.ptp(unseen.age)) + 1
    learned_days = records.age.max() - unseen.age.max()
    before = min(learned_days / _CONVINCING_DAYS, 1.0)
    best = int(np.argmin(errors + _CHANCE * np.abs(_SHARES - before) / np.sqrt(days)))
    share = float(_SHARES[best])
    return _Worth(
        share,
        (days * errors[best] + _DOUBTED_DAYS) / (days + _DOUBTED_DAYS),
        np.abs(unseen.sold - corrected(unseen.foreseen, share * departure)),
    )

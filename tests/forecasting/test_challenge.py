"""A trained model against the one before it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from obrador.forecasting import fitting, model
from obrador.forecasting.challenge import challenge, data_hash, judge, score, unseen_weeks
from obrador.forecasting.champion import foreseen, readable
from obrador.forecasting.domain import Champion, DemandHistory, Floats, Score
from tests.forecasting.bakeries import MONDAY, history

WEEK = np.array([1.0, 1.1, 1.0, 1.2, 1.5, 1.8, 0.7])


def sales(days: int, level: float | Floats = 40.0, seed: int = 1) -> Floats:
    """Three products with their weekdays and chance."""
    random = np.random.default_rng(seed)
    mean = np.outer((1.0, 0.5, 0.2), level * WEEK[np.arange(days) % 7])
    return random.poisson(mean).astype(np.float64)


def champion_of(known: DemandHistory, days: int, version: int = 1) -> Champion:
    """A model that was trained on the first days of a history."""
    trained = fitting.train(known.until(days, known.horizon))
    assert trained is not None
    return Champion(version, MONDAY + timedelta(days=days - 1), model.to_bytes(trained))


@pytest.mark.parametrize(
    ("days", "age", "weeks"),
    [(27, None, 0), (62, None, 0), (63, None, 1), (83, None, 3), (400, None, 4), (400, 0, 1),
     (400, 13, 1), (400, 14, 2), (400, 90, 4)],
)  # fmt: skip
def test_neither_has_seen_what_both_are_asked(days: int, age: int | None, weeks: int) -> None:
    known = history(sales(days))
    until = None if age is None else MONDAY + timedelta(days=days - 1 - age)

    assert unseen_weeks(known, until) == weeks


def test_the_first_model_is_compared_with_the_profile() -> None:
    known = history(sales(200))

    trial = challenge(known, None)

    assert trial is not None
    assert (trial.verdict, trial.compared_with) == ("no_worse", None)
    assert trial.champion == score(known, None, 4)
    assert (trial.unseen_last - trial.unseen_first).days == 27
    assert trial.last_day == trial.unseen_last == MONDAY + timedelta(days=199)
    assert trial.refitted is not None
    assert trial.records == 600
    assert trial.data_hash == data_hash(known)
    assert 0 < trial.challenger.wape < 40
    assert 0.5 < trial.challenger.coverage <= 1


def test_the_same_history_gives_the_same_model() -> None:
    one, other = (challenge(history(sales(200)), None) for _ in range(2))

    assert one == other


def test_what_is_not_yet_known_changes_no_challenger() -> None:
    """The last weeks decide who wins, and nothing of what the challenger has learned."""
    known = sales(200)
    shuffled = known.copy()
    shuffled[:, -28:] = np.random.default_rng(3).permuted(shuffled[:, -28:], axis=1)
    before = [fitting.train(history(each).until(172, 7)) for each in (known, shuffled)]

    assert before[0] is not None
    assert before[1] is not None
    assert model.to_bytes(before[0]) == model.to_bytes(before[1])


def test_too_little_is_refused() -> None:
    assert challenge(history(sales(34)), None) is None
    nothing_lately = sales(200)
    nothing_lately[:, -28:] = 0
    assert challenge(history(nothing_lately), None) is None


def test_a_model_that_is_worse_stays_out_with_its_reason() -> None:
    """A building site in front of the door misleads the challenger, which sees nothing after it."""
    level = np.full(300, 40.0)
    level[230:272] = 12.0
    known = history(sales(300, level))
    champion = champion_of(known, 230)

    trial = challenge(known, champion)

    assert trial is not None
    assert trial.verdict == "worse_mean", f"{trial.challenger} against {trial.champion}"
    assert trial.compared_with == 1
    assert trial.refitted is None
    assert trial.last_day == trial.unseen_first - timedelta(days=1)


def test_a_champion_that_cannot_be_read_is_as_none() -> None:
    known = history(sales(200))
    damaged = Champion(3, MONDAY + timedelta(days=190), b"not a model")

    trial = challenge(known, damaged)

    assert trial is not None
    assert trial.compared_with is None
    assert trial == challenge(known, None)
    assert readable(damaged) is readable(replace(damaged, content=None)) is None


def test_a_forecast_says_which_model_made_it() -> None:
    known = history(sales(200))
    champion = champion_of(known, 200, version=7)

    assert foreseen(known, champion).model_version == 7
    assert foreseen(known, None).model_version is None
    assert foreseen(known, replace(champion, content=b"-")).model_version is None


@pytest.mark.parametrize(
    ("wape", "pinball", "verdict"),
    [
        (20.0, 0.05, "no_worse"),
        (20.1, 0.0504, "no_worse"),
        (20.3, 0.04, "worse_mean"),
        (19.0, 0.051, "worse_quantiles"),
    ],
)
def test_no_worse_is_within_chance(wape: float, pinball: float, verdict: str) -> None:
    assert judge(Score(wape, pinball, 0.8), Score(20.0, 0.05, 0.8)) == verdict

"""Drivers are used where unseen days show that they help, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest

from obrador.forecasting.challenge import challenge, data_hash
from obrador.forecasting.domain import DemandHistory, DriverTrial
from obrador.forecasting.fitting import train
from obrador.forecasting.model import TrainedModel, forecast, from_bytes, to_bytes
from tests.forecasting.worlds import DAYS, World, world


def _trained(history: DemandHistory) -> TrainedModel:
    trained = train(history)
    assert trained is not None
    return trained


def _error(known: World, history: DemandHistory, trained: TrainedModel) -> float:
    made = forecast(history, trained).mean
    return float(np.abs(made - known.expected).sum() / known.expected.sum())


@pytest.fixture(scope="module")
def moved() -> World:
    return world(2, warmth=0.03, rain=-0.06, promotion=0.5)


@pytest.fixture(scope="module")
def knowing(moved: World) -> TrainedModel:
    return _trained(moved.history)


def test_drivers_that_move_demand_are_used_and_help(moved: World, knowing: TrainedModel) -> None:
    assert [(each.group, each.is_used) for each in knowing.drivers] == [
        ("promotion", True),
        ("weather", True),
    ]
    assert all(each.gain > 0.05 for each in knowing.drivers)
    assert knowing.covariates == ("temperature", "rain", "promotion")
    plain = _error(moved, moved.without, _trained(moved.without))
    assert _error(moved, moved.history, knowing) < 0.8 * plain


@pytest.mark.parametrize("seed", range(4))
def test_drivers_that_move_nothing_are_refused(seed: int) -> None:
    still = world(seed)
    trained = _trained(still.history)

    assert [each.is_used for each in trained.drivers] == [False, False]
    assert trained.covariates == ()
    plain = forecast(still.history, _trained(still.without)).mean
    assert forecast(still.history, trained).mean == pytest.approx(plain, abs=0.011)


def test_only_the_group_that_helps_is_used() -> None:
    trained = _trained(world(4, promotion=0.4).history)

    assert [(each.group, each.is_used) for each in trained.drivers] == [
        ("promotion", True),
        ("weather", False),
    ]
    assert trained.covariates == ("promotion",)


def test_without_drivers_nothing_is_tried(moved: World) -> None:
    assert _trained(moved.without).drivers == ()


def test_a_model_goes_on_when_what_it_looks_at_is_away(moved: World, knowing: TrainedModel) -> None:
    away = tuple(
        replace(each, values=np.where(np.arange(each.values.shape[1]) < DAYS, each.values, np.nan))
        for each in moved.history.covariates
    )
    gone = forecast(moved.without, knowing)
    unforeseen = forecast(replace(moved.history, covariates=away), knowing)

    for made in (gone, unforeseen):
        assert np.isfinite(made.quantiles).all()
        assert np.abs(made.mean / moved.expected - 1).mean() < 0.5
    assert (gone.mean == unforeseen.mean).all()


def test_what_is_not_known_of_a_day_is_as_usual(moved: World, knowing: TrainedModel) -> None:
    """And says nothing of other days."""
    values = moved.history.covariates[0].values.copy()
    values[:, DAYS + 2] = np.nan
    known = (replace(moved.history.covariates[0], values=values), *moved.history.covariates[1:])

    made = forecast(replace(moved.history, covariates=known), knowing).mean
    whole = forecast(moved.history, knowing).mean

    same = np.isclose(made, whole, atol=0.02).all(axis=0)
    assert same.tolist() == [True, True, False, True, True, True, True]


def test_what_was_kept_is_stored(knowing: TrainedModel) -> None:
    again = from_bytes(to_bytes(knowing))

    assert again.drivers == knowing.drivers
    assert again.covariates == knowing.covariates
    assert to_bytes(again) == to_bytes(knowing)


def test_what_comes_after_the_days_to_forecast_changes_nothing(
    moved: World, knowing: TrainedModel
) -> None:
    earlier = moved.history.until(DAYS - 20, 7)
    later = replace(
        moved.history,
        covariates=tuple(
            replace(each, values=np.concatenate([each.values[:, : DAYS - 13], -each.values], 1))
            for each in moved.history.covariates
        ),
    )

    assert (
        forecast(later.until(DAYS - 20, 7), knowing).mean == forecast(earlier, knowing).mean
    ).all()


def test_a_trial_tells_of_the_drivers_and_its_hash_knows_them(moved: World) -> None:
    trial = challenge(moved.history, None)

    assert trial is not None
    assert all(isinstance(each, DriverTrial) and each.is_used for each in trial.drivers)
    assert trial.data_hash == data_hash(moved.history)
    assert trial.data_hash != data_hash(moved.without)

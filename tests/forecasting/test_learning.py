"""The two learners."""

import numpy as np
import pytest

from obrador.forecasting import learning
from obrador.forecasting.domain import Floats
from obrador.forecasting.learning import Signals, fit_curve, fit_trees


def records(count: int = 3000, signals: int = 6) -> tuple[Signals, Floats, Floats]:
    """Signals, a target that bends and steps with the first two of them, and weights."""
    rng = np.random.default_rng(5)
    found = rng.normal(size=(signals, count)).astype(np.float32)
    target = 0.3 * np.abs(found[0]) + 0.4 * (found[1] > 0.5) + 0.1 * rng.normal(size=count)
    return found, target.astype(np.float64), np.ones(count)


def explained(target: Floats, fitted: Floats) -> float:
    return 1 - float(((target - fitted) ** 2).mean() / target.var())


def test_both_find_what_bends_and_steps() -> None:
    found, target, weight = records(signals=2)
    unseen, wanted = found[:, 2000:], target[2000:]
    found, target, weight = found[:, :2000], target[:2000], weight[:2000]

    curve = fit_curve(found, target, weight, 0.02)
    trees = fit_trees(found, target, weight, 0.02, np.random.default_rng(1))

    assert explained(wanted, curve(unseen)) > 0.6
    assert explained(wanted, trees(unseen)) > 0.6


@pytest.mark.parametrize("penalty", [1e6])
def test_a_high_penalty_leaves_no_effect_but_the_mean(penalty: float) -> None:
    found, target, weight = records()

    curve = fit_curve(found, target, weight, penalty)
    trees = fit_trees(found, target, weight, penalty, np.random.default_rng(1))

    assert np.ptp(trees(found)) < 0.01
    assert np.ptp(curve(found)) < 0.2


def test_records_of_no_weight_teach_nothing() -> None:
    found, target, weight = records()
    weight[1500:] = 0.0
    spoilt = target.copy()
    spoilt[1500:] = 100.0

    curves = [fit_curve(found, each, weight, 1.0)(found) for each in (target, spoilt)]
    trees = [
        fit_trees(found, each, weight, 1.0, np.random.default_rng(1))(found)
        for each in (target, spoilt)
    ]

    assert np.allclose(curves[0], curves[1])
    assert np.allclose(trees[0], trees[1])


def test_a_signal_that_never_changed_says_nothing_when_it_does() -> None:
    found, target, weight = records()
    found[3] = 0.0
    later = found.copy()
    later[3] = 7.0

    curve = fit_curve(found, target, weight, 1.0)
    trees = fit_trees(found, target, weight, 1.0, np.random.default_rng(1))

    assert (curve(later) == curve(found)).all()
    assert (trees(later) == trees(found)).all()


def test_units_never_change() -> None:
    direction, place = learning._units(40)

    assert direction.shape == (40, learning.UNITS)
    assert np.unique(np.abs(direction)).size == 1
    assert place[:3] == pytest.approx(learning._units(40)[1][:3])
    assert (np.abs(place) <= 1.2).all()

"""Quantiles of past errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_allclose

from obrador.forecasting import conformal
from obrador.forecasting.domain import QUANTILE_LEVELS, Floats

errors = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 30), st.integers(1, 4)),
    elements=st.one_of(st.just(np.nan), st.floats(-100, 100)),
)


@settings(max_examples=50, deadline=None)
@given(errors)
def test_offsets_are_known_and_never_cross(sample: Floats) -> None:
    made = conformal.offsets(sample)

    assert made.shape == (sample.shape[1], len(QUANTILE_LEVELS))
    assert np.isfinite(made).all()
    assert (np.diff(made, axis=1) >= -1e-9).all()


def test_without_errors_the_normal_distribution_is_all_there_is() -> None:
    made = conformal.offsets(np.empty((0, 1)))[0]

    assert made[QUANTILE_LEVELS.index(0.9)] == pytest.approx(1.2816, abs=1e-4)


def test_quantiles_take_the_rank_of_split_conformal_prediction() -> None:
    sample = np.arange(1.0, 10.0)[:, None]

    assert_allclose(conformal.quantiles(sample)[0, 1:-1], np.arange(1.0, 10.0))


def test_a_series_with_large_errors_gets_wide_intervals() -> None:
    rng = np.random.default_rng(3)
    sample = rng.normal(size=(300, 2)) * [1.0, 5.0]

    made = conformal.offsets(sample)

    assert_allclose(made[1, -1] / made[0, -1], 5, rtol=0.3)


def test_spread_is_counting_noise_and_a_share_of_the_mean() -> None:
    share = conformal.RELATIVE_SPREAD

    assert_allclose(
        conformal.spread(np.array([0.0, 100.0])), [0, (100 + (100 * share) ** 2) ** 0.5]
    )

"""The model that is trained and kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from obrador.forecasting import profile
from obrador.forecasting.fitting import train
from obrador.forecasting.model import UnknownFormat, forecast, from_bytes, to_bytes
from obrador.kit.pack import pack
from tests.forecasting.bakeries import history


def test_too_little_history_trains_nothing() -> None:
    assert train(history(np.ones((2, 55)))) is None
    assert train(history(np.ones((2, 56)))) is not None


def test_what_is_stored_is_what_was_trained() -> None:
    known = history(np.random.default_rng(1).poisson(20, (4, 120)).astype(float))
    trained = train(known)
    assert trained is not None

    again = from_bytes(to_bytes(trained))

    assert to_bytes(again) == to_bytes(trained)
    assert (forecast(known, again).quantiles == forecast(known, trained).quantiles).all()


@pytest.mark.parametrize("content", [b"", b"not a model", pack({"method": "of the future"})])
def test_what_is_no_model_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(UnknownFormat, match="no model that can be read"):
        from_bytes(content)


def test_without_a_model_the_profile_forecasts() -> None:
    known = history(np.random.default_rng(1).poisson(20, (4, 120)).astype(float))

    assert (forecast(known, None).mean == profile.forecast(known).mean).all()


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (2, 70), elements=st.floats(0, 1e6) | st.just(np.nan)))
def test_forecasts_are_sane_whatever_was_sold(
    sold: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> None:
    known = history(sold)
    made = forecast(known, train(known))

    for values in (made.mean, made.quantiles):
        assert np.isfinite(values).all()
        assert (values >= 0).all()
    assert (np.diff(made.quantiles, axis=2) >= 0).all()

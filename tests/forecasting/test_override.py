"""What people say, on top of what the model foresees."""

from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.forecasting.domain import QUANTILE_LEVELS, Forecast, Override, OverrideKind
from obrador.forecasting.override import override, statistical
from obrador.forecasting.profile import forecast
from obrador.kit.ids import new_id
from tests.forecasting.bakeries import history, products

FORESEEN = forecast(history(10.0 + np.arange(180.0).reshape(3, 60) % 7 * 8, horizon=7))
FIRST = FORESEEN.first_day
PRODUCTS = tuple(product.id for product in products(3))
LOW, HIGH = QUANTILE_LEVELS.index(0.1), QUANTILE_LEVELS.index(0.9)


def said(kind: OverrideKind, value: float, row: int = 0, ahead: int = 0) -> Override:
    return Override(PRODUCTS[row], FIRST + timedelta(days=ahead), kind, value, "fair", "Ana")


def days(forecast: Forecast, row: int = 0, ahead: int = 0) -> tuple[float, float, float]:
    """Mean and interval."""
    quantiles = forecast.quantiles[row, ahead]
    return float(forecast.mean[row, ahead]), float(quantiles[LOW]), float(quantiles[HIGH])


def test_so_many_more_move_the_interval_and_leave_its_width() -> None:
    mean, low, high = days(FORESEEN)
    moved = days(override(FORESEEN, [said("add", 12)]))

    assert moved == pytest.approx((mean + 12, low + 12, high + 12))


def test_a_number_and_a_share_have_the_interval_that_such_numbers_have() -> None:
    """The example of `override`, by hand."""
    mean, quantiles = np.full((1, 1), 60.0), np.linspace(48, 74, len(QUANTILE_LEVELS))
    quantiles[[LOW, HIGH]] = 50, 72
    one = replace(
        FORESEEN, product_ids=PRODUCTS[:1], mean=mean, quantiles=quantiles.reshape(1, 1, -1)
    )

    for change in (said("set", 90), said("percent", 50)):
        assert days(override(one, [change])) == pytest.approx((90, 75.5, 107.4), abs=0.05)


def test_a_rare_product_does_not_become_a_lottery() -> None:
    mean, quantiles = np.full((1, 1), 0.3), np.zeros((1, 1, len(QUANTILE_LEVELS)))
    quantiles[0, 0, -3:] = 1, 1, 2
    rare = replace(FORESEEN, product_ids=PRODUCTS[:1], mean=mean, quantiles=quantiles)

    _, low, high = days(override(rare, [said("set", 80)]))

    assert 60 < low < 80 < high < 120


def test_nothing_can_be_sold_less_than_nothing() -> None:
    for less in (said("add", -1000), said("percent", -100), said("set", 0)):
        assert days(override(FORESEEN, [less])) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["set", "add"])
def test_where_nothing_was_foreseen_there_is_the_usual_interval(kind: OverrideKind) -> None:
    nothing = override(FORESEEN, [said("set", 0, ahead=ahead) for ahead in range(7)])
    empty = replace(nothing, overridden=())
    mean, low, high = days(override(empty, [said(kind, 40)]))

    assert mean == 40
    assert 20 < low < 40 < high < 60


def test_what_is_of_other_products_and_days_changes_nothing() -> None:
    elsewhere = [
        said("add", 5, ahead=-1),
        said("add", 5, ahead=7),
        Override(new_id(), FIRST, "add", 5, "fair", "Ana"),
    ]

    assert override(FORESEEN, elsewhere) is FORESEEN


def test_what_was_changed_is_told() -> None:
    changed = override(FORESEEN, [said("set", 80, row=1, ahead=2)])

    told = changed.overridden_on(PRODUCTS[1], FIRST + timedelta(days=2))
    assert told is not None
    assert told.mean == FORESEEN.mean[1, 2]
    assert told.override.by == "Ana"
    assert changed.overridden_on(PRODUCTS[1], FIRST) is None


overrides = st.lists(
    st.builds(
        said,
        st.sampled_from(get_args(OverrideKind)),
        st.floats(-1e6, 1e6),
        st.integers(0, 2),
        st.integers(-1, 8),
    ),
    max_size=6,
    unique_by=lambda each: (each.product_id, each.day),
)


@given(overrides)
def test_quantiles_never_cross_and_the_model_can_be_asked_again(given_: list[Override]) -> None:
    changed = override(FORESEEN, given_)

    assert np.isfinite(changed.quantiles).all()
    assert (changed.mean >= 0).all()
    assert (changed.quantiles >= 0).all()
    assert (np.diff(changed.quantiles, axis=2) >= 0).all()
    alone = statistical(changed)
    assert np.array_equal(alone.mean, FORESEEN.mean)
    assert np.array_equal(alone.quantiles, FORESEEN.quantiles)
    untouched = [
        (row, ahead)
        for row in range(3)
        for ahead in range(7)
        if changed.overridden_on(PRODUCTS[row], _day(ahead)) is None
    ]
    assert all(days(changed, *place) == days(FORESEEN, *place) for place in untouched)


def _day(ahead: int) -> date:
    return FIRST + timedelta(days=ahead)

"""What stands in for a forecast that cannot be made."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.forecasting.domain import DemandHistory, Forecast
from obrador.forecasting.fallback import fall_back
from obrador.forecasting.profile import forecast
from tests.forecasting.bakeries import SHUT_ON_MONDAYS, history

WEEK = [10.0, 12.0, 14.0, 16.0, 20.0, 30.0, 5.0]


def _made(days_ago: int, known: DemandHistory) -> Forecast:
    """A forecast of as many days, made so many days before the history ends."""
    past = known.sold.shape[1] - days_ago
    days = replace(
        known.days,
        is_open=known.days.is_open[: past + known.horizon],
        holiday=known.days.holiday[: past + known.horizon],
    )
    return forecast(
        replace(known, sold=known.sold[:, :past], sold_out=known.sold_out[:, :past], days=days)
    )


def test_days_that_the_last_forecast_reached_are_as_it_foresaw_them() -> None:
    known = history([WEEK * 12], horizon=14)
    last = _made(3, known)

    made = fall_back(known, last)

    assert made.models == ("last_forecast",)
    assert made.first_day == last.first_day + timedelta(days=3)
    assert made.mean[:, :11] == pytest.approx(last.mean[:, 3:])
    assert made.quantiles[:, :11] == pytest.approx(last.quantiles[:, 3:])


def test_later_days_are_as_the_same_weekday_of_its_last_week() -> None:
    known = history([WEEK * 9], horizon=14)
    last = _made(3, known)

    made = fall_back(known, last)

    assert made.mean[:, 11:] == pytest.approx(last.mean[:, 7:10])


def test_a_holiday_is_no_example_for_later_days() -> None:
    known = history([WEEK * 12], horizon=14)
    last = _made(3, known)
    good_friday = last.drivers[0][7]

    made = fall_back(known, last)

    assert good_friday.holiday_name
    assert made.mean[0, 11] == pytest.approx(WEEK[4])


def test_without_one_the_last_four_same_weekdays_are_averaged_with_wide_quantiles() -> None:
    sold = np.tile(WEEK, 12)
    sold[-7 * 4 :] += 4
    sold[-7] = np.nan
    known = history(sold[None])

    made = fall_back(known, None)
    usual = forecast(known)

    assert made.models == ("weekday_history",)
    expected = np.array(WEEK) + 4
    expected[0] -= 1  # the fourth with a record is of the fifth week
    assert made.mean[0] == pytest.approx(expected)
    assert (np.ptp(made.quantiles, axis=2) > np.ptp(usual.quantiles, axis=2)).all()


def test_a_new_product_goes_by_its_own_sales() -> None:
    known = history([WEEK * 12, [np.nan] * 70 + WEEK * 2])
    last = _made(1, known)
    last = replace(
        last,
        product_ids=last.product_ids[:1],
        mean=last.mean[:1],
        quantiles=last.quantiles[:1],
        models=last.models[:1],
        drivers=replace(
            last.drivers,
            level=last.drivers.level[:1],
            trend=last.drivers.trend[:1],
            factors=last.drivers.factors[:1],
        ),
    )

    made = fall_back(known, last)

    assert made.models == ("last_forecast", "weekday_history")
    assert made.mean[1] == pytest.approx(WEEK)


def test_closed_days_stay_closed() -> None:
    known = history([WEEK * 12], bakery=SHUT_ON_MONDAYS)
    is_shut = ~known.days.is_open[-known.horizon :]

    made = fall_back(known, _made(1, known))

    assert is_shut.any()
    assert (made.mean[:, is_shut] == 0).all()
    assert (made.mean[:, ~is_shut] > 0).all()


def test_a_bakery_without_sales_expects_nothing() -> None:
    made = fall_back(history(np.empty((2, 0))), None)

    assert made.models == ("none", "none")
    assert not made.mean.any()


@given(
    sold=st.lists(st.one_of(st.just(np.nan), st.floats(0, 1000)), min_size=1, max_size=100),
    horizon=st.integers(1, 28),
    days_ago=st.one_of(st.none(), st.integers(1, 14)),
)
def test_whatever_was_sold_gives_a_forecast(
    sold: list[float], horizon: int, days_ago: int | None
) -> None:
    known = history([sold, sold[::-1]], horizon=horizon)
    reach = known.sold.shape[1]
    last = _made(min(days_ago, reach), known) if days_ago and reach else None

    made = fall_back(known, last)

    assert made.mean.shape == (2, horizon)
    assert np.isfinite(made.quantiles).all()
    assert (made.quantiles >= 0).all()
    assert (np.diff(made.quantiles, axis=2) >= 0).all()
    assert len(made.drivers[0]) == horizon

"""What a baker may expect of a forecast, whatever her history looks like."""

from dataclasses import replace
from datetime import date, timedelta
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_allclose, assert_array_equal

from obrador.forecasting.domain import (
    QUANTILE_LEVELS,
    RESOLUTION,
    DemandHistory,
    Floats,
    Forecast,
)
from obrador.forecasting.history import OFF_SALE_DAYS, demand_history
from obrador.forecasting.profile import forecast
from tests.forecasting.bakeries import BAKERY, MONDAY, SHUT_ON_MONDAYS, history, products, sales

NO = np.nan
WEEK = np.array([20.0, 20, 20, 20, 30, 50, 40])
MEDIAN = QUANTILE_LEVELS.index(0.5)

sold_arrays = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 4), st.integers(0, 60)),
    elements=st.one_of(st.just(NO), st.just(0.0), st.floats(0, 1e7)),
)


def _is_sound(made: Forecast, of: DemandHistory) -> None:
    shape = (len(of.product_ids), of.horizon)
    assert made.mean.shape == shape
    assert made.quantiles.shape == (*shape, len(QUANTILE_LEVELS))
    assert np.isfinite(made.mean).all()
    assert np.isfinite(made.quantiles).all()
    assert (made.mean >= 0).all()
    assert (made.quantiles >= 0).all()
    assert (np.diff(made.quantiles, axis=2) >= 0).all()
    closed = ~of.days.is_open[of.sold.shape[1] :]
    assert (made.mean[:, closed] == 0).all()
    assert (made.quantiles[:, closed] == 0).all()
    multiplied = [
        [prod((d.level, d.weekday, d.season, d.holiday)) for d in row] for row in made.drivers
    ]
    assert_allclose(np.array(multiplied).reshape(shape), made.mean, atol=RESOLUTION / 2 + 1e-9)


@settings(max_examples=60, deadline=None)
@given(sold_arrays, st.integers(1, 28), st.integers(0, 1500), st.data())
def test_any_history_gives_a_sound_forecast(
    sold: Floats, horizon: int, start: int, data: st.DataObject
) -> None:
    known = sales(sold, MONDAY + timedelta(days=start))
    flags = arrays.arrays(np.bool_, sold.shape)
    known = replace(known, sold_out_minute=np.where(data.draw(flags), 600.0, NO))
    morning = known.first + timedelta(days=sold.shape[1])

    made = demand_history(SHUT_ON_MONDAYS, products(len(sold)), known, morning, horizon)

    _is_sound(forecast(made), made)


@settings(max_examples=20, deadline=None)
@given(sold_arrays, st.integers(1, 30), st.floats(0, 1e6))
def test_what_comes_later_changes_nothing(sold: Floats, days: int, later: float) -> None:
    morning = MONDAY + timedelta(days=sold.shape[1])
    future = np.full((len(sold), days), later)
    catalogue = products(len(sold))

    known = demand_history(BAKERY, catalogue, sales(sold), morning, 7)
    with_future = demand_history(BAKERY, catalogue, sales(np.hstack((sold, future))), morning, 7)

    assert_array_equal(forecast(known).quantiles, forecast(with_future).quantiles)


def test_the_same_history_gives_the_same_forecast() -> None:
    sold = np.tile(WEEK, 20)[None]

    first, second = forecast(history(sold)), forecast(history(sold))

    assert_array_equal(first.quantiles, second.quantiles)
    assert list(first.drivers) == list(second.drivers)


@pytest.mark.parametrize("horizon", [1, 7, 14, 28])
def test_a_steady_week_repeats(horizon: int) -> None:
    made = forecast(history(np.tile(WEEK, 40)[None], horizon, replace(BAKERY, country="XX")))

    assert made.models == ("profile",)
    assert_allclose(made.mean[0], np.tile(WEEK, 4)[:horizon], rtol=0.02)


def test_a_constant_series_has_no_doubt() -> None:
    made = forecast(history(np.full((1, 700), 12.0)))

    assert_allclose(made.mean, 12.0)
    assert_allclose(made.quantiles, 12.0, rtol=0.05)


def test_three_days_give_about_their_mean() -> None:
    made = forecast(history([[10, 12, 14]]))

    assert made.models == ("weekday_mean",)
    assert_allclose(made.mean[0], 12.0, rtol=0.1)
    assert (made.quantiles[0, 0, 0] < 10) & (made.quantiles[0, 0, -1] > 14)


def test_nothing_sold_forecasts_nothing() -> None:
    zeros = replace(history(np.full((1, 60), 1.0)), sold=np.zeros((1, 60)))

    made = forecast(zeros)

    assert_array_equal(made.quantiles, 0)


@pytest.mark.parametrize("day", [0, 150, 200, 279])
def test_a_mistyped_million_does_little(day: int) -> None:
    sold = np.tile(WEEK, 40)[None]
    usual = forecast(history(sold)).mean
    sold[0, day] = 1e6

    assert_allclose(forecast(history(sold)).mean, usual, rtol=0.9)


def test_a_gap_of_months_is_bridged() -> None:
    sold = np.tile(WEEK, 60)[None]
    sold[0, 200:330] = NO

    made = forecast(history(sold, bakery=replace(BAKERY, country="XX")))

    assert_allclose(made.mean[0], WEEK, rtol=0.05)


def test_a_leap_day_is_a_day() -> None:
    sold = np.tile(WEEK, 160)[None]
    first = date(2024, 2, 29) - timedelta(days=sold.shape[1])

    made = forecast(history(sold, first=first))

    assert made.first_day == date(2024, 2, 29)
    assert_allclose(made.mean[0], WEEK, rtol=0.2)


def test_a_level_that_rises_is_followed() -> None:
    sold = np.concatenate((np.tile(WEEK, 20), np.tile(2 * WEEK, 6)))[None]

    made = forecast(history(sold, bakery=replace(BAKERY, country="XX")))

    assert made.mean.sum() == pytest.approx(2 * WEEK.sum(), rel=0.12)
    assert made.drivers[0][0].trend == pytest.approx(1 / 3, abs=0.05)


def test_a_yearly_season_comes_back() -> None:
    year = 50 * (1 + 0.5 * np.sin(2 * np.pi * np.arange(730) / 365.25))

    made = forecast(history(year[None, :460], bakery=replace(BAKERY, country="XX")))

    without_season = [day.level * day.weekday for day in made.drivers[0]]
    errors = np.abs(made.mean[0] - year[460:467]), np.abs(without_season - year[460:467])
    assert errors[0].mean() < errors[1].mean() / 2


def test_a_holiday_and_its_eve_sell_as_they_did_before() -> None:
    first = date(2023, 1, 9)
    sold = np.full((2, (date(2026, 1, 3) - first).days), 20.0)
    for year in (2024, 2025):
        sold[:, (date(year, 1, 6) - first).days] = 10
        sold[:, (date(year, 1, 5) - first).days] = 60

    made = forecast(history(sold, first=first))
    eve, epiphany = made.drivers[0][2], made.drivers[0][3]

    assert_allclose(made.mean[0, [2, 3]], [60, 10], rtol=0.2)
    assert_allclose(made.mean[0, [1, 5, 6]], 20, rtol=0.1)
    assert (eve.holiday_name is None, epiphany.holiday_name is None) == (True, False)


def test_sold_out_days_do_not_lower_the_forecast() -> None:
    rng = np.random.default_rng(1)
    demand = rng.poisson(40, (1, 140)).astype(float)
    stock = 38.0
    censored = history(np.minimum(demand, stock))

    told = forecast(replace(censored, sold_out=censored.sold >= stock)).mean.mean()
    untold = forecast(censored).mean.mean()

    assert untold < told
    assert abs(told - 40) < abs(untold - 40)


def test_a_product_off_sale_is_not_forecast() -> None:
    sold = np.full((2, 120), 15.0)
    sold[1, -OFF_SALE_DAYS:] = NO

    made = forecast(history(sold))

    assert made.models == ("profile", "none")
    assert_array_equal(made.quantiles[1], 0)


def test_a_new_product_takes_after_its_category() -> None:
    sold = np.vstack((np.full((2, 60), [[10.0], [30.0]]), np.full((2, 60), NO)))
    made = history(sold)
    made = replace(made, categories=("bread", "bread", "bread", "cake"))

    foreseen = forecast(made)

    assert foreseen.models == ("profile", "profile", "analogy", "none")
    assert_allclose(foreseen.mean[2], 20.0, rtol=0.05)
    assert_array_equal(foreseen.mean[3], 0)


def test_a_few_days_of_a_product_borrow_the_weekdays_of_the_shop() -> None:
    sold = np.vstack((np.tile(WEEK, 20), np.full(140, NO)))
    sold[1, -4:-2] = [10, 15]

    made = forecast(history(sold[:, :-2], bakery=replace(BAKERY, country="XX")))

    assert made.models[1] == "weekday_mean"
    saturday_and_monday = made.mean[1, [0, 2]]
    assert saturday_and_monday[0] > 1.5 * saturday_and_monday[1]


def test_intervals_cover_what_they_promise() -> None:
    rng = np.random.default_rng(7)
    demand = rng.negative_binomial(10, 10 / (10 + 30), (40, 400)).astype(float)

    made = forecast(history(demand[:, :-7]))

    low, high = made.quantiles[..., 1], made.quantiles[..., -2]
    covered = ((demand[:, -7:] >= low) & (demand[:, -7:] <= high)).mean()
    assert 0.75 <= covered <= 0.87
    assert_allclose(made.quantiles[..., MEDIAN].mean(), 30, rtol=0.1)

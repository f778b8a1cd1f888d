"""What is known of weather, promotions and prices, as covariates of demand."""

from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest

from obrador.drivers.domain import Promotion, WeatherDay
from obrador.forecasting.covariates import KnownDrivers, with_covariates
from obrador.forecasting.domain import Floats
from obrador.sales.domain import PriceHistory
from tests.forecasting.bakeries import MONDAY, history, products

DAYS, HORIZON = 60, 7
PRODUCTS = products(2)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def covariates(known: KnownDrivers) -> dict[str, Floats]:
    made = with_covariates(history(np.full((2, DAYS), 9.0), HORIZON), PRODUCTS, known)
    return {each.name: each.values for each in made.covariates}


def prices(minor: Floats, first: date = MONDAY) -> PriceHistory:
    return PriceHistory(tuple(product.id for product in PRODUCTS), first, minor)


def test_nothing_known_is_no_covariate() -> None:
    assert covariates(KnownDrivers()) == {}


def test_a_day_foreseen_goes_before_the_day_as_it_was() -> None:
    """A model learns from what was known in advance."""
    weather = (
        WeatherDay(day(3), 10.0, 15.0, 0.0, 5.0),
        WeatherDay(day(4), 11.0, None, np.expm1(2.0), 5.0),
        WeatherDay(day(5), 12.0, 18.0, 0.0, 5.0),
        WeatherDay(day(5), 12.0, 21.0, None, 5.0, is_forecast=True),
        WeatherDay(day(DAYS + 1), 9.0, 14.0, 1.0, 5.0, is_forecast=True),
        WeatherDay(day(DAYS + HORIZON), 30.0, 40.0, 99.0, 99.0, is_forecast=True),
        WeatherDay(day(-1), 30.0, 40.0, 99.0, 99.0),
    )

    found = covariates(KnownDrivers(weather))

    assert set(found) == {"temperature", "rain"}  # the wind never changes
    temperature, rain = found["temperature"][0], found["rain"][0]
    assert temperature[[3, 4, 5, DAYS + 1]].tolist() == [15.0, 11.0, 21.0, 14.0]
    assert np.isnan(temperature).sum() == DAYS + HORIZON - 4
    assert rain[4] == pytest.approx(2.0)
    assert np.isnan(rain[5])


def test_a_promotion_is_of_its_product_and_days() -> None:
    known = (
        Promotion(PRODUCTS[1].id, day(10), day(12), percent_off=20.0),
        Promotion(None, day(DAYS + 5), day(DAYS + 30)),
        Promotion(UUID(int=9), day(0), day(5), percent_off=50.0),
    )

    found = covariates(KnownDrivers(promotions=known))

    assert found["promotion"].sum(axis=1).tolist() == [2.0, 5.0]
    assert found["promotion"][1, 10:13].tolist() == [1.0] * 3
    assert found["discount"][1, 10:13] == pytest.approx(-np.log(0.8))
    assert found["discount"].sum() == pytest.approx(-3 * np.log(0.8))


def test_a_promotions_price_is_compared_with_the_usual_one() -> None:
    """Which a promotion does not change."""
    minor = np.full((2, DAYS), 200.0)
    minor[0, 20:30] = 150.0
    known = Promotion(PRODUCTS[0].id, day(20), day(29), price_minor=150)

    found = covariates(KnownDrivers(promotions=(known,), prices=prices(minor)))

    assert "price" not in found
    assert found["discount"][0, 20:30] == pytest.approx(np.log(200 / 150))


def test_a_new_price_counts_once_it_is_one() -> None:
    minor = np.full((2, DAYS), 200.0)
    minor[0, 30:] = 220.0
    minor[1, 40] = 100.0  # the last ones of an evening
    minor[:, 5:9] = np.nan

    price = covariates(KnownDrivers(prices=prices(minor)))["price"]

    assert price.shape == (2, DAYS + HORIZON)
    steps = np.flatnonzero(np.diff(price[0]))
    assert steps.tolist() == [32]
    assert price[0, -1] - price[0, 0] == pytest.approx(np.log(1.1), abs=0.01)
    assert np.ptp(price[1]) == 0


def test_prices_of_other_days_and_products_are_left_out() -> None:
    minor = np.linspace(100, 300, 2 * (DAYS + 20)).reshape(2, -1)
    known = PriceHistory((PRODUCTS[1].id, UUID(int=9)), day(-20), minor)

    price = covariates(KnownDrivers(prices=known))["price"]

    assert np.isnan(price[0]).all()
    assert np.isfinite(price[1]).all()

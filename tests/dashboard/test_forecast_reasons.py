"""What makes a forecast, and what is known of the days to come, in plain words."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from obrador.dashboard.forecast_reasons import (
    accuracy_words,
    driver_words,
    known_words,
    looks_at_weather,
    maker_words,
)
from obrador.drivers.domain import Promotion, WeatherDay
from obrador.forecasting.domain import DriverGroup, Model
from obrador.forecasting.service import DriverFigures, ModelDetail, ProductFigures
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.orchestration.foresight_days import ProductForesight

SAY = Speech("en", "en")
BREAD = new_id()
MONDAY = date(2026, 3, 2)
WEEK = [MONDAY + timedelta(days=place) for place in range(7)]


def _driver(group: DriverGroup, *, is_used: bool) -> DriverFigures:
    return DriverFigures(group=group, is_used=is_used, gain=0.04, days=60)


def _model(*drivers: DriverFigures) -> ModelDetail:
    score = {"wape": 16.0, "scaled_pinball": 0.1, "coverage": 0.8}
    values: dict[str, Any] = {
        "version": 3,
        "method": "corrected_profile",
        "status": "champion",
        "reason": "drifting",
        "verdict": "no_worse",
        "first_day": MONDAY - timedelta(days=700),
        "last_day": MONDAY,
        "records": 10_000,
        "products": 24,
        "data_hash": "",
        "compared_with": 2,
        "unseen_first": MONDAY,
        "unseen_last": MONDAY,
        "scores": {"challenger": score, "champion": score | {"wape": 18.0}, "refitted": None},
        "drivers": drivers,
        "checksum": "",
        "size": 1,
        "created_at": datetime(2026, 3, 3, 4, tzinfo=UTC),
        "promoted_at": None,
        "retired_at": None,
        "improvement": None,
    }
    return ModelDetail(**values)


def _product(model: Model = "profile") -> ProductForesight:
    return ProductForesight(BREAD, "Barra", "piece", model, 3, (), ())


def test_a_trained_model_says_since_when_and_how_good() -> None:
    weather, prices = _driver("weather", is_used=True), _driver("price", is_used=False)

    words = maker_words(SAY, _product(), _model(weather, prices))

    assert words[1].startswith("Model 3 corrects that, since Tue 3 Mar.")
    assert "it was 16% off; what forecast before was 18% off." in words[2]
    assert words[3].startswith("Weather: counted in;")
    assert words[4] == "Prices: left out, it would not help here."
    assert looks_at_weather(_model(weather))
    assert not looks_at_weather(_model(_driver("weather", is_used=False)))
    assert not looks_at_weather(None)
    assert "4%" in driver_words(SAY, weather)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("weekday_mean", "too little history"),
        ("analogy", "like others of its category"),
        ("last_forecast", "last forecast"),
        ("weekday_history", "no forecast could be made"),
        ("none", "Nothing is known of it yet"),
    ],
)
def test_each_fallback_says_what_it_is(model: Model, says: str) -> None:
    words = maker_words(SAY, _product(model), None)

    assert says in words[0]
    assert words[1].startswith("No model has been trained here yet.")


def test_promotions_are_told_on_their_days_and_of_their_products() -> None:
    others = Promotion(new_id(), WEEK[0], WEEK[6])
    all_of_them = Promotion(None, WEEK[1], WEEK[2], percent_off=20.0)
    own = Promotion(BREAD, WEEK[2], WEEK[2], price_minor=90)

    words = known_words(SAY, BREAD, WEEK, [others, all_of_them, own], [])

    assert words == {
        WEEK[1]: "Promotion: 20% off the price.",
        WEEK[2]: "Promotion: 20% off the price. Promotion at €0.90.",
    }


def test_the_weather_as_far_as_it_is_foreseen() -> None:
    weather = [
        WeatherDay(WEEK[0], temperature=12.4, precipitation=4.2),
        WeatherDay(WEEK[1], temperature=14.0, precipitation=0.0),
        WeatherDay(WEEK[2], precipitation=1.0),
        WeatherDay(WEEK[3]),
    ]

    assert known_words(SAY, BREAD, WEEK, [], weather) == {
        WEEK[0]: "Weather: 12 °C, 4.2 mm of rain.",
        WEEK[1]: "Weather: 14 °C, dry.",
        WEEK[2]: "Weather: 1 mm of rain.",
    }


@pytest.mark.parametrize(
    ("bias", "says"),
    [
        (0.1, "As often too much as too little."),
        (6.0, "Mostly too much: 6 a day."),
        (-6.0, "Mostly too little: 6 a day."),
    ],
)
def test_which_way_it_errs(bias: float, says: str) -> None:
    figures = ProductFigures(
        product_id=BREAD, days=30, forecast=1200, sold=1200, mae=7.0, wape=14.0, bias=bias,
        interval_coverage=0.8, pinball=1.0, sold_out_days=0,
    )  # fmt: skip

    words = accuracy_words(SAY, figures, "piece")

    assert words == f"Compared on 30 days: 14% off, 7 a day. {says}"
    assert "Nothing could be compared" in accuracy_words(SAY, None, "piece")

"""What baking takes, day by day."""

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.catalogue.domain import Component, Recipe, explode
from obrador.procurement.requirements import requirements

BREAD, ROLL, DOUGH, FLOUR, SEEDS = (UUID(int=number) for number in range(1, 6))
RECIPES = {
    BREAD: Recipe(BREAD, "Bread", "product", "piece", 1, (Component(DOUGH, True, 500),)),
    ROLL: Recipe(
        ROLL,
        "Roll",
        "product",
        "piece",
        10,
        (
            Component(DOUGH, True, 600),
            Component(SEEDS, False, 90, 0.1),
            Component(FLOUR, False, 50),
        ),
    ),
    DOUGH: Recipe(DOUGH, "Dough", "semi_finished", "g", 1000, (Component(FLOUR, False, 600),)),
}


def test_requirements_add_over_products_doughs_and_waste() -> None:
    made = {BREAD: [10.0, 0.0], ROLL: [20.0, 40.0]}

    found = requirements(RECIPES, made, {BREAD: [0.0, 0.0], ROLL: [0.0, 0.0]}, 2)

    assert found[FLOUR].mean == pytest.approx([3000 + 720 + 100, 1440 + 200])
    assert found[SEEDS].mean == pytest.approx([200, 400])


def test_deviations_add_within_a_product_and_their_squares_between_products() -> None:
    made = {BREAD: [10.0], ROLL: [20.0]}

    found = requirements(RECIPES, made, {BREAD: [2.0], ROLL: [5.0]}, 1)

    assert found[FLOUR].variance == pytest.approx([(2 * 300) ** 2 + (5 * (36 + 5)) ** 2])


def test_an_overnight_dough_takes_its_flour_the_day_before() -> None:
    recipes = RECIPES | {DOUGH: replace(RECIPES[DOUGH], lead_days=1)}
    week = [float(day) for day in range(7)]

    found = requirements(recipes, {BREAD: week}, {BREAD: [0.0] * 7}, 7)

    assert found[FLOUR].mean == pytest.approx([300 * day for day in (1, 2, 3, 4, 5, 6, 0)])


def test_days_beyond_the_forecast_repeat_the_mean_of_their_weekday() -> None:
    made = {BREAD: [float(day) for day in range(10)]}

    found = requirements(RECIPES, made, {BREAD: [0.0] * 10}, 15)

    assert found[FLOUR].mean[10:] / 300 == pytest.approx([3, 4, 5, 6, 3.5])


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=20), st.integers(1, 20))
def test_without_lead_days_a_day_takes_what_the_recipe_says(units: list[float], days: int) -> None:
    found = requirements(RECIPES, {ROLL: units}, {ROLL: units}, days)

    known = min(len(units), days)
    for ingredient, need in found.items():
        daily = [explode(RECIPES, ROLL, made)[ingredient] for made in units[:known]]
        assert need.mean.shape == (days,)
        assert np.allclose(need.mean[:known], daily)
        assert np.allclose(need.variance[:known], np.square(daily))

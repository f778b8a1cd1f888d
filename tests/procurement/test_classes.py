"""Classes by value and variability, and what they ask of safety stock."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.catalogue.domain import Component
from obrador.inventory.domain import Ingredient
from obrador.procurement.classes import classes, level_of
from obrador.procurement.plan import plan_purchases
from obrador.procurement.safety_stock import share_of_demand
from obrador.suppliers.domain import Price
from tests.procurement.bakery import BREAD, FLOUR, MILL, bread, problem

SALT = UUID(int=50)


def test_the_dearest_are_a_and_the_steady_x() -> None:
    assert classes([70, 20, 10], [0.1, 0.7, 3.0]) == ["AX", "AY", "BZ"]
    assert classes([5, 900, 95], [0, 0, 0]) == ["CX", "AX", "BX"]
    assert classes([0, 0], [0, 0]) == ["CX", "CX"]


@given(st.lists(st.floats(0, 1e6), max_size=20))
def test_no_dearer_one_is_of_a_lower_class(values: list[float]) -> None:
    found = classes(values, [0.0] * len(values))

    ranked = [name for _, name in sorted(zip(values, found, strict=True), key=lambda p: -p[0])]
    assert ranked == sorted(ranked)


def test_the_narrowest_class_that_has_a_level_counts() -> None:
    levels = {"AX": 0.99, "A": 0.97, "Z": 0.8}

    assert level_of("AX", levels, 0.9) == 0.99
    assert level_of("AZ", levels, 0.9) == 0.97
    assert level_of("CZ", levels, 0.9) == 0.8
    assert level_of("CY", levels, 0.9) == 0.9


def test_half_of_what_a_lead_time_takes() -> None:
    assert share_of_demand(0.5, demand_mean=100, lead_days=9).quantity == 450
    assert share_of_demand(0.5, demand_mean=100, lead_days=9, most=300).capped_by_shelf_life


def _safeties(**policy: Any) -> dict[UUID, float]:
    """Safety stock of flour, which is most of the money, and of salt."""
    usual = problem()
    plan = plan_purchases(
        replace(
            usual,
            bakery=replace(usual.bakery, policy=replace(usual.bakery.policy, **policy)),
            recipes={
                BREAD: bread(
                    components=(Component(FLOUR, False, 30_000), Component(SALT, False, 600))
                )
            },
            ingredients=[Ingredient(FLOUR, "Flour", "g"), Ingredient(SALT, "Salt", "g")],
            prices=[
                Price(MILL, FLOUR, 25_000.0, 1, 2_000),
                Price(MILL, SALT, 1_000.0, 1, 50),
            ],
        )
    )
    return {each.ingredient_id: each.safety.quantity for each in plan.projections}


def test_classes_have_levels_of_their_own() -> None:
    usual, by_class = _safeties(), _safeties(class_levels={"A": 0.99, "C": 0.6})

    assert by_class[FLOUR] > usual[FLOUR]
    assert by_class[SALT] < usual[SALT]


def test_safety_stock_can_be_a_share_of_demand() -> None:
    """From the mill in two days, twice a week: 5.5 days of 30 kg."""
    found = _safeties(safety_stock="percentage", safety_share=0.2)

    assert found[FLOUR] == pytest.approx(0.2 * 5.5 * 30_000)

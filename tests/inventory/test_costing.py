"""What a unit of a recipe costs: its parts come to the whole, and to what all ingredients cost."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.catalogue.domain import Component, Recipe, explode
from obrador.inventory.costing import unit_cost
from obrador.inventory.worth import unit_values
from obrador.suppliers.domain import Price

FLOUR, BUTTER, DOUGH, LOAF, MILLER = (UUID(int=number) for number in range(1, 6))
SHARES = st.floats(0, 0.5)
AMOUNTS = st.floats(0.1, 10_000)


def _recipe(own: UUID, unit: str, made: float, waste: float, *parts: Component) -> Recipe:
    return Recipe(own, f"Recipe {own.int}", "product", unit, made, parts, waste_share=waste)


def _price(item: UUID, pack: float, minor: int) -> Price:
    return Price(MILLER, item, pack, 1, minor)


PRICES = (_price(FLOUR, 25_000, 2_000), _price(FLOUR, 5_000, 450), _price(BUTTER, 5_000, 3_900))


@given(AMOUNTS, AMOUNTS, AMOUNTS, SHARES, SHARES, SHARES)
def test_the_parts_come_to_what_all_ingredients_cost(
    flour: float, dough: float, butter: float, lost: float, dough_lost: float, loaf_lost: float
) -> None:
    recipes = {
        DOUGH: _recipe(DOUGH, "g", 1_600, dough_lost, Component(FLOUR, False, flour, lost)),
        LOAF: _recipe(
            LOAF, "piece", 4, loaf_lost,
            Component(DOUGH, True, dough, lost), Component(BUTTER, False, butter),
        ),
    }  # fmt: skip
    values = unit_values(PRICES, recipes, ())

    cost = unit_cost(recipes, LOAF, values)
    needed = explode(recipes, LOAF, 1 / (1 - loaf_lost))

    assert cost.unknown == ()
    assert cost.minor == pytest.approx(values[LOAF])
    assert cost.minor == pytest.approx(sum(needed[item] * values[item] for item in (FLOUR, BUTTER)))


def test_what_has_no_price_is_named_and_leaves_no_sum() -> None:
    salt = UUID(int=9)
    parts = Component(FLOUR, False, 1_000), Component(salt, False, 20)
    recipes = {
        DOUGH: _recipe(DOUGH, "g", 1_600, 0, *parts),
        LOAF: _recipe(LOAF, "piece", 4, 0, Component(DOUGH, True, 1_600)),
    }

    cost = unit_cost(recipes, LOAF, unit_values(PRICES, recipes, ()))

    assert cost.minor is None
    assert cost.unknown == (salt,)
    assert unit_cost({DOUGH: _recipe(DOUGH, "g", 1, 0)}, DOUGH, {}).minor is None

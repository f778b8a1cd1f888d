"""What goes into a recipe, through its doughs."""

from itertools import pairwise
from uuid import UUID

import pytest

from obrador.catalogue.domain import Component, Recipe, explode, find_cycle, making_order
from obrador.kit.errors import Invalid

CROISSANT, DOUGH, BUTTER, FLOUR, POOLISH = (UUID(int=number) for number in range(1, 6))


def _recipe(
    recipe_id: UUID, name: str, yields: float, *components: Component, waste: float = 0.0
) -> Recipe:
    return Recipe(recipe_id, name, "product", "piece", yields, components, waste_share=waste)


RECIPES = {
    CROISSANT: _recipe(
        CROISSANT, "Croissant", 10, Component(DOUGH, True, 500), Component(BUTTER, False, 250)
    ),
    DOUGH: _recipe(
        DOUGH,
        "Dough",
        1000,
        Component(FLOUR, False, 600, waste_share=0.25),
        Component(POOLISH, True, 400),
        waste=0.5,
    ),
    POOLISH: _recipe(POOLISH, "Poolish", 100, Component(FLOUR, False, 50)),
}


def test_doughs_are_exploded_with_waste_on_every_level() -> None:
    assert explode(RECIPES, CROISSANT, 20) == pytest.approx(
        {
            BUTTER: 500,
            DOUGH: 2000,  # 1000 good ones at half waste
            POOLISH: 800,
            FLOUR: 2000 * 0.6 / 0.75 + 800 * 0.5,
        }
    )


def test_a_shared_dough_deep_down_is_counted_once_per_use() -> None:
    """Forty levels of using the level below twice: a walk of every path would never end."""
    levels = [UUID(int=number) for number in range(100, 141)]
    recipes = {
        upper: _recipe(upper, str(upper), 1, Component(lower, True, 1), Component(lower, True, 1))
        for upper, lower in pairwise(levels)
    } | {levels[-1]: _recipe(levels[-1], "flour mix", 1, Component(FLOUR, False, 1))}

    assert explode(recipes, levels[0], 1)[FLOUR] == 2.0**40


def test_parts_come_before_what_they_go_into() -> None:
    assert making_order(RECIPES, [CROISSANT]) == (POOLISH, DOUGH, CROISSANT)


def test_a_recipe_that_contains_itself_is_found_and_named() -> None:
    ring = {
        DOUGH: _recipe(DOUGH, "Dough", 1, Component(POOLISH, True, 1)),
        POOLISH: _recipe(POOLISH, "Poolish", 1, Component(DOUGH, True, 1)),
    }

    assert find_cycle(RECIPES) == ()
    assert set(find_cycle(ring)) == {DOUGH, POOLISH}
    with pytest.raises(Invalid, match=r"contains itself: (Dough → Poolish|Poolish → Dough)"):
        explode(ring, DOUGH, 1)

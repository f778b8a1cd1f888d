"""What goes into a batch. Pure."""

from collections import defaultdict
from uuid import UUID

from obrador.catalogue.domain import Recipe


def components_of(recipe: Recipe, units: float) -> dict[UUID, float]:
    """What is weighed for `units` made of a recipe, doughs as such: of each ingredient, and of each
    dough by its recipe, `units / yield · quantity / (1 − waste share)` in its base unit.

    Args:
        units: made, waste included, in the recipe's unit.
    """
    needed: dict[UUID, float] = defaultdict(float)
    for component in recipe.components:
        share = units / recipe.yield_quantity / (1 - component.waste_share)
        needed[component.item_id] += share * component.quantity
    return dict(needed)

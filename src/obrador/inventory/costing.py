"""What a unit of a recipe costs, and which of its parts make that up. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from obrador.catalogue.domain import Recipe, explode
from obrador.inventory.worth import good_use


@dataclass(frozen=True, slots=True)
class CostPart:
    """What a component of a recipe adds to the cost of a good unit."""

    item_id: UUID
    quantity: float
    """To take, what is lost included, in its base unit."""
    minor: float | None
    """Minor units of money; None: its price, or that of something in it, is unknown."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a good unit: the price of its ingredients, what is wasted of them included."""

    parts: tuple[CostPart, ...]
    unknown: tuple[UUID, ...]
    """Ingredients without a price that go in, those of its doughs too."""

    @property
    def minor(self) -> float | None:
        """Of all parts together; None while some are unknown, or there are none."""
        known = [part.minor for part in self.parts if part.minor is not None]
        return sum(known) if known and len(known) == len(self.parts) else None


def unit_cost(
    recipes: Mapping[UUID, Recipe], recipe_id: UUID, values: Mapping[UUID, float]
) -> Cost:
    """The cost of a good unit of a recipe: Σ use · value, as stock is valued.

    Args:
        values: of a base unit of what has one, as `worth.unit_values` gives it.

    Raises:
        Invalid: the recipe contains itself.
    """
    recipe = recipes[recipe_id]
    parts = []
    for component in recipe.components:
        quantity = good_use(recipe, component)
        value = values.get(component.item_id)
        minor = None if value is None else quantity * value
        parts.append(CostPart(component.item_id, quantity, minor))
    needed = explode(recipes, recipe_id, 1.0)
    unknown = (each for each in needed if each not in recipes and each not in values)
    return Cost(tuple(parts), tuple(unknown))

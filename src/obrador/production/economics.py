"""What a unit more wins or loses: from prices, recipes and what a baker says of a product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Product, making_order, use_per_unit
from obrador.production.domain import ProductionProblem
from obrador.production.marginal import Stakes


@dataclass(frozen=True, slots=True)
class Economics:
    """Of one product; see `marginal.Stakes`."""

    gain: float
    waste: float
    holding: float
    ratio_from: Literal["economics", "service_level"]
    unit_cost_minor: float | None
    """Of the ingredients."""


def economics_of(problem: ProductionProblem) -> list[Economics]:
    """Of each product of the catalogue.

    Raises:
        Invalid: a recipe contains itself.
    """
    costs, level = unit_costs(problem), problem.bakery.policy.bake_service_level
    return [
        _economics(product, costs.get(product.recipe_id) if product.recipe_id else None, level)
        for product in problem.catalogue.products
    ]


def stakes_of(economics: Sequence[Economics]) -> Stakes:
    """The same as arrays (P,)."""
    return Stakes(
        np.array([each.gain for each in economics]),
        np.array([each.waste for each in economics]),
        np.array([each.holding for each in economics]),
    )


def unit_costs(problem: ProductionProblem) -> dict[UUID, float | None]:
    """By recipe of the products, the cost of the ingredients of a good unit, doughs exploded, all
    waste included, in minor units: `Σ use · price / (1 − waste)`; None where an ingredient has no
    price.

    Raises:
        Invalid: a recipe contains itself.
    """
    recipes, prices = problem.catalogue.recipes, problem.ingredient_cost_minor
    wanted = {each.recipe_id for each in problem.catalogue.products if each.recipe_id is not None}
    made: dict[UUID, float | None] = {}
    for recipe_id in making_order(recipes, wanted):
        recipe = recipes[recipe_id]
        parts = [
            (use_per_unit(recipes, recipe, each), made.get(each.item_id, prices.get(each.item_id)))
            for each in recipe.components
        ]
        known = [use * cost for use, cost in parts if cost is not None]
        made[recipe_id] = sum(known) if len(known) == len(parts) else None
    return {
        recipe_id: None if cost is None else round(cost / (1 - recipes[recipe_id].waste_share), 4)
        for recipe_id, cost in made.items()
        if recipe_id in wanted
    }


def _economics(product: Product, ingredients: float | None, level: float) -> Economics:
    """Gain p + g − c, waste c + w: cost c of ingredients and of what else varies, w disposal less
    salvage.

    A product that sells below cost is a loss leader or has a wrong price; either way its baker
    wants it on the shelf, so the service level stands in, as for unknown price or cost.
    """
    price = product.price_minor
    if price is not None and ingredients is not None:
        cost = ingredients + product.variable_cost_minor
        if price > cost:
            gain = price + product.goodwill_minor - cost
            waste = max(cost + product.disposal_minor - product.salvage_minor, 0.0)
            return Economics(gain, waste, product.holding_minor, "economics", ingredients)
    return Economics(level, 1 - level, 0.0, "service_level", ingredients)

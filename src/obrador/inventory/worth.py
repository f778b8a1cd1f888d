"""What stock is worth: ingredients at the best price, what is made at that of its ingredients.

Pure.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from obrador.catalogue.domain import Component, Product, Recipe, making_order
from obrador.suppliers.domain import Price


def unit_values(
    prices: Sequence[Price], recipes: Mapping[UUID, Recipe], products: Sequence[Product]
) -> dict[UUID, float]:
    """Minor units of money for a base unit of each ingredient, product, and recipe of a dough of
    which that is known.

    An ingredient is worth its best price, a good unit of a recipe `Σ use · value` of the good units
    that go in; what contains something without a price has no value.

    Raises:
        Invalid: a recipe contains itself.
    """
    values: dict[UUID, float] = {}
    for price in prices:
        cost = price.pack_price_minor / price.pack_size
        values[price.ingredient_id] = min(cost, values.get(price.ingredient_id, cost))
    for recipe_id in making_order(recipes, recipes):
        recipe = recipes[recipe_id]
        if all(each.item_id in values for each in recipe.components):
            values[recipe_id] = sum(
                good_use(recipe, each) * values[each.item_id] for each in recipe.components
            )
    for product in products:
        if product.recipe_id is not None and product.recipe_id in values:
            values[product.id] = values[product.recipe_id]
    return values


def good_use(recipe: Recipe, component: Component) -> float:
    """Units of the component, good ones if it is a dough, that a good unit of the recipe takes:
    quantity / yield / (1 − waste of the component) / (1 − waste of the recipe)."""
    taken = component.quantity / recipe.yield_quantity / (1 - component.waste_share)
    return taken / (1 - recipe.waste_share)

"""What stock is worth: ingredients at the best price, what is made at that of its ingredients.

Pure.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from obrador.catalogue.domain import Product, Recipe, making_order, use_per_unit
from obrador.suppliers.domain import Price


def unit_values(
    prices: Sequence[Price], recipes: Mapping[UUID, Recipe], products: Sequence[Product]
) -> dict[UUID, float]:
    """Minor units of money for a base unit of each ingredient, product, and recipe of a dough of
    which that is known.

    An ingredient is worth its best price, a good unit of a recipe `Σ use · value / (1 − waste)`;
    what contains something without a price has no value.

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
            cost = sum(
                use_per_unit(recipes, recipe, each) * values[each.item_id]
                for each in recipe.components
            )
            values[recipe_id] = cost / (1 - recipe.waste_share)
    for product in products:
        if product.recipe_id is not None and product.recipe_id in values:
            values[product.id] = values[product.recipe_id]
    return values

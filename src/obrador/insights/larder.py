"""What is known of what lies in stock, read once for all that is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Product, Recipe
from obrador.inventory import service as inventory
from obrador.inventory.domain import Ingredient
from obrador.procurement import service as procurement
from obrador.procurement.domain import StoredPlan
from obrador.suppliers import service as suppliers


@dataclass(frozen=True, slots=True)
class Larder:
    """What a bakery buys and makes: what it is called, is worth, and will be needed for."""

    ingredients: tuple[Ingredient, ...]
    recipes: Mapping[UUID, Recipe]
    products: tuple[Product, ...]
    """Sold at present."""
    names: Mapping[UUID, tuple[str, str]]
    """Name and base unit of every ingredient, product and dough."""
    worth: Mapping[UUID, float]
    """Minor units of money for a base unit of what has a price."""
    plan: StoredPlan | None
    """The plan that looks ahead now."""


async def load_larder(session: AsyncSession, tenant: TenantId) -> Larder:
    """All of it. A constant number of queries."""
    ingredients = (await inventory.load_ingredients(session, [tenant]))[tenant]
    recipes = (await catalogue.load_recipes(session, [tenant]))[tenant]
    products = (await catalogue.load_products(session, [tenant]))[tenant]
    prices = (await suppliers.load_prices(session, [tenant]))[tenant]
    names = {each.id: (each.name, each.unit) for each in recipes.values()}
    names |= await catalogue.load_product_names(session, [tenant])
    names |= {each.id: (each.name, each.unit) for each in ingredients}
    worth = inventory.unit_values(prices, recipes, products)
    plan = await procurement.find_newest_plan(session, tenant)
    return Larder(ingredients, recipes, products, names, worth, plan)

"""What items of stock are called."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.inventory.service import load_ingredients


async def load_items(session: AsyncSession, tenant: TenantId) -> dict[UUID, tuple[str, str]]:
    """Name and unit of every ingredient, product, and recipe of a semi-finished good. A constant
    number of queries."""
    named = (await catalogue.load_recipe_names(session, [tenant]))[tenant]
    named |= await catalogue.load_product_names(session, [tenant])
    ingredients = (await load_ingredients(session, [tenant]))[tenant]
    return named | {each.id: (each.name, each.unit) for each in ingredients}

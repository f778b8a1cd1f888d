"""Reading what stock is worth."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.inventory.worth import unit_values
from obrador.suppliers import service as suppliers


async def load_unit_values(session: AsyncSession, tenant: TenantId) -> dict[UUID, float]:
    """See `unit_values`. Five queries, however much there is."""
    prices = (await suppliers.load_prices(session, [tenant]))[tenant]
    recipes = (await catalogue.load_recipes(session, [tenant]))[tenant]
    products = (await catalogue.load_products(session, [tenant]))[tenant]
    return unit_values(prices, recipes, products)

"""Products by what people call them, for data that comes in by name."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.models import Product
from obrador.kit.names import name_key


async def product_ids(session: AsyncSession, tenant: TenantId) -> dict[str, UUID]:
    """The id of every product, sold at present or not, by `name_key`."""
    query = select(Product.name_key, Product.id).where(Product.tenant_id == tenant)
    return {row.name_key: row.id for row in await session.execute(query)}


async def add_named_products(
    session: AsyncSession, tenant: TenantId, names: Mapping[UUID, str]
) -> None:
    """New products of which only id and name are known."""
    rows = [
        {"tenant_id": tenant, "id": product_id, "name": name, "name_key": name_key(name)}
        for product_id, name in names.items()
    ]
    if rows:
        await session.execute(insert(Product), rows)

"""Products by what people call them, for data that comes in by name."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.models import Product
from obrador.kit.names import name_key
from obrador.kit.queries import any_of


async def product_ids(session: AsyncSession, tenant: TenantId) -> dict[str, UUID]:
    """The id of every product, sold at present or not, by `name_key`."""
    query = select(Product.name_key, Product.id).where(Product.tenant_id == tenant)
    return {row.name_key: row.id for row in await session.execute(query)}


async def load_product_names(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[UUID, tuple[str, str]]:
    """Name and unit of every product of some bakeries, sold at present or not. One query."""
    query = select(Product.id, Product.name, Product.unit).where(
        Product.tenant_id == any_of(tenants)
    )
    return {row.id: (row.name, row.unit) for row in await session.execute(query)}


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

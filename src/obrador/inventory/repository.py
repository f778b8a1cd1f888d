"""Queries of ingredients and stock."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import Rows, ScopedRepository, read_rows
from obrador.inventory.models import Ingredient, StockLot
from obrador.kit.queries import any_of

FEFO = (StockLot.expires_on.nulls_last(), StockLot.received_on, StockLot.id)
"""First expired, first out; among equals the oldest."""


class Ingredients(ScopedRepository[Ingredient]):
    """What is bought."""

    model = Ingredient


async def units_of(
    session: AsyncSession, tenant: TenantId, ingredient_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The base unit of each ingredient that is there."""
    query = select(Ingredient.id, Ingredient.unit).where(
        Ingredient.tenant_id == tenant, Ingredient.id == any_of(ingredient_ids)
    )
    return {row.id: row.unit for row in await session.execute(query)}


async def read_ingredients(session: AsyncSession, tenants: Sequence[TenantId]) -> Rows:
    """All ingredients of some bakeries, by name."""
    return await read_rows(session, tenants, Ingredient.__table__, Ingredient.name_key)


async def read_lots(session: AsyncSession, tenants: Sequence[TenantId]) -> Rows:
    """All lots of some bakeries that are not used up, first expired first."""
    return await read_rows(
        session, tenants, StockLot.__table__, *FEFO, where=StockLot.remaining > 0
    )

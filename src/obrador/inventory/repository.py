"""Queries of ingredients and stock."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.inventory.models import Ingredient, StockLot
from obrador.kit.queries import any_of


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


async def read_ingredients(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> Sequence[Row[Any]]:
    """All ingredients of some bakeries, by name."""
    query = (
        select(*Ingredient.__table__.columns)
        .where(Ingredient.tenant_id == any_of(tenants))
        .order_by(Ingredient.tenant_id, Ingredient.name_key)
    )
    return (await session.execute(query)).all()


async def read_lots(session: AsyncSession, tenants: Sequence[TenantId]) -> Sequence[Row[Any]]:
    """All lots of some bakeries that are not used up, first expired first."""
    query = (
        select(*StockLot.__table__.columns)
        .where(StockLot.tenant_id == any_of(tenants), StockLot.remaining > 0)
        .order_by(
            StockLot.tenant_id,
            StockLot.expires_on.nulls_last(),
            StockLot.received_on,
            StockLot.id,
        )
    )
    return (await session.execute(query)).all()

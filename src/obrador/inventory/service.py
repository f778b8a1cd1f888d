"""Use cases of ingredients and stock, and how planning reads them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import by_tenant
from obrador.inventory import repository
from obrador.inventory.domain import Ingredient, Lot
from obrador.inventory.repository import units_of

__all__ = ["load_ingredients", "load_lots", "units_of"]


async def load_ingredients(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, tuple[Ingredient, ...]]:
    """Ingredients as planning sees them, by name. One query."""
    rows = await repository.read_ingredients(session, tenants)
    return by_tenant(tenants, rows, _ingredient)


async def load_lots(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, tuple[Lot, ...]]:
    """What is left of every lot of ingredients and products, first expired first. One query."""
    rows = await repository.read_lots(session, tenants)
    return by_tenant(tenants, rows, _lot)


def _ingredient(row: Row[Any]) -> Ingredient:
    return Ingredient(
        id=row.id,
        name=row.name,
        unit=row.unit,
        category=row.category,
        shelf_life_days=row.shelf_life_days,
        service_level=None if row.service_level is None else float(row.service_level),
        assumed=tuple(row.assumed),
    )


def _lot(row: Row[Any]) -> Lot:
    return Lot(
        item_id=row.ingredient_id or row.product_id,
        quantity=float(row.remaining),
        received_on=row.received_on,
        expires_on=row.expires_on,
    )

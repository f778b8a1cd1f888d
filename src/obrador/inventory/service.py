"""Use cases of ingredients, and how planning reads ingredients and stock."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import by_tenant
from obrador.inventory import models, repository
from obrador.inventory.arrivals import Arrival, post_arrivals
from obrador.inventory.domain import ExpiringLot, Ingredient, Lot
from obrador.inventory.history import moved_by_kind
from obrador.inventory.making import Output, post_batch
from obrador.inventory.outlook import KEEPS, Outlook, Stock, look_ahead, still_needed
from obrador.inventory.repository import Ingredients, Lots, units_of
from obrador.inventory.schemas import IngredientBatch, IngredientOutput, Level, LevelBatch
from obrador.inventory.worth import unit_values
from obrador.kit.errors import Conflict, Fault
from obrador.kit.schemas import Fields
from obrador.resources import Resource

__all__ = [
    "KEEPS",
    "Arrival",
    "Outlook",
    "Output",
    "Stock",
    "get_ingredients",
    "get_levels",
    "ingredients",
    "load_expiring",
    "load_ingredients",
    "load_lots",
    "look_ahead",
    "moved_by_kind",
    "post_arrivals",
    "post_batch",
    "still_needed",
    "unit_values",
    "units_of",
]


class IngredientResource(Resource[models.Ingredient, IngredientOutput]):
    """Ingredients, whose stock is counted in their unit."""

    async def change(
        self, session: AsyncSession, tenant: TenantId, row_id: UUID, changes: Fields
    ) -> IngredientOutput:
        """As any; but the unit stays once there has been stock."""
        before = (await self.repository(session, tenant).get(row_id)).unit
        after = await super().change(session, tenant, row_id, changes)
        if after.unit != before and await Lots(session, tenant).exist_of(row_id):
            raise Conflict(
                "Its stock is counted in {before}. Add another ingredient for another unit.",
                [Fault("unit", "has stock")],
                before=before,
            )
        return after


ingredients = IngredientResource(Ingredients, IngredientOutput)


async def get_ingredients(
    session: AsyncSession, tenant: TenantId, ids: Sequence[UUID]
) -> IngredientBatch:
    """Those of the ingredients that are there. One query."""
    rows = await repository.read_by_ids(session, tenant, ids)
    found = {row.id for row in rows}
    return IngredientBatch(
        items=[IngredientOutput.of(row) for row in rows],
        missing=[each for each in dict.fromkeys(ids) if each not in found],
    )


async def get_levels(session: AsyncSession, tenant: TenantId, ids: Sequence[UUID]) -> LevelBatch:
    """How much there is of each of the ingredients, expired lots included. One query."""
    rows = await repository.levels(session, tenant, ids)
    levels = {row.id: Level(quantity=row.quantity, unit=row.unit) for row in rows}
    return LevelBatch(
        levels=levels, missing=[each for each in dict.fromkeys(ids) if each not in levels]
    )


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


async def load_expiring(
    session: AsyncSession, tenant: TenantId, until: date, limit: int
) -> tuple[ExpiringLot, ...]:
    """Up to `limit` lots with something left that may not be used after a day, first expired first.
    One query."""
    rows = await Lots(session, tenant).expiring(until, limit)
    return tuple(
        ExpiringLot(row.id, row.item_id, row.code, float(row.remaining), row.expires_on)
        for row in rows
        if row.expires_on is not None
    )


async def load_waste(
    session: AsyncSession, periods: Sequence[tuple[TenantId, datetime, datetime]]
) -> dict[TenantId, dict[UUID, float]]:
    """How much of each ingredient and product was posted as waste in each bakery's period (until
    excluded), in base units. One query."""
    found: dict[UUID, dict[UUID, float]] = {tenant: {} for tenant, _, _ in periods}
    for row in await repository.read_waste(session, periods):
        found[row.tenant_id][row.ingredient_id or row.product_id] = row.quantity
    return {tenant: found[tenant] for tenant, _, _ in periods}


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
        item_id=row.item_id,
        quantity=row.quantity,
        received_on=row.received_on,
        expires_on=row.expires_on,
    )

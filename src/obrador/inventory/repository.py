"""Queries of ingredients and stock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Row, cast, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import Rows, ScopedRepository, read_rows
from obrador.inventory.models import Ingredient, StockLot, StockMovement, WasteReason
from obrador.kit.integrity import refused_write
from obrador.kit.queries import any_of

FEFO = (StockLot.expires_on.nulls_last(), StockLot.received_on, StockLot.id)
"""First expired, first out; among equals the oldest."""


def is_of(item_id: UUID) -> ColumnElement[bool]:
    """Lots of an ingredient, a product, or a semi-finished good by its recipe."""
    return or_(
        StockLot.ingredient_id == item_id,
        StockLot.product_id == item_id,
        StockLot.recipe_id == item_id,
    )


_WASTE = text("""
    select m.tenant_id, l.ingredient_id, l.product_id, (-sum(m.quantity))::float8 as quantity
    from unnest(
        cast(:tenants as uuid[]), cast(:since as timestamptz[]), cast(:until as timestamptz[])
    ) as k(tenant_id, since, until)
    join stock_movements m on m.tenant_id = k.tenant_id
        and m.occurred_at >= k.since and m.occurred_at < k.until and m.kind = 'waste'
    join stock_lots l on l.tenant_id = m.tenant_id and l.id = m.lot_id
    group by m.tenant_id, l.ingredient_id, l.product_id
""")


class Ingredients(ScopedRepository[Ingredient]):
    """What is bought."""

    model = Ingredient


class WasteReasons(ScopedRepository[WasteReason]):
    """Reasons for waste of a bakery's own."""

    model = WasteReason

    async def all(self) -> list[WasteReason]:
        """All of them, by name."""
        return list(await self.session.scalars(self.query().order_by(WasteReason.name_key)))


class Lots(ScopedRepository[StockLot]):
    """What arrived, or was baked, together."""

    model = StockLot

    async def lock_all(self, *where: ColumnElement[bool]) -> list[StockLot]:
        """The lots that fulfil all conditions, first expired first, as they are now; nobody else
        moves them until the transaction ends.

        All take locks in the same order, so that nobody waits for each other.
        """
        query = (
            self.query()
            .where(*where)
            .order_by(*FEFO)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return list(await self.session.scalars(query))

    async def exist_of(self, ingredient_id: UUID) -> bool:
        """Whether there is, or was, stock of the ingredient."""
        query = self.query().where(StockLot.ingredient_id == ingredient_id).limit(1)
        return await self.session.scalar(query) is not None

    async def expiring(self, until: date, limit: int) -> list[StockLot]:
        """Lots with something left that may not be used after `until`, first expired first."""
        query = (
            self.query()
            .where(StockLot.remaining > 0, StockLot.expires_on <= until)
            .order_by(*FEFO)
            .limit(limit)
        )
        return list(await self.session.scalars(query))

    async def move(self, movements: Sequence[Mapping[str, Any]]) -> None:
        """Keep movements, at most one of each lot, and what they leave in their lots, in one
        statement."""
        if not movements:
            return
        moved = (
            insert(StockMovement)
            .values([{"tenant_id": self.tenant, **movement} for movement in movements])
            .returning(StockMovement.lot_id, StockMovement.quantity)
            .cte("moved")
        )
        statement = (
            update(StockLot)
            .where(StockLot.tenant_id == self.tenant, StockLot.id == moved.c.lot_id)
            .values(remaining=StockLot.remaining + moved.c.quantity)
            .execution_options(synchronize_session=False)
        )
        try:
            async with self.session.begin_nested():
                await self.session.execute(statement)
        except IntegrityError as error:
            raise refused_write(error) from error


async def posted(session: AsyncSession, tenant: TenantId, posting_id: UUID) -> list[StockMovement]:
    """The movements of a posting, in the order they were made."""
    query = (
        select(StockMovement)
        .where(StockMovement.tenant_id == tenant, StockMovement.posting_id == posting_id)
        .order_by(StockMovement.id)
    )
    return list(await session.scalars(query))


async def levels(
    session: AsyncSession, tenant: TenantId, ingredient_ids: Collection[UUID]
) -> Sequence[Row[UUID, str, Decimal]]:
    """Id, unit and stock of each ingredient that is there. One query."""
    query = (
        select(
            Ingredient.id,
            Ingredient.unit,
            func.coalesce(func.sum(StockLot.remaining), 0).label("quantity"),
        )
        .outerjoin(
            StockLot,
            (StockLot.tenant_id == Ingredient.tenant_id)
            & (StockLot.ingredient_id == Ingredient.id)
            & (StockLot.remaining > 0),
        )
        .where(Ingredient.tenant_id == tenant, Ingredient.id == any_of(ingredient_ids))
        .group_by(Ingredient.id, Ingredient.unit)
        .order_by(Ingredient.id)
    )
    return (await session.execute(query)).all()


async def read_by_ids(
    session: AsyncSession, tenant: TenantId, ingredient_ids: Collection[UUID]
) -> Rows:
    """Those of the ingredients that are there, by id. One query."""
    return await read_rows(
        session,
        [tenant],
        Ingredient.__table__,
        Ingredient.id,
        where=Ingredient.id == any_of(ingredient_ids),
    )


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
    """All lots of some bakeries that are not used up, first expired first.

    Of products that were baked only what somebody has counted since: sales do not leave lots one by
    one, so nobody knows what is left of the others.
    """
    is_known = or_(
        StockLot.product_id.is_(None), StockLot.batch_id.is_(None), StockLot.counted_on.is_not(None)
    )
    query = (
        select(
            StockLot.tenant_id,
            func.coalesce(StockLot.ingredient_id, StockLot.product_id, StockLot.recipe_id).label(
                "item_id"
            ),
            cast(StockLot.remaining, Double).label("quantity"),
            StockLot.received_on,
            StockLot.expires_on,
        )
        .where(StockLot.tenant_id == any_of(tenants), StockLot.remaining > 0, is_known)
        .order_by(StockLot.tenant_id, *FEFO)
    )
    return (await session.execute(query)).all()


async def read_waste(
    session: AsyncSession, periods: Sequence[tuple[TenantId, datetime, datetime]]
) -> Sequence[Row[UUID, UUID, UUID, float]]:
    """Of each bakery's period (until excluded), how much of which ingredient or product was posted
    as waste. One query."""
    rows = await session.execute(
        _WASTE,
        {
            "tenants": [tenant for tenant, _, _ in periods],
            "since": [since for _, since, _ in periods],
            "until": [until for _, _, until in periods],
        },
    )
    return rows.all()

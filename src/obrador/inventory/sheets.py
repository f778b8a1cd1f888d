"""Queries of counting sheets."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.inventory.models import CountLine, StockCount, StockLot
from obrador.inventory.repository import FEFO
from obrador.kit.errors import NotFound
from obrador.kit.queries import any_of

_COUNTABLE = text("""
    with used as (
        select coalesce(l.ingredient_id, l.product_id, l.recipe_id) as item_id,
            -sum(m.quantity) as quantity
        from stock_movements m
        join stock_lots l on l.tenant_id = m.tenant_id and l.id = m.lot_id
        where m.tenant_id = :tenant and m.kind = 'consumption' and m.occurred_at >= :since
        group by 1
    ), held as (
        select coalesce(ingredient_id, product_id, recipe_id) as item_id,
            max(counted_on) as counted_on, bool_or(remaining > 0) as is_in_stock
        from stock_lots where tenant_id = :tenant group by 1
    ), counted as (
        select coalesce(ingredient_id, product_id, recipe_id) as item_id,
            max((counted_at at time zone :zone)::date) as counted_on
        from stock_count_lines where tenant_id = :tenant and posted is not null group by 1
    )
    select held.item_id, coalesce(used.quantity, 0)::float8 as used,
        greatest(held.counted_on, counted.counted_on) as counted_on
    from held left join used using (item_id) left join counted using (item_id)
    where held.is_in_stock or used.quantity > 0
    order by held.item_id
""")


class Counts(ScopedRepository[StockCount]):
    """A bakery's counting sheets."""

    model = StockCount

    async def hold(self, count_id: UUID) -> StockCount:
        """The sheet, which nobody closes until the transaction ends; others may count on it.

        Raises:
            NotFound: it is not there.
        """
        query = (
            self.query()
            .where(StockCount.id == count_id)
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        )
        row = (await self.session.scalars(query)).one_or_none()
        if row is None:
            raise NotFound("There is no counting sheet {count_id} here.", count_id=count_id)
        return row


class CountLines(ScopedRepository[CountLine]):
    """Lines of counting sheets."""

    model = CountLine

    async def of(self, count_id: UUID) -> list[CountLine]:
        """All lines of a sheet, as they are now."""
        query = self.query().where(CountLine.count_id == count_id).order_by(CountLine.id)
        fresh = query.execution_options(populate_existing=True)
        return list(await self.session.scalars(fresh))


async def lots_in_stock(
    session: AsyncSession, tenant: TenantId, item_ids: Collection[UUID] | None
) -> list[StockLot]:
    """Lots with something left, of these items or of all, first expired first."""
    query = select(StockLot).where(StockLot.tenant_id == tenant, StockLot.remaining > 0)
    if item_ids is not None:
        own = func.coalesce(StockLot.ingredient_id, StockLot.product_id, StockLot.recipe_id)
        query = query.where(own == any_of(item_ids))
    return list(await session.scalars(query.order_by(*FEFO)))


async def countable(
    session: AsyncSession, tenant: TenantId, since: datetime, zone: str
) -> Sequence[Row[Any]]:
    """What is in stock or was used since: item, how much was used, day of its last count."""
    values = {"tenant": tenant, "since": since, "zone": zone}
    return (await session.execute(_COUNTABLE, values)).all()


async def progress(
    session: AsyncSession, tenant: TenantId, count_ids: Collection[UUID]
) -> dict[UUID, tuple[int, int]]:
    """How many lines each sheet has, and how many of them are counted. One query."""
    query = (
        select(CountLine.count_id, func.count(), func.count(CountLine.counted))
        .where(CountLine.tenant_id == tenant, CountLine.count_id == any_of(count_ids))
        .group_by(CountLine.count_id)
    )
    return {row[0]: (row[1], row[2]) for row in await session.execute(query)}

"""Queries of the movements of stock."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import CountLine, StockLot, StockMovement
from obrador.kit.pagination import PageRequest
from obrador.kit.queries import any_of

MovedRow = Row[StockMovement, UUID | None, UUID | None, UUID | None]
"""A movement; the ingredient, product and recipe of its lot, one of which is given."""

_BOOK = text("""
    select k.line_id, coalesce(sum(m.quantity), 0) as held
    from unnest(
        cast(:lines as uuid[]), cast(:lots as uuid[]), cast(:moments as timestamptz[])
    ) as k(line_id, lot_id, at)
    left join stock_movements m
        on m.tenant_id = :tenant and m.lot_id = k.lot_id and m.occurred_at <= k.at
    group by k.line_id
""")


async def read(
    session: AsyncSession,
    tenant: TenantId,
    paging: PageRequest,
    where: Sequence[ColumnElement[bool]],
) -> Sequence[MovedRow]:
    """Movements with what their lots are of, newest first, one more than the page holds."""
    query = (
        select(StockMovement, StockLot.ingredient_id, StockLot.product_id, StockLot.recipe_id)
        .join(
            StockLot,
            (StockLot.tenant_id == StockMovement.tenant_id) & (StockLot.id == StockMovement.lot_id),
        )
        .where(StockMovement.tenant_id == tenant, *where)
        .order_by(StockMovement.occurred_at.desc(), StockMovement.id.desc())
        .limit(paging.limit + 1)
    )
    if paging.cursor is not None:
        before = select(StockMovement.occurred_at).where(
            StockMovement.tenant_id == tenant, StockMovement.id == paging.cursor
        )
        query = query.where(
            tuple_(StockMovement.occurred_at, StockMovement.id)
            < tuple_(before.scalar_subquery(), paging.cursor)
        )
    return (await session.execute(query)).all()


async def counted_since(
    session: AsyncSession,
    tenant: TenantId,
    lot_ids: Collection[UUID],
    moment: datetime,
    posting_id: UUID,
) -> bool:
    """Whether one of the lots has been counted after the moment, but by this posting. One query."""
    by_hand = select(StockMovement.id).where(
        StockMovement.tenant_id == tenant,
        StockMovement.lot_id == any_of(lot_ids),
        StockMovement.kind == "count",
        StockMovement.occurred_at > moment,
        StockMovement.posting_id != posting_id,
    )
    on_a_sheet = select(CountLine.id).where(
        CountLine.tenant_id == tenant,
        CountLine.lot_id == any_of(lot_ids),
        CountLine.posted.is_not(None),
        CountLine.counted_at > moment,
    )
    return bool(await session.scalar(select(or_(exists(by_hand), exists(on_a_sheet)))))


async def held_at(
    session: AsyncSession, tenant: TenantId, lots: Collection[tuple[UUID, UUID, datetime]]
) -> dict[UUID, Decimal]:
    """What lots held at a moment each, on paper, whenever that was posted; by the id of what asks.
    One query.

    Args:
        lots: id of who asks, lot, moment.
    """
    values = {
        "tenant": tenant,
        "lines": [line for line, _, _ in lots],
        "lots": [lot for _, lot, _ in lots],
        "moments": [at for _, _, at in lots],
    }
    return {row.line_id: row.held for row in await session.execute(_BOOK, values)}


async def moved_by_kind(
    session: AsyncSession, tenant: TenantId, since: datetime
) -> dict[tuple[UUID, str], float]:
    """How much of each ingredient was moved since a moment, by ingredient and kind. One query."""
    query = (
        select(StockLot.ingredient_id, StockMovement.kind, func.sum(StockMovement.quantity))
        .join(
            StockLot,
            (StockLot.tenant_id == StockMovement.tenant_id) & (StockLot.id == StockMovement.lot_id),
        )
        .where(
            StockMovement.tenant_id == tenant,
            StockMovement.occurred_at >= since,
            StockLot.ingredient_id.is_not(None),
        )
        .group_by(StockLot.ingredient_id, StockMovement.kind)
    )
    rows = (await session.execute(query)).all()
    return {(item_id, kind): float(total) for item_id, kind, total in rows if item_id is not None}

"""Use cases of the history of stock: reading it, and reversing a mistake."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory import history, repository, stock
from obrador.inventory.domain import MovementKind
from obrador.inventory.errors import NotEnoughStock, NotReversible
from obrador.inventory.events import StockMoved
from obrador.inventory.history import MovedRow
from obrador.inventory.models import StockLot, StockMovement
from obrador.inventory.repository import Lots
from obrador.inventory.schemas import Posting, StockChange
from obrador.kit.errors import NotFound
from obrador.kit.ids import derived_id
from obrador.kit.outbox import publish
from obrador.kit.pagination import Page, PageRequest, Slice
from obrador.kit.queries import any_of
from obrador.tenants.service import time_zone_of


async def page(
    session: AsyncSession,
    tenant: TenantId,
    paging: PageRequest,
    *,
    item_id: UUID | None = None,
    lot_id: UUID | None = None,
    kind: MovementKind | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Page[StockChange]:
    """Movements, newest first, of one item or lot, of one kind, of some of the bakery's days."""
    zone = ZoneInfo(await time_zone_of(session, tenant))
    where = [*_of(item_id, lot_id, kind), *_within(first, last, zone)]
    rows = await history.read(session, tenant, paging, where)
    found = Slice.cut(rows, paging.limit, lambda row: row[0].id)
    units = await stock.units_of_items(session, tenant, [_items(row) for row in found.rows])
    return Page[StockChange](
        items=[_change(row, units) for row in found.rows], next_cursor=found.next_cursor
    )


async def reverse(
    session: AsyncSession, tenant: TenantId, posting_id: UUID, reason: str
) -> Posting:
    """Post the opposite of a posting that was a mistake, as of the same moment. Done twice, it is
    done once.

    Raises:
        NotFound: there is no such posting, or it moved nothing.
        NotReversible: it is a reversal itself, or a count has set right since what it did.
        NotEnoughStock: what it brought has been used already.
    """
    own_id = derived_id(posting_id, "reversal")
    if first := await repository.posted(session, tenant, own_id):
        return stock.shown(own_id, first)
    movements = await repository.posted(session, tenant, posting_id)
    if not movements:
        raise NotFound("There is no posting {posting_id} here.", posting_id=posting_id)
    lots = Lots(session, tenant)
    lot_ids = [each.lot_id for each in movements]
    held = {lot.id: lot for lot in await lots.lock_all(StockLot.id == any_of(lot_ids))}
    if first := await repository.posted(session, tenant, own_id):
        return stock.shown(own_id, first)  # somebody was quicker while the lots were locked
    await _check(session, tenant, movements, held)
    await lots.move([_opposite(own_id, each, reason) for each in movements])
    items = sorted({str(lot.item_id) for lot in held.values()})
    publish(session, StockMoved(tenant, str(own_id), movements[0].kind, items))
    return stock.shown(own_id, await repository.posted(session, tenant, own_id))


async def _check(
    session: AsyncSession,
    tenant: TenantId,
    movements: Sequence[StockMovement],
    held: dict[UUID, StockLot],
) -> None:
    if movements[0].reverses_id is not None:
        raise NotReversible("This posting reverses another one: post what really happened instead.")
    if await history.counted_since(
        session, tenant, list(held), movements[0].occurred_at, movements[0].posting_id
    ):
        raise NotReversible(
            "This stock has been counted since, which has set it right. If it is wrong now, count"
            " it again."
        )
    for each in movements:
        if held[each.lot_id].remaining < each.quantity:
            raise NotEnoughStock(
                "It brought {quantity:f}, of which {remaining:f} are left: reverse what was"
                " taken first, or count the stock.",
                quantity=each.quantity,
                remaining=held[each.lot_id].remaining,
            )


def _opposite(own_id: UUID, movement: StockMovement, reason: str) -> dict[str, Any]:
    return {
        "id": derived_id(own_id, movement.lot_id),
        "lot_id": movement.lot_id,
        "posting_id": own_id,
        "kind": movement.kind,
        "quantity": -movement.quantity,
        # As of the same moment, so that nothing was ever wrong in between.
        "occurred_at": movement.occurred_at,
        "reason": reason,
        "cause": movement.cause,
        "waste_reason_id": movement.waste_reason_id,
        "counterparty": movement.counterparty,
        "reverses_id": movement.posting_id,
    }


def _of(
    item_id: UUID | None, lot_id: UUID | None, kind: MovementKind | None
) -> Iterator[ColumnElement[bool]]:
    if item_id is not None:
        yield repository.is_of(item_id)
    if lot_id is not None:
        yield StockMovement.lot_id == lot_id
    if kind is not None:
        yield StockMovement.kind == kind


def _within(first: date | None, last: date | None, zone: ZoneInfo) -> Iterator[ColumnElement[bool]]:
    if first is not None:
        yield StockMovement.occurred_at >= midnight(first, zone)
    if last is not None:
        yield StockMovement.occurred_at < midnight(last + timedelta(days=1), zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a bakery's day begins."""
    return datetime.combine(day, time(0), zone)


def _items(row: MovedRow) -> tuple[UUID | None, ...]:
    return (row.ingredient_id, row.product_id, row.recipe_id)


def _change(row: MovedRow, units: dict[UUID, str]) -> StockChange:
    movement, items = row[0], _items(row)
    own = {
        name: getattr(movement, name)
        for name in StockChange.model_fields
        if hasattr(movement, name)
    }
    names = ("ingredient_id", "product_id", "recipe_id")
    unit = next(units[item_id] for item_id in items if item_id is not None)
    return StockChange.model_validate(own | dict(zip(names, items, strict=True)) | {"unit": unit})

"""Use cases of stock: every change is a movement, and a lot holds the sum of its movements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId

# As a module: catalogue's recipes need the units of ingredients in turn.
from obrador.catalogue import service as catalogue
from obrador.inventory import repository
from obrador.inventory.domain import OpenLot, take
from obrador.inventory.errors import NotEnoughStock
from obrador.inventory.events import StockMoved
from obrador.inventory.models import StockLot, StockMovement
from obrador.inventory.repository import Ingredients, Lots
from obrador.inventory.schemas import (
    Adjustment,
    Consumption,
    Count,
    Expiring,
    ExpiringLot,
    LotOutput,
    MovementInput,
    Posting,
    Receipt,
    Transfer,
    Waste,
)
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid, NotFound
from obrador.kit.ids import derived_id, new_id
from obrador.kit.outbox import publish
from obrador.kit.pagination import Page, PageRequest
from obrador.kit.schemas import in_base_unit
from obrador.tenants.service import time_zone_of

Changes = Iterable[tuple[UUID, Decimal]]
_MOST_EXPIRING = 1_000


@dataclass(frozen=True, slots=True)
class _Target:
    """What moves: all lots of an item, or one lot."""

    lots: ColumnElement[bool]
    unit: str
    item_id: UUID
    shelf_life_days: int | None = None


async def post(
    session: AsyncSession, tenant: TenantId, posting_id: UUID, given: MovementInput, now: datetime
) -> Posting:
    """Move stock; a posting that an earlier request with the same id made is shown again.

    Raises:
        Invalid: what moves is not there, or the quantity or time makes no sense.
        NotEnoughStock: more is taken than there is.
    """
    if first := await repository.posted(session, tenant, posting_id):
        return shown(posting_id, first)
    occurred_at = given.occurred_at or now
    if occurred_at > now:
        raise Invalid("A movement cannot lie in the future.", [Fault("occurred_at", "is to come")])
    today = business_date(occurred_at, await time_zone_of(session, tenant))
    target = await _target(session, tenant, given)
    quantity = in_base_unit(given.quantity, given.unit, target.unit, "quantity")
    changes = await _changes(Lots(session, tenant), given, target, quantity, today)
    movements = [
        {
            "id": derived_id(posting_id, lot_id),
            "lot_id": lot_id,
            "posting_id": posting_id,
            "kind": given.kind,
            "quantity": change,
            "occurred_at": occurred_at,
            "reason": given.reason,
            "cause": getattr(given, "cause", None),
            "waste_reason_id": getattr(given, "waste_reason_id", None),
            "counterparty": getattr(given, "counterparty", ""),
        }
        for lot_id, change in changes
        if change
    ]
    await Lots(session, tenant).move(movements)
    if movements:
        publish(session, StockMoved(tenant, str(posting_id), given.kind, [str(target.item_id)]))
    return shown(posting_id, await repository.posted(session, tenant, posting_id), given.kind)


async def page_of_lots(
    session: AsyncSession,
    tenant: TenantId,
    paging: PageRequest,
    *,
    item_id: UUID | None,
    in_stock: bool,
) -> Page[LotOutput]:
    """Lots, of one ingredient, product or dough or of all, with something left or not."""
    where: list[ColumnElement[bool]] = []
    if item_id is not None:
        where.append(repository.is_of(item_id))
    if in_stock:
        where.append(StockLot.remaining > 0)
    found = await Lots(session, tenant).page(paging, *where)
    units = await units_of_lots(session, tenant, found.rows)
    items = [_lot(row, units) for row in found.rows]
    return Page[LotOutput](items=items, next_cursor=found.next_cursor)


async def expiring(session: AsyncSession, tenant: TenantId, days: int, now: datetime) -> Expiring:
    """Lots whose last day lies at most `days` ahead; the first thousand."""
    today = business_date(now, await time_zone_of(session, tenant))
    rows = await Lots(session, tenant).expiring(today + timedelta(days=days), _MOST_EXPIRING)
    units = await units_of_lots(session, tenant, rows)
    items = [
        ExpiringLot(**_lot(row, units).model_dump(), days_left=(row.expires_on - today).days)
        for row in rows
        if row.expires_on is not None
    ]
    return Expiring(today=today, items=items)


async def _target(session: AsyncSession, tenant: TenantId, given: MovementInput) -> _Target:
    """What the input is about.

    Raises:
        Invalid: it is not there; names the field.
    """
    places = ("lot_id", "ingredient_id", "product_id")
    field = next(place for place in places if getattr(given, place, None) is not None)
    try:
        return await _found[field](session, tenant, getattr(given, field))
    except NotFound as error:
        raise Invalid(error.detail, [Fault(field, "is not there")]) from error


async def _one_lot(session: AsyncSession, tenant: TenantId, lot_id: UUID) -> _Target:
    lot = await Lots(session, tenant).get(lot_id)
    units = await units_of_lots(session, tenant, [lot])
    return _Target(StockLot.id == lot_id, units[lot_id], lot.item_id)


async def _ingredient(session: AsyncSession, tenant: TenantId, item_id: UUID) -> _Target:
    item = await Ingredients(session, tenant).get(item_id)
    return _Target(StockLot.ingredient_id == item_id, item.unit, item_id, item.shelf_life_days)


async def _product(session: AsyncSession, tenant: TenantId, item_id: UUID) -> _Target:
    item = await catalogue.products.get(session, tenant, item_id)
    return _Target(StockLot.product_id == item_id, item.unit, item_id, item.shelf_life_days)


_found = {"lot_id": _one_lot, "ingredient_id": _ingredient, "product_id": _product}


async def _changes(
    lots: Lots, given: MovementInput, target: _Target, quantity: Decimal, today: date
) -> Changes:
    """By how much each lot changes; the lots are locked."""
    match given:
        case Receipt():
            return [(await _received(lots, given, target, today), quantity)]
        case Consumption() | Transfer():
            usable = or_(StockLot.expires_on.is_(None), StockLot.expires_on >= today)
            return _less(await lots.lock_all(target.lots, usable), quantity)
        case Waste():
            return _less(await lots.lock_all(target.lots), quantity)
        case Count():
            return await _counted(lots, given, target, quantity, today)
        case Adjustment():
            return _adjusted(await lots.lock_all(target.lots), quantity)


async def _received(lots: Lots, given: Receipt | Count, target: _Target, today: date) -> UUID:
    """The id of a new lot, which holds nothing yet."""
    received_on = (given.received_on if isinstance(given, Receipt) else None) or today
    expires_on = given.expires_on if isinstance(given, Receipt) else None
    if expires_on is None and target.shelf_life_days is not None:
        expires_on = received_on + timedelta(days=target.shelf_life_days - 1)
    if expires_on is not None and expires_on < received_on:
        raise Invalid(
            "The lot expires before it arrives.",
            [Fault("expires_on", "is before {received_on}", received_on=received_on)],
        )
    facts = {
        "ingredient_id": given.ingredient_id,
        "product_id": given.product_id,
        "code": given.code if isinstance(given, Receipt) else "",
        "received_on": received_on,
        "expires_on": expires_on,
        "counted_on": today if isinstance(given, Count) else None,
        "remaining": Decimal(0),
    }
    return (await lots.add(lots.made(new_id(), facts))).id


def _less(lots: Sequence[StockLot], quantity: Decimal) -> Changes:
    open_lots = [OpenLot(lot.id, lot.remaining) for lot in lots]
    return [(lot_id, -amount) for lot_id, amount in take(open_lots, quantity)]


async def _counted(
    lots: Lots, given: Count, target: _Target, quantity: Decimal, today: date
) -> Changes:
    there = await lots.lock_all(target.lots)
    for lot in there:
        lot.counted_on = today
    surplus = quantity - sum(lot.remaining for lot in there)
    if surplus < 0:
        return _less(there, -surplus)
    if not surplus:
        return []
    if not there:
        return [(await _received(lots, given, target, today), surplus)]
    latest = max(there, key=lambda lot: (lot.received_on, lot.id))
    return [(latest.id, surplus)]


def _adjusted(lots: Sequence[StockLot], change: Decimal) -> Changes:
    (lot,) = lots
    if lot.remaining + change < 0:
        raise NotEnoughStock(
            "The lot holds {remaining:f}; it cannot lose {lost:f}. Count it instead.",
            remaining=lot.remaining,
            lost=-change,
        )
    return [(lot.id, change)]


async def units_of_lots(
    session: AsyncSession, tenant: TenantId, lots: Sequence[StockLot]
) -> dict[UUID, str]:
    """The unit that each lot is counted in, by the lot's id."""
    items = [(lot.ingredient_id, lot.product_id, lot.recipe_id) for lot in lots]
    units = await units_of_items(session, tenant, items)
    return {lot.id: units[lot.item_id] for lot in lots}


async def units_of_items(
    session: AsyncSession, tenant: TenantId, items: Iterable[tuple[UUID | None, ...]]
) -> dict[UUID, str]:
    """The unit of each ingredient, product or dough (one of each three is given). At most three
    queries."""
    named = list(items)
    bought, made, doughs = ([own for each in named if (own := each[at])] for at in range(3))
    units = await repository.units_of(session, tenant, bought) if bought else {}
    units |= await catalogue.product_units(session, tenant, made) if made else {}
    units |= await catalogue.recipe_units(session, tenant, doughs) if doughs else {}
    return units


def _lot(row: StockLot, units: dict[UUID, str]) -> LotOutput:
    return LotOutput.model_validate(
        {name: getattr(row, name, None) for name in LotOutput.model_fields}
        | {"unit": units[row.id]}
    )


def shown(posting_id: UUID, movements: Sequence[StockMovement], kind: str | None = None) -> Posting:
    """A posting as the API shows it."""
    return Posting.model_validate(
        {
            "id": posting_id,
            "kind": kind or movements[0].kind,
            "movements": [
                {"id": each.id, "lot_id": each.lot_id, "quantity": each.quantity}
                for each in movements
            ],
        }
    )

"""What suppliers have shown: kept with each order and receipt, told as performance and prices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.service import units_of
from obrador.kit.ids import new_id
from obrador.kit.money import from_minor
from obrador.kit.pagination import Page, PageRequest
from obrador.suppliers import repository
from obrador.suppliers.domain import Supplier
from obrador.suppliers.history_models import SupplierDelivery, SupplierPriceNote
from obrador.suppliers.history_schemas import PerformanceOutput, PriceNoteOutput
from obrador.suppliers.models import SupplierPrice
from obrador.suppliers.performance import MOST_DELIVERIES, Delivery, as_measured, performance_of
from obrador.suppliers.repository import Deliveries, PriceNotes, Suppliers
from obrador.tenants.service import currency_of

_SHOWN = 100
"""Deliveries that performance is told from."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that a supplier knows of now."""

    order_id: UUID
    supplier_id: UUID
    ordered_on: date
    due_on: date
    ordered_minor: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of an order on one day, in minor units at the prices ordered."""

    on: date
    has_come: bool
    """Something, accepted or refused; otherwise it was only said that a rest will not come."""
    accepted_minor: int
    refused_minor: int
    is_ended: bool
    """Nothing more of it is to come."""


@dataclass(frozen=True, slots=True)
class InvoicePrice:
    """What was charged for a pack."""

    ingredient_id: UUID
    pack_size: Decimal
    packs: int
    """That were ordered together: which price break it is."""
    pack_price_minor: int


async def note_placed(session: AsyncSession, tenant: TenantId, placed: Placed) -> None:
    """Keep that an order was placed; doing so again changes nothing. Three statements."""
    supplier = await Suppliers(session, tenant).get(placed.supplier_id)
    delays = await repository.read_delays(session, tenant, placed.supplier_id, MOST_DELIVERIES)
    given = Supplier(supplier.id, supplier.name, supplier.lead_time_days, ())
    shift = as_measured(given, delays).lead_time_days - given.lead_time_days
    values = {
        "tenant_id": tenant,
        "id": placed.order_id,
        "supplier_id": placed.supplier_id,
        "ordered_on": placed.ordered_on,
        "due_on": placed.due_on,
        "shift_days": shift,
        "ordered_minor": placed.ordered_minor,
    }
    await session.execute(insert(SupplierDelivery).values(values).on_conflict_do_nothing())


async def note_arrived(
    session: AsyncSession, tenant: TenantId, order_id: UUID, arrived: Arrived
) -> None:
    """Add what came of an order to its delivery, if it has one; the caller holds the order's lock,
    and sees to it that this is done once for each arrival."""
    row = await Deliveries(session, tenant).find(order_id)
    if row is None:
        return
    if arrived.has_come:
        row.arrived_on = min(row.arrived_on or arrived.on, arrived.on)
    row.accepted_minor += arrived.accepted_minor
    row.refused_minor += arrived.refused_minor
    if arrived.on <= row.due_on:
        row.in_time_minor += arrived.accepted_minor
    row.is_ended = arrived.is_ended


async def note_called_off(
    session: AsyncSession, tenant: TenantId, order_id: UUID, on: date
) -> None:
    """An order that was placed is called off. If that was in time, it says nothing of the supplier;
    what was due already, or has come in part, counts as it is."""
    row = await Deliveries(session, tenant).find(order_id)
    if row is None:
        return
    if row.arrived_on is None and row.due_on >= on:
        await session.delete(row)
    else:
        row.is_ended = True
    await session.flush()


async def note_prices(
    session: AsyncSession,
    tenant: TenantId,
    supplier_id: UUID,
    prices: Iterable[InvoicePrice],
    at: datetime,
    *,
    update: bool,
) -> None:
    """Keep what was charged, and have the price list say so too if `update`: its line of the price
    break that the packs fell into. Two statements, or four."""
    charged = list(prices)
    if not charged:
        return
    rows = [
        {
            "tenant_id": tenant,
            "id": new_id(),
            "supplier_id": supplier_id,
            "ingredient_id": each.ingredient_id,
            "pack_size": each.pack_size,
            "pack_price_minor": each.pack_price_minor,
            "source": "invoice",
            "noted_at": at,
        }
        for each in charged
    ]
    await session.execute(insert(SupplierPriceNote), rows)
    if not update:
        return
    await Suppliers(session, tenant).lock(supplier_id)
    listed = await repository.Prices(session, tenant, supplier_id).all()
    for each in charged:
        line = _line_of(listed, each)
        if line is not None:
            line.pack_price_minor = each.pack_price_minor
    await session.flush()


def _line_of(listed: Sequence[SupplierPrice], charged: InvoicePrice) -> SupplierPrice | None:
    """The price break that so many packs fall into."""
    lines = [
        line
        for line in listed
        if line.ingredient_id == charged.ingredient_id
        and line.pack_size == charged.pack_size
        and line.min_packs <= charged.packs
    ]
    return max(lines, key=lambda line: line.min_packs, default=None)


async def note_price_list(
    session: AsyncSession,
    tenant: TenantId,
    supplier_id: UUID,
    before: Sequence[SupplierPrice],
    after: Sequence[Mapping[str, Any]],
) -> None:
    """Keep those lines of a new price list that are new or cost something else. One statement."""
    known = {
        (line.ingredient_id, line.pack_size, line.min_packs): line.pack_price_minor
        for line in before
    }
    rows = [
        {"tenant_id": tenant, "id": new_id(), "supplier_id": supplier_id, "source": "price_list"}
        | dict(line)
        for line in after
        if known.get((line["ingredient_id"], line["pack_size"], line["min_packs"]))
        != line["pack_price_minor"]
    ]
    if rows:
        await session.execute(insert(SupplierPriceNote), rows)


async def get_performance(
    session: AsyncSession, tenant: TenantId, supplier_id: UUID, today: date
) -> PerformanceOutput:
    """How a supplier delivers: from its last hundred orders that have come or should have.

    Raises:
        NotFound: there is no such supplier.
    """
    row = await Suppliers(session, tenant).get(supplier_id)
    query = (
        select(SupplierDelivery)
        .where(
            SupplierDelivery.tenant_id == tenant,
            SupplierDelivery.supplier_id == supplier_id,
            or_(
                SupplierDelivery.arrived_on.is_not(None),
                SupplierDelivery.due_on < today,
                SupplierDelivery.is_ended,
            ),
        )
        .order_by(SupplierDelivery.due_on.desc(), SupplierDelivery.id)
        .limit(_SHOWN)
    )
    deliveries = [_delivery(each) for each in await session.scalars(query)]
    delays = await repository.read_delays(session, tenant, supplier_id, MOST_DELIVERIES)
    given = Supplier(
        row.id, row.name, row.lead_time_days, (), lead_time_sd_days=float(row.lead_time_sd_days)
    )
    return PerformanceOutput.of(given, as_measured(given, delays), performance_of(deliveries))


async def get_price_history(
    session: AsyncSession,
    tenant: TenantId,
    supplier_id: UUID,
    paging: PageRequest,
    ingredient_id: UUID | None,
) -> Page[PriceNoteOutput]:
    """What a supplier has asked, the newest first.

    Raises:
        NotFound: there is no such supplier.
    """
    await Suppliers(session, tenant).get(supplier_id)
    where = [SupplierPriceNote.supplier_id == supplier_id]
    if ingredient_id is not None:
        where.append(SupplierPriceNote.ingredient_id == ingredient_id)
    found = await PriceNotes(session, tenant).newest(paging, *where)
    currency = await currency_of(session, tenant)
    units = await units_of(session, tenant, {row.ingredient_id for row in found.rows})
    items = [
        PriceNoteOutput(
            ingredient_id=row.ingredient_id,
            pack_size=row.pack_size,
            unit=units[row.ingredient_id],
            min_packs=row.min_packs,
            pack_price=from_minor(row.pack_price_minor, currency),
            currency=currency,
            source=row.source,
            noted_at=row.noted_at,
        )
        for row in found.rows
    ]
    return Page[PriceNoteOutput](items=items, next_cursor=found.next_cursor)


def _delivery(row: SupplierDelivery) -> Delivery:
    return Delivery(
        ordered_on=row.ordered_on,
        due_on=row.due_on,
        shift_days=row.shift_days,
        arrived_on=row.arrived_on,
        is_ended=row.is_ended,
        ordered_minor=row.ordered_minor,
        in_time_minor=row.in_time_minor,
        accepted_minor=row.accepted_minor,
        refused_minor=row.refused_minor,
    )

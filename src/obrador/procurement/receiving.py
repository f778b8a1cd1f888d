"""Goods in: what came of an order, in one transaction with stock, states, history and events.

Whoever receives locks the order's plan and then the order, so that two who do so at once add up.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory import service as inventory
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid
from obrador.kit.outbox import publish
from obrador.kit.states import WrongState
from obrador.plan_changes import Who, note_change
from obrador.procurement.checking import Line, Rules, outstanding_of, weighed
from obrador.procurement.events import OrderReceived
from obrador.procurement.lists import Orders
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.procurement.order_models import OrderReceipt
from obrador.procurement.ordering import follow_orders, pass_order_to
from obrador.procurement.receipt_schemas import ReceiptInput
from obrador.suppliers import service as suppliers
from obrador.tenants.service import currency_of, time_zone_of

RECEIVABLE = ("sent", "partially_received")
_LONGEST_AGO = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class _Receiving:
    """A receipt in the making."""

    receipt_id: UUID
    on: date
    by: Who
    order: PurchaseOrder
    plan: ProcurementPlan | None
    lines: Sequence[Line]


async def receive(
    session: AsyncSession,
    tenant: TenantId,
    order_id: UUID,
    receipt_id: UUID,
    given: ReceiptInput,
    by: Who,
) -> OrderReceipt:
    """Take in what came of an order: what is accepted becomes stock, lot by lot; what is refused,
    charged otherwise or will not come is kept and told. Repeating it with the same key changes
    nothing, and gives the first receipt.

    Raises:
        NotFound: there is no such order.
        WrongState: nobody has sent it, or nothing of it is to come any more.
        Invalid: a line is not of the order, or needs a confirmation or a reason.
    """
    order, plan = await Orders(session, tenant).lock_with_plan(order_id)
    first = await session.get(OrderReceipt, (tenant, receipt_id))
    if first is not None:
        return first
    _check_state(order)
    today = business_date(by.at, await time_zone_of(session, tenant))
    on = given.received_on or today
    _check_day(on, today)
    units = await inventory.units_of(session, tenant, {line.ingredient_id for line in order.lines})
    rules = Rules(
        on=on,
        today=today,
        currency=await currency_of(session, tenant),
        accept_surplus=given.accept_surplus,
        accept_expired=given.accept_expired,
    )
    lines = weighed(given, order.lines, units, rules)
    return await _keep(session, tenant, _Receiving(receipt_id, on, by, order, plan, lines), given)


async def _keep(
    session: AsyncSession, tenant: TenantId, work: _Receiving, given: ReceiptInput
) -> OrderReceipt:
    """Write a receipt that has been checked, and all that follows from it."""
    order, by = work.order, work.by
    for line in work.lines:
        line.row.received += line.accepted
        line.row.cancelled += line.will_not_come
    await inventory.post_arrivals(
        session,
        tenant,
        work.receipt_id,
        list(_arrivals(work.lines)),
        work.on,
        by.at,
        f"order {order.number or order.id}",
    )
    receipt = OrderReceipt(
        tenant_id=tenant,
        id=work.receipt_id,
        order_id=order.id,
        received_on=work.on,
        received_at=by.at,
        received_by=by.id,
        received_by_name=by.name,
        document=given.document,
        note=given.note,
        lines=[line.facts() for line in work.lines],
    )
    session.add(receipt)
    is_ended = all(outstanding_of(row) <= 0 for row in order.lines)
    _pass_on(session, tenant, work, is_ended, given.note)
    publish(session, _told(tenant, work, is_ended))
    await _tell_supplier(session, tenant, work, is_ended, update=given.update_prices)
    await follow_orders(session, tenant, work.plan, by)
    await session.flush()
    return receipt


async def receipts_of(
    session: AsyncSession, tenant: TenantId, order_id: UUID
) -> list[OrderReceipt]:
    """All that came of an order, the oldest first.

    Raises:
        NotFound: there is no such order.
    """
    await Orders(session, tenant).get(order_id)
    query = (
        select(OrderReceipt)
        .where(OrderReceipt.tenant_id == tenant, OrderReceipt.order_id == order_id)
        .order_by(OrderReceipt.received_at, OrderReceipt.id)
    )
    return list(await session.scalars(query))


def _check_day(on: date, today: date) -> None:
    """A day in this time: a slip in the year would make a supplier look very slow, or quick."""
    if on > today:
        raise Invalid(
            "Goods cannot have come on a day that lies ahead.", [Fault("received_on", "is to come")]
        )
    if on < today - _LONGEST_AGO:
        raise Invalid(
            "Receipts can be entered for {days} days: see whether the date is right.",
            [Fault("received_on", "lies too far back")],
            days=_LONGEST_AGO.days,
        )


def _check_state(order: PurchaseOrder) -> None:
    if order.status in RECEIVABLE:
        return
    if order.status in ("draft", "approved"):
        raise WrongState(
            "The order is {status}: send it, or say how it was ordered, before its goods"
            " are received.",
            status=order.status,
        )
    raise WrongState(
        "The order is {status}, so nothing of it is to come. Post what came after all as a"
        " receipt of stock.",
        status=order.status,
    )


def _arrivals(lines: Sequence[Line]) -> Iterator[inventory.Arrival]:
    for line in lines:
        for lot in line.lots:
            yield inventory.Arrival(line.row.ingredient_id, lot.quantity, lot.expires_on, lot.code)


def _pass_on(
    session: AsyncSession, tenant: TenantId, work: _Receiving, is_ended: bool, note: str
) -> None:
    """Take the order to the state that follows, and keep what came in its history."""
    order, plan = work.order, work.plan
    facts: dict[str, Any] = {
        "receipt_id": str(work.receipt_id),
        "lines": [line.facts() for line in work.lines],
    }
    has_come = any(row.received > 0 for row in order.lines)
    status = order.status
    if is_ended:
        status = "received" if has_come else "cancelled"
    elif has_come:
        status = "partially_received"
    if status != order.status:
        pass_order_to(session, tenant, order, status, work.by, note, facts, plan=plan)
        return
    order.version += 1
    note_change(
        session,
        tenant,
        order.plan_id or order.id,
        work.by,
        version=plan.version if plan else order.version,
        before=status,
        after=status,
        reason=note,
        part_id=order.id,
        facts=facts,
    )


def _told(tenant: TenantId, work: _Receiving, is_ended: bool) -> OrderReceived:
    amounts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in work.lines:
        for name in ("accepted", "refused", "will_not_come"):
            if amount := getattr(line, name):
                amounts[name][str(line.row.ingredient_id)] += float(amount)
    return OrderReceived(
        tenant_id=tenant,
        order_id=str(work.order.id),
        number=work.order.number or "",
        supplier_id=str(work.order.supplier_id),
        receipt_id=str(work.receipt_id),
        received_on=work.on.isoformat(),
        accepted=dict(amounts["accepted"]),
        refused=dict(amounts["refused"]),
        will_not_come=dict(amounts["will_not_come"]),
        is_ended=is_ended,
    )


async def _tell_supplier(
    session: AsyncSession, tenant: TenantId, work: _Receiving, is_ended: bool, *, update: bool
) -> None:
    """Keep what this says of the supplier: punctuality, quality, prices."""
    arrived = suppliers.Arrived(
        on=work.on,
        has_come=any(line.accepted or line.refused for line in work.lines),
        accepted_minor=sum(_worth(line, line.accepted) for line in work.lines),
        refused_minor=sum(_worth(line, line.refused) for line in work.lines),
        is_ended=is_ended,
    )
    await suppliers.note_arrived(session, tenant, work.order.id, arrived)
    charged = [
        suppliers.InvoicePrice(
            line.row.ingredient_id, line.row.pack_size, line.row.packs, line.invoiced_minor
        )
        for line in work.lines
        if line.invoiced_minor is not None and line.accepted > 0
    ]
    await suppliers.note_prices(
        session, tenant, work.order.supplier_id, charged, work.by.at, update=update
    )


def _worth(line: Line, quantity: Decimal) -> int:
    return round(quantity / line.row.pack_size * line.row.pack_price_minor)

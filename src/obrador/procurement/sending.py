"""Orders on their way to suppliers: by mail, which a courier delivers, or as a person says.

Whoever sends an order locks its plan and then the order. An order becomes `sent` once: when its
mail is in the hands of the mail server, or when somebody says that it was ordered in another way.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict, Fault
from obrador.kit.ids import derived_id
from obrador.kit.queries import any_of
from obrador.plan_changes import Who
from obrador.procurement.life import ORDER_STATES, SENT
from obrador.procurement.lists import Orders
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.procurement.order_models import OrderMail
from obrador.procurement.ordering import follow_orders, pass_order_to
from obrador.procurement.paper import give_number
from obrador.suppliers import service as suppliers
from obrador.tenants.service import time_zone_of

Via = Literal["mail", "file", "phone", "portal", "person"]
"""`file`: its mail was written into a folder, as there is no mail server."""


class NoAddress(Conflict):
    """The supplier cannot be written to."""

    type, title = "no-address", "The supplier has no mail address"


@dataclass(frozen=True, slots=True)
class Sending:
    """How far an order has come on its way."""

    order: PurchaseOrder
    mail: OrderMail | None
    """The newest, if it was ever to go by mail."""


async def send(
    session: AsyncSession, tenant: TenantId, order_id: UUID, by: Who, note: str
) -> Sending:
    """Have an approved order delivered by mail. Asking again, at once or later, changes nothing; an
    order whose mail has failed is tried anew.

    Raises:
        NotFound: it is not there.
        WrongState: it is not approved, or cancelled.
        NoAddress: the supplier has none.
    """
    row, _ = await Orders(session, tenant).lock_with_plan(order_id)
    if row.status in SENT:
        return Sending(row, await newest_mail(session, tenant, order_id))
    ORDER_STATES.check(row.status, "sent")
    await give_number(session, tenant, order_id, by)
    mail = await _mail_of(session, tenant, row)
    if mail is None:
        mail = OrderMail(
            tenant_id=tenant,
            id=derived_id("order_mail", tenant, order_id, row.version),
            order_id=order_id,
            order_version=row.version,
            recipient=await _address(session, tenant, row),
            note=note,
            status="queued",
            attempts=0,
            last_error="",
            retry_at=by.at,
            asked_at=by.at,
            asked_by=by.id,
            asked_by_name=by.name,
        )
        session.add(mail)
    elif mail.status != "queued":
        mail.status, mail.attempts, mail.retry_at = "queued", 0, by.at
        mail.recipient = await _address(session, tenant, row)
    await session.flush()
    return Sending(row, mail)


async def say_sent(
    session: AsyncSession, tenant: TenantId, order_id: UUID, by: Who, via: Via, note: str
) -> Sending:
    """Keep that an approved order was placed in another way than by mail. A mail of it that waits
    is not sent any more. Repeating it changes nothing.

    Raises:
        NotFound: it is not there.
        WrongState: it is not approved, or cancelled.
    """
    row, plan = await Orders(session, tenant).lock_with_plan(order_id)
    mail = await newest_mail(session, tenant, order_id)
    if row.status in SENT:
        return Sending(row, mail)
    ORDER_STATES.check(row.status, "sent")
    await give_number(session, tenant, order_id, by)
    if mail is not None and mail.status == "queued":
        mail.status = "withdrawn"
    await mark_sent(session, tenant, row, plan, by, via, note, by.at)
    return Sending(row, mail)


async def mark_sent(
    session: AsyncSession,
    tenant: TenantId,
    row: PurchaseOrder,
    plan: ProcurementPlan | None,
    by: Who,
    via: Via,
    note: str,
    at: datetime,
) -> None:
    """Take an order that is locked, and its plan, to where the supplier knows of it."""
    row.sent_at, row.sent_via, row.sent_note = at, via, note
    facts = {"via": via, "number": row.number}
    pass_order_to(session, tenant, row, "sent", by, note, facts, plan=plan)
    placed = suppliers.Placed(
        order_id=row.id,
        supplier_id=row.supplier_id,
        ordered_on=business_date(at, await time_zone_of(session, tenant)),
        due_on=row.delivery_on,
        ordered_minor=row.goods_minor,
    )
    await suppliers.note_placed(session, tenant, placed)
    await follow_orders(session, tenant, plan, by)
    await session.flush()


async def note_called_off(session: AsyncSession, tenant: TenantId, order_id: UUID, by: Who) -> None:
    """An order was cancelled: what does not come of it is nobody's fault. Its mail, if it waits, is
    withdrawn when its turn comes."""
    today = business_date(by.at, await time_zone_of(session, tenant))
    await suppliers.note_called_off(session, tenant, order_id, today)


async def read_sending(session: AsyncSession, tenant: TenantId, order_id: UUID) -> Sending:
    """How far an order has come.

    Raises:
        NotFound: it is not there.
    """
    row = await Orders(session, tenant).get(order_id)
    return Sending(row, await newest_mail(session, tenant, order_id))


async def sendings_of(
    session: AsyncSession, tenant: TenantId, order_ids: Collection[UUID]
) -> dict[UUID, Sending]:
    """How far each of the orders has come; those that are not there are left out. Two queries."""
    mails = await session.scalars(
        select(OrderMail)
        .where(OrderMail.tenant_id == tenant, OrderMail.order_id == any_of(order_ids))
        .order_by(OrderMail.order_version)
    )
    newest = {mail.order_id: mail for mail in mails}
    rows = await Orders(session, tenant).by_ids(list(order_ids))
    return {row.id: Sending(row, newest.get(row.id)) for row in rows}


async def newest_mail(session: AsyncSession, tenant: TenantId, order_id: UUID) -> OrderMail | None:
    """The mail of an order's latest version that was to be sent."""
    query = (
        select(OrderMail)
        .where(OrderMail.tenant_id == tenant, OrderMail.order_id == order_id)
        .order_by(OrderMail.order_version.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).one_or_none()


def message_id(mail: OrderMail) -> str:
    """The same for every attempt at the same version of the same order."""
    return f"order.{mail.order_id.hex}.{mail.order_version}@obrador"


async def _mail_of(session: AsyncSession, tenant: TenantId, row: PurchaseOrder) -> OrderMail | None:
    mail = await newest_mail(session, tenant, row.id)
    return mail if mail is not None and mail.order_version == row.version else None


async def _address(session: AsyncSession, tenant: TenantId, row: PurchaseOrder) -> str:
    contacts = await suppliers.load_contacts(session, [tenant], [row.supplier_id])
    contact = contacts[row.supplier_id]
    if contact.email is None:
        raise NoAddress(
            "{contact} has no mail address: give it one, or order in another way and say so"
            " with `via` as phone, portal or person.",
            [Fault("via", "mail needs the supplier's address")],
            contact=contact.name,
        )
    return contact.email

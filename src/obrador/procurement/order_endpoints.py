"""HTTP face of what leaves for suppliers and what comes back."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.access import Manager, ProcurementManager, Viewer
from obrador.authz.requester import Asking
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, NewId, Now, Session, problems
from obrador.kit.schemas import Fields, Text
from obrador.plan_changes import who
from obrador.procurement import receiving, sending
from obrador.procurement.checking import outstanding_of
from obrador.procurement.lists import Orders
from obrador.procurement.order_models import OrderReceipt
from obrador.procurement.paper import paper_of
from obrador.procurement.paper_pdf import order_pdf
from obrador.procurement.paper_words import PaperWords
from obrador.procurement.receipt_schemas import ReceiptInput, ReceiptOutput, ReceivedOutput
from obrador.procurement.sending import Sending, message_id

router = APIRouter(prefix="/procurement/orders", tags=["procurement"], responses=IN_A_TENANT)

CONFLICT = problems(Conflict)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {}}, "description": "The order, for an A4 printer."}
}
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}, "description": "Its lines, in UTF-8."}
}


class SendInput(Fields):
    """How an order goes to its supplier."""

    via: Literal["mail", "phone", "portal", "person"] = Field(
        "mail", description="Anything but `mail`: it was ordered in this way already."
    )
    note: Annotated[Text, StringConstraints(max_length=500)] = Field(
        "", description="By mail, the supplier reads it; otherwise it is kept with the order."
    )


class MailOutput(BaseModel):
    """A mail on its way."""

    recipient: str
    status: str = Field(description="`queued`, `sent`, `failed` or `withdrawn`.")
    attempts: int
    last_error: str
    next_attempt_at: datetime | None
    message_id: str = Field(description="The same for every attempt.")
    asked_at: datetime
    asked_by: str
    sent_at: datetime | None


class SendingOutput(BaseModel):
    """How far an order has come on its way."""

    order_id: UUID
    number: str | None
    status: str = Field(description="Of the order.")
    sent_at: datetime | None
    sent_via: str = Field(
        description="`mail`, `phone`, `portal`, `person`; `file`: there is no mail server, and its"
        " mail lies in the folder `outbox`; empty: not yet."
    )
    sent_note: str
    mail: MailOutput | None


@router.get("/{id}/order.pdf", response_class=Response, responses=_PDF)
async def get_pdf(
    tenant: Viewer, requester: Asking, session: Session, now: Now, id: UUID
) -> Response:
    """The order as a PDF in its supplier's language."""
    paper = await paper_of(session, tenant, id, await who(session, requester, now))
    name = paper.number or "draft"
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(order_pdf(paper), media_type="application/pdf", headers=headers)


@router.get("/{id}/order.csv", response_class=Response, responses=_CSV)
async def get_csv(
    tenant: Viewer, requester: Asking, session: Session, now: Now, id: UUID
) -> Response:
    """The order's lines as CSV, with comma and decimal point."""
    paper = await paper_of(session, tenant, id, await who(session, requester, now))
    name = paper.number or "draft"
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(PaperWords(paper).csv, media_type="text/csv", headers=headers)


@router.get("/{id}/sending")
async def get_sending(tenant: Viewer, session: Session, id: UUID) -> SendingOutput:
    """How far the order has come on its way to the supplier: attempts, the last error."""
    return _shown(await sending.read_sending(session, tenant, id))


@router.post("/{id}/send", status_code=202, responses=CONFLICT)
async def send(
    tenant: ProcurementManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    given: SendInput,
) -> SendingOutput:
    """Send an approved order: by mail, which goes out within seconds and is tried again where the
    mail server is away; or say in which other way it was ordered. Repeating it changes nothing."""
    by = await who(session, requester, now)
    if given.via == "mail":
        return _shown(await sending.send(session, tenant, id, by, given.note))
    return _shown(await sending.say_sent(session, tenant, id, by, given.via, given.note))


@router.post("/{id}/receive", status_code=201, responses=CONFLICT)
async def receive(
    tenant: Manager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    receipt_id: NewId,
    given: ReceiptInput,
) -> ReceivedOutput:
    """Take in what came of a sent order, in part or in whole. What is accepted is in stock at once.
    With an `Idempotency-Key`, repeating it changes nothing."""
    by = await who(session, requester, now)
    receipt = await receiving.receive(session, tenant, id, receipt_id, given, by)
    return await _received(session, tenant, receipt)


@router.get("/{id}/receipts")
async def list_receipts(tenant: Viewer, session: Session, id: UUID) -> list[ReceiptOutput]:
    """All that came of the order, the oldest first."""
    return [_receipt(row) for row in await receiving.receipts_of(session, tenant, id)]


async def _received(
    session: AsyncSession, tenant: TenantId, receipt: OrderReceipt
) -> ReceivedOutput:
    order, _ = await Orders(session, tenant).lock_with_plan(receipt.order_id)
    rests = {str(line.position): outstanding_of(line) for line in order.lines}
    return ReceivedOutput(
        receipt=_receipt(receipt),
        order_status=order.status,
        outstanding={position: f"{rest:f}" for position, rest in rests.items() if rest > 0},
    )


def _receipt(row: OrderReceipt) -> ReceiptOutput:
    return ReceiptOutput(
        id=row.id,
        order_id=row.order_id,
        received_on=row.received_on,
        received_at=row.received_at,
        received_by=row.received_by_name,
        document=row.document,
        note=row.note,
        lines=row.lines,
    )


def _shown(found: Sending) -> SendingOutput:
    order, mail = found.order, found.mail
    return SendingOutput(
        order_id=order.id,
        number=order.number,
        status=order.status,
        sent_at=order.sent_at,
        sent_via=order.sent_via,
        sent_note=order.sent_note,
        mail=None
        if mail is None
        else MailOutput(
            recipient=mail.recipient,
            status=mail.status,
            attempts=mail.attempts,
            last_error=mail.last_error,
            next_attempt_at=mail.retry_at if mail.status == "queued" else None,
            message_id=message_id(mail),
            asked_at=mail.asked_at,
            asked_by=mail.asked_by_name,
            sent_at=mail.sent_at,
        ),
    )

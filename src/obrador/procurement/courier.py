"""The courier: delivers mail of orders, at least once each, and marks each order sent once.

It claims mail that is due in a transaction of its own, hands it over outside of any, and notes what
came of it in another. Dead in between, the claim runs out and the mail is handed over again, under
the same Message-ID: see ADR 24. Several couriers share the work.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import stamina
import structlog
from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service as authn
from obrador.authz import TenantId, operator
from obrador.kit.clock import Clock
from obrador.kit.consumers import described
from obrador.kit.db import Database
from obrador.kit.mail import Attachment, Mail, Mailer, MailFailed
from obrador.kit.outages import is_passing
from obrador.kit.outbox import publish
from obrador.kit.process import pass_by
from obrador.plan_changes import Who
from obrador.procurement.events import OrderNotSent
from obrador.procurement.lists import Orders
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.procurement.order_models import OrderMail
from obrador.procurement.paper import OrderPaper, load_papers
from obrador.procurement.paper_pdf import order_pdf
from obrador.procurement.paper_words import PaperWords
from obrador.procurement.sending import mark_sent, message_id

log = structlog.get_logger()

MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=1)
"""Before the second attempt; it doubles with each: the last comes two hours after the first."""
CLAIM = timedelta(minutes=5)
"""So long one attempt may take; after that it counts as lost."""
POLL_SECONDS = 2.0
_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Mail in the hands of this courier."""

    mail: OrderMail
    paper: OrderPaper
    reply_to: str | None


class Courier:
    """Delivers what is due, until it is told to stop."""

    def __init__(self, database: Database, mailer: Mailer, clock: Clock) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock
        # While the database is away: what was handed over is not to be handed over again.
        self._noting = stamina.AsyncRetryingCaller(attempts=None, timeout=60).on(is_passing)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; what is in hand is finished first."""
        retrying = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=15).on(
            is_passing
        )
        while not stop.is_set():
            if not await retrying(self.deliver_due):
                await pass_by(stop, POLL_SECONDS)

    async def deliver_due(self) -> int:
        """Deliver what is due now, ten at most; returns how many were tried."""
        claimed = await self._claim()
        # Each to its end, whatever becomes of the others: what is handed over has to be noted.
        ends = await asyncio.gather(*map(self._deliver, claimed), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return len(claimed)

    async def _claim(self) -> list[_Claimed]:
        """Mail that is due, of orders that are still as they were when it was asked for. One that
        is not is withdrawn."""
        now = self._clock()
        async with self._database.transaction() as session:
            values = {"now": now, "until": now + CLAIM, "limit": _AT_ONCE}
            found = list(await session.scalars(_CLAIM_DUE, values))
            papers = await load_papers(
                session,
                [(_tenant_of(mail), mail.order_id) for mail in found],
                {mail.order_id: mail.note for mail in found},
            )
            people = {mail.asked_by for mail in found if mail.asked_by}
            # So that a supplier's answer reaches a person.
            addresses = await authn.addresses_of(session, people) if people else {}
            claimed = []
            for mail in found:
                paper = papers[mail.order_id]
                if (paper.status, paper.version) == ("approved", mail.order_version):
                    reply_to = addresses.get(mail.asked_by) if mail.asked_by else None
                    claimed.append(_Claimed(mail, paper, reply_to))
                else:
                    mail.status = "withdrawn"
        return claimed

    async def _deliver(self, claimed: _Claimed) -> None:
        mail = claimed.mail
        try:
            await self._mailer.send(await asyncio.to_thread(written, claimed))
        except MailFailed as error:
            await self._noting(self._note_failure, mail, error.detail, is_final=error.is_final)
        except Exception as error:
            # An order that cannot even be written must not keep the others waiting.
            if is_passing(error):
                raise
            await self._noting(self._note_failure, mail, described(error), is_final=False)
        else:
            await self._noting(self._note_sent, mail)

    async def _note_sent(self, claimed: OrderMail) -> None:
        now = self._clock()
        async with self._database.transaction() as session:
            row, plan, mail = await _locked(session, claimed)
            if mail.sent_at is not None:
                return  # by a courier that took us for dead
            mail.status, mail.sent_at, mail.last_error = "sent", now, ""
            if (row.status, row.version) == ("approved", mail.order_version):
                who = Who(mail.asked_by, mail.asked_by_name, now)
                tenant = _tenant_of(mail)
                await mark_sent(session, tenant, row, plan, who, self._mailer.via, mail.note, now)
            else:
                reason = "It changed while its mail was on its way: tell the supplier what holds."
                publish(session, _not_sent(row, mail, reason))

    async def _note_failure(self, claimed: OrderMail, error: str, *, is_final: bool) -> None:
        log.warning("order_not_sent", order=str(claimed.order_id), error=error)
        now = self._clock()
        async with self._database.transaction() as session:
            row, _, mail = await _locked(session, claimed)
            if mail.status != "queued" or mail.attempts != claimed.attempts:
                return
            mail.last_error = error[:500]
            if is_final or mail.attempts >= MOST_ATTEMPTS:
                mail.status = "failed"
                publish(session, _not_sent(row, mail, mail.last_error))
            else:
                mail.retry_at = now + FIRST_PAUSE * 2 ** (mail.attempts - 1)


def written(claimed: _Claimed) -> Mail:
    """The message: what is ordered in words, and as a PDF."""
    paper = claimed.paper
    words = PaperWords(paper)
    pdf = Attachment(f"{paper.number}.pdf", order_pdf(paper), "application/pdf")
    return Mail(
        to=claimed.mail.recipient,
        subject=words.subject,
        text=words.text,
        message_id=message_id(claimed.mail),
        written_at=claimed.mail.asked_at,
        from_name=paper.bakery,
        reply_to=claimed.reply_to,
        attachments=(pdf,),
    )


async def _locked(
    session: AsyncSession, claimed: OrderMail
) -> tuple[PurchaseOrder, ProcurementPlan | None, OrderMail]:
    """The order, its plan and its mail as they are now."""
    tenant = _tenant_of(claimed)
    row, plan = await Orders(session, tenant).lock_with_plan(claimed.order_id)
    mail = await session.get_one(
        OrderMail, (claimed.tenant_id, claimed.id), populate_existing=True, with_for_update=True
    )
    return row, plan, mail


def _tenant_of(mail: OrderMail) -> TenantId:
    (tenant,) = operator.working_for([mail.tenant_id])
    return tenant


def _not_sent(row: PurchaseOrder, mail: OrderMail, reason: str) -> OrderNotSent:
    return OrderNotSent(
        tenant_id=mail.tenant_id,
        order_id=str(row.id),
        number=row.number or "",
        supplier_id=str(row.supplier_id),
        delivery_on=row.delivery_on.isoformat(),
        attempts=mail.attempts,
        reason=reason,
    )


_due = (
    select(OrderMail.tenant_id, OrderMail.id)
    .where(OrderMail.status == "queued", OrderMail.retry_at <= bindparam("now"))
    .order_by(OrderMail.retry_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM_DUE = (
    update(OrderMail)
    .where(tuple_(OrderMail.tenant_id, OrderMail.id).in_(_due))
    .values(attempts=OrderMail.attempts + 1, retry_at=bindparam("until"))
    .returning(OrderMail)
    .execution_options(synchronize_session=False)
)

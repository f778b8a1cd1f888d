"""The post: notifications that are to go out by mail, and their way there, of all bakeries.

Queued in the transaction that tells them. Claims are leases; what goes in one mail is settled at
the first attempt, so that every attempt sends the same mail under the same Message-ID.
"""

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import operator
from obrador.authz.roles import Role
from obrador.kit.clock import Clock
from obrador.kit.db import Database
from obrador.kit.i18n import speech
from obrador.kit.ids import derived_id
from obrador.kit.mail import Mail, Mailer, MailFailed
from obrador.kit.outages import is_passing
from obrador.kit.process import pass_by
from obrador.notifications import mail
from obrador.notifications.mail import GATHERED, Letter, Told, next_attempt
from obrador.observability import metrics
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Bakery

POLL_SECONDS = 5.0
_AT_ONCE = 8
"""Mails that one process sends together."""
_LEASE = timedelta(minutes=5)
"""Longer than an attempt takes."""
_BATCH = 2_000

log = structlog.get_logger()


class Postman:
    """Sends what is due, until it is told to stop. Any number of processes may do this."""

    def __init__(self, database: Database, mailer: Mailer, clock: Clock) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set; what is in hand is finished first."""
        while not stop.is_set():
            try:
                sent = await self.round()
            except Exception as error:  # drivers have many for a database that is away
                if not is_passing(error):
                    raise
                log.warning("database_away", error=str(error))
                sent = 0
            if not sent:
                await pass_by(stop, POLL_SECONDS)

    async def round(self) -> int:
        """Send some of what is due; returns how many mails were tried."""
        async with self._database.transaction() as session:
            letters = await claim(session, self._clock(), _AT_ONCE)
            tenants = list(dict.fromkeys(letter.tenant for letter in letters))
            bakeries = await tenants_service.load_bakeries(session, tenants) if tenants else {}
        await asyncio.gather(*(self._send(each, bakeries[each.tenant]) for each in letters))
        return len(letters)

    async def _send(self, letter: Letter, bakery: Bakery) -> None:
        say = speech(letter.language, bakery.locale, bakery.currency)
        own = Mail(
            to=letter.to,
            subject=mail.subject(say, letter),
            text=mail.text(say, bakery.name, letter),
            message_id=f"notification.{letter.mail_id}@obrador",
            written_at=self._clock(),
            from_name=f"Obrador, {bakery.name}",
        )
        now, error, again = self._clock(), None, None
        try:
            await self._mailer.send(own)
        except MailFailed as failure:
            error = failure.detail[:300]
            again = None if failure.is_final else next_attempt(letter.attempt, now)
            log.warning("mail_failed", mail=str(letter.mail_id), error=error, again=str(again))
        metrics.mail_attempted(is_sent=error is None)
        async with self._database.transaction() as session:
            place = {"tenant": letter.tenant, "user": letter.user_id, "mail": letter.mail_id}
            await session.execute(_NOTE, place | {"now": now, "again": again, "error": error})


async def claim(session: AsyncSession, now: datetime, limit: int) -> list[Letter]:
    """Claim up to `limit` mails that are due. Three statements."""
    # One at a time, so that nothing goes into two mails.
    await session.execute(text("select pg_advisory_xact_lock(hashtext('notification_mails'))"))
    values = {"now": now, "soon": now + GATHERED, "limit": limit}
    rows = (await session.execute(_DUE, values)).all()
    gathered: dict[tuple[UUID, UUID, UUID | None], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        gathered[row.tenant_id, row.user_id, row.mail_id].append(at)
    letters, claimed = [], []
    for (tenant_id, user_id, known), places in gathered.items():
        own = [rows[at] for at in places]
        ids = [row.notification_id for row in own]
        mail_id = known or derived_id("notification-mail", tenant_id, user_id, *ids)
        claimed += [
            {"tenant": tenant_id, "user": user_id, "notification": each, "mail": mail_id}
            for each in ids
        ]
        letters += [
            Letter(
                tenant,
                user_id,
                mail_id,
                own[0].attempts + 1,
                own[0].email,
                own[0].language,
                [
                    Told(r.notification_id, r.kind, Role(r.role), r.business_date, r.facts)
                    for r in own
                ],
            )
            for tenant in operator.working_for([tenant_id])
        ]
    if claimed:
        await session.execute(
            _CLAIM,
            {
                "until": now + _LEASE,
                **{f"{name}s": [row[name] for row in claimed] for name in claimed[0]},
            },
        )
    return letters


async def remove_old(database: Database, before: datetime) -> int:
    """Forget mails that were sent or given up before, a few thousand at a time; returns of how
    many notifications."""
    count = 0
    while True:
        async with database.transaction() as session:
            values = {"before": before, "batch": _BATCH}
            removed = (await session.execute(_REMOVE, values)).all()
        count += len(removed)
        if len(removed) < _BATCH:
            return count


_DUE = text("""
    with people as (
        select distinct tenant_id, user_id from (
            select tenant_id, user_id from notification_mails
            where ended_at is null and due_at <= :now order by due_at limit :limit
        ) first
    )
    select m.tenant_id, m.user_id, m.notification_id, m.mail_id, m.attempts, u.email, w.language,
        n.kind, n.role, n.business_date, n.facts
    from people p
    join notification_mails m on m.tenant_id = p.tenant_id and m.user_id = p.user_id
        and m.ended_at is null
        and m.due_at <= case when m.mail_id is null then cast(:soon as timestamptz) else :now end
    join notifications n on n.tenant_id = m.tenant_id and n.id = m.notification_id
    join users u on u.id = m.user_id
    left join notification_mail_wishes w on w.tenant_id = m.tenant_id and w.user_id = m.user_id
    order by m.tenant_id, m.user_id, m.notification_id
""")
_CLAIM = text("""
    update notification_mails m set mail_id = k.mail, due_at = :until, attempts = m.attempts + 1
    from unnest(cast(:tenants as uuid[]), cast(:users as uuid[]), cast(:notifications as uuid[]),
        cast(:mails as uuid[])) as k(tenant_id, user_id, notification_id, mail)
    where m.tenant_id = k.tenant_id and m.user_id = k.user_id
        and m.notification_id = k.notification_id
""")
_NOTE = text("""
    update notification_mails set error = :error,
        due_at = coalesce(cast(:again as timestamptz), due_at),
        ended_at = case when cast(:again as timestamptz) is null
            then cast(:now as timestamptz) end
    where tenant_id = :tenant and user_id = :user and mail_id = :mail and ended_at is null
""")
_REMOVE = text("""
    delete from notification_mails where (tenant_id, user_id, notification_id) in (
        select tenant_id, user_id, notification_id from notification_mails
        where ended_at < :before order by ended_at limit :batch
    ) returning 1
""")

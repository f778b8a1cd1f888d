"""Every query on notifications."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, and_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.roles import Role
from obrador.kit.db import insert_missing, table_of, upsert_rows
from obrador.kit.ids import new_id
from obrador.kit.pagination import PageRequest, Slice
from obrador.kit.queries import any_of
from obrador.notifications.domain import CRITICAL, Kind, Notification, Wishes
from obrador.notifications.mail import GATHERED, Mode, next_digest
from obrador.notifications.models import (
    MailWish,
    NotificationRead,
    NotificationRow,
    NotificationWish,
)
from obrador.tenants.domain import Morning


async def add(session: AsyncSession, told: Sequence[tuple[Morning, Sequence[Notification]]]) -> int:
    """Keep notifications that have not been told that day, and queue their mails; returns how many.
    Two statements."""
    rows = [_row(morning, each) for morning, found in told for each in found]
    count = await insert_missing(session, table_of(NotificationRow), rows)
    if count:
        mornings = [morning for morning, _ in told]
        values = {
            "ids": [row["id"] for row in rows],
            "owners": [row["tenant_id"] for row in rows],
            "tenants": [each.tenant for each in mornings],
            "digests": [next_digest(each.now, each.bakery.time_zone) for each in mornings],
            "soon": [each.now + GATHERED for each in mornings],
            "critical": list(CRITICAL),
        }
        await session.execute(_QUEUE_MAILS, values)
    return count


async def read_wishes(session: AsyncSession, tenants: Sequence[TenantId]) -> dict[TenantId, Wishes]:
    """What differs from the defaults in some bakeries. One query."""
    rows = await session.execute(
        select(
            NotificationWish.tenant_id,
            NotificationWish.recipient,
            NotificationWish.kind,
            NotificationWish.wanted,
        ).where(NotificationWish.tenant_id == any_of(tenants))
    )
    of_roles: dict[UUID, dict[tuple[Role, Kind], bool]] = defaultdict(dict)
    of_people: dict[UUID, dict[tuple[UUID, Kind], bool]] = defaultdict(dict)
    for tenant_id, recipient, kind, wanted in rows:
        own = cast("Kind", kind)
        if recipient in set(Role):
            of_roles[tenant_id][Role(recipient), own] = wanted
        else:
            of_people[tenant_id][UUID(recipient), own] = wanted
    return {tenant: Wishes(of_roles[tenant], of_people[tenant]) for tenant in tenants}


async def set_wish(
    session: AsyncSession, tenant: TenantId, recipient: str, kind: Kind, wanted: bool
) -> None:
    """Keep whether a role or a reader wants a kind."""
    row = {"tenant_id": tenant, "recipient": recipient, "kind": kind, "wanted": wanted}
    await upsert_rows(session, table_of(NotificationWish), [row])


async def read_mail_wish(session: AsyncSession, tenant: TenantId, user_id: UUID) -> MailWish | None:
    """When somebody wants mail; None: they have not said."""
    query = select(MailWish).where(MailWish.tenant_id == tenant, MailWish.user_id == user_id)
    return (await session.scalars(query)).one_or_none()


async def set_mail_wish(
    session: AsyncSession, tenant: TenantId, user_id: UUID, mode: Mode, language: str | None
) -> None:
    """Keep when somebody wants mail, who works there; what waits for its turn goes by it too."""
    row = {"tenant_id": tenant, "user_id": user_id, "mode": mode, "language": language}
    await upsert_rows(session, table_of(MailWish), [row])
    if mode == "off":
        await session.execute(_STOP_MAILS, {"tenant": tenant, "user": user_id})


async def page(
    session: AsyncSession,
    tenant: TenantId,
    paging: PageRequest,
    role: Role,
    reader: UUID,
    kinds: Sequence[Kind],
    *,
    unread: bool,
) -> Slice[Row[NotificationRow, datetime]]:
    """A page of what a role was told, newest first, and when the reader read it."""
    query = (
        select(NotificationRow, NotificationRead.read_at)
        .outerjoin(NotificationRead, _read_by(reader))
        .where(
            NotificationRow.tenant_id == tenant,
            NotificationRow.role == role,
            NotificationRow.kind.in_(kinds),
        )
        .order_by(NotificationRow.id.desc())
        .limit(paging.limit + 1)
    )
    if unread:
        query = query.where(NotificationRead.read_at.is_(None))
    if paging.cursor is not None:
        query = query.where(NotificationRow.id < paging.cursor)
    rows = (await session.execute(query)).all()
    return Slice.cut(rows, paging.limit, lambda row: row.NotificationRow.id)


async def find(
    session: AsyncSession, tenant: TenantId, notification_id: UUID, role: Role
) -> NotificationRow | None:
    """A notification, if it is there and was told to this role."""
    query = select(NotificationRow).where(
        NotificationRow.tenant_id == tenant,
        NotificationRow.id == notification_id,
        NotificationRow.role == role,
    )
    return (await session.scalars(query)).one_or_none()


async def mark_read(
    session: AsyncSession, tenant: TenantId, notification_id: UUID, reader: UUID, now: datetime
) -> datetime:
    """Keep when somebody read it first; returns that."""
    row = {
        "tenant_id": tenant,
        "notification_id": notification_id,
        "reader_id": reader,
        "read_at": now,
    }
    await session.execute(insert(NotificationRead).values(row).on_conflict_do_nothing())
    read_at: datetime = (
        await session.scalars(
            select(NotificationRead.read_at).where(
                NotificationRead.tenant_id == tenant,
                NotificationRead.notification_id == notification_id,
                NotificationRead.reader_id == reader,
            )
        )
    ).one()
    return read_at


_QUEUE_MAILS = text("""
    insert into notification_mails (tenant_id, user_id, notification_id, due_at)
    select n.tenant_id, m.user_id, n.id,
        case when w.mode = 'each' or (coalesce(w.mode, 'usual') = 'usual'
            and n.kind = any(cast(:critical as text[]))) then k.soon else k.digest end
    from unnest(cast(:owners as uuid[]), cast(:ids as uuid[])) as i(tenant_id, id)
    join notifications n on n.tenant_id = i.tenant_id and n.id = i.id
    join unnest(cast(:tenants as uuid[]), cast(:digests as timestamptz[]),
        cast(:soon as timestamptz[])) as k(tenant_id, digest, soon) on k.tenant_id = n.tenant_id
    join memberships m on m.tenant_id = n.tenant_id and m.role = n.role
    left join notification_mail_wishes w
        on w.tenant_id = m.tenant_id and w.user_id = m.user_id
    where coalesce(w.mode, 'usual') <> 'off' and not exists (
        select from notification_wishes s where s.tenant_id = m.tenant_id
            and s.recipient = cast(m.user_id as text) and s.kind = n.kind and not s.wanted
    )
    on conflict do nothing
""")
_STOP_MAILS = text("""
    delete from notification_mails
    where tenant_id = :tenant and user_id = :user and mail_id is null and ended_at is null
""")


def _read_by(reader: UUID) -> Any:
    return and_(
        NotificationRead.tenant_id == NotificationRow.tenant_id,
        NotificationRead.notification_id == NotificationRow.id,
        NotificationRead.reader_id == reader,
    )


def _row(morning: Morning, told: Notification) -> dict[str, Any]:
    return {
        "tenant_id": morning.tenant,
        "id": new_id(),
        "business_date": morning.business_date,
        "kind": told.kind,
        "role": told.role,
        "subject": told.subject,
        "facts": told.facts,
        "made_at": morning.now,
    }

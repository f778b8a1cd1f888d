"""Every query on training jobs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.forecasting.domain import TrainingReason
from obrador.forecasting.models import TrainingJob
from obrador.kit.ids import new_id
from obrador.tenants.domain import Morning

OPEN = ("queued", "running")

_ASKED = text("""
    select k.tenant_id, bool_and(j.status = 'cancelled') as is_cancelled,
        bool_or(j.reason = 'by_hand' and j.status <> 'cancelled') as is_asked
    from unnest(cast(:tenants as uuid[]), cast(:since as timestamptz[])) as k(tenant_id, since)
    join training_jobs j on j.tenant_id = k.tenant_id and (
        j.status in ('queued', 'running') or (j.status = 'cancelled' and j.ended_at >= k.since)
    )
    group by k.tenant_id
""")
_START = text("""
    insert into training_jobs (tenant_id, id, reason, status, attempts, created_at, started_at)
    select k.tenant_id, k.id, k.reason, 'running', 1, :now, :now
    from unnest(cast(:tenants as uuid[]), cast(:ids as uuid[]), cast(:reasons as text[]))
        as k(tenant_id, id, reason)
    order by k.tenant_id
    on conflict (tenant_id) where status in ('queued', 'running') do update set
        status = 'running', attempts = training_jobs.attempts + 1,
        started_at = coalesce(training_jobs.started_at, excluded.started_at)
    returning tenant_id, id, reason
""")
_LOCK = text("""
    select j.id from training_jobs j
    join unnest(cast(:tenants as uuid[]), cast(:ids as uuid[])) as k(tenant_id, id)
        using (tenant_id, id)
    where j.status in ('queued', 'running') order by j.tenant_id for update of j
""")
_END = text("""
    update training_jobs j set status = k.status, ended_at = :now, error = k.error,
        version = k.version, improvement = k.improvement, is_promoted = k.is_promoted
    from jsonb_to_recordset(cast(:rows as jsonb)) as k(
        tenant_id uuid, id uuid, status text, error text, version integer, improvement real,
        is_promoted boolean
    )
    where j.tenant_id = k.tenant_id and j.id = k.id
""")
_END_OPEN = text("""
    update training_jobs j set status = :status, ended_at = :now, error = k.error
    from unnest(cast(:tenants as uuid[]), cast(:errors as text[])) as k(tenant_id, error)
    where j.tenant_id = k.tenant_id and j.status in ('queued', 'running')
    returning j.tenant_id, j.reason
""")
_COUNT = text("""
    select count(*) filter (where status = 'completed' and ended_at >= :week) as this_week,
        count(*) filter (where status = 'completed') as completed,
        count(*) filter (where status = 'failed') as failed
    from training_jobs where tenant_id = :tenant and ended_at >= :since
""")


@dataclass(frozen=True, slots=True)
class Ended:
    """How many jobs have ended, and how."""

    this_week: int
    """Completed."""
    completed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Started:
    """A job that is under way."""

    id: UUID
    reason: TrainingReason


class TrainingJobs(ScopedRepository[TrainingJob]):
    """A bakery's training jobs."""

    model = TrainingJob

    async def open_one(self) -> TrainingJob | None:
        """The one that has not ended, if there is one."""
        query = self.query().where(TrainingJob.status.in_(OPEN))
        return (await self.session.scalars(query)).one_or_none()


async def queue(session: AsyncSession, tenant: TenantId, job_id: UUID, now: datetime) -> bool:
    """A job that somebody asks for; False: one is open already."""
    adding = insert(TrainingJob).values(
        tenant_id=tenant, id=job_id, reason="by_hand", status="queued", created_at=now
    )
    added = adding.on_conflict_do_nothing().returning(TrainingJob.id)
    return await session.scalar(added) is not None


async def count_ended(
    session: AsyncSession, tenant: TenantId, week: datetime, since: datetime
) -> Ended:
    """How many of a bakery's jobs have ended since, and of those completed since the week began.
    One query."""
    values = {"tenant": tenant, "week": week, "since": since}
    row = (await session.execute(_COUNT, values)).one()
    return Ended(row.this_week, row.completed, row.failed)


async def asked_and_cancelled(
    session: AsyncSession, mornings: Sequence[Morning]
) -> tuple[set[UUID], set[UUID]]:
    """For whom somebody has asked; and for whom somebody has cancelled since the run began, and not
    asked again. One query."""
    values = {
        "tenants": [morning.tenant for morning in mornings],
        "since": [morning.now for morning in mornings],
    }
    rows = (await session.execute(_ASKED, values)).all()
    return (
        {row.tenant_id for row in rows if row.is_asked},
        {row.tenant_id for row in rows if row.is_cancelled},
    )


async def start(
    session: AsyncSession, reasons: Mapping[TenantId, TrainingReason], now: datetime
) -> dict[UUID, Started]:
    """Begin a job for each bakery: the one that is open, else a new one. One statement."""
    values = {
        "tenants": list(reasons),
        "ids": [new_id() for _ in reasons],
        "reasons": list(reasons.values()),
        "now": now,
    }
    rows = await session.execute(_START, values) if reasons else ()
    return {row.tenant_id: Started(row.id, row.reason) for row in rows}


async def lock_open(session: AsyncSession, keys: Collection[tuple[TenantId, UUID]]) -> set[UUID]:
    """Those of the jobs that have not ended, which nobody else ends until the transaction does."""
    values = {"tenants": [tenant for tenant, _ in keys], "ids": [job for _, job in keys]}
    return set(await session.scalars(_LOCK, values))


async def end(session: AsyncSession, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """End jobs: `tenant_id`, `id`, `status`, and `error`, `version`, `improvement` and
    `is_promoted` where there are any. One statement."""
    if rows:
        content = msgspec.json.encode(rows).decode()
        await session.execute(_END, {"rows": content, "now": now})


async def end_open(
    session: AsyncSession,
    status: Literal["failed", "cancelled"],
    errors: Mapping[TenantId, str | None],
    now: datetime,
) -> dict[UUID, TrainingReason]:
    """End whatever is open of these bakeries without a result; returns why it was to be trained.
    One statement."""
    values = {
        "status": status,
        "tenants": list(errors),
        "errors": list(errors.values()),
        "now": now,
    }
    rows = await session.execute(_END_OPEN, values)
    return {row.tenant_id: row.reason for row in rows}

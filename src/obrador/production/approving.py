"""Decisions about schedules: ready for approval, approved, turned down."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.clock import business_date
from obrador.kit.outbox import publish
from obrador.plan_changes import Who, check_version, count_of_day, note_change
from obrador.production.events import (
    ScheduleApproved,
    ScheduleRejected,
    ScheduleStatusChanged,
)
from obrador.production.life import (
    BEGUN,
    MOST_REGENERATIONS,
    SCHEDULE_STATES,
    says_stale,
)
from obrador.production.lists import Batches, Schedules
from obrador.production.models import Schedule
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery

_REGENERATES = "regenerates"


@dataclass(frozen=True, slots=True)
class Rejection:
    """What a reason for turning a schedule down leads to."""

    says_stale: bool
    regenerates: bool
    """The day is to be planned again at once."""


async def submit(
    session: AsyncSession, tenant: TenantId, schedule_id: UUID, version: int | None, by: Who
) -> None:
    """Say that a schedule is ready to be approved.

    Raises:
        NotFound, VersionMissing, VersionChanged, WrongState.
    """
    row = await _read_as(session, tenant, schedule_id, version)
    pass_to(session, tenant, row, "pending_approval", by)


async def approve(
    session: AsyncSession, tenant: TenantId, schedule_id: UUID, version: int | None, by: Who
) -> None:
    """Approve a schedule: from now on its batches can be started. Where some have been begun, under
    the revision before it, it is in progress at once.

    Raises:
        NotFound, VersionMissing, VersionChanged, WrongState.
    """
    row = await _read_as(session, tenant, schedule_id, version)
    pass_to(session, tenant, row, "approved", by)
    batches = await Batches(session, tenant).of_schedule(row.id)
    planned = [batch for batch in batches if batch.status == "planned"]
    publish(
        session,
        ScheduleApproved(
            tenant_id=tenant,
            schedule_id=str(row.id),
            business_date=row.business_date.isoformat(),
            revision=row.revision,
            approved_by=by.name,
            batches=len(planned),
            late_batches=sum(1 for batch in planned if batch.late_minutes),
        ),
    )
    if any(batch.status in BEGUN for batch in batches):
        pass_to(session, tenant, row, "in_progress", by)


async def reject(
    session: AsyncSession,
    tenant: TenantId,
    schedule_id: UUID,
    version: int | None,
    by: Who,
    reason: str,
) -> Rejection:
    """Turn a schedule down. If the reason says that its data is out of date, the day is to be
    planned again at once, by whoever calls this; at most three times a day.

    Raises:
        NotFound, VersionMissing, VersionChanged, WrongState.
    """
    row = await _read_as(session, tenant, schedule_id, version)
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    is_stale = says_stale(reason, bakery.policy.stale_words)
    is_over = row.business_date < business_date(by.at, bakery.time_zone)
    regenerates = (
        is_stale and not is_over and await _may_regenerate(session, tenant, row, bakery, by.at)
    )
    rejection = Rejection(is_stale, regenerates)
    facts = {"says_stale": is_stale, _REGENERATES: regenerates}
    pass_to(session, tenant, row, "rejected", by, reason, facts)
    publish(
        session,
        ScheduleRejected(
            tenant_id=tenant,
            schedule_id=str(row.id),
            business_date=row.business_date.isoformat(),
            revision=row.revision,
            rejected_by=by.name,
            reason=reason,
            says_stale=is_stale,
            regenerates=regenerates,
        ),
    )
    return rejection


def pass_to(
    session: AsyncSession,
    tenant: TenantId,
    row: Schedule,
    status: str,
    by: Who,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    """Take a schedule, which the transaction has locked, into another state; keep and tell it.

    Raises:
        WrongState: the state does not follow from its own.
    """
    before = row.status
    SCHEDULE_STATES.check(before, status)
    row.status, row.version = status, row.version + 1
    note_change(
        session,
        tenant,
        row.id,
        by,
        version=row.version,
        before=before,
        after=status,
        reason=reason,
        facts=facts,
    )
    publish(
        session,
        ScheduleStatusChanged(
            tenant_id=tenant,
            schedule_id=str(row.id),
            business_date=row.business_date.isoformat(),
            revision=row.revision,
            from_status=before,
            to_status=status,
            changed_by=by.name,
            reason=reason,
        ),
    )


async def _read_as(
    session: AsyncSession, tenant: TenantId, schedule_id: UUID, version: int | None
) -> Schedule:
    """The schedule, locked, if it still is as it was read."""
    row = await Schedules(session, tenant).lock(schedule_id)
    check_version(version, row.version)
    return row


async def _may_regenerate(
    session: AsyncSession, tenant: TenantId, row: Schedule, bakery: Bakery, now: datetime
) -> bool:
    """Whether the day's plan has been made again by itself less often than it may, today."""
    today = business_date(now, bakery.time_zone)
    midnight = datetime.combine(today, time(), ZoneInfo(bakery.time_zone))
    revisions = await session.scalars(
        select(Schedule.id).where(
            Schedule.tenant_id == tenant, Schedule.business_date == row.business_date
        )
    )
    done = await count_of_day(session, tenant, revisions.all(), midnight, _REGENERATES)
    return done < MOST_REGENERATIONS

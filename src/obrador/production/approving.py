"""Decisions about schedules: ready for approval, approved, turned down."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.outbox import publish
from obrador.plan_changes import Who, check_version
from obrador.production.events import (
    ScheduleApproved,
    ScheduleRejected,
    ScheduleStatusChanged,
)
from obrador.production.life import BEGUN, SCHEDULE_STATES
from obrador.production.lists import Batches, Schedules
from obrador.production.models import Schedule
from obrador.rejection import Rejection, judge
from obrador.revisions import pass_on


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
    rejection = await judge(session, tenant, Schedule, row.business_date, reason, by.at)
    pass_to(session, tenant, row, "rejected", by, reason, rejection.facts)
    publish(
        session,
        ScheduleRejected(
            tenant_id=tenant,
            schedule_id=str(row.id),
            business_date=row.business_date.isoformat(),
            revision=row.revision,
            rejected_by=by.name,
            reason=reason,
            says_stale=rejection.says_stale,
            regenerates=rejection.regenerates,
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
    before = pass_on(session, tenant, row, SCHEDULE_STATES, status, by, reason, facts)
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

"""Storing production plans and reading them back."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador import revisions
from obrador.authz import TenantId
from obrador.kit.errors import NotFound
from obrador.kit.outbox import publish_all
from obrador.production import carrying, periods, repository
from obrador.production.approving import reject
from obrador.production.carrying import load_begun
from obrador.production.domain import ProductionPlan, StoredSchedule
from obrador.production.events import ScheduleCreated, ScheduleStatusChanged
from obrador.production.lists import is_over
from obrador.production.looking import load_behind, load_hit, load_outcomes
from obrador.production.models import Schedule
from obrador.production.schemas import RejectInput, ScheduleOutput
from obrador.production.showing import read_schedule as schedule_by_id
from obrador.production.showing import show_schedule
from obrador.production.wording import equipment_words, remedy_words
from obrador.revisions import Moved, PlanKey, Stale
from obrador.tenants.domain import Morning

__all__ = [
    "RejectInput",
    "ScheduleOutput",
    "archive_stale",
    "equipment_words",
    "load_begun",
    "load_behind",
    "load_hit",
    "load_outcomes",
    "load_planned",
    "load_wasted",
    "read_schedule",
    "reject",
    "remedy_words",
    "save_plans",
    "schedule_by_id",
    "schedule_state",
    "show_schedule",
    "withdraw",
]


async def save_plans(
    session: AsyncSession, plans: Sequence[tuple[Morning, ProductionPlan]]
) -> None:
    """Store what mornings planned as drafts, and tell it; a constant number of statements. Each
    morning only once."""
    mornings = [morning for morning, _ in plans]
    moved = await revisions.supersede(session, Schedule, mornings)
    await repository.save(session, await carrying.without_late_starts(session, plans))
    await revisions.link(session, Schedule, mornings)
    await carrying.pass_on(session, mornings)
    await publish_all(session, (*map(_moved, moved), *map(_created, mornings)))


async def withdraw(session: AsyncSession, keys: Sequence[PlanKey]) -> set[UUID]:
    """Take back drafts that nobody has begun to work by, and let those stand again whose places
    they took; returns whose there were."""
    moved = await revisions.withdraw(session, Schedule, keys)
    await carrying.give_back(session, {each.tenant: each.plan_id for each in moved})
    back = await revisions.reinstate(session, Schedule, moved)
    await publish_all(session, map(_moved, (*moved, *back)))
    return {each.tenant for each in moved}


async def archive_stale(
    session: AsyncSession, mornings: Sequence[Morning]
) -> dict[TenantId, Stale]:
    """Archive schedules that nobody decided on before their day had passed, and approved ones that
    nobody made a batch of and that are over; how many each bakery's morning has archived, and
    whether today's waits to be looked at. Four statements."""
    if not mornings:
        return {}
    moved = await revisions.archive_stale(
        session, Schedule, mornings, statuses=("draft", "pending_approval")
    )
    moved += await revisions.archive_stale(
        session,
        Schedule,
        mornings,
        statuses=("approved",),
        reason="approved, but never started",
        which=is_over(min(morning.now for morning in mornings)),
    )
    await publish_all(session, map(_moved, moved))
    return await revisions.count_stale(session, Schedule, mornings)


async def load_planned(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, dict[UUID, float]]:
    """Good units of each product that the newest schedules of these days planned. One query."""
    return await periods.planned(session, tenants, first, last)


async def load_wasted(session: AsyncSession, tenant: TenantId, day: date) -> dict[UUID, float]:
    """Units of each product that were made on a day and were no good. One query."""
    return await periods.wasted(session, tenant, day)


async def read_schedule(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> StoredSchedule:
    """What a morning planned to make.

    Raises:
        NotFound: it planned nothing.
    """
    schedule = await repository.read(session, tenant, business_date, revision)
    if schedule is None:
        raise NotFound(
            "There is no production schedule for {business_date}: plan that day first.",
            business_date=business_date,
        )
    return schedule


async def schedule_state(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Decimal:
    """A number that is another one after every change of a stored schedule. One query."""
    return await repository.state(session, tenant, business_date, revision)


def _created(morning: Morning) -> ScheduleCreated:
    return ScheduleCreated(
        morning.tenant,
        str(repository.schedule_id(morning)),
        morning.business_date.isoformat(),
        morning.revision,
    )


def _moved(moved: Moved) -> ScheduleStatusChanged:
    return ScheduleStatusChanged(
        tenant_id=moved.tenant,
        schedule_id=str(moved.plan_id),
        business_date=moved.business_date.isoformat(),
        revision=moved.revision,
        from_status=moved.from_status,
        to_status=moved.to_status,
        changed_by=revisions.SYSTEM,
        reason=moved.reason,
    )

"""How schedules and batches are read over the API."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogues
from obrador.kit.errors import NotFound
from obrador.kit.pagination import Page, PageRequest
from obrador.plan_changes import STANDING, changes_of
from obrador.production import lists, repository
from obrador.production.domain import StoredBatch, StoredSchedule, moment_at
from obrador.production.lists import Batches, Schedules
from obrador.production.models import Batch, Schedule
from obrador.production.schemas import (
    BatchCounts,
    BatchDetail,
    BatchOutput,
    ScheduleOutput,
    ScheduleSummary,
    batch_columns,
)
from obrador.production.workload import DayLoad, day_load
from obrador.tenants import service as tenants


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which schedules, or batches of which schedules."""

    first: date | None = None
    last: date | None = None
    status: str | None = None
    schedule_id: UUID | None = None


async def page_of_schedules(
    session: AsyncSession, tenant: TenantId, paging: PageRequest, wanted: Wanted
) -> Page[ScheduleSummary]:
    """Schedules, the latest day first. Two queries."""
    where = _of_days(wanted)
    if wanted.status is not None:
        where.append(Schedule.status == wanted.status)
    found = await Schedules(session, tenant).newest_days(paging, *where)
    counts = await lists.batch_counts(session, tenant, [row.id for row in found.rows])
    items = [
        ScheduleSummary(
            id=row.id,
            business_date=row.business_date,
            revision=row.revision,
            status=row.status,
            version=row.version,
            made_at=row.made_at,
            replaces_id=row.replaces_id,
            batch_counts=BatchCounts(**counts.get(row.id, {})),
        )
        for row in found.rows
    ]
    return Page[ScheduleSummary](items=items, next_cursor=found.next_cursor)


async def page_of_batches(
    session: AsyncSession, tenant: TenantId, paging: PageRequest, wanted: Wanted
) -> Page[BatchOutput]:
    """Batches by their start: of one schedule, or of all that stand. One query."""
    where = _of_days(wanted)
    if wanted.status is not None:
        where.append(Batch.status == wanted.status)
    if wanted.schedule_id is None:
        where.append(Schedule.status.in_(STANDING))
    else:
        where.append(Batch.schedule_id == wanted.schedule_id)
    found = await lists.page_of_batches(session, tenant, paging, *where)
    items = [BatchOutput(**batch_columns(row), business_date=day) for row, day in found.rows]
    return Page[BatchOutput](items=items, next_cursor=found.next_cursor)


async def read_schedule(
    session: AsyncSession, tenant: TenantId, schedule_id: UUID
) -> StoredSchedule:
    """A schedule with all that it holds. Two queries.

    Raises:
        NotFound: it is not there.
    """
    schedule = await repository.read_by_id(session, tenant, schedule_id)
    if schedule is None:
        raise NotFound("There is no schedule {schedule_id} here.", schedule_id=schedule_id)
    return schedule


async def show_schedule(
    session: AsyncSession, tenant: TenantId, schedule_id: UUID
) -> ScheduleOutput:
    """A schedule with what became of it. Three queries.

    Raises:
        NotFound: it is not there.
    """
    schedule = await read_schedule(session, tenant, schedule_id)
    return ScheduleOutput.of(schedule, await changes_of(session, tenant, schedule_id))


async def show_batch(session: AsyncSession, tenant: TenantId, batch_id: UUID) -> BatchDetail:
    """A batch with its steps. Three queries.

    Raises:
        NotFound: it is not there.
    """
    row = await Batches(session, tenant).get(batch_id)
    schedule = await read_schedule(session, tenant, row.schedule_id)
    return BatchDetail.of(schedule, batch_of(schedule, batch_id))


async def capacity(
    session: AsyncSession, tenant: TenantId, first: date, count: int
) -> list[DayLoad]:
    """How much of machines and people the standing schedules take on some days. A constant number
    of queries."""
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    catalogue = (await catalogues.load_catalogues(session, [tenant]))[tenant]
    days = [first + timedelta(days=number) for number in range(count)]
    since = moment_at(0, first, bakery.time_zone)
    until = moment_at(0, first + timedelta(days=count), bakery.time_zone)
    batches = await repository.read_between(session, tenant, since, until)
    return [day_load(day, batches, catalogue, bakery) for day in days]


def batch_of(schedule: StoredSchedule, batch_id: UUID) -> StoredBatch:
    """The batch of a schedule.

    Raises:
        NotFound: it is not there.
    """
    for batch in schedule.batches:
        if batch.id == batch_id:
            return batch
    raise NotFound(
        "There is no batch {batch_id} in schedule {schedule}.",
        batch_id=batch_id,
        schedule=schedule.id,
    )


def _of_days(wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.first is not None:
        where.append(Schedule.business_date >= wanted.first)
    if wanted.last is not None:
        where.append(Schedule.business_date <= wanted.last)
    return where

"""HTTP face of production: schedules, batches, capacity."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from obrador.authz import TenantId
from obrador.authz.access import ProductionManager, Viewer
from obrador.authz.requester import Asking
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, NewId, Now, Session, VersionRead, etag, problems
from obrador.kit.pagination import Page, Paging
from obrador.kit.schemas import Day
from obrador.plan_changes import VersionChanged, VersionMissing, changes_of, who
from obrador.production import approving, batch_work, editing, showing
from obrador.production.batch_work import Yield
from obrador.production.editing import BatchEdit, Checked
from obrador.production.schemas import (
    BatchDetail,
    BatchOutput,
    BatchStatus,
    CancelInput,
    CapacityOutput,
    CompleteInput,
    ConsequencesOutput,
    EditOutput,
    ScheduleChanges,
    ScheduleOutput,
    ScheduleStatus,
    ScheduleSummary,
    StartInput,
)
from obrador.production.showing import Wanted
from obrador.tenants.service import time_zone_of

router = APIRouter(prefix="/production", tags=["production"], responses=IN_A_TENANT)

CONFLICT = problems(Conflict)
VERSIONED = problems(Conflict, VersionChanged, VersionMissing)

First = Annotated[Day | None, Query(description="Earliest day.")]
Last = Annotated[Day | None, Query(description="Latest day.")]


@router.get("/schedules")
async def list_schedules(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    first: First = None,
    last: Last = None,
    status: ScheduleStatus | None = None,
) -> Page[ScheduleSummary]:
    """Schedules, the latest day first, and of a day the last revision first."""
    wanted = Wanted(first, last, status)
    return await showing.page_of_schedules(session, tenant, paging, wanted)


@router.get("/schedules/{id}")
async def get_schedule(
    tenant: Viewer, session: Session, id: UUID, response: Response
) -> ScheduleOutput:
    """A day's production: targets, batches and their steps with reasons, and its history. The
    `ETag` is its version, which changes with its state, quantities and times."""
    return await _shown(session, tenant, id, response)


@router.get("/batches")
async def list_batches(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    first: First = None,
    last: Last = None,
    status: BatchStatus | None = None,
    schedule_id: Annotated[UUID | None, Query(description="Of one schedule only.")] = None,
) -> Page[BatchOutput]:
    """Batches by their start; without `schedule_id`, of schedules that stand."""
    wanted = Wanted(first, last, status, schedule_id)
    return await showing.page_of_batches(session, tenant, paging, wanted)


@router.get("/capacity")
async def get_capacity(
    tenant: Viewer,
    session: Session,
    now: Now,
    first: Annotated[Day | None, Query(description="Without it, today.")] = None,
    days: Annotated[int, Query(ge=1, le=31)] = 7,
) -> CapacityOutput:
    """How much of each kind of equipment, and of the people, the schedules that stand take on each
    calendar day, from midnight to midnight: minutes × trays (or kg, or people)."""
    start = first or business_date(now, await time_zone_of(session, tenant))
    return CapacityOutput.of(await showing.capacity(session, tenant, start, days))


@router.get("/batches/{id}")
async def get_batch(tenant: Viewer, session: Session, id: UUID) -> BatchDetail:
    """A batch with its steps, and why it has its size."""
    return await showing.show_batch(session, tenant, id)


@router.get("/schedules/{id}/check")
async def check_schedule(tenant: Viewer, session: Session, id: UUID) -> ConsequencesOutput:
    """What follows from a schedule with machines, people, stock and orders as they are now: what is
    late, which rules it breaks, what is short, which firm orders will not be there in time."""
    return _told(await editing.check(session, tenant, id))


@router.patch("/schedules/{id}", responses=VERSIONED)
async def edit_schedule(
    tenant: ProductionManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    version: VersionRead,
    given: ScheduleChanges,
    response: Response,
) -> EditOutput:
    """Change quantities and starts of batches that are not begun, and see what follows. What is
    edited stays where it is put; the others make room for it. Needs `If-Match`, but for a
    `dry_run`, which saves nothing."""
    by = await who(session, requester, now)
    wanted = [BatchEdit(each.id, each.quantity, each.starts_at) for each in given.batches]
    outcome = await editing.edit(
        session, tenant, id, version, by, wanted, reason=given.reason, dry_run=given.dry_run
    )
    await session.flush()
    history = await changes_of(session, tenant, id)
    response.headers.update(etag(outcome.schedule.version))
    return EditOutput(
        is_saved=outcome.is_saved,
        schedule=ScheduleOutput.of(outcome.schedule, history),
        consequences=_told(outcome.checked),
    )


@router.post("/schedules/{id}/submit", responses=VERSIONED)
async def submit_schedule(
    tenant: ProductionManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    version: VersionRead,
    response: Response,
) -> ScheduleOutput:
    """Say that a draft is ready for approval. Needs `If-Match`."""
    by = await who(session, requester, now)
    await approving.submit(session, tenant, id, version, by)
    return await _shown(session, tenant, id, response)


@router.post("/schedules/{id}/approve", responses=VERSIONED)
async def approve_schedule(
    tenant: ProductionManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    version: VersionRead,
    response: Response,
) -> ScheduleOutput:
    """Approve a schedule as it was read, so that its batches can be started. Needs `If-Match`: of
    two people who approve at the same moment, one is told that the other was quicker."""
    by = await who(session, requester, now)
    await approving.approve(session, tenant, id, version, by)
    return await _shown(session, tenant, id, response)


@router.post("/batches/{id}/start", responses=CONFLICT)
async def start_batch(
    tenant: ProductionManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    given: StartInput | None = None,
) -> BatchDetail:
    """Begin a batch of an approved schedule; the first one takes the schedule into progress."""
    by = await who(session, requester, now)
    await batch_work.start(session, tenant, id, by, given.started_at if given else None)
    return await _batch(session, tenant, id)


@router.post("/batches/{id}/complete", responses=CONFLICT)
async def complete_batch(
    tenant: ProductionManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    posting_id: NewId,
    given: CompleteInput | None = None,
) -> BatchDetail:
    """End a batch with what it gave. Stock moves with it: what it is made of leaves, first expired
    first, and what it gave arrives as a lot. What stock did not hold is in `shortages`."""
    given = given or CompleteInput()
    by = await who(session, requester, now)
    outcome = Yield(given.made, given.wasted, given.note, given.ended_at)
    await batch_work.complete(session, tenant, id, by, outcome, posting_id)
    return await _batch(session, tenant, id)


@router.post("/batches/{id}/cancel", responses=CONFLICT)
async def cancel_batch(
    tenant: ProductionManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    posting_id: NewId,
    given: CancelInput,
) -> BatchDetail:
    """Give a batch up. If it was begun, what went into it leaves stock as waste."""
    by = await who(session, requester, now)
    await batch_work.cancel(session, tenant, id, by, given.reason, posting_id)
    return await _batch(session, tenant, id)


def _told(checked: Checked) -> ConsequencesOutput:
    return ConsequencesOutput.of(checked.consequences, checked.batch_ids, checked.midnight)


async def _shown(
    session: Session, tenant: TenantId, schedule_id: UUID, response: Response
) -> ScheduleOutput:
    await session.flush()
    shown = await showing.show_schedule(session, tenant, schedule_id)
    response.headers.update(etag(shown.version))
    return shown


async def _batch(session: Session, tenant: TenantId, batch_id: UUID) -> BatchDetail:
    await session.flush()
    return await showing.show_batch(session, tenant, batch_id)

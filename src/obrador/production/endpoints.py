"""HTTP face of production: schedules, batches, capacity."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from obrador.authz import TenantId
from obrador.authz.access import ProductionManager, Viewer
from obrador.authz.requester import Asking
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, NewId, Now, Session, VersionRead, etag, problems
from obrador.kit.pagination import Page, Paging
from obrador.kit.schemas import Day
from obrador.plan_changes import VersionChanged, VersionMissing, who
from obrador.production import approving, floor, showing
from obrador.production.floor import Yield
from obrador.production.schemas import (
    BatchDetail,
    BatchOutput,
    BatchStatus,
    CancelInput,
    CompleteInput,
    ScheduleOutput,
    ScheduleStatus,
    ScheduleSummary,
    StartInput,
)
from obrador.production.showing import Wanted

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


@router.get("/batches/{id}")
async def get_batch(tenant: Viewer, session: Session, id: UUID) -> BatchDetail:
    """A batch with its steps, and why it has its size."""
    return await showing.show_batch(session, tenant, id)


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
    await floor.start(session, tenant, id, by, given.started_at if given else None)
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
    await floor.complete(session, tenant, id, by, outcome, posting_id)
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
    await floor.cancel(session, tenant, id, by, given.reason, posting_id)
    return await _batch(session, tenant, id)


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

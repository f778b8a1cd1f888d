"""HTTP face of production: schedules, batches, capacity."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from obrador.authz.access import Viewer
from obrador.kit.http import IN_A_TENANT, Session, etag
from obrador.kit.pagination import Page, Paging
from obrador.kit.schemas import Day
from obrador.production import showing
from obrador.production.schemas import (
    BatchDetail,
    BatchOutput,
    BatchStatus,
    ScheduleOutput,
    ScheduleStatus,
    ScheduleSummary,
)
from obrador.production.showing import Wanted

router = APIRouter(prefix="/production", tags=["production"], responses=IN_A_TENANT)

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
    shown = await showing.show_schedule(session, tenant, id)
    response.headers.update(etag(shown.version))
    return shown


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

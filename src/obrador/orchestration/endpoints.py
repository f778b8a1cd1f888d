"""HTTP face of orchestration, for whoever runs the platform, and of a bakery's own runs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from obrador.authz.access import Owner, Platform, Viewer, again_for_platform, chosen_tenants
from obrador.authz.requester import Asking, LocalOwner, Person, Requester
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Unauthenticated
from obrador.kit.http import ANYWHERE, IN_A_TENANT, NewId, Now, Session, problems
from obrador.kit.pagination import Page, PageRequest, Paging
from obrador.kit.process import pass_by
from obrador.kit.schemas import Day
from obrador.kit.workflow import Engine
from obrador.orchestration import (
    endings,
    managing,
    reports,
    repository,
    retrying,
    statistics,
    triggering,
)
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.models import Run
from obrador.orchestration.progress import UNFINISHED, progress
from obrador.orchestration.reports import ExecutionFilter, RunFilter
from obrador.orchestration.schemas import (
    CancelOutput,
    ExecuteInput,
    ExecutionDetail,
    ExecutionLogs,
    ExecutionOutput,
    ExecutionStarted,
    ExecutionStatus,
    Figures,
    Health,
    Leader,
    LogOutput,
    NextRuns,
    PlanInput,
    PlanStarted,
    ProgressOutput,
    RetryOutput,
    RunDetail,
    RunOutput,
    RunStatus,
    Schedule,
    ScheduleChanges,
    ScheduleEntry,
    Statistics,
    WorkflowChanges,
    WorkflowInput,
    WorkflowOutput,
)
from obrador.orchestration.stages import undo_all
from obrador.settings import Settings
from obrador.tenants.service import time_zone_of

_POLL_SECONDS = 1.0
_MOST_DAYS = 92
_FOR_PLATFORM = ANYWHERE | problems(Unauthenticated, Forbidden)

MISSING = problems(NotFound)
CONFLICT = problems(NotFound, Conflict)


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


InForce = Annotated[Settings, Depends(_settings)]
Durable = Annotated[Engine, Depends(_engine)]
First = Annotated[Day | None, Query(description="Earliest day.")]
Last = Annotated[Day | None, Query(description="Latest day.")]
WorkflowName = Annotated[str | None, Query(max_length=60, description="Name of the workflow.")]

open_ = APIRouter(prefix="/orchestrator", tags=["orchestrator"], responses=ANYWHERE)
platform = APIRouter(prefix="/orchestrator", tags=["orchestrator"], responses=_FOR_PLATFORM)
runs = APIRouter(tags=["runs"], responses=IN_A_TENANT)
orchestrator = (open_, platform)
routers = (runs,)


def named(requester: Requester) -> str:
    """Who asks, as runs keep it."""
    match requester:
        case Person(user_id=user_id):
            return f"person {user_id}"
        case LocalOwner():
            return "local owner"
        case _:
            return f"program {requester.key_id}"


@open_.get("/health")
async def get_health(session: Session, settings: InForce) -> Health:
    """Whether mornings will be planned."""
    return await statistics.health(session, settings)


@platform.get("/workflows")
async def list_workflows(_: Platform, session: Session, paging: Paging) -> Page[WorkflowOutput]:
    """All workflows."""
    return await managing.page(session, paging)


@platform.post("/workflows", status_code=201, responses=problems(Conflict))
async def create_workflow(
    _: Platform, session: Session, request: Request, new_id: NewId, now: Now, given: WorkflowInput
) -> WorkflowOutput:
    """A new workflow, which fires by itself from now on."""
    stages = managing.known_stages(request.app.state.clock)
    row = await managing.create(session, new_id, given, stages, now)
    return WorkflowOutput.model_validate(row)


@platform.get("/workflows/{id}", responses=MISSING)
async def get_workflow(_: Platform, session: Session, id: UUID) -> WorkflowOutput:
    """A workflow."""
    return WorkflowOutput.model_validate(await managing.get(session, id))


@platform.put("/workflows/{id}", responses=CONFLICT)
async def change_workflow(
    _: Platform, session: Session, request: Request, now: Now, id: UUID, changes: WorkflowChanges
) -> WorkflowOutput:
    """Other values for the fields given; the rest stays."""
    stages = managing.known_stages(request.app.state.clock)
    row = await managing.change(session, id, changes, stages, now)
    return WorkflowOutput.model_validate(row)


@platform.post("/workflows/{id}/enable", responses=MISSING)
async def enable_workflow(_: Platform, session: Session, now: Now, id: UUID) -> WorkflowOutput:
    """Let it fire by itself, from now on."""
    return WorkflowOutput.model_validate(await managing.enable(session, id, True, now))


@platform.post("/workflows/{id}/disable", responses=MISSING)
async def disable_workflow(_: Platform, session: Session, now: Now, id: UUID) -> WorkflowOutput:
    """Let it fire no more by itself. What runs goes on."""
    return WorkflowOutput.model_validate(await managing.enable(session, id, False, now))


@platform.post("/workflows/{id}/execute", status_code=202, responses=CONFLICT)
async def execute_workflow(
    requester: Platform,
    session: Session,
    engine: Durable,
    settings: InForce,
    now: Now,
    id: UUID,
    given: ExecuteInput,
) -> ExecutionStarted:
    """Run it now. What has had its run for the date is left out, unless forced; when nothing is
    left, the answer is the execution that it had."""
    workflow = await managing.get(session, id)
    chosen = given.tenants
    tenants = None if chosen is None else await chosen_tenants(session, requester, chosen)
    triggered = await triggering.trigger(
        session,
        engine,
        settings,
        workflow.name,
        now,
        tenants=tenants,
        day=given.business_date,
        is_forced=given.force_regenerate,
        kind=given.type,
        triggered_by=named(requester),
    )
    row = await reports.execution(session, triggered.execution_id)
    shown = ExecutionOutput.model_validate(row).model_dump()
    return ExecutionStarted(**shown, is_new=triggered.is_new)


@platform.get("/executions")
async def list_executions(
    _: Platform,
    session: Session,
    paging: Paging,
    workflow: WorkflowName = None,
    status: ExecutionStatus | None = None,
    tenant_id: UUID | None = None,
    first: First = None,
    last: Last = None,
) -> Page[ExecutionOutput]:
    """Executions, those that were due last first."""
    statuses = (status,) if status else ()
    wanted = ExecutionFilter(workflow, statuses, tenant_id, first, last)
    return await _executions(session, wanted, paging)


@platform.get("/executions/failed")
async def list_failed_executions(
    _: Platform,
    session: Session,
    paging: Paging,
    workflow: WorkflowName = None,
    first: First = None,
    last: Last = None,
) -> Page[ExecutionOutput]:
    """Executions with something to retry: failed in whole or in part, cancelled, or missed."""
    statuses = ("failed", "partial_success", "cancelled", "missed")
    wanted = ExecutionFilter(workflow, statuses, None, first, last)
    return await _executions(session, wanted, paging)


async def _executions(
    session: Session, wanted: ExecutionFilter, paging: PageRequest
) -> Page[ExecutionOutput]:
    found = await reports.executions(session, wanted, paging)
    items = [ExecutionOutput.model_validate(row) for row in found.rows]
    return Page[ExecutionOutput](items=items, next_cursor=found.next_cursor)


@platform.get("/executions/{id}", responses=MISSING)
async def get_execution(_: Platform, session: Session, id: UUID) -> ExecutionDetail:
    """An execution and how far it is."""
    return await reports.execution_detail(session, id)


@platform.get("/executions/{id}/logs", responses=MISSING)
async def list_logs(_: Platform, session: Session, paging: Paging, id: UUID) -> ExecutionLogs:
    """What is worth knowing of it, and the steps that did not succeed."""
    await reports.execution(session, id)
    found = await reports.logs(session, id, paging)
    failed = [] if paging.cursor else await reports.failed_steps(session, id)
    items: list[LogOutput] = list(found.rows)
    return ExecutionLogs(items=items, next_cursor=found.next_cursor, failed_steps=failed)


@platform.get("/executions/{id}/runs", responses=MISSING)
async def list_runs_of_execution(
    _: Platform,
    session: Session,
    settings: InForce,
    paging: Paging,
    id: UUID,
    status: RunStatus | None = None,
) -> Page[RunOutput]:
    """Its runs, one for each bakery."""
    await reports.execution(session, id)
    wanted = RunFilter(statuses=(status,) if status else ())
    found = await reports.runs_of_execution(session, id, wanted, paging, settings)
    return Page[RunOutput](items=list(found.rows), next_cursor=found.next_cursor)


async def _there(_: Platform, session: Session, id: UUID) -> UUID:
    """The execution of the path, if it is there: once a stream has begun, it is too late to say."""
    await reports.execution(session, id)
    return id


@platform.get("/executions/{id}/events", response_class=EventSourceResponse, responses=MISSING)
async def follow_execution(
    requester: Platform, request: Request, execution_id: Annotated[UUID, Depends(_there)]
) -> AsyncIterator[ServerSentEvent]:
    """How far it is, every second (`progress`); then, once, how it ended (`end`)."""
    state = request.app.state
    while not state.stopping.is_set():
        async with again_for_platform(state.database, requester) as session:
            far = await progress(session, execution_id)
        data = ProgressOutput.model_validate(far)
        yield ServerSentEvent(data=data, event="end" if far.is_over else "progress")
        if far.is_over:
            return
        await pass_by(state.stopping, _POLL_SECONDS)


@platform.post("/executions/{id}/retry", status_code=202, responses=CONFLICT)
async def retry_execution(
    requester: Platform, session: Session, engine: Durable, settings: InForce, now: Now, id: UUID
) -> RetryOutput:
    """Run again what failed of it; all of it, if it was missed."""
    count = await retrying.retry(session, engine, settings, id, named(requester), now)
    shown = ExecutionOutput.model_validate(await reports.execution(session, id)).model_dump()
    return RetryOutput(**shown, retried=count)


@platform.post("/executions/{id}/cancel", responses=CONFLICT)
async def cancel_execution(
    requester: Platform, session: Session, request: Request, engine: Durable, now: Now, id: UUID
) -> CancelOutput:
    """End it before its time. Runs that have ended keep what they made; the others' is taken
    back."""
    if (await reports.execution(session, id)).status not in UNFINISHED:
        raise Conflict("It has ended already.")
    reason = f"Cancelled by {named(requester)}."
    undo = undo_all(request.app.state.clock)
    count = await endings.cancel(session, engine, undo, id, reason, now)
    shown = ExecutionOutput.model_validate(await reports.execution(session, id)).model_dump()
    return CancelOutput(**shown, cancelled=count)


@platform.get("/schedule")
async def get_schedule(_: Platform, session: Session, settings: InForce) -> Schedule:
    """When all workflows run."""
    entries = [ScheduleEntry.model_validate(row) for row in await managing.schedule(session)]
    return Schedule(workflows=entries, scheduler_disabled=settings.scheduler_disabled)


@platform.put("/schedule", responses=CONFLICT)
async def change_schedule(
    requester: Platform, session: Session, settings: InForce, now: Now, changes: ScheduleChanges
) -> Schedule:
    """When workflows shall run: all of these changes, or none; workflows left out stay."""
    await managing.set_schedule(session, changes.workflows, now)
    return await get_schedule(requester, session, settings)


@platform.get("/schedule/next-run")
async def list_next_runs(_: Platform, session: Session, settings: InForce, now: Now) -> NextRuns:
    """When workflows run next, in each time zone that a bakery lives in."""
    workflows, calendars = await managing.crons(session)
    items = await asyncio.to_thread(
        managing.next_runs, workflows, calendars, now, settings.default_timezone
    )
    return NextRuns(items=items, scheduler_disabled=settings.scheduler_disabled)


@platform.get("/leader")
async def get_leader(_: Platform, session: Session, settings: InForce) -> Leader:
    """Who leads, and which processes take part."""
    return await statistics.leader(session, settings)


@platform.get("/metrics")
async def get_figures(_: Platform, session: Session, settings: InForce) -> Figures:
    """What is going on, in figures."""
    return await statistics.figures(session, settings)


@platform.get("/statistics")
async def get_statistics(
    _: Platform,
    session: Session,
    settings: InForce,
    now: Now,
    first: First = None,
    last: Last = None,
    workflow: WorkflowName = None,
) -> Statistics:
    """How runs ended, what they took and cost; without dates, of the last seven days."""
    last = last or now.date()
    first = first or last - timedelta(days=6)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise Invalid(
            "From {first} to {last} cannot be summed up: give up to {most_days} days in order.",
            [Fault("first", "at most {most_days} days before last", most_days=_MOST_DAYS)],
            first=first,
            last=last,
            most_days=_MOST_DAYS,
        )
    return await statistics.statistics(session, settings, first, last, workflow)


@runs.get("/runs")
async def list_runs(
    tenant: Viewer,
    session: Session,
    settings: InForce,
    paging: Paging,
    workflow: WorkflowName = None,
    status: RunStatus | None = None,
    first: First = None,
    last: Last = None,
) -> Page[RunOutput]:
    """The bakery's runs, the newest first."""
    wanted = RunFilter(workflow, (status,) if status else (), first, last)
    found = await reports.runs_of_tenant(session, tenant, wanted, paging, settings)
    return Page[RunOutput](items=list(found.rows), next_cursor=found.next_cursor)


@runs.get("/runs/{run_id}")
async def get_run(tenant: Viewer, session: Session, settings: InForce, run_id: UUID) -> RunDetail:
    """A run with its steps."""
    return await reports.run_detail(session, tenant, run_id, settings)


@runs.post("/plan", status_code=202, responses=problems(Conflict))
async def plan_day(
    tenant: Owner,
    requester: Asking,
    session: Session,
    engine: Durable,
    settings: InForce,
    now: Now,
    given: PlanInput | None = None,
) -> PlanStarted:
    """Plan a day now. A day that has its plan keeps it, unless forced."""
    given = given or PlanInput()
    day = given.business_date or business_date(now, await time_zone_of(session, tenant))
    before = await reports.run_of(session, tenant, day, MORNING)
    is_settled = before is not None and before.status in repository.PLANNED
    if before is not None and (
        before.status in UNFINISHED or (is_settled and not given.force_regenerate)
    ):
        return started(before, is_new=False)
    await triggering.trigger(
        session,
        engine,
        settings,
        MORNING,
        now,
        tenants=[tenant],
        day=day,
        is_forced=before is not None,
        triggered_by=named(requester),
    )
    run = await reports.run_of(session, tenant, day, MORNING)
    if run is None:
        raise Conflict("It is being planned just now; look again in a moment.")
    return started(run, is_new=True)


def started(run: Run, *, is_new: bool) -> PlanStarted:
    return PlanStarted(
        run_id=run.id,
        number=reports.number_of(run.business_date, run.serial),
        execution_id=run.execution_id,
        status=run.status,
        is_new=is_new,
    )

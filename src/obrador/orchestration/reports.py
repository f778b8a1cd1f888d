"""Queries of executions and runs for whoever looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.errors import NotFound
from obrador.kit.pagination import PageRequest, Slice
from obrador.orchestration.models import Execution, LogLine, Run, RunStep
from obrador.orchestration.progress import progress
from obrador.orchestration.schemas import (
    ExecutionDetail,
    ExecutionOutput,
    FailedStep,
    LogOutput,
    ProgressOutput,
    RunDetail,
    RunOutput,
    RunStepOutput,
)
from obrador.settings import Settings

_MANY = 500


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """Which executions; None: whatever."""

    workflow: str | None = None
    statuses: Sequence[str] = ()
    tenant_id: UUID | None = None
    first: date | None = None
    """Due on this day, in UTC, or later."""
    last: date | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs; None: whatever."""

    workflow: str | None = None
    statuses: Sequence[str] = ()
    first: date | None = None
    """Business date."""
    last: date | None = None


def number_of(business_date: date, serial: int) -> str:
    """The number that people call a run by: day and serial number."""
    return f"{business_date:%Y%m%d}-{serial:06d}"


async def executions(
    session: AsyncSession, wanted: ExecutionFilter, paging: PageRequest
) -> Slice[Execution]:
    """A page of executions, those that were due last first."""
    query = select(Execution).where(*_matching(wanted))
    if paging.cursor is not None:
        seen = select(Execution.due_at, Execution.id).where(Execution.id == paging.cursor)
        query = query.where(tuple_(Execution.due_at, Execution.id) < seen.scalar_subquery())
    query = query.order_by(Execution.due_at.desc(), Execution.id.desc()).limit(paging.limit + 1)
    rows = (await session.scalars(query)).all()
    return Slice.cut(rows, paging.limit, lambda row: row.id)


def _matching(wanted: ExecutionFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.workflow is not None:
        where.append(Execution.workflow == wanted.workflow)
    if wanted.type is not None:
        where.append(Execution.type == wanted.type)
    if wanted.statuses:
        where.append(Execution.status.in_(wanted.statuses))
    if wanted.first is not None:
        where.append(Execution.due_at >= _midnight(wanted.first))
    if wanted.last is not None:
        where.append(Execution.due_at < _midnight(wanted.last) + timedelta(days=1))
    if wanted.tenant_id is not None:
        own = select(Run.execution_id).where(Run.tenant_id == wanted.tenant_id)
        where.append(Execution.id.in_(own))
    return where


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def execution(session: AsyncSession, execution_id: UUID) -> Execution:
    """An execution.

    Raises:
        NotFound: it is not there.
    """
    query = select(Execution).where(Execution.id == execution_id)
    found = await session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("There is no execution {execution_id}.", execution_id=execution_id)
    return found


async def execution_detail(session: AsyncSession, execution_id: UUID) -> ExecutionDetail:
    """An execution and how far it is.

    Raises:
        NotFound: it is not there.
    """
    row = await execution(session, execution_id)
    shown = ExecutionOutput.model_validate(row).model_dump()
    far = ProgressOutput.model_validate(await progress(session, execution_id))
    return ExecutionDetail(**shown, steps=row.steps, progress=far)


async def logs(session: AsyncSession, execution_id: UUID, paging: PageRequest) -> Slice[LogOutput]:
    """What is worth knowing of an execution, in the order in which it happened."""
    query = select(LogLine).where(LogLine.execution_id == execution_id)
    if paging.cursor is not None:
        query = query.where(LogLine.id > paging.cursor)
    rows = (await session.scalars(query.order_by(LogLine.id).limit(paging.limit + 1))).all()
    shown = [LogOutput.model_validate(row) for row in rows]
    return Slice.cut(shown, paging.limit, lambda line: line.id)


async def failed_steps(session: AsyncSession, execution_id: UUID) -> list[FailedStep]:
    """Steps of an execution's runs that did not succeed; 500 at most."""
    query = (
        select(
            Run.id.label("run_id"),
            Run.tenant_id,
            Run.business_date,
            RunStep.step,
            RunStep.status,
            RunStep.attempt,
            RunStep.ended_at,
            RunStep.error,
        )
        .join(RunStep, _same_run())
        .where(
            Run.execution_id == execution_id,
            Run.status != "completed",  # those have none, and are nearly all
            RunStep.status != "success",
        )
        .order_by(RunStep.ended_at, Run.id)
        .limit(_MANY)
    )
    return [FailedStep.model_validate(row) for row in await session.execute(query)]


def _same_run() -> ColumnElement[bool]:
    return (
        (RunStep.tenant_id == Run.tenant_id)
        & (RunStep.business_date == Run.business_date)
        & (RunStep.workflow == Run.workflow)
        & (RunStep.revision == Run.revision)
    )


async def runs_of_execution(
    session: AsyncSession,
    execution_id: UUID,
    wanted: RunFilter,
    paging: PageRequest,
    settings: Settings,
) -> Slice[RunOutput]:
    """A page of an execution's runs, by id."""
    query = select(Run).where(Run.execution_id == execution_id, *_of(wanted))
    if paging.cursor is not None:
        query = query.where(Run.id > paging.cursor)
    return await _runs(session, query.order_by(Run.id), paging, settings)


async def runs_of_tenant(
    session: AsyncSession,
    tenant: TenantId,
    wanted: RunFilter,
    paging: PageRequest,
    settings: Settings,
) -> Slice[RunOutput]:
    """A page of a bakery's runs, the newest first."""
    query = select(Run).where(Run.tenant_id == tenant, *_of(wanted))
    if paging.cursor is not None:
        query = query.where(Run.id < paging.cursor)
    return await _runs(session, query.order_by(Run.id.desc()), paging, settings)


async def newest_runs(
    session: AsyncSession, wanted: RunFilter, limit: int, settings: Settings
) -> Sequence[RunOutput]:
    """The newest runs of all bakeries, for whoever runs the machine."""
    query = select(Run).where(*_of(wanted)).order_by(Run.id.desc())
    return (await _runs(session, query, PageRequest(limit=limit), settings)).rows


def _of(wanted: RunFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.workflow is not None:
        where.append(Run.workflow == wanted.workflow)
    if wanted.statuses:
        where.append(Run.status.in_(wanted.statuses))
    if wanted.first is not None:
        where.append(Run.business_date >= wanted.first)
    if wanted.last is not None:
        where.append(Run.business_date <= wanted.last)
    return where


async def _runs(
    session: AsyncSession, query: Select[Run], paging: PageRequest, settings: Settings
) -> Slice[RunOutput]:
    rows = (await session.scalars(query.limit(paging.limit + 1))).all()
    shown = [RunOutput.model_validate(_facts(row, settings)) for row in rows]
    return Slice.cut(shown, paging.limit, lambda run: run.id)


async def run_detail(
    session: AsyncSession, tenant: TenantId, run_id: UUID, settings: Settings
) -> RunDetail:
    """A bakery's run with its steps and what is worth knowing of it.

    Raises:
        NotFound: it is not there.
    """
    query = select(Run).where(Run.tenant_id == tenant, Run.id == run_id)
    run = await session.scalar(query)
    if run is None:
        raise NotFound("There is no run {run_id} here.", run_id=run_id)
    steps = await session.scalars(
        select(RunStep)
        .where(
            RunStep.tenant_id == tenant,
            RunStep.business_date == run.business_date,
            RunStep.workflow == run.workflow,
            RunStep.revision == run.revision,
        )
        .order_by(RunStep.ended_at, RunStep.step)
    )
    lines = await session.scalars(
        select(LogLine)
        .where(
            LogLine.tenant_id == tenant,
            LogLine.execution_id == run.execution_id,
            LogLine.business_date == run.business_date,
        )
        .order_by(LogLine.id)
        .limit(_MANY)
    )
    return RunDetail(
        **_facts(run, settings),
        steps=[RunStepOutput.model_validate(step) for step in steps],
        logs=[LogOutput.model_validate(line) for line in lines],
        notes=run.notes,
    )


def cost_euro(compute_ms: float, rows: float, settings: Settings) -> float:
    """Estimated cost in euro: compute_ms / 3,600,000 · rate per hour + rows / 1,000,000 · rate."""
    return (
        compute_ms / 3_600_000 * settings.cost_per_cpu_hour
        + rows / 1_000_000 * settings.cost_per_million_rows
    )


def _facts(run: Run, settings: Settings) -> dict[str, Any]:
    own = {name: getattr(run, name) for name in RunOutput.model_fields if hasattr(run, name)}
    ended, began = run.completed_at, run.started_at
    return own | {
        "number": number_of(run.business_date, run.serial),
        "duration_seconds": (ended - began).total_seconds() if ended and began else None,
        "compute_seconds": run.compute_ms / 1000,
        "cost_euro": cost_euro(run.compute_ms, run.rows_written, settings),
    }


async def run_of(
    session: AsyncSession, tenant: TenantId, business_date: date, workflow: str
) -> Run | None:
    """The newest run of a bakery's day."""
    query = (
        select(Run)
        .where(
            Run.tenant_id == tenant, Run.business_date == business_date, Run.workflow == workflow
        )
        .order_by(Run.revision.desc())
        .limit(1)
    )
    found: Run | None = await session.scalar(query)
    return found

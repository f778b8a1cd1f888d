"""How executions end: by themselves, by hand, or because they take too long."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import operator
from obrador.kit.outbox import publish_all
from obrador.kit.workflow import Engine
from obrador.orchestration.dispatch import chunk_workflow_id, lone_workflow_id
from obrador.orchestration.events import WorkflowCompleted, WorkflowFailed
from obrador.orchestration.models import Chunk, Execution, Run
from obrador.orchestration.run_state import RunKey

_UNFINISHED = ("pending", "running")


@dataclass(frozen=True, slots=True)
class Ended:
    """How an execution ended."""

    workflow: str
    status: str
    seconds: float
    runs: Mapping[str, int]
    """How many of its runs ended with each status."""


async def finish_if_over(session: AsyncSession, execution_id: UUID, now: datetime) -> Ended | None:
    """End an execution none of whose runs is under way any more; None: some are, or it had ended.

    Whoever ends one of its parts calls this last: they wait for each other here, so that the last
    one sees that it is the last.
    """
    execution = await session.get(
        Execution, execution_id, with_for_update=True, populate_existing=True
    )
    if execution is None or execution.status not in _UNFINISHED:
        return None
    if await _goes_on(session, execution):
        return None
    statuses = await _statuses(session, execution_id)
    execution.status = _status(statuses)
    execution.completed_at = now
    await session.flush()
    await publish_all(session, [await _told(session, execution, statuses, now)])
    seconds = (now - (execution.started_at or now)).total_seconds()
    return Ended(execution.workflow, execution.status, seconds, statuses)


async def _told(
    session: AsyncSession, execution: Execution, runs: Mapping[str, int], now: datetime
) -> WorkflowCompleted | WorkflowFailed:
    """What others hear of the end."""
    if execution.status == "failed":
        example = select(Run.error).where(
            Run.execution_id == execution.id, Run.status == "failed", Run.error.is_not(None)
        )
        error = await session.scalar(example.limit(1)) or "All of its runs failed."
        return WorkflowFailed(
            execution.workflow, str(execution.id), error, sum(runs.values()), now.isoformat()
        )
    query = select(
        func.coalesce(func.sum(Run.steps_completed), 0),
        func.coalesce(func.sum(Run.steps_total), 0),
    ).where(Run.execution_id == execution.id)
    completed, total = (await session.execute(query)).one()
    return WorkflowCompleted(
        execution.workflow,
        str(execution.id),
        tenants_processed=sum(runs.values()),
        steps_completed=completed,
        steps_failed=total - completed,
        duration_seconds=(now - (execution.started_at or now)).total_seconds(),
        timestamp=now.isoformat(),
    )


async def _goes_on(session: AsyncSession, execution: Execution) -> bool:
    runs = exists().where(Run.execution_id == execution.id, Run.status.in_(_UNFINISHED))
    without_runs = exists().where(
        Chunk.execution_id == execution.id, Chunk.tenants == 0, Chunk.status != "done"
    )
    return bool(await session.scalar(select(runs | without_runs)))


async def _statuses(session: AsyncSession, execution_id: UUID) -> dict[str, int]:
    query = (
        select(Run.status, func.count())
        .where(Run.execution_id == execution_id)
        .group_by(Run.status)
    )
    return dict((await session.execute(query)).all())


def _status(runs: dict[str, int]) -> str:
    """How an execution ended whose runs ended so."""
    if not runs or set(runs) == {"completed"}:
        return "completed"
    if set(runs) <= {"failed", "cancelled"}:
        return "failed" if "failed" in runs else "cancelled"
    return "partial_success"


Undo = Callable[[AsyncSession, Sequence[RunKey]], Awaitable[None]]
"""Takes back the drafts of mornings that have not ended."""


async def overdue(session: AsyncSession, now: datetime) -> Sequence[Execution]:
    """Executions under way whose deadline has passed."""
    query = select(Execution).where(Execution.status.in_(_UNFINISHED), Execution.deadline < now)
    return (await session.scalars(query)).all()


async def cancel(
    session: AsyncSession,
    engine: Engine,
    undo: Undo,
    execution_id: UUID,
    reason: str,
    now: datetime,
) -> int:
    """End an execution before its time; returns how many of its runs were still under way.

    What these have created is taken back; runs that had ended keep what they have. Processes that
    have one in hand find it ended before they write anything more.
    """
    unfinished = (Run.execution_id == execution_id) & Run.status.in_(_UNFINISHED)
    columns = (Run.tenant_id, Run.business_date, Run.workflow, Run.revision, Run.id, Run.attempt)
    query = select(*columns).where(unfinished).order_by(*columns[:4]).with_for_update()
    runs = (await session.execute(query)).all()
    tenants = operator.working_for(run.tenant_id for run in runs)
    keys = [RunKey(t, *run[1:4]) for t, run in zip(tenants, runs, strict=True)]
    await undo(session, keys)
    await session.execute(
        update(Run)
        .where(unfinished)
        .values(status="cancelled", completed_at=now, error=reason)
        .execution_options(synchronize_session=False)
    )
    open_chunks = (Chunk.execution_id == execution_id) & (Chunk.status != "done")
    chunks = (await session.execute(select(Chunk.number, Chunk.attempt).where(open_chunks))).all()
    await session.execute(
        update(Chunk)
        .where(open_chunks)
        .values(status="done")
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Execution)
        .where(Execution.id == execution_id, Execution.status.in_(_UNFINISHED))
        .values(status="cancelled", completed_at=now, error=reason)
    )
    (execution,) = await session.execute(
        select(Execution.workflow).where(Execution.id == execution_id)
    )
    told = WorkflowFailed(execution.workflow, str(execution_id), reason, len(runs), now.isoformat())
    await publish_all(session, [told])
    await engine.cancel(
        [chunk_workflow_id(execution_id, chunk.number, chunk.attempt) for chunk in chunks]
        + [lone_workflow_id(run.id, run.attempt) for run in runs]
    )
    return len(runs)

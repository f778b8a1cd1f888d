"""Running again by hand: what failed of an execution, or a firing that was missed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.errors import Conflict, NotFound
from obrador.kit.workflow import Engine
from obrador.orchestration import due
from obrador.orchestration.dispatch import fire, order_of, place_in_queue, start_chunk
from obrador.orchestration.models import Chunk, Execution, LogLine, Workflow
from obrador.orchestration.schedule import Calendar, firings
from obrador.settings import Settings

_MOMENT = timedelta(microseconds=1)

# Runs that failed are planned anew, from today's data: what they had created was taken back, and
# stays archived under the revision that they leave. Runs that a later revision has replaced are
# over. Of others only the steps that did not succeed are repeated.
_PLAN_ANEW = text("""
    update runs r set revision = r.revision + 1, status = 'pending', created_at = :now,
        started_at = null, completed_at = null, retries = r.retries + 1, strikes = 0,
        is_exhausted = false, compensations = 0, error = null, error_details = null, chunk = -1
    where r.execution_id = :id and r.status = any(:statuses) and not exists (
        select from runs later where later.tenant_id = r.tenant_id
            and later.business_date = r.business_date and later.workflow = r.workflow
            and later.revision > r.revision
    )
""")
_FORGET_STEPS = text("""
    delete from run_steps s using runs r
    where r.execution_id = :id and r.status = 'partial_success' and s.tenant_id = r.tenant_id
        and s.business_date = r.business_date and s.workflow = r.workflow
        and s.revision = r.revision and s.status <> 'success'
    returning r.id
""")
_REPEAT_STEPS = text("""
    update runs set status = 'pending', started_at = null, completed_at = null,
        retries = retries + 1, strikes = 0, is_exhausted = false, error = null,
        error_details = null, chunk = -1
    where id = any(cast(:runs as uuid[]))
""")
_INTO_CHUNKS = text("""
    with numbered as (
        select id, :first + (row_number() over (order by tenant_id, business_date) - 1) / :size
            as chunk
        from runs where execution_id = :id and chunk = -1
    ), placed as (
        update runs r set chunk = n.chunk from numbered n where r.id = n.id returning n.chunk
    )
    select chunk, count(*) as tenants from placed group by chunk order by chunk
""")


async def retry(
    session: AsyncSession,
    engine: Engine,
    settings: Settings,
    execution_id: UUID,
    who: str,
    now: datetime,
) -> int:
    """Run again what failed of an execution, in chunks of its own; returns how many runs.

    Of an execution that was cancelled, what had not ended runs as well; one that was missed runs
    as a whole.

    Raises:
        NotFound: there is no such execution.
        Conflict: nothing of it failed, or its bakeries have been planned meanwhile.
    """
    execution = await session.get(Execution, execution_id, with_for_update=True)
    if execution is None:
        raise NotFound("There is no execution {execution_id}.", execution_id=execution_id)
    if execution.status == "missed":
        return await _run_missed(session, engine, settings, execution, who, now)
    await _reset_runs(session, execution, now)
    chunks = await _into_chunks(session, execution, settings)
    if not chunks:
        raise Conflict(
            "Nothing of it failed. To plan its day anew, execute the workflow with"
            " force_regenerate."
        )
    count = sum(chunks.values())
    seconds = await _may_take(session, execution.workflow, settings)
    execution.status, execution.error = "running", None
    execution.started_at, execution.completed_at = now, None
    execution.deadline = now + timedelta(seconds=seconds)
    session.add(_told(execution_id, f"{who} has {count} runs tried again."))
    await session.flush()
    await _start(session, engine, execution, chunks)
    return count


async def _reset_runs(session: AsyncSession, execution: Execution, now: datetime) -> None:
    statuses = ["failed", "cancelled"] if execution.status == "cancelled" else ["failed"]
    try:
        async with session.begin_nested():
            values = {"id": execution.id, "statuses": statuses, "now": now}
            await session.execute(_PLAN_ANEW, values)
    except IntegrityError as error:  # somebody has just forced the same day
        raise Conflict("One of its bakeries is being planned anew just now.") from error
    runs = set(await session.scalars(_FORGET_STEPS, {"id": execution.id}))
    if runs:
        await session.execute(_REPEAT_STEPS, {"runs": sorted(runs)})


async def _into_chunks(
    session: AsyncSession, execution: Execution, settings: Settings
) -> Mapping[int, int]:
    """Chunks of the runs that have none, behind those that there are, and how large they are."""
    last = await session.scalar(
        select(func.max(Chunk.number)).where(Chunk.execution_id == execution.id)
    )
    first = 0 if last is None else last + 1
    values = {"id": execution.id, "first": first, "size": settings.chunk_size}
    rows = await session.execute(_INTO_CHUNKS, values)
    return {row.chunk: row.tenants for row in rows}


async def _start(
    session: AsyncSession, engine: Engine, execution: Execution, chunks: Mapping[int, int]
) -> None:
    place = place_in_queue(execution.due_at, "starter", "high")
    rows = [
        {"execution_id": execution.id, "number": number, "priority": place, "tenants": tenants}
        for number, tenants in chunks.items()
    ]
    await session.execute(insert(Chunk), rows)
    await engine.start(session, [start_chunk(execution.id, n, 0, place) for n in chunks])


async def _may_take(session: AsyncSession, name: str, settings: Settings) -> int:
    seconds = await session.scalar(
        select(Workflow.max_duration_seconds).where(Workflow.name == name)
    )
    return seconds or settings.max_workflow_duration_seconds


async def _run_missed(
    session: AsyncSession,
    engine: Engine,
    settings: Settings,
    missed: Execution,
    who: str,
    now: datetime,
) -> int:
    """Fire a missed moment after all, under the same id."""
    workflow = await due.workflow(session, missed.workflow)
    days = await _days(session, workflow, missed.due_at, settings)
    is_platform = workflow.scope == "platform"
    bakeries = await due.bakeries(session, days) if days and not is_platform else []
    order = order_of(
        workflow, settings, missed.due_at, "manual", bakeries, now,
        id=missed.id, priority="high", triggered_by=who,
    )  # fmt: skip
    await session.execute(delete(Execution).where(Execution.id == missed.id))
    session.expunge(missed)
    count = await fire(session, engine, order, now) if bakeries or is_platform else None
    if count is None:
        raise Conflict(
            "Its bakeries have been planned meanwhile, or the workflow's schedule has changed"
            " since: execute the workflow with the date that you want."
        )
    session.add(_told(missed.id, f"{who} runs what was missed at {missed.due_at:%Y-%m-%d %H:%M}."))
    return count


async def _days(
    session: AsyncSession, workflow: Workflow, moment: datetime, settings: Settings
) -> dict[Calendar, date]:
    """The calendars that the moment was due for, each with its day."""
    if workflow.cron is None or workflow.scope == "platform":
        return {}
    return {
        calendar: firing.business_date
        for calendar in await due.calendars(session)
        for firing in firings(
            workflow.cron, calendar, moment - _MOMENT, moment, settings.default_timezone
        )
    }


def _told(execution_id: UUID, message: str) -> LogLine:
    return LogLine(execution_id=execution_id, level="info", message=message)

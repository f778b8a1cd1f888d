"""Queries of runs, their steps and their chunks, for whoever drives them.

A process works for the bakeries whose runs it was given; `authz.operator` vouches for that.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, operator
from obrador.kit.db import copy_rows, table_of
from obrador.orchestration.models import Chunk, Execution, LogLine, Run, RunStep
from obrador.orchestration.run_state import RunKey, RunState
from obrador.tenants import service as tenants
from obrador.tenants.domain import Morning

_KEYS = """
    unnest(cast(:tenants as uuid[]), cast(:dates as date[]), cast(:revisions as smallint[]))
        as k(tenant_id, business_date, revision)
"""
_JOINED = """
    r.tenant_id = k.tenant_id and r.business_date = k.business_date
    and r.workflow = :workflow and r.revision = k.revision
"""

_LOCK = text(f"""
    select r.tenant_id from runs r join {_KEYS} on {_JOINED}
    where r.status in ('pending', 'running')
    order by r.tenant_id, r.business_date, r.revision
    for no key update of r
""")  # noqa: S608  our own words
_DONE = text(f"""
    select r.tenant_id from run_steps r join {_KEYS} on {_JOINED} and r.step = :step
""")  # noqa: S608
_LAST_CLEAN = text(f"""
    select k.tenant_id, s.business_date, s.revision from {_KEYS}
    cross join lateral (
        select r.business_date, r.revision from run_steps r
        where r.tenant_id = k.tenant_id and r.workflow = :workflow and r.step = :step
            and r.status = 'success' and r.error is null
            and (r.business_date, r.revision) < (k.business_date, k.revision)
            and r.business_date >= k.business_date - cast(:days as int)
        order by r.business_date desc, r.revision desc limit 1
    ) s
""")  # noqa: S608
_CLOSE = text(f"""
    update runs r set
        status = case
            when s.imperfect > 0 then 'partial_success'
            else 'completed' end,
        completed_at = :now, steps_completed = s.succeeded,
        compute_ms = s.compute_ms, rows_written = s.rows_written, counts = s.counts
    from (
        select k.tenant_id, k.business_date, k.revision,
            count(*) filter (where t.status = 'success') as succeeded,
            count(*) filter (where t.status <> 'success' or t.error is not null) as imperfect,
            count(t.step) = :steps as reached,
            coalesce(sum(t.compute_ms), 0) as compute_ms,
            coalesce(sum(t.rows_written), 0) as rows_written,
            coalesce((
                select jsonb_object_agg(c.key, c.value) from run_steps u, jsonb_each(u.counts) c
                where u.tenant_id = k.tenant_id and u.business_date = k.business_date
                    and u.workflow = :workflow and u.revision = k.revision
            ), '{{}}') as counts
        from {_KEYS} left join run_steps t on t.tenant_id = k.tenant_id
            and t.business_date = k.business_date and t.workflow = :workflow
            and t.revision = k.revision
        group by k.tenant_id, k.business_date, k.revision
    ) s
    where r.tenant_id = s.tenant_id and r.business_date = s.business_date
        and r.workflow = :workflow and r.revision = s.revision
        and r.status in ('pending', 'running') and s.reached
    returning r.tenant_id, r.status
""")  # noqa: S608

_STEP_COLUMNS = (
    "tenant_id", "business_date", "workflow", "revision", "step", "status", "attempt",
    "started_at", "ended_at", "compute_ms", "rows_written", "counts", "instance", "error",
)  # fmt: skip

StepStatus = Literal["success", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Written:
    """What a stage wrote for one bakery."""

    rows: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    """What the run records: forecasts, batches, plans, orders, ..."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """How a step of a run ended."""

    key: RunKey
    step: str
    status: StepStatus
    attempt: int
    started_at: datetime
    ended_at: datetime
    compute_ms: float
    rows_written: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    instance: UUID | None = None
    error: str | None = None


async def read_chunk(session: AsyncSession, execution_id: UUID, number: int) -> list[RunState]:
    """The runs of a chunk that have not ended, with their bakeries."""
    return await _states(session, Run.execution_id == execution_id, Run.chunk == number)


async def read_run(session: AsyncSession, run_id: UUID) -> RunState | None:
    """A run, unless it has ended."""
    found = await _states(session, Run.id == run_id)
    return found[0] if found else None


async def _states(session: AsyncSession, *where: Any) -> list[RunState]:
    query = (
        select(
            Run.tenant_id,
            Run.business_date,
            Run.workflow,
            Run.revision,
            Run.id,
            Run.execution_id,
            Run.priority,
            Run.strikes,
            Run.created_at,
            Execution.tenant_timeout_seconds,
        )
        .join(Execution, Execution.id == Run.execution_id)
        .where(*where, Run.status.in_(("pending", "running")))
        .order_by(Run.tenant_id, Run.business_date, Run.revision)
    )
    rows = (await session.execute(query)).all()
    ids = operator.working_for([row.tenant_id for row in rows])
    bakeries = await tenants.load_bakeries(session, sorted(set(ids)))
    return [
        RunState(
            RunKey(tenant, row.business_date, row.workflow, row.revision),
            row.id,
            row.execution_id,
            row.priority,
            Morning(
                tenant,
                bakeries[tenant],
                row.business_date,
                row.revision,
                row.created_at.astimezone(ZoneInfo(bakeries[tenant].time_zone)),
            ),
            row.tenant_timeout_seconds,
            row.strikes,
        )
        for tenant, row in zip(ids, rows, strict=True)
    ]


def _keys(keys: Sequence[RunKey]) -> dict[str, Any]:
    return {
        "tenants": [key.tenant for key in keys],
        "dates": [key.business_date for key in keys],
        "revisions": [key.revision for key in keys],
        "workflow": keys[0].workflow,
    }


async def lock_unfinished(session: AsyncSession, keys: Sequence[RunKey]) -> set[TenantId]:
    """Those of the runs that have not ended (or been cancelled), which nobody else drives on until
    the transaction ends."""
    if not keys:
        return set()
    rows = await session.scalars(_LOCK, _keys(keys))
    return set(rows)


async def done(session: AsyncSession, keys: Sequence[RunKey], step: str) -> set[TenantId]:
    """Those of the runs whose step has ended."""
    if not keys:
        return set()
    return set(await session.scalars(_DONE, _keys(keys) | {"step": step}))


async def last_clean(
    session: AsyncSession, keys: Sequence[RunKey], step: str, days: int
) -> dict[TenantId, dict[str, Any]]:
    """Date and revision of the last run before each of these, of the same workflow and at most so
    many days older, whose step succeeded without a substitute."""
    if not keys:
        return {}
    rows = await session.execute(_LAST_CLEAN, _keys(keys) | {"step": step, "days": days})
    own = {key.tenant: key.tenant for key in keys}
    return {
        own[row.tenant_id]: {"business_date": row.business_date, "revision": row.revision}
        for row in rows
    }


async def add_steps(session: AsyncSession, steps: Sequence[StepRecord]) -> None:
    """Record steps that have ended."""
    await copy_rows(
        session,
        table_of(RunStep),
        _STEP_COLUMNS,
        (
            (
                *step.key, step.step, step.status, step.attempt, step.started_at, step.ended_at,
                step.compute_ms, step.rows_written, dict(step.counts) or None, step.instance,
                step.error,
            )
            for step in steps
        ),
    )  # fmt: skip


async def end_stage(
    session: AsyncSession,
    step: str,
    runs: Sequence[RunState],
    written: Mapping[TenantId, Written],
    remarks: Mapping[TenantId, str],
    skipped: Collection[TenantId],
    *,
    attempt: int,
    began: datetime,
    ended: datetime,
    compute_ms: Mapping[TenantId, float],
    instance: UUID | None = None,
) -> None:
    """Record that runs have a stage behind them: what was written, or that it was left out; remarks
    say why, or what it made do with."""
    await add_steps(
        session,
        [
            StepRecord(
                run.key, step, "skipped" if run.tenant in skipped else "success", attempt, began,
                ended, compute_ms.get(run.tenant, 0.0), own.rows, own.counts, instance,
                remarks.get(run.tenant),
            )
            for run in runs
            for own in [written.get(run.tenant, Written())]
        ],
    )  # fmt: skip


async def begin(
    session: AsyncSession, keys: Sequence[RunKey], instance: UUID, now: datetime
) -> None:
    """Note that runs are under way."""
    if keys:
        statement = text(f"""
            update runs r set status = 'running', started_at = coalesce(r.started_at, :now),
                instance = :instance
            from {_KEYS} where {_JOINED} and r.status = 'pending'
        """)  # noqa: S608
        await session.execute(statement, _keys(keys) | {"now": now, "instance": instance})


async def close(
    session: AsyncSession, keys: Sequence[RunKey], steps: int, now: datetime
) -> dict[UUID, str]:
    """End runs with the status that their steps give, and add up their figures. Those some of whose
    steps are missing are left as they are."""
    if not keys:
        return {}
    rows = await session.execute(_CLOSE, _keys(keys) | {"steps": steps, "now": now})
    return {row.tenant_id: row.status for row in rows}


async def end(
    session: AsyncSession, keys: Sequence[RunKey], status: str, now: datetime, **values: Any
) -> None:
    """End runs that were stopped before their last step."""
    for key in keys:
        await session.execute(
            update(Run)
            .where(_is(key), Run.status.in_(("pending", "running")))
            .values(status=status, completed_at=now, **values)
        )


async def count_retry(session: AsyncSession, key: RunKey, error: str) -> None:
    """Note what failed, and that it is tried again."""
    await session.execute(update(Run).where(_is(key)).values(retries=Run.retries + 1, error=error))


async def leave_chunk(session: AsyncSession, key: RunKey) -> int:
    """Let a run be nobody's but its own; returns for which time."""
    attempt = await session.scalar(
        update(Run)
        .where(_is(key))
        .values(chunk=None, attempt=Run.attempt + 1)
        .returning(Run.attempt)
    )
    return attempt or 0


def _is(key: RunKey) -> Any:
    return (
        (Run.tenant_id == key.tenant)
        & (Run.business_date == key.business_date)
        & (Run.workflow == key.workflow)
        & (Run.revision == key.revision)
    )


async def save_notes(session: AsyncSession, runs: Sequence[RunState]) -> None:
    """Keep what needs attention, and until when there were sales. One statement for all runs."""
    statement = text("""
        update runs r set notes = k.notes, data_until = k.data_until
        from jsonb_to_recordset(cast(:rows as jsonb))
            as k(id uuid, notes jsonb, data_until date)
        where r.id = k.id
    """)
    rows = [
        {
            "id": str(run.id),
            "notes": [asdict(note) for note in run.notes],
            "data_until": run.snapshot and run.snapshot.data_until,
        }
        for run in runs
    ]
    await session.execute(statement, {"rows": json.dumps(rows, default=str)})


async def advance(
    session: AsyncSession, execution_id: UUID, number: int, steps_done: int, instance: UUID
) -> None:
    """Note how far a chunk is."""
    await session.execute(
        update(Chunk)
        .where(Chunk.execution_id == execution_id, Chunk.number == number)
        .values(
            status="running",
            steps_done=steps_done,
            instance=instance,
            progress_at=text("clock_timestamp()"),
        )
    )


async def tell_all(
    session: AsyncSession, step: str, level: str, lines: Sequence[tuple[RunState, str]]
) -> None:
    """Keep what is worth knowing of many runs. One statement."""
    if lines:
        await session.execute(
            insert(LogLine), [_line(run, step, level, message, {}) for run, message in lines]
        )


async def tell(
    session: AsyncSession, run: RunState, step: str, level: str, message: str, **data: Any
) -> None:
    """Keep what is worth knowing of a run."""
    await session.execute(insert(LogLine).values(_line(run, step, level, message, data)))


def _line(
    run: RunState, step: str, level: str, message: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "execution_id": run.execution_id,
        "tenant_id": run.tenant,
        "business_date": run.key.business_date,
        "revision": run.key.revision,
        "step": step,
        "level": level,
        "message": message,
        "data": data,
    }

"""Runs that the engine has lost sight of.

Our own tables are the truth: what they say is under way, but the engine does not know, or takes
for ended, is started again under a new attempt. Stages are idempotent, so that is always safe.
"""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.workflow import Engine
from obrador.orchestration.dispatch import (
    chunk_workflow_id,
    lone_workflow_id,
    place_in_queue,
    start_alone,
    start_chunk,
)
from obrador.orchestration.models import Chunk, Execution, Run

SETTLED_SECONDS = 15
"""What has moved within so many seconds is not looked at."""
STALE_SECONDS = 600
"""A chunk that a living process has not brought forward for so long is started again elsewhere."""


async def drive_on(session: AsyncSession, engine: Engine) -> int:
    """Start again what has got stuck; returns how much."""
    chunks = await _lost_chunks(session, engine)
    await engine.cancel([_id(chunk) for chunk in chunks])
    for chunk in chunks:
        chunk.attempt += 1
        chunk.progress_at = func.clock_timestamp()
    runs = await _lost_runs(session, engine)
    for run in runs:
        run.attempt += 1
    starts = [
        start_chunk(chunk.execution_id, chunk.number, chunk.attempt, chunk.priority)
        for chunk in chunks
    ] + [
        start_alone(run.id, run.attempt, place_in_queue(run.created_at, "starter", run.priority))
        for run in runs
    ]
    await session.flush()
    await engine.start(session, starts)
    return len(starts)


async def _lost_chunks(session: AsyncSession, engine: Engine) -> list[Chunk]:
    query = (
        select(Chunk, func.extract("epoch", func.clock_timestamp() - Chunk.progress_at))
        .join(Execution, Execution.id == Chunk.execution_id)
        .where(Execution.status == "running", Chunk.status != "done")
        .with_for_update(of=Chunk, skip_locked=True)
    )
    found = [(c, age) for c, age in await session.execute(query) if age > SETTLED_SECONDS]
    states = await engine.states([_id(chunk) for chunk, _ in found])
    return [
        chunk
        for chunk, age in found
        if (state := states.get(_id(chunk), "ended")) == "ended"
        or (state == "running" and age > STALE_SECONDS)
    ]


async def _lost_runs(session: AsyncSession, engine: Engine) -> list[Run]:
    """A run alone may wait long for its next attempt: only the engine can tell that it is lost."""
    query = (
        select(Run)
        .join(Execution, Execution.id == Run.execution_id)
        .where(
            Execution.status == "running",
            Run.chunk.is_(None),
            Run.status.in_(("pending", "running")),
        )
        .with_for_update(of=Run, skip_locked=True)
    )
    runs = (await session.scalars(query)).all()
    states = await engine.states([lone_workflow_id(run.id, run.attempt) for run in runs])
    return [
        run for run in runs if states.get(lone_workflow_id(run.id, run.attempt), "ended") == "ended"
    ]


def _id(chunk: Chunk) -> str:
    return chunk_workflow_id(chunk.execution_id, chunk.number, chunk.attempt)

"""How far an execution is: done, to do, how fast, until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.errors import NotFound

UNFINISHED = ("pending", "running")

# A run that has ended has nothing left to do, however many steps it skipped. One that goes with its
# chunk is as far as that; one alone, as far as its own steps tell. What an execution did before it
# was retried says nothing of how fast it is now.
_PROGRESS = text("""
    select e.id, e.status, coalesce(e.started_at, e.created_at) as began,
        coalesce(e.completed_at, clock_timestamp()) as at,
        jsonb_array_length(e.steps) as steps, s.*,
        (select coalesce(sum(steps_done), 0) from chunks
            where execution_id = e.id and tenants = 0) as platform_steps
    from executions e cross join lateral (
        select count(*) as tenants, count(*) filter (where ended) as done,
            count(*) filter (where ended and is_new) as newly_done,
            count(*) filter (where r.status = 'failed') as failed,
            count(*) filter (where r.status = 'partial_success') as partial,
            count(*) filter (where r.status = 'running') as running,
            coalesce(sum(r.steps_total), 0) as steps_total,
            coalesce(sum(so_far), 0) as steps_done,
            coalesce(sum(so_far) filter (where is_new), 0) as steps_newly_done
        from (
            select r.status, r.steps_total, r.status not in ('pending', 'running') as ended,
                r.completed_at is null or r.completed_at >= e.started_at as is_new,
                case when r.status not in ('pending', 'running') then r.steps_total
                    when r.chunk is not null then least(c.steps_done, r.steps_total)
                    else (
                        select count(*) from run_steps t where t.tenant_id = r.tenant_id
                            and t.business_date = r.business_date and t.workflow = r.workflow
                            and t.revision = r.revision
                    ) end as so_far
            from runs r left join chunks c
                on c.execution_id = r.execution_id and c.number = r.chunk
            where r.execution_id = e.id
        ) r
    ) s
    where e.id = any(cast(:ids as uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an execution is."""

    status: str
    tenants_total: int
    tenants_done: int
    steps_total: int
    steps_done: int
    failed: int
    partial: int
    running: int
    """Bakeries that are being planned; those that wait have none of these."""
    seconds: float
    """Since it started, or from then until its end."""
    tenants_per_second: float
    estimated_end: datetime | None
    """None: it has ended, or has not begun."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.status not in UNFINISHED


def estimated_end(done: int, left: int, seconds: float, at: datetime) -> datetime | None:
    """When what is left will be done, at the speed so far: at + left · seconds / done; None while
    nothing is done."""
    if done <= 0 or left <= 0:
        return None if done <= 0 else at
    return at + timedelta(seconds=min(left * seconds / done, 1e9))


async def progress(session: AsyncSession, execution_id: UUID) -> Progress:
    """How far an execution is. One query over its runs and chunks.

    Raises:
        NotFound: there is no such execution.
    """
    found = await progress_of(session, [execution_id])
    if execution_id not in found:
        raise NotFound("There is no execution {execution_id}.", execution_id=execution_id)
    return found[execution_id]


async def progress_of(
    session: AsyncSession, execution_ids: Collection[UUID]
) -> dict[UUID, Progress]:
    """How far executions are, of those that are there. One query for all of them."""
    rows = await session.execute(_PROGRESS, {"ids": list(execution_ids)})
    return {row.id: _progress(row) for row in rows}


def _progress(row: Row[Any]) -> Progress:
    is_over = row.status not in UNFINISHED
    steps_total, steps_done = int(row.steps_total), int(row.steps_done)
    newly_done = int(row.steps_newly_done)
    if not row.tenants:  # for the platform as a whole
        steps_total, newly_done = row.steps, int(row.platform_steps)
        steps_done = newly_done
    seconds = max((row.at - row.began).total_seconds(), 0.0)
    return Progress(
        status=row.status,
        tenants_total=row.tenants,
        tenants_done=row.done,
        steps_total=steps_total,
        steps_done=steps_done,
        failed=row.failed,
        partial=row.partial,
        running=row.running,
        seconds=seconds,
        tenants_per_second=row.newly_done / seconds if seconds else 0.0,
        estimated_end=None
        if is_over
        else estimated_end(newly_done, steps_total - steps_done, seconds, row.at),
    )

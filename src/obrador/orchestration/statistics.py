"""Figures of the platform: what is going on, and what runs took over a period."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit import leadership
from obrador.orchestration.models import Instance, WorkflowDay
from obrador.orchestration.reports import cost_euro
from obrador.orchestration.schemas import (
    Figures,
    Health,
    InstanceOutput,
    Leader,
    SlowTenant,
    Spread,
    Statistics,
    StepStatistics,
    WorkflowDayOutput,
)
from obrador.settings import Settings

_BEATS = 3
_WHICH = """
    business_date between :first and :last
    and (cast(:workflow as text) is null or workflow = :workflow)
"""
_FIGURES = text("""
    select
        (select count(*) from executions where status in ('pending', 'running'))
            as executions_under_way,
        (select count(*) from chunks where status = 'pending') as chunks_waiting,
        (select count(*) from chunks where status = 'running') as chunks_in_hand,
        (select count(*) from runs where status in ('pending', 'running')) as runs_under_way,
        (select count(*) from runs where status in ('pending', 'running') and chunk is null
            and execution_id is not null) as runs_alone,
        (select count(*) from triggers) as triggers_waiting,
        (select count(*) from instances where role = 'worker' and status = 'alive'
            and heartbeat_at > clock_timestamp() - make_interval(secs => :quiet)) as workers_alive,
        (select count(*) from instances where role = 'scheduler' and status = 'alive'
            and heartbeat_at > clock_timestamp() - make_interval(secs => :quiet))
            as schedulers_alive,
        (select count(*) from outbox_events where published_at is null) as outbox_pending,
        (select coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)
            from outbox_events where published_at is null) as outbox_oldest_seconds
""")
_LAST_DAY = text("""
    select workflow, status, count(*) as executions from executions
    where due_at > now() - interval '1 day' group by 1, 2 order by 1, 2
""")
_ALIVE = text("""
    select count(*) filter (where role = 'worker') as workers,
        count(*) filter (where role = 'scheduler') as schedulers,
        coalesce((
            select renewed_at > clock_timestamp() - make_interval(secs => :ttl) from leadership
            where id = 1
        ), false) as has_leader
    from instances
    where status = 'alive' and heartbeat_at > clock_timestamp() - make_interval(secs => :quiet)
""")
_BY_STATUS = text(f"""
    select status, count(*) as runs, coalesce(sum(compute_ms), 0) as compute_ms,
        coalesce(sum(rows_written), 0) as rows_written, coalesce(sum(retries), 0) as retries
    from runs where {_WHICH} group by status order by status
""")  # noqa: S608  a constant
_DURATIONS = text(f"""
    select count(distinct (tenant_id, business_date)) as tenant_days, avg(seconds) as average,
        percentile_cont(0.5) within group (order by seconds) as p50,
        percentile_cont(0.95) within group (order by seconds) as p95
    from (
        select tenant_id, business_date, extract(epoch from completed_at - started_at) as seconds
        from runs where {_WHICH}
    ) r
""")  # noqa: S608
_BY_STEP = text(f"""
    select step, count(*) as runs, count(*) filter (where status = 'failed') as failed,
        count(*) filter (where status = 'skipped') as skipped,
        avg(rows_written) as rows_written, avg(compute_ms) as average,
        percentile_cont(0.5) within group (order by compute_ms) as p50,
        percentile_cont(0.95) within group (order by compute_ms) as p95,
        avg(seconds) as seconds_average,
        percentile_cont(0.5) within group (order by seconds) as seconds_p50,
        percentile_cont(0.95) within group (order by seconds) as seconds_p95
    from (
        select *, extract(epoch from ended_at - started_at) as seconds
        from run_steps where {_WHICH}
    ) s
    group by step order by sum(compute_ms) desc, step
""")  # noqa: S608
_SLOWEST = text(f"""
    select s.*, t.name from (
        select tenant_id, count(*) as runs, avg(compute_ms) as average,
            percentile_cont(0.5) within group (order by compute_ms) as p50,
            percentile_cont(0.95) within group (order by compute_ms) as p95
        from runs where {_WHICH} group by tenant_id
        order by average desc, tenant_id limit 10
    ) s join tenants t on t.id = s.tenant_id
    order by s.average desc, s.tenant_id
""")  # noqa: S608


async def figures(session: AsyncSession, settings: Settings) -> Figures:
    """What is going on."""
    row = (await session.execute(_FIGURES, _limits(settings))).one()
    last_day: dict[str, dict[str, int]] = defaultdict(dict)
    for each in await session.execute(_LAST_DAY):
        last_day[each.workflow][each.status] = each.executions
    return Figures(**row._mapping, executions_last_day=last_day)


async def health(session: AsyncSession, settings: Settings) -> Health:
    """Whether mornings will be planned: somebody leads, and somebody plans."""
    row = (await session.execute(_ALIVE, _limits(settings))).one()
    is_well = row.has_leader and row.schedulers and row.workers
    return Health(
        status="healthy" if is_well else "degraded",
        has_leader=row.has_leader and row.schedulers > 0,
        schedulers=row.schedulers,
        workers=row.workers,
        scheduler_disabled=settings.scheduler_disabled,
    )


def _limits(settings: Settings) -> dict[str, float]:
    """After how many seconds of silence a process, or a leader, counts no more."""
    return {
        "quiet": _BEATS * settings.heartbeat_seconds,
        "ttl": settings.leader_lock_ttl_seconds,
    }


async def leader(session: AsyncSession, settings: Settings) -> Leader:
    """Who leads, and who else takes part."""
    status = await leadership.current(session)
    query = select(Instance).where(Instance.status != "buried").order_by(Instance.id.desc())
    instances = await session.scalars(query.limit(500))
    return Leader(
        instance=status.instance if status else None,
        is_leading=(await health(session, settings)).has_leader,
        token=status.token if status else 0,
        acquired_at=status.acquired_at if status else None,
        renewed_at=status.renewed_at if status else None,
        instances=[InstanceOutput.model_validate(each) for each in instances],
    )


async def statistics(
    session: AsyncSession, settings: Settings, first: date, last: date, workflow: str | None
) -> Statistics:
    """What the runs of a period took, and how they ended, by the business date; and what its days
    added up to. Five queries."""
    which = {"first": first, "last": last, "workflow": workflow}
    by_status = (await session.execute(_BY_STATUS, which)).all()
    durations = (await session.execute(_DURATIONS, which)).one()
    steps = await session.execute(_BY_STEP, which)
    slowest = await session.execute(_SLOWEST, which)
    days = select(WorkflowDay).where(WorkflowDay.day.between(first, last))
    if workflow is not None:
        days = days.where(WorkflowDay.workflow == workflow)
    added_up = await session.scalars(days.order_by(WorkflowDay.day, WorkflowDay.workflow))
    runs = {row.status: row.runs for row in by_status}
    compute_ms = float(sum(row.compute_ms for row in by_status))
    rows = int(sum(row.rows_written for row in by_status))
    cost = cost_euro(compute_ms, rows, settings)
    return Statistics(
        **which,
        runs=runs,
        success_rate=success_rate(runs),
        retries=sum(row.retries for row in by_status),
        duration_seconds=_spread(durations),
        compute_seconds=compute_ms / 1000,
        rows_written=rows,
        cost_euro=cost,
        cost_per_tenant_and_day_euro=cost / durations.tenant_days
        if durations.tenant_days
        else None,
        steps=[_of_step(row) for row in steps],
        slowest_tenants=[
            SlowTenant(
                tenant_id=row.tenant_id, name=row.name, runs=row.runs, compute_ms=_spread(row)
            )
            for row in slowest
        ],
        days=[WorkflowDayOutput.model_validate(row) for row in added_up],
    )


def success_rate(runs: Mapping[str, int]) -> float | None:
    """Percent of the runs that ended by themselves that are complete; None: none has."""
    ended = sum(runs.get(status, 0) for status in ("completed", "partial_success", "failed"))
    return 100 * runs.get("completed", 0) / ended if ended else None


def _of_step(row: Row[Any]) -> StepStatistics:
    return StepStatistics(
        step=row.step,
        runs=row.runs,
        failed=row.failed,
        skipped=row.skipped,
        compute_ms=_spread(row),
        seconds=Spread(average=row.seconds_average, p50=row.seconds_p50, p95=row.seconds_p95),
        rows_written=row.rows_written,
    )


def _spread(row: Row[Any]) -> Spread:
    return Spread(average=row.average, p50=row.p50, p95=row.p95)

"""What mornings tell of themselves in metrics: after each stage, at each end, and now and then."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, time

import structlog
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit import leadership, outbox_upkeep
from obrador.kit.clock import Clock, zone_of
from obrador.kit.db import Database
from obrador.kit.process import pass_by
from obrador.observability import metrics
from obrador.observability.figures import Figures, SchedulerState, refresh, unknown
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.endings import Ended
from obrador.orchestration.records import Written
from obrador.settings import Settings

REFRESH_SECONDS = 15.0
READY_BY = time(8)
"""When a morning's plan has to be there, local time."""

log = structlog.get_logger()

_SUCCESS_RATES = text("""
    select workflow, 100.0 * count(*) filter (where status = 'completed') / count(*) as rate
    from executions
    where status not in ('pending', 'running', 'missed') and due_at > now() - interval '7 days'
    group by workflow
""")
_PLANS = text("""
    select tenant_id, status, count(*) as plans from procurement_plans
    where business_date >= current_date - 1 group by tenant_id, status
""")
_ZONES = text("select distinct time_zone from tenants where status = 'active' and not is_demo")
_LATE = text("""
    select count(*)
    from unnest(cast(:zones as text[]), cast(:days as date[])) as z(time_zone, day)
    join tenants t on t.time_zone = z.time_zone and t.status = 'active' and not t.is_demo
    where not exists (
        select 1 from runs r where r.tenant_id = t.id and r.business_date = z.day
            and r.workflow = :morning and r.status in ('completed', 'partial_success')
    ) and exists (
        select 1 from runs r where r.tenant_id = t.id and r.business_date = z.day
            and r.workflow = :morning
    )
""")


def stage_written(
    stage: str, written: Mapping[TenantId, Written], seconds: Mapping[TenantId, float]
) -> None:
    """A stage has been stored for these bakeries, after so many seconds of planning each."""
    for tenant, own in written.items():
        took = seconds.get(tenant, 0.0)
        metrics.run_cost(stage, took)
        if stage == "production":
            metrics.schedule_generated(tenant, "success", took, own.counts.get("batches", 0))
        elif stage == "procurement":
            metrics.plan_generated(tenant, "success", took)
    if stage == "snapshot":
        for source in ("reference", "stock", "sales"):
            metrics.snapshot_read(source)
    elif stage == "production":
        metrics.production_tenants_processed("success", len(written))
    elif stage == "procurement":
        metrics.procurement_tenants_processed("success", len(written))


def step_given_up(tenant: TenantId, stage: str, kind: str) -> None:
    """A step of a bakery has failed for good."""
    if kind == "time":
        metrics.tenant_timed_out(stage, tenant)
    if stage == "production":
        metrics.schedule_generated(tenant, "failed", 0.0)
        metrics.production_tenants_processed("failed")
    elif stage == "procurement":
        metrics.plan_generated(tenant, "failed", 0.0)
        metrics.procurement_tenants_processed("failed")


def execution_ended(ended: Ended) -> None:
    """An execution is over."""
    metrics.workflow_finished(ended.workflow, ended.status, ended.seconds)
    for status, count in ended.runs.items():
        metrics.tenants_processed(ended.workflow, status, count)


async def keep_figures(
    database: Database, settings: Settings, clock: Clock, stop: asyncio.Event
) -> None:
    """Put what only the database knows into gauges, again and again."""
    while not stop.is_set():
        try:
            async with database.transaction() as session:
                refresh(await figures(session, settings, clock()))
        except (OperationalError, InterfaceError) as error:
            log.warning("figures_unknown", error=str(error))
            unknown()
        await pass_by(stop, REFRESH_SECONDS)


async def figures(session: AsyncSession, settings: Settings, now: datetime) -> Figures:
    """What the database says at this moment. A constant number of queries."""
    backlog = await outbox_upkeep.backlog(session)
    status = await leadership.current(session)
    renewed = status.renewed_at if status else None
    ttl = settings.leader_lock_ttl_seconds
    is_led = renewed is not None and (now - renewed).total_seconds() < ttl
    rates = await session.execute(_SUCCESS_RATES)
    plans = await session.execute(_PLANS)
    return Figures(
        leader=str(status.instance) if status and is_led else None,
        schedulers=[SchedulerState("orchestration", "leader", is_led, renewed)],
        outbox_pending=backlog.pending,
        outbox_oldest_age_seconds=backlog.oldest_seconds,
        tenants_late=await late(session, settings, now),
        success_rates={row.workflow: float(row.rate) for row in rates},
        plans_by_status={(row.tenant_id, row.status): row.plans for row in plans},
    )


async def late(session: AsyncSession, settings: Settings, now: datetime) -> int:
    """Bakeries past the hour whose morning has begun and not ended well."""
    local = {
        zone: now.astimezone(zone_of(zone, settings.default_timezone))
        for zone in await session.scalars(_ZONES)
    }
    past = {zone: moment.date() for zone, moment in local.items() if moment.time() >= READY_BY}
    values = {"zones": list(past), "days": list(past.values()), "morning": MORNING}
    return int(await session.scalar(_LATE, values) or 0)

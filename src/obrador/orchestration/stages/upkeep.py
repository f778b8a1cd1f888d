"""The stages of the other workflows: what is stale, what is reviewed weekly, what is removed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import service as alerts
from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.insights import service as insights
from obrador.insights.domain import Counts
from obrador.kit.clock import Clock
from obrador.kit.db import Database
from obrador.notifications import service as notifications
from obrador.orchestration.facts import facts_of
from obrador.orchestration.reading import read_histories
from obrador.orchestration.records import Written
from obrador.orchestration.run_state import RunState
from obrador.orchestration.snapshots import reread_newest
from obrador.orchestration.stages.at_hand import plan_of
from obrador.orchestration.stages.base import PlatformStage, Stage
from obrador.procurement import service as procurement
from obrador.revisions import Stale

RESOLVED_DAYS = 30
"""Resolved alerts older than that are archived."""
BACKFILL_DAYS = 92
"""So far back late sales are validated."""


class StaleSchedules(Stage):
    """Archives production schedules nobody acted on; raises an alert where today's waits."""

    name = "stale_schedules"

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Many bakeries' in a constant number of statements."""
        return _stale(await alerts.escalate_stale(session, [run.morning for run in runs]))


class StalePlans(Stage):
    """Archives purchase plans nobody acted on; reminds where today's waits; tells of orders that
    have not come."""

    name = "stale_plans"

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Many bakeries' in a constant number of statements."""
        mornings = [run.morning for run in runs]
        await procurement.note_overdue(session, mornings)
        return _stale(await notifications.remind_stale(session, mornings))


def _stale(found: Mapping[TenantId, Stale]) -> dict[TenantId, Written]:
    return {
        tenant: Written(each.archived, {"archived": each.archived, "waiting": each.waiting})
        for tenant, each in found.items()
    }


class ProcurementReview(Stage):
    """Reviews purchasing: deliveries to join, price breaks within reach, dead stock.

    From today's plan, of bakeries that have one.
    """

    name = "procurement_review"

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """What today's plan was made from, and what it foresaw."""
        mornings = [run.morning for run in runs]
        histories = await read_histories(session, mornings)
        found = await reread_newest(session, mornings, histories)
        forecasts = await forecasting.load_forecasts(
            session, [snapshot.morning for snapshot in found.values()]
        )
        for run in runs:
            run.snapshot, run.forecast = found.get(run.tenant), forecasts.get(run.tenant)

    def plan(self, run: RunState) -> None:
        """The plan again, from that."""
        if run.snapshot is not None and run.forecast is not None:
            plan_of(run)

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Keep what is new."""
        facts = [
            facts_of(run.snapshot, plan_of(run), None)
            for run in runs
            if run.snapshot is not None and run.forecast is not None
        ]
        found = await insights.review_purchasing(session, facts)
        return _found(found)


def _found(counts: Mapping[TenantId, Counts]) -> dict[TenantId, Written]:
    return {
        tenant: Written(
            each.posted,
            {"insights_generated": each.generated, "insights_posted": each.posted},
        )
        for tenant, each in counts.items()
    }


class WeeklyDigest(Stage):
    """The week in one page."""

    name = "weekly_digest"

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """One notification for each role."""
        told = await notifications.weekly_digests(session, [run.morning for run in runs])
        return {tenant: Written(count, {"notifications": count}) for tenant, count in told.items()}


class AlertCleanup(Stage):
    """Archives alerts that were resolved long ago."""

    name = "alert_cleanup"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Many bakeries' in one statement."""
        older_than = self._clock() - timedelta(days=RESOLVED_DAYS)
        await alerts.archive_resolved(session, [run.tenant for run in runs], older_than)
        return {}


class ValidationBackfill(Stage):
    """Validates days whose sales came late."""

    name = "validation_backfill"

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Bakery by bakery: sales come late for one at a time."""
        written = {}
        for run in runs:
            today = run.key.business_date
            days = [today - timedelta(days=back) for back in range(1, BACKFILL_DAYS + 1)]
            found = await forecasting.validate_days(session, run.tenant, days)
            written[run.tenant] = Written(len(found), {"validations": len(found)})
        return written


class MetricsRollup(PlatformStage):
    """Adds up yesterday's figures of every workflow."""

    name = "metrics_rollup"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, database: Database) -> Written:
        """A row for each workflow and day, made anew when repeated."""
        statement = text("""
            insert into workflow_days (workflow, day, executions, executions_failed, runs,
                runs_failed, runs_partial, seconds_p50, seconds_max, compute_seconds,
                rows_written, retries)
            select e.workflow, :day, count(*), count(*) filter (where e.status = 'failed'),
                coalesce(sum(r.runs), 0), coalesce(sum(r.failed), 0),
                coalesce(sum(r.partial), 0),
                percentile_cont(0.5) within group (order by e.seconds), max(e.seconds),
                coalesce(sum(r.compute), 0), coalesce(sum(r.rows), 0), coalesce(sum(r.retries), 0)
            from (
                select id, workflow, status,
                    extract(epoch from completed_at - started_at) as seconds
                from executions where created_at >= :day
                    and created_at < cast(:day as date) + 1
            ) e left join lateral (
                select count(*) as runs, count(*) filter (where status = 'failed') as failed,
                    count(*) filter (where status = 'partial_success') as partial,
                    sum(compute_ms) / 1000 as compute, sum(rows_written) as rows,
                    sum(retries) as retries
                from runs where execution_id = e.id
            ) r on true
            group by e.workflow
            on conflict (workflow, day) do update set
                executions = excluded.executions, executions_failed = excluded.executions_failed,
                runs = excluded.runs, runs_failed = excluded.runs_failed,
                runs_partial = excluded.runs_partial, seconds_p50 = excluded.seconds_p50,
                seconds_max = excluded.seconds_max, compute_seconds = excluded.compute_seconds,
                rows_written = excluded.rows_written, retries = excluded.retries
            returning workflow
        """)
        yesterday = self._clock().date() - timedelta(days=1)
        async with database.transaction() as session:
            rows = (await session.execute(statement, {"day": yesterday})).all()
        return Written(len(rows))

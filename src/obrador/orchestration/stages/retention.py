"""Removes what is older than it has to be, in small transactions that nobody waits for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.sql.elements import TextClause

from obrador.audit import service as audit
from obrador.kit import outbox_upkeep
from obrador.kit.clock import Clock
from obrador.kit.db import Database
from obrador.kit.workflow import Engine
from obrador.notifications import service as notifications
from obrador.orchestration.records import Written
from obrador.orchestration.stages.base import PlatformStage
from obrador.sales import service as sales
from obrador.settings import Settings
from obrador.webhooks import service as webhooks

_BATCH = 2_000

# Runs go with their steps and snapshots; an execution goes once it has none left. One that a person
# made on the command line has none.
_REMOVE_RUNS = text("""
    with old as (
        select r.tenant_id, r.business_date, r.workflow, r.revision
        from executions e join runs r on r.execution_id = e.id where e.created_at < :before
        union all
        select r.tenant_id, r.business_date, r.workflow, r.revision
        from runs r where r.execution_id is null and r.business_date < cast(:before as date)
        limit :batch
    ), steps as (
        delete from run_steps s using old o where s.tenant_id = o.tenant_id
            and s.business_date = o.business_date and s.workflow = o.workflow
            and s.revision = o.revision
    ), snapshots as (
        delete from run_snapshots s using old o where s.tenant_id = o.tenant_id
            and s.business_date = o.business_date and s.revision = o.revision
            and o.workflow = 'daily_operations'
    )
    delete from runs r using old o where r.tenant_id = o.tenant_id
        and r.business_date = o.business_date and r.workflow = o.workflow
        and r.revision = o.revision
    returning 1
""")
_REMOVE_LOGS = text("""
    delete from run_logs where id in (
        select l.id from executions e join run_logs l on l.execution_id = e.id
        where e.created_at < :before limit :batch
    ) returning 1
""")
_REMOVE_EXECUTIONS = text("""
    delete from executions where id in (
        select id from executions where created_at < :before limit :batch
    ) returning 1
""")
_REMOVE_PROJECTIONS = text("""
    delete from stock_projections where (tenant_id, plan_id) in (
        select tenant_id, plan_id from stock_projections where business_date < :day limit :batch
    ) returning 1
""")


class Retention(PlatformStage):
    """Removes old runs, logs, projections, events, and what the engine remembers of them."""

    name = "retention"

    def __init__(self, clock: Clock, settings: Settings, engine: Engine) -> None:
        self._clock = clock
        self._settings = settings
        self._engine = engine

    async def run(self, database: Database) -> Written:
        """Batch by batch, each committed."""
        now = self._clock()
        before = now - timedelta(days=self._settings.retention_days)
        day = (now - timedelta(days=self._settings.projection_retention_days)).date()
        removed = 0
        for statement in (_REMOVE_RUNS, _REMOVE_LOGS, _REMOVE_EXECUTIONS):
            removed += await _in_batches(database, statement, {"before": before})
        removed += await _in_batches(database, _REMOVE_PROJECTIONS, {"day": day})
        removed += await outbox_upkeep.remove_old(
            database, now, timedelta(days=self._settings.retention_days)
        )
        removed += await webhooks.remove_old(database, before)
        removed += await notifications.remove_old(database, before)
        removed += await audit.remove_old(
            database, now - timedelta(days=self._settings.audit_retention_days)
        )
        removed += await sales.remove_old_uploads(database, now)
        removed += await self._engine.forget(before)
        return Written(0, {"removed": removed})


async def _in_batches(database: Database, statement: TextClause, values: Mapping[str, Any]) -> int:
    count = 0
    while True:
        async with database.transaction() as session:
            removed = (await session.execute(statement, {**values, "batch": _BATCH})).all()
        count += len(removed)
        if len(removed) < _BATCH:
            return count

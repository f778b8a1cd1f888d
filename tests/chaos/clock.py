"""Plays days of the default workflows on a clock moved by hand, over 40 time zones.

`python -m tests.chaos.clock` plays both days on which Europe's clocks change, and a turn of the
year, and prints what fired when. The scheduler is the real one on a real database; only nobody
plans.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from obrador.kit import postgres
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.kit.leadership import Leadership, NoLock
from obrador.kit.workflow import Engine
from obrador.migrations.apply import migrate
from obrador.orchestration import due
from obrador.orchestration.definitions import default_workflows
from obrador.orchestration.scheduler import Scheduler
from obrador.orchestration.stages import undo_all
from obrador.settings import Settings
from obrador.tenants import service as tenants
from obrador.tenants.domain import NewBakery
from tests.fixtures.homes import temporary_home

DAYS = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31))
ZONES = (
    "Pacific/Kiritimati", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Fiji", "Asia/Magadan",
    "Australia/Sydney", "Australia/Lord_Howe", "Australia/Adelaide", "Asia/Tokyo",
    "Australia/Eucla", "Asia/Shanghai", "Asia/Bangkok", "Asia/Yangon", "Asia/Dhaka",
    "Asia/Kathmandu", "Asia/Kolkata", "Asia/Karachi", "Asia/Kabul", "Asia/Dubai", "Asia/Tehran",
    "Europe/Moscow", "Africa/Cairo", "Europe/Athens", "Asia/Beirut", "Africa/Johannesburg",
    "Europe/Madrid", "Africa/Lagos", "Europe/London", "Atlantic/Azores", "America/Nuuk",
    "America/Sao_Paulo", "America/St_Johns", "America/Halifax", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage",
    "Pacific/Honolulu", "Pacific/Pago_Pago",
)  # fmt: skip


async def play(database: Database, days: Sequence[date]) -> list[Any]:
    """What fired for each local day: workflow, day, bakeries, first and last moment, most runs that
    a bakery got for the day."""
    engine, settings = Engine(database.url), Settings(_env_file=None)
    await engine.migrate()
    async with database.transaction() as session:
        specs = default_workflows(settings.daily_workflow_cron, settings.weekly_workflow_cron)
        await due.create_workflows(session, specs)
        for zone in ZONES:
            await tenants.create(session, NewBakery(zone, zone, "ES"))
    leadership = Leadership(NoLock(), database, new_id(), ttl=86_400, heartbeat=1)
    await leadership.strive()
    now = datetime.now(UTC)
    scheduler = Scheduler(
        database, engine, settings, lambda: now, new_id(), leadership, undo_all(lambda: now)
    )
    for day in days:
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
        async with database.transaction() as session:
            await session.execute(text("update workflows set fired_until = :now"), {"now": now})
        end = now + timedelta(hours=54)
        while now < end:
            now = await scheduler.fire_due(now)
    async with database.transaction() as session:
        rows = await session.execute(_FIRED, {"days": list(days)})
        fired = list(rows.all())
    engine.close()
    return fired


_FIRED = text("""
    select r.workflow, r.business_date, count(distinct r.tenant_id) as bakeries,
        min(e.due_at) as first, max(e.due_at) as last, count(distinct e.id) as executions,
        max(count(*)) over (partition by r.workflow, r.business_date) as runs
    from runs r join executions e on e.id = r.execution_id
    where r.business_date = any(cast(:days as date[])) and e.status <> 'missed'
    group by r.workflow, r.business_date
    order by r.business_date, min(e.due_at), r.workflow
""")


def table(fired: Sequence[Any]) -> str:
    """What fired when, as Markdown."""
    head = (
        "| local day | workflow | bakeries | runs | executions | first (UTC) | last (UTC) |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    return head + "".join(
        f"| {row.business_date} | {row.workflow} | {row.bakeries} | {row.runs} | {row.executions} |"
        f" {row.first:%d %b %H:%M} | {row.last:%d %b %H:%M} |\n"
        for row in fired
    )


async def main() -> None:
    with temporary_home() as home:
        database = Database(await asyncio.to_thread(postgres.start, home))
        await migrate(database)
        print(table(await play(database, DAYS)))
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())

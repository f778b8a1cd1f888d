"""Executions with real planning processes on a database of their own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.clock import business_date, system_clock
from obrador.kit.db import Database
from obrador.kit.workflow import Engine
from obrador.onboarding import demo as demo_bakery
from obrador.orchestration import due, endings, stuck
from obrador.orchestration.definitions import MORNING, default_workflows
from obrador.orchestration.models import Workflow
from obrador.orchestration.stages import undo_all
from obrador.orchestration.triggering import trigger
from obrador.orchestration.worker import Workers
from obrador.settings import Settings
from tests.conftest import new_database

_SPOIL = "update planning_references set content = '\\x00' || content where tenant_id = any(:ids)"
_MEND = (
    "update planning_references set content = substring(content from 2) where tenant_id = any(:ids)"
)
COUNT = 6
SETTINGS = Settings(_env_file=None, workers=1, chunk_size=3, tenant_timeout_seconds=20)
TODAY = business_date(system_clock(), "Europe/Madrid")


@pytest.fixture(scope="module")
async def platform(server_url: str, template: str) -> AsyncIterator["Platform"]:
    """Bakeries and a planning process, for all tests here."""
    for url in new_database(server_url, template):
        database, engine = Database(url), Engine(url)
        async with database.transaction() as session:
            await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
            ids = await demo_bakery.load(session, system_clock(), products=4, days=40, count=COUNT)
            await session.execute(text("update tenants set is_demo = false"))
            await session.execute(_retries(0.1))
        stop = asyncio.Event()
        working = asyncio.create_task(Workers(database, engine, SETTINGS).run(stop))
        yield Platform(database, engine, ids)
        stop.set()
        await working
        engine.close()
        await database.close()


def _retries(delay_seconds: float) -> Any:
    steps = [
        {
            "stage": stage,
            "on_failure": "compensate" if stage.startswith("pro") else "record",
            "timeout_seconds": None,
            "max_retries": 1,
            "retry_delay_seconds": delay_seconds,
        }
        for stage in ("snapshot", "forecasting", "production", "procurement", "projection")
    ]
    return update(Workflow).where(Workflow.name == MORNING).values(steps=steps)


class Platform:
    """What tests do with it."""

    def __init__(self, database: Database, engine: Engine, ids: list[TenantId]) -> None:
        self.database = database
        self.engine = engine
        self.ids = ids

    async def plan(self, day: date, **options: Any) -> Any:
        async with self.database.transaction() as session:
            return await trigger(
                session, self.engine, SETTINGS, MORNING, system_clock(), day=day, **options
            )

    async def until_over(self, execution_id: object) -> str:
        for _ in range(300):
            (status,) = (
                await self.rows("select status from executions where id = :id", id=execution_id)
            )[0]
            if status not in ("pending", "running"):
                return str(status)
            await asyncio.sleep(0.1)
        raise AssertionError("It does not end.")

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.execute(text(query), values)).all())


async def test_every_bakery_gets_one_plan_with_every_step_recorded(platform: Platform) -> None:
    day = TODAY + timedelta(days=1)
    triggered = await platform.plan(day)

    assert await platform.until_over(triggered.execution_id) == "completed"
    runs = await platform.rows(
        "select status, steps_total, steps_completed, counts, completed_at is not null"
        " from runs where business_date = :day",
        day=day,
    )
    assert len(runs) == COUNT
    for status, total, completed, counts, has_ended in runs:
        assert (status, total, completed, has_ended) == ("completed", 5, 5, True)
        assert counts["forecasts"] == 4
        assert counts["batches"] > 0
        assert counts["plans"] == 1
    assert await platform.rows(
        "select count(*), count(distinct tenant_id) from production_schedules"
        " where business_date = :day",
        day=day,
    ) == [(COUNT, COUNT)]


async def test_a_second_trigger_is_the_first(platform: Platform) -> None:
    day = TODAY + timedelta(days=2)
    first = await platform.plan(day)
    await platform.until_over(first.execution_id)

    again = await platform.plan(day)
    forced = await platform.plan(day, is_forced=True, tenants=platform.ids[:1])

    assert (again.execution_id, again.is_new) == (first.execution_id, False)
    assert forced.is_new
    assert await platform.until_over(forced.execution_id) == "completed"
    revisions = await platform.rows(
        "select revision, status from production_schedules"
        " where tenant_id = :tenant and business_date = :day order by 1",
        tenant=platform.ids[0],
        day=day,
    )
    assert revisions == [(0, "superseded"), (1, "draft")]


async def test_one_broken_bakery_fails_alone_with_a_reason(platform: Platform) -> None:
    day, broken = TODAY + timedelta(days=3), platform.ids[2]
    await platform.rows(
        "update recipe_components set ingredient_id = null, component_recipe_id = recipe_id"
        " where tenant_id = :tenant and component_recipe_id is not null returning 1",
        tenant=broken,
    )

    triggered = await platform.plan(day)
    status = await platform.until_over(triggered.execution_id)

    assert status == "partial_success"
    failed = await platform.rows(
        "select tenant_id, error, is_exhausted, error_details from runs"
        " where business_date = :day and status <> 'completed'",
        day=day,
    )
    ((tenant, error, is_exhausted, details),) = failed
    assert tenant == broken
    assert "contains itself" in error
    assert is_exhausted
    assert details["step"] == "production"
    assert await platform.rows(
        "select count(*) from production_schedules where tenant_id = :tenant"
        " and business_date = :day and status <> 'archived'",
        tenant=broken,
        day=day,
    ) == [(0,)]
    assert await platform.rows(
        "select level from run_logs where tenant_id = :tenant and level = 'error'", tenant=broken
    )


async def test_who_waits_for_another_attempt_holds_nobody_up(platform: Platform) -> None:
    day, (*unreadable, sound) = TODAY + timedelta(days=6), platform.ids[3:]
    values = {"ids": unreadable}
    async with platform.database.transaction() as session:
        await session.execute(_retries(600))
        await session.execute(text(_SPOIL), values)
        triggered = await trigger(
            session, platform.engine, SETTINGS, MORNING, system_clock(), day=day,
            tenants=platform.ids[3:],
        )  # fmt: skip

    statuses: dict[object, str] = {}
    for _ in range(200):
        await asyncio.sleep(0.1)
        rows = await platform.rows(
            "select tenant_id, status from runs where business_date = :day", day=day
        )
        statuses = dict(rows)
        if statuses[sound] == "completed":
            break
    async with platform.database.transaction() as session:
        await session.execute(_retries(0.1))
        await session.execute(text(_MEND), values)
        await endings.cancel(
            session, platform.engine, undo_all(system_clock), triggered.execution_id,
            "Seen enough.", system_clock(),
        )  # fmt: skip

    assert statuses == {sound: "completed", **dict.fromkeys(unreadable, "running")}


async def test_what_is_cancelled_leaves_no_draft(platform: Platform) -> None:
    day = TODAY + timedelta(days=4)
    async with platform.database.transaction() as session:
        triggered = await trigger(
            session, platform.engine, SETTINGS, MORNING, system_clock(), day=day
        )
        await endings.cancel(
            session,
            platform.engine,
            undo_all(system_clock),
            triggered.execution_id,
            "Not wanted.",
            system_clock(),
        )
    await asyncio.sleep(1.5)

    assert await platform.until_over(triggered.execution_id) == "cancelled"
    assert await platform.rows(
        "select distinct status, error from runs where business_date = :day", day=day
    ) == [("cancelled", "Not wanted.")]
    assert not await platform.rows(
        "select 1 from production_schedules where business_date = :day and status = 'draft'",
        day=day,
    )


async def test_what_the_engine_has_lost_is_driven_on(platform: Platform) -> None:
    day = TODAY + timedelta(days=5)
    async with platform.database.transaction() as session:
        triggered = await trigger(
            session, platform.engine, SETTINGS, MORNING, system_clock(), day=day
        )
        await _forget(session)
    await platform.rows("update chunks set progress_at = now() - interval '1 minute' returning 1")

    async with platform.database.transaction() as session:
        assert await stuck.drive_on(session, platform.engine) > 0

    assert await platform.until_over(triggered.execution_id) != "running"
    assert await platform.rows(
        "select count(*) from runs where business_date = :day and status = 'pending'", day=day
    ) == [(0,)]


async def _forget(session: AsyncSession) -> None:
    await session.execute(text("delete from dbos.workflow_status where status = 'ENQUEUED'"))

"""Contexts kept elsewhere: the same plan as here, and a morning without them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from starlette.responses import Response

from obrador.authz import TenantId
from obrador.integrations.http_services.client import AT_ONCE, FAILURES
from obrador.kit.clock import business_date, system_clock
from obrador.kit.db import Database
from obrador.kit.i18n import speech
from obrador.kit.workflow import Engine
from obrador.onboarding import demo as demo_bakery
from obrador.orchestration import due
from obrador.orchestration.briefing import Briefing, brief
from obrador.orchestration.definitions import MORNING, default_workflows
from obrador.orchestration.service import run_mornings
from obrador.orchestration.services import NAMES, services
from obrador.orchestration.triggering import trigger
from obrador.orchestration.worker import Workers
from obrador.settings import Settings
from tests.conftest import new_database
from tests.fixtures.people import KEY
from tests.fixtures.scripted import Scripted, scripted
from tests.fixtures.served import Served, served

SAY = speech("en", "es_ES", "EUR")
TOKEN = SecretStr("what installations show each other")
PLANNING = ("forecasting", "production", "procurement")
PARTS = ("inventory", "suppliers", "recipes")
COUNT = 7
TODAY = business_date(system_clock(), "Europe/Madrid")
NOW = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=4, minutes=30)


@dataclass
class World:
    """Bakeries, and an installation on the same database that others can ask."""

    url: str
    database: Database
    elsewhere: Served
    ids: list[TenantId]

    async def plan(
        self, now: datetime, settings: Settings, tenant: TenantId | None = None
    ) -> Briefing:
        """A bakery's morning, planned anew."""
        tenant = tenant or self.ids[0]
        async with services(settings) as away, self.database.transaction() as session:
            outcomes = await run_mornings(session, [tenant], now, again=True, services=away)
            assert outcomes[tenant].failure is None
        return await self.briefing(now.date(), tenant)

    async def briefing(self, day: date, tenant: TenantId) -> Briefing:
        async with self.database.transaction() as session:
            briefing = await brief(session, tenant, day, SAY)
        assert briefing is not None
        return briefing

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.database.transaction() as session:
            result = await session.execute(text(query), values)
            return [tuple(row) for row in result.all()] if query.startswith("select") else []

    async def steps(self, day: date, tenant: TenantId) -> dict[str, tuple[str, str | None]]:
        """Status and error of each step of the last run."""
        rows = await self.rows(
            "select step, status, error from run_steps where tenant_id = :tenant"
            " and business_date = :day order by revision",
            tenant=tenant,
            day=day,
        )
        return {step: (status, error) for step, status, error in rows}


@pytest.fixture(scope="module")
async def world(server_url: str, template: str, tmp_path_factory: Any) -> AsyncIterator[World]:
    for url in new_database(server_url, template):
        own = Database(url)
        async with own.transaction() as session:
            ids = await demo_bakery.load(session, NOW, products=6, days=60, count=COUNT)
            await session.execute(text("update tenants set is_demo = false"))
        home = tmp_path_factory.mktemp("home")
        settings = Settings(
            _env_file=None, obrador_home=home, secret_key=SecretStr(KEY), service_token=TOKEN
        )
        with served(url, settings) as elsewhere:
            yield World(url, own, elsewhere, ids)
        await own.close()


@pytest.fixture
def dead_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def failing() -> Iterator[Scripted]:
    with scripted() as service:
        service.answer = lambda before: Response(status_code=503)
        yield service


def _at(url: str, *names: str, **others: Any) -> Settings:
    urls: dict[str, Any] = {f"{name}_service_url": url for name in names}
    values: dict[str, Any] = {"service_token": TOKEN, "service_timeout_seconds": 20} | urls | others
    return Settings(_env_file=None, **values)


HERE = Settings(_env_file=None)
TELLING = {"insights", "notifications"}
"""Steps that tell of the whole plan: they need every part of it."""


def _same(one: Briefing, other: Briefing) -> bool:
    """Whether they plan the same; each is decided on by itself."""
    return one == replace(
        other, revision=one.revision, schedule=one.schedule, purchases=one.purchases
    )


@pytest.mark.parametrize("names", [*((name,) for name in NAMES), NAMES], ids="+".join)
async def test_a_plan_made_elsewhere_is_the_plan_made_here(
    world: World, names: tuple[str, ...]
) -> None:
    here = await world.plan(NOW, HERE)
    there = await world.plan(NOW, _at(world.elsewhere.url, *names))

    assert here.bake
    assert here.batches
    assert here.orders
    assert _same(here, there)
    assert await world.rows(
        "select count(distinct reference) from (select tenant_id, hash as reference"
        " from planning_references where tenant_id = :tenant) x",
        tenant=world.ids[0],
    ) == [(1,)]


async def test_whoever_asks_for_a_forecast_gets_that_of_the_forecaster(
    world: World, failing: Scripted, tmp_path: Path
) -> None:
    own = {"obrador_home": tmp_path, "secret_key": SecretStr(KEY)}
    with served(world.url, _at(world.elsewhere.url, "forecasting", **own)) as here:
        made, there = _generated(here.url, world), _generated(world.elsewhere.url, world)
    with served(world.url, _at(failing.url, "forecasting", **own)) as here:
        refused = _generated(here.url, world)

    assert made.json()["forecasts"]
    assert made.json() == there.json()
    assert refused.status_code == 503
    assert "The forecasting service does not answer" in refused.json()["detail"]
    assert failing.requests


def _generated(url: str, world: World) -> httpx.Response:
    return httpx.post(
        f"{url}/api/v1/tenants/{world.ids[0]}/forecasts/generate",
        json={"days_ahead": 14},
        headers={"Authorization": f"Bearer {TOKEN.get_secret_value()}"},
        timeout=20,
    )


async def test_without_a_forecaster_the_last_forecast_stands_in(
    world: World, dead_url: str
) -> None:
    tenant, tomorrow = world.ids[1], NOW + timedelta(days=1)
    await world.plan(NOW, HERE, tenant)

    briefing = await world.plan(tomorrow, _at(dead_url, "forecasting"), tenant)

    steps = await world.steps(tomorrow.date(), tenant)
    status, error = steps["forecasting"]
    assert (status, error) == (
        "success",
        f"No forecast could be made: that of {NOW.date()} is used instead.",
    )
    assert steps["production"] == ("success", None)
    assert "no_new_forecast" in {note.code for note in briefing.notes}
    assert briefing.bake
    assert await world.rows(
        "select status from runs where tenant_id = :tenant and business_date = :day",
        tenant=tenant,
        day=tomorrow.date(),
    ) == [("partial_success",)]
    assert await world.rows(
        "select level, message from run_logs where tenant_id = :tenant", tenant=tenant
    ) == [("warning", error)]


async def test_what_people_add_is_added_once_to_a_forecast_that_stands_in(
    world: World, dead_url: str
) -> None:
    tenant, tomorrow = world.ids[6], NOW + timedelta(days=1)
    await world.rows(
        "insert into forecast_overrides (tenant_id, id, product_id, business_date, kind, value,"
        " reason, said_by, said_by_name, said_at) select tenant_id, id, id, :day, 'add', 500,"
        " 'fair', id, 'Ana', now() from products where tenant_id = :tenant",
        tenant=tenant,
        day=tomorrow.date(),
    )
    await world.plan(NOW, HERE, tenant)

    briefing = await world.plan(tomorrow, _at(dead_url, "forecasting"), tenant)

    lines = (*briefing.bake, *briefing.to_order)
    assert lines
    assert all(500 <= line.expected < 1000 for line in lines)
    assert all("+500 by Ana: fair." in line.moved_by for line in lines)


async def test_without_any_forecast_the_same_weekdays_do(world: World, dead_url: str) -> None:
    tenant = world.ids[2]

    briefing = await world.plan(NOW, _at(dead_url, "forecasting"), tenant)
    again = await world.plan(NOW, _at(dead_url, "forecasting"), tenant)

    _, error = (await world.steps(NOW.date(), tenant))["forecasting"]
    assert "what the same weekdays have sold" in (error or "")
    assert briefing.bake
    assert _same(briefing, again)


async def test_a_service_that_answers_nonsense_is_away(world: World) -> None:
    with scripted() as service:
        service.answer = lambda before: Response(b'{"product_ids": []}')
        await world.plan(NOW, _at(service.url, "forecasting"))

    assert (await world.steps(NOW.date(), world.ids[0]))["forecasting"][1]


@pytest.mark.parametrize("name", ["production", "procurement"])
async def test_without_a_planner_the_morning_fails_with_a_reason(
    world: World, dead_url: str, name: str
) -> None:
    tenant, day = world.ids[0], NOW + timedelta(days=3)
    async with (
        services(_at(dead_url, name)) as away,
        world.database.transaction() as session,
    ):
        outcomes = await run_mornings(session, [tenant], day, again=True, services=away)

    assert f"The {name} service does not answer" in (outcomes[tenant].failure or "")


@pytest.mark.parametrize("name", PARTS)
async def test_a_part_that_does_not_come_is_as_it_was(
    world: World, dead_url: str, name: str
) -> None:
    tenant, day = world.ids[3], NOW + timedelta(days=4 + PARTS.index(name))
    before = await world.plan(day, _at(world.elsewhere.url, *PARTS), tenant)
    later = day + timedelta(hours=1)

    briefing = await world.plan(later, _without(name, world, dead_url), tenant)

    assert briefing.orders == before.orders
    assert "not_fetched" in {note.code for note in briefing.notes}
    assert await world.rows(
        "select missing from run_snapshots where tenant_id = :tenant and business_date = :day"
        " order by revision",
        tenant=tenant,
        day=day.date(),
    ) == [([],), ([name],)]
    assert (
        await world.rows(
            "select status from runs where tenant_id = :tenant and business_date = :day"
            " order by revision",
            tenant=tenant,
            day=day.date(),
        )
        == [("completed",)] * 2
    )
    messages = await world.rows(
        "select message from run_logs where tenant_id = :tenant and business_date = :day"
        " order by id",
        tenant=tenant,
        day=day.date(),
    )
    assert "does not answer" in messages[0][0]
    assert f"The {name} are as they were" in messages[1][0]


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("inventory", {"procurement", "projection"}),
        ("suppliers", {"procurement", "projection"}),
        ("recipes", {"forecasting", "production", "procurement", "projection"}),
    ],
)
async def test_a_part_that_is_too_old_leaves_out_the_steps_that_need_it(
    world: World, dead_url: str, name: str, left_out: set[str]
) -> None:
    tenant, day = world.ids[4], NOW + timedelta(days=8 + 3 * PARTS.index(name))
    await world.plan(day - timedelta(hours=25), HERE, tenant)

    settings = _without(name, world, dead_url)
    async with services(settings) as away, world.database.transaction() as session:
        outcomes = await run_mornings(session, [tenant], day, services=away)
        briefing = await brief(session, tenant, day.date(), SAY)

    steps = await world.steps(day.date(), tenant)
    assert outcomes[tenant].failure is None
    assert {
        step for step, (status, _) in steps.items() if status == "skipped"
    } == left_out | TELLING
    assert all(f"{name} could not be fetched" in (steps[step][1] or "") for step in left_out)
    assert (briefing is None) == ("production" in left_out)
    assert await world.rows(
        "select status from runs where tenant_id = :tenant and business_date = :day",
        tenant=tenant,
        day=day.date(),
    ) == [("partial_success",)]


def _without(name: str, world: World, dead_url: str) -> Settings:
    """One part away, the others there."""
    others = [part for part in PARTS if part != name]
    return _at(world.elsewhere.url, *others, **{f"{name}_service_url": dead_url})


@asynccontextmanager
async def _working(world: World, settings: Settings) -> AsyncIterator[Engine]:
    """A planning process with these settings."""
    engine = Engine(world.url)
    async with world.database.transaction() as session:
        await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
    stop = asyncio.Event()
    working = asyncio.create_task(Workers(world.database, engine, settings).run(stop))
    yield engine
    stop.set()
    await working
    engine.close()


async def _until_over(world: World, execution: object) -> str:
    for _ in range(300):
        ((status,),) = await world.rows(
            "select status from executions where id = :id", id=execution
        )
        if status not in ("pending", "running"):
            return str(status)
        await asyncio.sleep(0.1)
    raise AssertionError("It does not end.")


async def _execute(world: World, settings: Settings, day: date) -> str:
    async with _working(world, settings) as engine:
        async with world.database.transaction() as session:
            triggered = await trigger(session, engine, settings, MORNING, system_clock(), day=day)
        return await _until_over(world, triggered.execution_id)


async def test_an_execution_with_all_contexts_elsewhere(world: World) -> None:
    day = TODAY + timedelta(days=20)
    settings = _at(world.elsewhere.url, *NAMES, workers=1, chunk_size=3)

    assert await _execute(world, settings, day) == "completed"
    assert await world.rows(
        "select status, count(*) from runs where business_date = :day group by 1", day=day
    ) == [("completed", COUNT)]


async def test_an_execution_without_a_forecaster_sends_nobody_alone(
    world: World, failing: Scripted
) -> None:
    day = TODAY + timedelta(days=21)
    settings = _at(failing.url, "forecasting", workers=1, chunk_size=3)

    assert await _execute(world, settings, day) == "partial_success"
    assert await world.rows(
        "select status, chunk is null, attempt, count(*) from runs where business_date = :day"
        " group by 1, 2, 3",
        day=day,
    ) == [("partial_success", False, 0, COUNT)]
    assert await world.rows(
        "select count(*), count(error) from run_steps where business_date = :day"
        " and step = 'forecasting' and status = 'success'",
        day=day,
    ) == [(COUNT, COUNT)]
    assert FAILURES <= len(failing.requests) <= FAILURES + AT_ONCE


async def test_an_execution_without_stock_leaves_out_purchasing(
    world: World, failing: Scripted
) -> None:
    day = TODAY + timedelta(days=22)
    await world.rows("update run_snapshots set taken_at = taken_at - interval '90 days'")
    settings = _at(failing.url, "inventory", workers=1, chunk_size=3)

    assert await _execute(world, settings, day) == "partial_success"
    assert await world.rows(
        "select step, status, count(*) from run_steps where business_date = :day"
        " group by 1, 2 order by 2, 1",
        day=day,
    ) == [
        *((step, "skipped", COUNT) for step in sorted({"procurement", "projection"} | TELLING)),
        *(
            (step, "success", COUNT)
            for step in ("forecasting", "production", "snapshot", "validation")
        ),
    ]

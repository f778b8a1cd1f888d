"""An installation to do harm to: servers, bakeries, roles, and what there is to see of them."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, text
from sqlalchemy.exc import InterfaceError, OperationalError

from obrador.authz import TenantId, operator
from obrador.kit.clock import business_date, system_clock
from obrador.kit.db import Database
from obrador.kit.workflow import Engine
from obrador.migrations.apply import migrate
from obrador.onboarding import demo
from obrador.orchestration import due
from obrador.orchestration.definitions import MORNING, default_workflows
from obrador.orchestration.triggering import trigger
from obrador.settings import Settings
from tests.chaos.processes import Postgres, Redis, Role
from tests.fixtures.homes import temporary_home

LOGS = Path(".bench/chaos")
DIAGNOSIS = LOGS / "diagnosis.log"
_DIAGNOSES = (
    "select * from chunks where execution_id = cast(:id as uuid) and status <> 'done'",
    "select workflow_uuid, status, executor_id, recovery_attempts, queue_name from"
    " dbos.workflow_status where status in ('PENDING', 'ENQUEUED', 'ERROR')",
    "select *, clock_timestamp() - heartbeat_at as silent from instances where status <> 'buried'",
    "select *, clock_timestamp() as now from leadership",
    "select pid, state, wait_event, application_name, xact_start, left(query, 200) as query"
    " from pg_stat_activity where backend_type = 'client backend'",
)
_ZONE = "Europe/Madrid"


@dataclass(frozen=True)
class Size:
    """How much harm is done."""

    bakeries: int
    kills: int
    seconds_between_kills: tuple[float, float]
    outage_seconds: float
    freezes: int
    poisoned_among: int


SHORT = Size(40, 8, (0.3, 1.2), 5, 1, 20)
LONG = Size(500, 200, (0.4, 2.0), 60, 3, 100)


@dataclass(frozen=True)
class Line:
    """What a scenario did and found."""

    scenario: str
    what: str
    seconds: float
    found: str
    faults: tuple[str, ...] = ()
    """What must not have been found."""


@dataclass
class World:
    """All that runs."""

    size: Size
    postgres: Postgres
    redis: Redis
    database: Database
    engine: Engine
    settings: Settings
    environment: dict[str, str]
    bakeries: Sequence[TenantId]
    random: random.Random
    roles: list[Role] = field(default_factory=list)
    days: int = 0
    """How many days have been planned; each scenario takes the next."""

    def next_day(self) -> date:
        """A day that nobody has planned yet."""
        self.days += 1
        return business_date(system_clock(), _ZONE) + timedelta(days=self.days - 1)

    @asynccontextmanager
    async def running(
        self,
        *,
        workers: int = 2,
        schedulers: int = 2,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> AsyncIterator[list[Role]]:
        """Roles, until the block ends."""
        kinds = ["worker"] * workers + ["scheduler"] * schedulers
        start = len(self.roles)
        self.roles += [
            Role(kind, {**self.environment, **environment}, LOGS / f"{kind}-{start + number}.log")
            for number, kind in enumerate(kinds)
        ]
        roles = self.roles[start:]
        try:
            for role in roles:
                role.start()
            yield roles
        finally:
            for role in roles:
                role.close()

    async def trigger(self, day: date, tenants: Sequence[TenantId] | None = None) -> UUID:
        """Ask for a morning; returns its execution."""
        async with self.database.transaction() as session:
            asked = await trigger(
                session, self.engine, self.settings, MORNING, system_clock(),
                tenants=tenants, day=day,
            )  # fmt: skip
        return asked.execution_id

    async def rows(self, sql: str, **values: Any) -> Sequence[Row[Any]]:
        """What a statement finds, now or once the database is there again."""
        while True:
            with suppress(OperationalError, InterfaceError):
                async with self.database.transaction() as session:
                    result = await session.execute(text(sql), values)
                    is_query = isinstance(result, CursorResult) and result.returns_rows
                    return result.all() if is_query else []
            await asyncio.sleep(0.2)

    async def value(self, sql: str, **values: Any) -> Any:
        """The first column of the first row; None: there is none."""
        rows = await self.rows(sql, **values)
        return rows[0][0] if rows else None

    async def until(
        self, condition: Callable[[], Awaitable[bool]], seconds: float, what: str
    ) -> None:
        """Wait for something.

        Raises:
            TimeoutError: it did not happen in time.
        """
        deadline = time.monotonic() + seconds
        while not await condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"After {seconds:.0f} s still not: {what}")
            await asyncio.sleep(0.1)

    async def has_ended(self, execution: UUID) -> bool:
        """Whether a morning is over."""
        status = await self.value("select status from executions where id = :id", id=execution)
        return status not in ("pending", "running")

    async def ended(self, execution: UUID, seconds: float) -> None:
        """Wait for the end of a morning.

        Raises:
            TimeoutError: it did not end in time.
        """
        try:
            await self.until(lambda: self.has_ended(execution), seconds, f"the end of {execution}")
        except TimeoutError:
            await self._diagnose(execution)
            raise

    async def _diagnose(self, execution: UUID) -> None:
        """Keep what may tell why a morning does not end."""
        with DIAGNOSIS.open("a") as file:
            for sql in _DIAGNOSES:
                print(sql.strip(), file=file)
                for row in await self.rows(sql, id=str(execution)):
                    print("  ", dict(row._mapping), file=file)
        for role in self.roles:
            for process in (role.pid, *(planner.pid for planner in role.planners())):
                if role.is_alive:
                    os.kill(process, signal.SIGUSR1)  # see `role`: it says where it is

    async def progress(self, execution: UUID) -> float:
        """Which share of a morning's steps is done."""
        share = await self.value(
            "select sum(least(c.steps_done, jsonb_array_length(e.steps)))::float"
            " / sum(jsonb_array_length(e.steps)) from chunks c"
            " join executions e on e.id = c.execution_id where e.id = :id",
            id=execution,
        )
        return float(share or 0)

    async def leader(self, roles: Sequence[Role]) -> Role | None:
        """The scheduler that leads."""
        pid = await self.value(
            "select i.pid from leadership l join instances i on i.id = l.instance"
        )
        return next((role for role in roles if role.pid == pid and role.is_alive), None)

    async def has_leader(self, roles: Sequence[Role]) -> bool:
        """Whether one leads, and says so."""
        renewed = await self.value(
            "select count(*) from leadership where renewed_at > clock_timestamp() - interval '2 s'"
        )
        return bool(renewed) and await self.leader(roles) is not None


@asynccontextmanager
async def world(size: Size, seed: int = 1) -> AsyncIterator[World]:
    """A new installation with its bakeries, nothing running but the servers."""
    _empty(LOGS)
    with temporary_home() as home:
        redis, postgres = Redis(home), Postgres(home)
        redis.start()
        url = postgres.start()
        environment = {
            "DATABASE_URL": url,
            "REDIS_URL": redis.url,
            "HEARTBEAT_SECONDS": "1",
            "LEADER_HEARTBEAT_SECONDS": "0.5",
            "LEADER_LOCK_TTL_SECONDS": "2",
            "CHUNK_SIZE": "10",
            "WORKERS": "2",
            "LOG_FORMAT": "json",
        }
        words: Mapping[str, Any] = {name.lower(): value for name, value in environment.items()}
        settings = Settings(_env_file=None, **words)
        database, engine = Database(url), Engine(url)
        made: World | None = None
        try:
            bakeries = await _prepare(database, engine, settings, size.bakeries)
            made = World(
                size, postgres, redis, database, engine, settings, environment, bakeries,
                random.Random(seed),  # noqa: S311  so that it can be repeated
            )  # fmt: skip
            yield made
        finally:
            for role in made.roles if made else ():
                role.close()
            engine.close()
            await database.close()
            redis.stop()


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.log"):
        old.unlink()


async def _prepare(
    database: Database, engine: Engine, settings: Settings, count: int
) -> Sequence[TenantId]:
    """Tables, bakeries, and mornings that are fired by hand and tried again at once."""
    await migrate(database)
    await engine.migrate()
    async with database.transaction() as session:
        await demo.load(session, system_clock(), products=6, days=60, count=count)
        await session.execute(text("update tenants set is_demo = false"))
        specs = default_workflows(settings.daily_workflow_cron, settings.weekly_workflow_cron)
        await due.create_workflows(session, specs)
        await session.execute(
            text("""
                update workflows set cron = null, tenant_timeout_seconds = 3, steps = (
                    select jsonb_agg(step || '{"retry_delay_seconds": 0.2}' order by place)
                    from jsonb_array_elements(steps) with ordinality as s(step, place)
                )
            """)
        )
        ids = await session.scalars(text("select id from tenants order by id"))
        return operator.working_for(ids.all())

"""The headline benchmark: a morning of many bakeries, measured from outside.

It works in a database of its own on the server of the settings, or on an embedded one of its own,
with planning processes as they run in earnest.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import psycopg
from pydantic import SecretStr
from sqlalchemy import make_url, text

from obrador.authz import TenantId
from obrador.kit import postgres
from obrador.kit.clock import system_clock
from obrador.kit.db import Database
from obrador.kit.errors import Misconfigured, Unavailable
from obrador.kit.postgres_cluster import Cluster
from obrador.onboarding.fleet import make_fleet
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.references import load_references
from obrador.orchestration.training_now import train_now
from obrador.orchestration.triggering import trigger
from obrador.orchestration.worker import Workers
from obrador.roles import Parts, parts
from obrador.settings import Settings

_DATABASE = "obrador_bench"
_LOOK_SECONDS = 0.5
_BATCH = 500

Say = Callable[[str], None]


@dataclass(frozen=True)
class StageCost:
    """One stage, all bakeries together."""

    stage: str
    planning_ms: float
    """Processor time of planning, by bakery."""
    rows: float
    """Written by bakery."""
    share: float
    """Of all planning."""
    chunk_seconds: float
    """From reading to written, a chunk; others are planned meanwhile."""


@dataclass(frozen=True)
class Report:
    """What a morning took. By bakery where not said otherwise."""

    tenants: int
    workers: int
    setup_seconds: float
    seconds: float
    """From the trigger to the end of the execution, all bakeries."""
    dispatch_seconds: float
    wall_ms: float
    planning_ms: float
    python_ms: float
    """Processor time of the planning processes."""
    database_ms: float
    """Processor time of the database server."""
    overhead_ms: float
    """Python and database, without planning."""
    disk_kb: float
    wal_kb: float
    rows: float
    transactions: float
    worker_mb: float
    """Most memory that one planning process has held."""
    euro_by_1000: float
    machine_ms: float
    """Processor time of a fixed loop: machines differ, and one does from hour to hour."""
    statuses: Mapping[str, int]
    stages: Sequence[StageCost]

    def as_json(self) -> str:
        """For programs."""
        return json.dumps(asdict(self), indent=2)


async def bench_morning(
    settings: Settings, tenants: int, *, products: int, days: int, say: Say
) -> Report:
    """Generate bakeries, run their morning, report.

    Raises:
        Misconfigured: the server does not allow a database of our own.
    """
    async with own_database(settings) as own_settings, parts(own_settings) as own:
        say(f"Generating {tenants:,} bakeries ...")
        began = time.perf_counter()
        ids = await make_fleet(
            own.database,
            tenants,
            system_clock(),
            products=products,
            days=days,
            prepare=train_now,
            progress=lambda made: say(f"Generating bakeries: {made:,} of {tenants:,} ..."),
        )
        await warm(own, ids, say)
        # As it would have been long ago, had the bakeries come one by one.
        await asyncio.to_thread(administer, own.database.url, "vacuum analyze")
        setup = time.perf_counter() - began
        return await _measured(own, tenants, setup, say)


@asynccontextmanager
async def own_database(settings: Settings) -> AsyncIterator[Settings]:
    """Settings with a database to measure in, which is dropped afterwards.

    Raises:
        Misconfigured: the server does not allow a database of our own.
    """
    if settings.database_url is None:
        with _home() as home:
            yield settings.model_copy(update={"obrador_home": home})
        return
    url = make_url(settings.database_url.get_secret_value())
    admin = url.set(drivername="postgresql").render_as_string(hide_password=False)
    own = url.set(database=_DATABASE).render_as_string(hide_password=False)
    administer(admin, f"drop database if exists {_DATABASE}", f"create database {_DATABASE}")
    try:
        yield settings.model_copy(update={"database_url": SecretStr(own)})
    finally:
        administer(admin, f"drop database if exists {_DATABASE} with (force)")


@contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="obrador-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)  # the embedded server's own user has to reach it
        yield home
        postgres.leave(home)
        Cluster(home / "postgres").stop()


def administer(url: str, *statements: str) -> None:
    """Execute statements that no transaction may contain.

    Raises:
        Misconfigured: the server does not allow them.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
    except psycopg.Error as error:
        raise Misconfigured(
            f"DATABASE_URL: no database of our own to measure in: {error}"
        ) from None


async def warm(own: Parts, ids: Sequence[TenantId], say: Say) -> None:
    """Pack reference data, which every morning but the first finds packed."""
    for start in range(0, len(ids), _BATCH):
        say(f"Packing reference data: {start:,} of {len(ids):,} ...")
        async with own.database.transaction() as session:
            await load_references(session, ids[start : start + _BATCH])


async def _measured(own: Parts, tenants: int, setup: float, say: Say) -> Report:
    stop, workers = asyncio.Event(), own.settings.workers
    working = asyncio.create_task(Workers(own.database, own.engine, own.settings).run(stop))
    await _until_alive(own.database, workers)
    watch = _Watch(await postmaster(own.database))
    before = await _figures(own.database)
    machine_ms = loop_ms()
    began = time.perf_counter()
    async with own.database.transaction() as session:
        triggered = await trigger(session, own.engine, own.settings, MORNING, system_clock())
    dispatched = time.perf_counter() - began
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        watch.look()
        done = await _value(
            own.database, "select count(*) from runs where completed_at is not null"
        )
        say(f"{done:,.0f} of {triggered.tenants:,} bakeries in {watch.seconds:,.0f} s ...")
        if await _value(own.database, _UNFINISHED) == 0:
            break
    after = await _figures(own.database)
    python_seconds, server_seconds = watch.spent()
    stop.set()
    await working
    planned = await _value(own.database, "select sum(compute_ms) from run_steps") / tenants
    rows = await _value(own.database, "select sum(rows_written) from run_steps") / tenants
    python_ms, server_ms = python_seconds / tenants * 1000, server_seconds / tenants * 1000
    seconds = await _value(own.database, _SECONDS)
    cost = (python_ms + server_ms) / 3.6e6 * own.settings.cost_per_cpu_hour
    return Report(
        tenants=tenants,
        workers=workers,
        setup_seconds=setup,
        seconds=seconds,
        dispatch_seconds=dispatched,
        wall_ms=seconds / tenants * 1000,
        planning_ms=planned,
        python_ms=python_ms,
        database_ms=server_ms,
        overhead_ms=python_ms + server_ms - planned,
        disk_kb=(after.size - before.size) / tenants / 1000,
        wal_kb=(after.wal - before.wal) / tenants / 1000,
        rows=rows,
        transactions=(after.transactions - before.transactions) / tenants,
        worker_mb=watch.most_memory / 1e6,
        euro_by_1000=1000 * (cost + rows / 1e6 * own.settings.cost_per_million_rows),
        machine_ms=(machine_ms + loop_ms()) / 2,
        statuses=await _statuses(own.database),
        stages=await _stages(own.database, tenants),
    )


def loop_ms() -> float:
    """Processor time of a fixed loop, which tells how fast this machine is now."""
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number * number % 7
    return (time.process_time() - began) * 1000


async def _until_alive(database: Database, workers: int) -> None:
    for _ in range(100):
        if await _value(database, "select count(*) from instances") >= workers:
            return
        await asyncio.sleep(_LOOK_SECONDS)
    raise Unavailable("The planning processes did not start; their log says why.")


_UNFINISHED = "select count(*) from executions where status in ('pending', 'running')"
_SECONDS = "select extract(epoch from max(completed_at) - min(started_at)) from executions"


async def _value(database: Database, query: str) -> float:
    async with database.transaction() as session:
        return float(await session.scalar(text(query)) or 0)


async def _statuses(database: Database) -> dict[str, int]:
    async with database.transaction() as session:
        rows = await session.execute(text("select status, count(*) from runs group by 1"))
        return dict(rows.all())


async def _stages(database: Database, tenants: int) -> list[StageCost]:
    query = text("""
        select step, sum(compute_ms) / :tenants as planning, sum(rows_written) / :tenants as rows,
            sum(compute_ms) / nullif(sum(sum(compute_ms)) over (), 0) as share,
            avg(extract(epoch from ended_at - started_at)) as seconds
        from run_steps group by step order by min(ended_at)
    """)
    async with database.transaction() as session:
        rows = await session.execute(query, {"tenants": float(tenants)})
        return [
            StageCost(
                row.step,
                float(row.planning),
                float(row.rows),
                float(row.share or 0),
                float(row.seconds),
            )
            for row in rows
        ]


@dataclass(frozen=True)
class _Figures:
    size: float
    wal: float
    transactions: float


async def _figures(database: Database) -> _Figures:
    await asyncio.sleep(1.1)  # statistics of transactions come a second late
    return _Figures(
        await _value(database, "select pg_database_size(current_database())"),
        await _value(database, "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"),
        await _value(
            database,
            "select xact_commit from pg_stat_database where datname = current_database()",
        ),
    )


async def postmaster(database: Database) -> psutil.Process | None:
    """The database server's first process, if it runs on this machine."""
    pid = int(await _value(database, "select pg_backend_pid()"))
    with suppress(psutil.Error):
        parent = psutil.Process(pid).parent()
        if parent is not None and "postgres" in parent.name():
            return parent
    return None


class _Watch:
    """Processor time and memory of our planning processes and of the database server."""

    def __init__(self, server: psutil.Process | None) -> None:
        self.began = time.perf_counter()
        self.most_memory = 0
        self._server = server
        self._planners = psutil.Process().children()
        self._before = self._now()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def look(self) -> None:
        for planner in self._planners:
            with suppress(psutil.Error):
                self.most_memory = max(self.most_memory, planner.memory_info().rss)

    def spent(self) -> tuple[float, float]:
        """Seconds of processor since the start: planning processes, server."""
        python, server = self._now()
        return python - self._before[0], server - self._before[1]

    def _now(self) -> tuple[float, float]:
        return sum(map(_busy, self._planners)), server_seconds(self._server)


def server_seconds(server: psutil.Process | None) -> float:
    """Processor time of the database server so far, all its processes."""
    processes = [server, *server.children()] if server else []
    return sum(map(_busy, processes)) + _reaped(server)


def _busy(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _reaped(process: psutil.Process | None) -> float:
    """Of its children that have ended."""
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.children_user + times.children_system)

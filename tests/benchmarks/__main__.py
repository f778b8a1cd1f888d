"""Runs the benchmarks on an embedded PostgreSQL of its own and writes a table.

Each row compares Obrador's way with a named peer in the same run, because times of different
machines and moments cannot be compared. Written to `.bench/results.md` and `.bench/results.json`.
"""

import asyncio
import csv
import json
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import psycopg
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obrador.authz import TenantId
from obrador.forecasting.domain import DemandHistory
from obrador.forecasting.profile import forecast
from obrador.kit import postgres
from obrador.kit.db import Database
from obrador.kit.ids import derived_id
from obrador.kit.throttling import MemoryCounts, RateLimit, RateLimits
from obrador.migrations.apply import migrate
from obrador.onboarding.demo import loading as demo_bakery
from obrador.orchestration.service import run_mornings
from obrador.production.conflicts import conflicts
from obrador.production.domain import Crew, Machine
from obrador.production.scheduling import schedule
from obrador.sales import service as sales
from obrador.tenants import service as tenants
from obrador.tenants.domain import Days, NewBakery
from tests.fixtures.homes import temporary_home
from tests.production.test_conflicts import BREAD, RECIPES, at
from tests.production.test_scheduling import ALL_DAY

OUT = Path(".bench")
NOW = datetime(2026, 3, 10, 4, 30, tzinfo=UTC)
ROWS = 1_000_000
PEER_ROWS = 50_000


@dataclass(frozen=True)
class Result:
    """A measurement and its peer's, both as a rate: higher is better."""

    what: str
    unit: str
    ours: float
    peer: str
    theirs: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times as fast as the peer."""
        return self.ours / self.theirs


def main() -> None:
    """Run everything and write the table."""
    OUT.mkdir(exist_ok=True)
    with temporary_home() as home:
        results = asyncio.run(measure(postgres.start(home)))
    table = markdown(results)
    (OUT / "results.md").write_text(table)
    (OUT / "results.json").write_text(
        json.dumps([asdict(result) | {"ratio": result.ratio} for result in results], indent=2)
    )
    print(table)


async def measure(url: str) -> list[Result]:
    """All results, on the server at `url`."""
    database = Database(url)
    await migrate(database)
    results = [await imports(database, url), forecasts(), checks()]
    results += [await counting(), await mornings(database)]
    await database.close()
    return results


async def imports(database: Database, url: str) -> Result:
    """Sales lines from a CSV file to the database, next to `csv` and `executemany` of psycopg."""
    path = OUT / "sales.csv"
    _write_sales(path)
    bakery = NewBakery(name="Bench", time_zone="Europe/Madrid", country="ES")
    async with database.transaction() as session:
        tenant = await tenants.create(session, bakery)
    async with database.transaction() as session:
        place = (await tenants.load_bakeries(session, [tenant]))[tenant]
        started = time.perf_counter()
        report = await sales.import_sales(session, tenant, place, path, sales.ImportOptions(), NOW)
    assert report.new == ROWS
    ours = ROWS / (time.perf_counter() - started)
    theirs = PEER_ROWS / _seconds(lambda: _row_by_row(path, url))
    path.unlink()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Result(
        "import of transactions", "rows/s", ours, "csv + executemany, no checks", theirs,
        f"peak memory {peak} MB",
    )  # fmt: skip


def forecasts() -> Result:
    """Forecasts of 14 days with intervals, next to the mean of the last four same weekdays taken
    product by product."""
    products, days, horizon = 40, 730, 14
    rng = np.random.default_rng(1)
    sold = rng.poisson(30, (products, days)).astype(np.float64)
    history = DemandHistory(
        product_ids=tuple(derived_id("product", number) for number in range(products)),
        categories=("bread",) * products,
        sold=sold,
        sold_out=np.zeros_like(sold, dtype=np.bool_),
        days=Days(date(2024, 3, 10), np.ones(days + horizon, np.bool_), (None,) * (days + horizon)),
    )

    def naive() -> None:
        for series in sold:
            for day in range(horizon):
                float(np.mean([series[days - 7 * back + day % 7 - 7] for back in range(4)]))

    forecast(history)
    return Result(
        "forecast, fit included", "series/s", products / _seconds(lambda: forecast(history), 20),
        "mean of four same weekdays, in a loop", products / _seconds(naive, 20),
        "intervals, holidays and season included",
    )  # fmt: skip


def checks() -> Result:
    """A night of 60 batches checked after a change by hand, next to planning it anew."""
    ovens = [Machine(UUID(int=10 + n), "oven", 8, 15, ALL_DAY) for n in range(4)]
    crew = Crew(((0, 840, 60),))
    night = [at(BREAD, 120 + 9 * n, 130 + 9 * n, units=60 + n, on=ovens[n % 4]) for n in range(60)]
    batches = [scheduled.batch for scheduled in night]

    def check() -> None:
        conflicts(night, RECIPES, ovens, crew)

    def plan() -> None:
        schedule(batches, RECIPES, ovens, crew)

    check()
    plan()
    return Result(
        "a night of 60 batches checked", "nights/s", 1 / _seconds(check, 20),
        "the same night planned anew", 1 / _seconds(plan, 5),
    )  # fmt: skip


async def counting() -> Result:
    """What limits of requests add to one, next to how long an empty request takes without them."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["asked_by"] = "somebody"
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None: ...

    async def receive() -> Message:
        return {"type": "http.request"}

    async def rate(app: ASGIApp) -> float:
        scope = {"type": "http", "path": f"/api/v1/tenants/{UUID(int=1)}/products", "headers": []}
        started = time.perf_counter()
        for _ in range(2_000):
            await app({**scope, "client": ("192.0.2.1", 1), "state": {}}, receive, send)
        return 2_000 / (time.perf_counter() - started)

    limits = RateLimits(10**9, 10**9, 10**9)
    return Result(
        "requests counted by person, bakery and address", "a second",
        await rate(RateLimit(answer, limits, MemoryCounts())),
        "empty requests that nobody counts", await rate(answer),
    )  # fmt: skip


async def mornings(database: Database) -> Result:
    """Whole mornings from the database to the database: 20 bakeries at once, next to one by one."""
    async with database.transaction() as session:
        bakeries = await demo_bakery.load(session, NOW, count=20)
    together = await _plan(database, bakeries, NOW)
    started = time.perf_counter()
    for bakery in bakeries:
        await _plan(database, [bakery], NOW + timedelta(days=1))
    alone = time.perf_counter() - started
    return Result(
        "mornings of the demo bakery", "bakeries/s", len(bakeries) / together,
        "the same, one transaction each", len(bakeries) / alone,
    )  # fmt: skip


async def _plan(database: Database, bakeries: list[TenantId], now: datetime) -> float:
    started = time.perf_counter()
    async with database.transaction() as session:
        outcomes = await run_mornings(session, bakeries, now)
    assert all(outcome.is_new for outcome in outcomes.values())
    return time.perf_counter() - started


def _write_sales(path: Path) -> None:
    rng = np.random.default_rng(2)
    seconds = np.sort(rng.integers(0, 700 * 86_400, ROWS))
    moments = np.datetime64("2024-03-01T00:00:00") + seconds.astype("timedelta64[s]")
    products = rng.integers(0, 40, ROWS)
    with path.open("w") as file:
        file.write("date,receipt,product,quantity,price\n")
        file.writelines(
            f"{moment},{number},Product {product},1,2.50\n"
            for number, (moment, product) in enumerate(
                zip(np.datetime_as_string(moments), products, strict=True)
            )
        )


def _row_by_row(path: Path, url: str) -> None:
    with path.open() as file, psycopg.connect(url) as connection:
        connection.execute("create temp table lines (at text, receipt text, product text,"
                           " quantity numeric, price numeric)")  # fmt: skip
        lines = csv.reader(file)
        next(lines)
        rows = [row for row, _ in zip(lines, range(PEER_ROWS), strict=False)]
        connection.cursor().executemany("insert into lines values (%s, %s, %s, %s, %s)", rows)


def _seconds(work: Callable[[], object], times: int = 1) -> float:
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times


def markdown(results: list[Result]) -> str:
    """The results as a table."""
    rows = [
        f"| {r.what} | {r.ours:,.0f} {r.unit} | {r.peer} | {r.theirs:,.0f} {r.unit} |"
        f" {r.ratio:.1f} | {r.note} |"
        for r in results
    ]
    head = "| what | Obrador | peer | peer's | ratio | |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *rows]) + "\n"


main()

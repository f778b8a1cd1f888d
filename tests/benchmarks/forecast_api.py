"""How long forecasts take at the API, cached and not, and how often they are cached over a day.

    python -m tests.benchmarks.forecast_api [--bakeries 6] [--json FILE]

`obrador serve` in a process of its own, on an embedded PostgreSQL with two years of sales, asked
over one kept-alive connection: with the cache in process, in Redis, and in a Redis that is killed
midway.
"""

import argparse
import asyncio
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import make_url

from obrador.authz import TenantId
from obrador.catalogue.service import load_products
from obrador.kit import postgres
from obrador.kit.clock import business_date, system_clock
from obrador.kit.db import Database
from obrador.migrations.apply import migrate
from obrador.onboarding.fleet import make_fleet
from obrador.orchestration.service import run_mornings
from tests.fixtures.homes import temporary_home
from tests.fixtures.redis_servers import RedisServer

PRODUCTS, DAYS = 30, 730
PORT = 8719
Fleet = dict[TenantId, list[UUID]]


@dataclass(frozen=True)
class Times:
    """Of answers, in milliseconds."""

    what: str
    answers: int
    p50: float
    p99: float

    @classmethod
    def of(cls, what: str, seconds: Sequence[float]) -> "Times":
        """The percentiles."""
        p50, p99 = np.percentile(np.array(seconds) * 1000, [50, 99])
        return cls(what, len(seconds), round(float(p50), 2), round(float(p99), 2))


@dataclass(frozen=True)
class Day:
    """What a simulated day of use came to."""

    answers: int
    from_the_cache: float
    """Per cent of answers."""
    hit_rate: float
    """Per cent of forecasts."""


class Client:
    """Asks one server, over one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self) -> None:
        """The next question opens it again."""
        self._connection.close()

    def ask(self, method: str, path: str, body: object = None) -> tuple[Any, float]:
        """The answer, and how many seconds it took."""
        content = None if body is None else json.dumps(body)
        began = time.perf_counter()
        self._connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        read = answer.read()
        seconds = time.perf_counter() - began
        assert answer.status < 300, (method, path, answer.status, read[:300])
        return json.loads(read) if read else None, seconds


class Bakery:
    """Asks for one bakery's forecasts."""

    def __init__(self, client: Client, tenant: TenantId, products: Sequence[UUID]) -> None:
        self.url = f"/api/v1/tenants/{tenant}"
        self.products = products
        self._client = client

    def connect_again(self) -> None:
        """After a pause: the server has closed the connection, which all bakeries share."""
        self._client.close()

    def week(self, product: UUID) -> tuple[Any, float]:
        """Of one product."""
        body = {"product_id": str(product), "days": 7}
        return self._client.ask("POST", f"{self.url}/forecasts/single", body)

    def any_week(self, rng: random.Random) -> tuple[Any, float]:
        """Of one product, whichever."""
        return self.week(rng.choice(self.products))

    def all(self) -> tuple[Any, float]:
        """A week of all products."""
        return self._client.ask("POST", f"{self.url}/forecasts/generate", {})

    def morning(self) -> tuple[Any, float]:
        """What the morning foresaw, all products."""
        return self._client.ask("GET", f"{self.url}/forecasts")

    def forget(self) -> None:
        """What is kept."""
        self._client.ask("DELETE", f"{self.url}/forecasts/cache")

    def stats(self) -> Any:
        """Of the cache."""
        return self._client.ask("GET", f"{self.url}/forecasts/cache/stats")[0]

    def sell(self, product: UUID, day: date, quantity: int) -> None:
        """A day's total so far."""
        sale = {"product_id": str(product), "date": str(day), "quantity": quantity}
        self._client.ask("POST", f"{self.url}/sales", {"sales": [sale]})

    def sell_any(self, rng: random.Random, day: date) -> None:
        """The same of any product."""
        self.sell(rng.choice(self.products), day, rng.randint(1, 90))

    def reprice(self, product: UUID, price: str) -> None:
        """Change a product."""
        self._client.ask("PATCH", f"{self.url}/products/{product}", {"price": price})


def main() -> None:
    """Measure everything, print it, write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bakeries", type=int, default=6)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with temporary_home() as home:
        url = postgres.start(home)
        fleet = asyncio.run(prepare(url, given.bakeries))
        results = {"memory": measure(url, fleet)}
        if program := shutil.which("redis-server"):
            with tempfile.TemporaryDirectory(prefix="obrador-redis-") as folder:
                redis = RedisServer(program, Path(folder))
                redis.start()
                results["redis"] = measure(url, fleet, redis)
                redis.kill()
    print(json.dumps(results, indent=1))
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


async def prepare(url: str, count: int) -> Fleet:
    """Bakeries that have planned today."""
    database = Database(url)
    await migrate(database)
    now = system_clock()
    bakeries = await make_fleet(database, count, now, products=PRODUCTS, days=DAYS)
    async with database.transaction() as session:
        await run_mornings(session, bakeries, now)
    async with database.transaction() as session:
        products = await load_products(session, bakeries)
    await database.close()
    return {tenant: [each.id for each in own] for tenant, own in products.items()}


def measure(url: str, fleet: Fleet, redis: RedisServer | None = None) -> dict[str, Any]:
    """All figures with one kind of store."""
    with serving(url, redis.url if redis else None):
        client = Client(PORT)
        bakeries = [Bakery(client, tenant, products) for tenant, products in fleet.items()]
        _until_kept(bakeries[0])
        times = [asdict(each) for each in latencies(bakeries)]
        return {
            "times": times,
            "day": asdict(simulated_day(bakeries)),
        } | ({"redis killed": killed(bakeries, redis)} if redis else {})


def latencies(bakeries: Sequence[Bakery]) -> Iterator[Times]:
    """Of answers of each kind."""
    rng = random.Random(1)  # noqa: S311  so that it can be repeated

    def timed(times: int, ask: Callable[[Bakery], tuple[Any, float]]) -> list[float]:
        return [ask(bakeries[number % len(bakeries)])[1] for number in range(times)]

    def afresh(bakery: Bakery) -> tuple[Any, float]:
        bakery.forget()
        return bakery.week(bakery.products[0])

    timed(len(bakeries), lambda bakery: bakery.week(bakery.products[0]))
    yield Times.of("a week of one product, not cached", timed(200, afresh))
    timed(200, lambda bakery: bakery.week(bakery.products[0]))
    week = timed(3000, lambda bakery: bakery.any_week(rng))
    yield Times.of("a week of one product, cached", week)
    yield Times.of("a week of all products, cached", timed(300, Bakery.all))
    timed(len(bakeries), Bakery.morning)
    yield Times.of("what the morning foresaw, all products, cached", timed(300, Bakery.morning))


def simulated_day(bakeries: Sequence[Bakery]) -> Day:
    """Every bakery: a screen shows the week of all products and is reloaded every hour from 6 to
    20, the morning's forecast is looked at five times, that of one product forty times, while the
    till sends sixty totals of today; half of them correct yesterday, a third change a product. In a
    mixed order."""
    rng = random.Random(2)  # noqa: S311  so that it can be repeated
    today = business_date(system_clock(), "Europe/Madrid")
    yesterday = today - timedelta(days=1)
    acts: list[Callable[[], tuple[Any, float] | None]] = []
    for number, bakery in enumerate(bakeries):
        bakery.forget()
        acts += [bakery.morning] * 5 + [bakery.all] * 15
        acts += [partial(bakery.any_week, rng)] * 40
        acts += [partial(bakery.sell_any, rng, today)] * 60
        if number % 2:
            acts.append(partial(bakery.sell, bakery.products[0], yesterday, 77))
        if not number % 3:
            acts.append(partial(bakery.reprice, bakery.products[1], "1.95"))
    rng.shuffle(acts)
    before = [bakery.stats() for bakery in bakeries]
    cached = [_is_cached(answer[0]) for act in acts if (answer := act()) is not None]
    after = [bakery.stats() for bakery in bakeries]
    hits = sum(each["hits"] for each in after) - sum(each["hits"] for each in before)
    misses = sum(each["misses"] for each in after) - sum(each["misses"] for each in before)
    return Day(
        len(cached),
        round(100 * sum(cached) / len(cached), 1),
        round(100 * hits / (hits + misses), 1),
    )


def killed(bakeries: Sequence[Bakery], redis: RedisServer) -> dict[str, Any]:
    """Redis is killed and comes back while weeks are asked for: answers, and how long they took."""
    known = {bakery.url: bakery.week(bakery.products[0])[0] for bakery in bakeries}

    def rounds(count: int) -> list[float]:
        seconds = []
        for _ in range(count):
            for bakery in bakeries:
                told, took = bakery.week(bakery.products[0])
                assert told["days"] == known[bakery.url]["days"]
                seconds.append(took)
        return seconds

    before = rounds(5)
    redis.kill()
    away = rounds(10)
    redis.start()
    time.sleep(6)
    bakeries[0].connect_again()
    rounds(1)
    back = rounds(5)
    return {
        "all answers are right": True,
        **{
            when: asdict(Times.of("a week of one product", seconds))
            for when, seconds in (("before", before), ("away", away), ("back", back))
        },
    }


@contextmanager
def serving(url: str, redis_url: str | None) -> Iterator[None]:
    """A server as it runs in earnest."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory(prefix="obrador-bench-") as home:
        environment = os.environ | {
            "DATABASE_URL": plain, "OBRADOR_HOME": home, "PORT": str(PORT),
        }  # fmt: skip
        if redis_url:
            environment["REDIS_URL"] = redis_url
        server = subprocess.Popen(
            [str(Path(sys.executable).with_name("obrador")), "serve"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _until_up()
            yield
        finally:
            server.terminate()
            server.wait(timeout=30)


def _until_up() -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            Client(PORT).ask("GET", "/health/ready")
        except (OSError, AssertionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _until_kept(bakery: Bakery) -> None:
    """A process that does not hear of changes yet keeps nothing."""
    while not bakery.week(bakery.products[0])[0]["cached"]:
        time.sleep(0.1)


def _is_cached(answer: Any) -> bool:
    forecasts = answer.get("forecasts") or answer.get("items") or [answer]
    return all(each["cached"] for each in forecasts)


if __name__ == "__main__":
    main()

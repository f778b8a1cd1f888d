"""Events through a broker that is stopped and killed meanwhile: none lost, none handled twice.

    python -m tests.chaos.events --events 100000 --restarts 5

Starts a RabbitMQ and a PostgreSQL of its own, tells events through the outbox, the relay, the
broker and a consumer, and then asks the database what came of it.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import ClassVar
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.delivery import deliver_events
from obrador.integrations.rabbitmq import consuming
from obrador.kit import postgres
from obrador.kit.consumers import Consumer, handle_all
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent
from obrador.kit.ids import new_id
from obrador.kit.outbox import Event, publish_all
from obrador.kit.process import exit_on_signals
from obrador.migrations.apply import migrate
from obrador.settings import Settings
from tests.chaos.servers import Rabbit
from tests.fixtures.homes import temporary_home

_BATCH = 500


@dataclass(frozen=True)
class Rung(Event):
    """A bell was rung."""

    routing_key: ClassVar[str] = "chaos.bell.rung"

    number: int


@dataclass(frozen=True)
class Report:
    """What came of it."""

    events: int
    restarts: int
    seconds: float
    store_cpu_ms: float
    """Of this process per event, to store it."""
    delivered: int
    """Deliveries to the consumer; more than events are duplicates."""
    effects: int
    distinct: int
    lost: int
    pending: int

    @property
    def holds(self) -> bool:
        """Every event had its effect exactly once."""
        return self.effects == self.distinct == self.events and self.lost == self.pending == 0


async def _write(session: AsyncSession, event: PublishedEvent) -> None:
    """The effect: a row that nothing keeps from being there twice."""
    values = {"id": event.id, "number": event.facts["number"]}
    await session.execute(text("insert into effects values (:id, :number)"), values)


BELL = Consumer("chaos", ("chaos.bell.*",), _write)


async def run(events: int, restarts: int) -> Report:
    """Start the servers, tell the events and count; raises TimeoutError when it takes too long."""
    rabbit = Rabbit()
    try:
        with temporary_home() as home:
            url = await asyncio.to_thread(postgres.start, home)
            await asyncio.to_thread(rabbit.start)
            database = Database(url)
            try:
                return await _prove(database, rabbit, events, restarts)
            finally:
                await database.close()
    finally:
        rabbit.close()


async def _prove(database: Database, rabbit: Rabbit, events: int, restarts: int) -> Report:
    await migrate(database)
    async with database.transaction() as session:
        await session.execute(text("create table effects (event_id uuid, number integer)"))
    settings = Settings(_env_file=None, rabbitmq_url=rabbit.url)
    stop, started = asyncio.Event(), time.monotonic()
    with _counted() as delivered:
        async with asyncio.timeout(60 + events / 300 + 60 * restarts), asyncio.TaskGroup() as group:
            group.create_task(deliver_events(database, settings, stop, [BELL]))
            storing = group.create_task(_tell(database, events))
            await _break(database, rabbit, events, restarts)
            await _effects(database, events)
            # Whatever is delivered twice may still be on its way.
            await asyncio.sleep(2)
            stop.set()
        return Report(
            events=events,
            restarts=restarts,
            seconds=time.monotonic() - started,
            store_cpu_ms=1000 * storing.result() / events,
            delivered=delivered[0],
            **await _counts(database),
        )


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Count what reaches the consumer, duplicates too, which its handler never sees."""
    count = [0]

    async def counted(
        database: Database, consumer: Consumer, events: Sequence[PublishedEvent]
    ) -> dict[UUID, str]:
        count[0] += len(events)
        return await handle_all(database, consumer, events)

    with patch.object(consuming, "handle_all", counted):
        yield count


async def _tell(database: Database, events: int) -> float:
    """Store the events in batches; returns the CPU seconds that this thread took for it."""
    taken = 0.0
    for start in range(0, events, _BATCH):
        numbers = range(start, min(events, start + _BATCH))
        tenant = new_id()
        before = time.thread_time()
        rung = [Rung(tenant, number) for number in numbers]
        async with database.transaction() as session:
            await publish_all(session, rung)
        taken += time.thread_time() - before
    return taken


async def _break(database: Database, rabbit: Rabbit, events: int, restarts: int) -> None:
    """Restart the broker when so many events have arrived, each other time without asking it."""
    for number in range(restarts):
        await _effects(database, events * (number + 1) // (restarts + 1))
        kill = number % 2 == 0
        print(f"{'kill -9' if kill else 'stop'} RabbitMQ", file=sys.stderr)
        await asyncio.to_thread(rabbit.restart, kill=kill)


async def _effects(database: Database, wanted: int) -> None:
    while True:
        async with database.transaction() as session:
            if (await session.scalar(text("select count(*) from effects"))) >= wanted:
                return
        await asyncio.sleep(0.2)


async def _counts(database: Database) -> dict[str, int]:
    counts = text(
        "select count(*) as effects, count(distinct event_id) as distinct,"
        " (select count(*) from outbox_events o where not exists"
        "  (select from effects e where e.event_id = o.id)) as lost,"
        " (select count(*) from outbox_events where published_at is null) as pending"
        " from effects"
    )
    async with database.transaction() as session:
        return dict((await session.execute(counts)).mappings().one())


def main() -> None:
    """Run it as the arguments say; exits with 1 when the proof fails."""
    exit_on_signals()  # so that its servers never outlive it
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--restarts", type=int, default=5)
    asked = arguments.parse_args()
    if reason := Rabbit.missing():
        sys.exit(reason)
    report = asyncio.run(run(asked.events, asked.restarts))
    for name, value in asdict(report).items():
        print(f"{name:>14}  {value:,.3f}" if isinstance(value, float) else f"{name:>14}  {value:,}")
    print(f"{'duplicates':>14}  {report.delivered - report.events:,} delivered and dropped")
    sys.exit(None if report.holds else "Events were lost or handled twice.")


if __name__ == "__main__":
    main()

"""Events through a real broker: RabbitMQ on its standard port."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import aio_pika
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from obrador import delivery
from obrador.integrations.rabbitmq import Broker, RabbitPublisher, consume, consuming, topology
from obrador.integrations.rabbitmq.broker import persistent
from obrador.kit.consumers import Consumer, DeadLetter
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent, to_cloud_event
from obrador.kit.errors import NotFound, Unavailable
from obrador.kit.ids import new_id
from obrador.kit.outbox import publish_all
from obrador.settings import Settings
from tests.chaos import events as chaos
from tests.chaos.servers import Rabbit
from tests.kit.test_outbox import Baked

URL = "amqp://guest:guest@127.0.0.1:5672/"


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "FIRST_PAUSE_SECONDS", 0.02)


class Hearing:
    """A consumer with queues of its own_database, which fails as often as it is told to."""

    def __init__(self, failures: int = 0, attempts: int = 3) -> None:
        self.heard: list[PublishedEvent] = []
        self.failures = failures
        self.consumer = Consumer(f"test.{uuid4().hex}", ("test.#",), self._handle, attempts)

    async def _handle(self, _: AsyncSession, event: PublishedEvent) -> None:
        if self.failures:
            self.failures -= 1
            raise ValueError("burnt\nto a crisp")
        self.heard.append(event)

    async def until(self, count: int) -> None:
        await until(lambda: len(self.heard) >= count)


@pytest.fixture
async def hearing() -> AsyncIterator[Hearing]:
    """A consumer on the machine's broker, whose queues are removed after the test."""
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=1).close()
    except OSError:
        pytest.skip("service: no RabbitMQ at 127.0.0.1:5672")
    hearing = Hearing()
    yield hearing
    connection = await aio_pika.connect(URL)
    async with connection, connection.channel() as channel:
        for name in (topology.queue_name, topology.dead_name):
            await channel.queue_delete(name(hearing.consumer))
        await channel.exchange_delete("unheard")


@asynccontextmanager
async def delivering(database: Database, hearing: Hearing) -> AsyncIterator[Settings]:
    settings = Settings(_env_file=None, rabbitmq_url=SecretStr(URL))
    stop = asyncio.Event()
    running = asyncio.create_task(
        delivery.deliver_events(database, settings, stop, [hearing.consumer])
    )
    yield settings
    stop.set()
    async with asyncio.timeout(10):
        await running


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  what is waited for is in a broker
            await asyncio.sleep(0.02)


async def test_events_go_through_the_broker_with_all_they_carry(
    own_database: Database, hearing: Hearing
) -> None:
    bread = Baked(new_id(), "pan")

    async with delivering(own_database, hearing):
        async with own_database.transaction() as session:
            await publish_all(session, [bread, Baked(new_id(), "rolls")])
        await hearing.until(2)

    first = hearing.heard[0]
    assert (first.routing_key, first.schema_version) == ("test.baked", 3)
    assert (first.tenant_id, first.facts) == (bread.tenant_id, {"what": "pan"})


async def test_what_was_delivered_twice_is_handled_once(
    own_database: Database, hearing: Hearing
) -> None:
    broker = Broker(URL, [hearing.consumer])
    publisher, stop = RabbitPublisher(broker), asyncio.Event()
    again, last = _event("again"), _event("last")
    await publisher.deliver([again, again])
    await publisher.deliver([again])

    running = asyncio.create_task(consume(broker, own_database, hearing.consumer, stop))
    await hearing.until(1)
    await publisher.deliver([again, last])
    await hearing.until(2)
    stop.set()
    await running
    await broker.close()

    assert [event.facts["what"] for event in hearing.heard] == ["again", "last"]


async def test_an_event_that_fails_is_tried_again(own_database: Database, hearing: Hearing) -> None:
    hearing.failures = 2

    async with delivering(own_database, hearing):
        async with own_database.transaction() as session:
            await publish_all(session, [Baked(new_id(), "bread")])
        await hearing.until(1)

    assert hearing.failures == 0


async def test_a_poison_event_ends_with_its_error_and_can_be_replayed(
    own_database: Database, hearing: Hearing
) -> None:
    hearing.failures = 3
    only = [hearing.consumer]

    async with delivering(own_database, hearing) as settings:
        async with own_database.transaction() as session:
            await publish_all(session, [Baked(new_id(), "bread")])
        await until(lambda: hearing.failures == 0)
        letters = await _dead(own_database, settings, hearing)
        assert await delivery.dead_letters(own_database, settings, consumers=only) == letters
        with pytest.raises(NotFound, match=hearing.consumer.name):
            await delivery.dead_letters(own_database, settings, "nobody", consumers=only)
        assert await delivery.replay_dead(own_database, settings, consumers=only) == 1
        await hearing.until(1)
        assert await delivery.dead_letters(own_database, settings, consumers=only) == []

    (letter,) = letters
    assert (letter.consumer, letter.attempts) == (hearing.consumer.name, 3)
    assert letter.error == "ValueError: burnt to a crisp"
    assert letter.event is not None
    assert letter.event.facts == {"what": "bread"}


async def test_what_is_no_event_is_dead_and_holds_nobody_up(
    own_database: Database, hearing: Hearing
) -> None:
    async with delivering(own_database, hearing) as settings:
        broker = Broker(URL, [hearing.consumer])
        channel = await broker.channel()
        exchange = await channel.declare_exchange("test", "topic", durable=True)
        await exchange.publish(persistent(b"rubbish", "x"), "test.baked")
        await exchange.publish(persistent(to_cloud_event(_event("bread")), "y"), "test.baked")
        await hearing.until(1)
        letters = await _dead(own_database, settings, hearing)
        await broker.close()

    assert [letter.event for letter in letters] == [None]


async def test_an_event_that_nobody_wants_is_published_all_the_same(
    own_database: Database, hearing: Hearing
) -> None:
    broker = Broker(URL, [])
    event = PublishedEvent(new_id(), "unheard.of", 1, None, {}, _event("").occurred_at)

    await RabbitPublisher(broker).deliver([event])

    await broker.close()


async def test_a_broker_that_is_away_is_unavailable() -> None:
    broker = Broker("amqp://guest:guest@127.0.0.1:1/", [])

    with pytest.raises(Unavailable, match="RABBITMQ_URL"):
        await RabbitPublisher(broker).deliver([_event("bread")])

    await broker.close()


async def test_no_event_is_lost_or_handled_twice_while_the_broker_is_killed() -> None:
    if reason := Rabbit.missing():
        pytest.skip(reason)

    report = await chaos.run(events=2_000, restarts=1)

    assert report.holds, report
    assert report.delivered >= 2_000


async def _dead(database: Database, settings: Settings, hearing: Hearing) -> list[DeadLetter]:
    """The dead letters, once there are some."""
    async with asyncio.timeout(10):
        while True:
            only = [hearing.consumer]
            if letters := await delivery.dead_letters(database, settings, consumers=only):
                return letters
            await asyncio.sleep(0.05)


def _event(what: str) -> PublishedEvent:
    return PublishedEvent(
        new_id(), "test.baked", 1, new_id(), {"what": what}, datetime(2026, 3, 1, tzinfo=UTC)
    )

"""Events in the outbox, and their way to consumers in this process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.consumers import ConsumedEvent, Consumer
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent, from_cloud_event, to_cloud_event
from obrador.kit.errors import Unavailable
from obrador.kit.ids import first_id_at, new_id
from obrador.kit.in_process import FailedDelivery, InProcess, dead_letters, replay_dead
from obrador.kit.outages import is_passing
from obrador.kit.outbox import CHANNEL, Event, OutboxEvent, PlatformEvent, publish, publish_all
from obrador.kit.outbox_upkeep import backlog, remove_old, replay_published
from obrador.kit.relay import Relay

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Baked(Event):
    """Something was baked."""

    routing_key: ClassVar[str] = "test.baked"
    schema_version: ClassVar[int] = 3

    what: str


@dataclass(frozen=True)
class Closed(PlatformEvent):
    """Everything is closed."""

    routing_key: ClassVar[str] = "test.closed"

    why: str


class Hearing:
    """A consumer that remembers, and fails as often as it is told to."""

    def __init__(
        self, *keys: str, failures: int = 0, attempts: int = 3, name: str = "hearing"
    ) -> None:
        self.heard: list[str] = []
        self.failures = failures
        self.consumer = Consumer(name, keys or ("test.#",), self._handle, attempts)

    async def _handle(self, session: AsyncSession, event: PublishedEvent) -> None:
        if self.failures and event.facts.get("what") != "good":
            self.failures -= 1
            raise ValueError("burnt")
        await session.execute(text("select 1"))
        self.heard.append(str(event.facts.get("what")))


async def tell(database: Database, *names: str) -> None:
    async with database.transaction() as session:
        await publish_all(session, [Baked(new_id(), name) for name in names])


def relay(database: Database, *hearing: Hearing, batch_size: int = 100) -> Relay:
    consumers = [one.consumer for one in hearing]
    return Relay(database, InProcess(database, consumers), batch_size=batch_size, poll_seconds=60)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  what is waited for is in a database
            await asyncio.sleep(0.01)


async def test_one_by_one_and_in_bulk_events_are_stored_alike(session: AsyncSession) -> None:
    bread = Baked(new_id(), "pan con «ñ»")
    publish(session, bread)
    publish(session, Closed("August"))
    await session.flush()
    await publish_all(session, [bread, Closed("August")])
    await publish_all(session, [])

    stored = (await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))).all()

    kept = [(e.tenant_id, e.routing_key, e.schema_version, e.payload) for e in stored]
    assert kept[:2] == kept[2:]
    assert kept[0] == (bread.tenant_id, "test.baked", 3, {"what": "pan con «ñ»"})
    assert kept[1] == (None, "test.closed", 1, {"why": "August"})


async def test_a_commit_calls_the_relay_once(own_database: Database) -> None:
    async with await psycopg.AsyncConnection.connect(own_database.url, autocommit=True) as listener:
        await listener.execute(f"listen {CHANNEL}".encode())

        async with own_database.transaction() as session:
            publish(session, Closed("August"))
            await session.flush()
            await publish_all(session, [Closed("August")] * 20)
        calls = [call async for call in listener.notifies(timeout=1)]

    assert len(calls) == 1


async def test_the_relay_delivers_what_waits_and_what_comes(own_database: Database) -> None:
    hearing, deaf = Hearing(), Hearing("other.*", name="deaf")
    stop = asyncio.Event()
    await tell(own_database, "one", "two")

    running = asyncio.create_task(relay(own_database, hearing, deaf).run(stop))
    await until(lambda: len(hearing.heard) == 2)
    await tell(own_database, "three")
    await until(lambda: len(hearing.heard) == 3)
    stop.set()
    await running

    assert hearing.heard == ["one", "two", "three"]
    assert deaf.heard == []
    async with own_database.transaction() as session:
        assert (await backlog(session)).pending == 0


async def test_several_relays_share_the_work_and_nothing_is_handled_twice(
    own_database: Database,
) -> None:
    hearing = Hearing()
    names = [str(number) for number in range(300)]
    await tell(own_database, *names)
    several = [relay(own_database, hearing, batch_size=10) for _ in range(4)]

    async def empty(one: Relay) -> None:
        while await one.publish_batch():
            pass

    await asyncio.gather(*map(empty, several))

    assert sorted(hearing.heard, key=int) == names


async def test_a_relay_that_dies_after_delivery_delivers_again_and_nobody_notices(
    own_database: Database,
) -> None:
    hearing = Hearing()
    publisher = InProcess(own_database, [hearing.consumer])

    class Dying:
        async def deliver(self, events: list[PublishedEvent]) -> None:
            await publisher.deliver(events)
            raise Unavailable("dead")

    await tell(own_database, "bread")

    with pytest.raises(Unavailable):
        await Relay(own_database, Dying()).publish_batch()  # type: ignore[arg-type]
    async with own_database.transaction() as session:
        assert (await backlog(session)).pending == 1
    assert await relay(own_database, hearing).publish_batch() == 1
    assert hearing.heard == ["bread"]


async def test_a_relay_outlives_lost_connections(own_database: Database) -> None:
    hearing = Hearing()
    stop = asyncio.Event()
    running = asyncio.create_task(relay(own_database, hearing).run(stop))
    await tell(own_database, "before")
    await until(lambda: len(hearing.heard) == 1)

    async with await psycopg.AsyncConnection.connect(own_database.url, autocommit=True) as admin:
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        await admin.execute(
            "insert into outbox_events (id, routing_key, payload)"
            " values (gen_random_uuid(), 'test.baked', '{\"what\": \"after\"}')"
        )
    await until(lambda: len(hearing.heard) == 2)
    stop.set()
    await running

    assert hearing.heard == ["before", "after"]


async def test_a_failure_holds_up_nobody_else_and_is_tried_again(own_database: Database) -> None:
    hearing = Hearing(failures=2, attempts=3)
    publisher = InProcess(own_database, [hearing.consumer])
    await tell(own_database, "bad", "good")

    await Relay(own_database, publisher).publish_batch()
    assert hearing.heard == ["good"]
    await publisher.tend()
    assert hearing.heard == ["good"]  # not due yet
    await make_due(own_database)
    await publisher.tend()

    assert hearing.heard == ["good", "bad"]
    async with own_database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(FailedDelivery)) == 0
        assert await session.scalar(select(func.count()).select_from(ConsumedEvent)) == 2


async def test_after_its_attempts_an_event_is_dead_until_it_is_replayed(
    own_database: Database,
) -> None:
    # In a batch, the first failure has each event handled on its own.
    hearing = Hearing(failures=2, attempts=2)
    publisher = InProcess(own_database, [hearing.consumer])
    await tell(own_database, "bad")

    await Relay(own_database, publisher).publish_batch()
    await make_due(own_database)
    await publisher.tend()
    await make_due(own_database)
    await publisher.tend()
    assert hearing.heard == []
    async with own_database.transaction() as session:
        (letter,) = await dead_letters(session)
        assert await dead_letters(session, "another") == []
        assert await replay_dead(session, "another") == 0
        assert await replay_dead(session) == 1
    await publisher.tend()

    assert (letter.consumer, letter.attempts, letter.error) == ("hearing", 2, "ValueError: burnt")
    assert letter.event is not None
    assert letter.event.facts == {"what": "bad"}
    assert hearing.heard == ["bad"]


async def make_due(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(
            text("update failed_deliveries set retry_at = now() where retry_at is not null")
        )


async def test_a_handler_that_hangs_fails(own_database: Database) -> None:
    async def hang(_: AsyncSession, __: PublishedEvent) -> None:
        await asyncio.sleep(60)

    slow = Consumer("slow", ("test.*",), hang, attempts=1, timeout_seconds=0.05)
    await tell(own_database, "bread")

    await Relay(own_database, InProcess(own_database, [slow])).publish_batch()

    async with own_database.transaction() as session:
        assert [letter.error[:12] for letter in await dead_letters(session)] == ["TimeoutError"]


async def test_replayed_events_are_dropped_except_by_whom_they_are_for(
    own_database: Database,
) -> None:
    hearing = Hearing()
    await tell(own_database, "bread", "rolls")
    one = relay(own_database, hearing)
    await one.publish_batch()

    assert await replay_published(own_database, LONG_AGO, FAR_AWAY, "other.*") == 0
    assert await replay_published(own_database, LONG_AGO, LONG_AGO) == 0
    assert await replay_published(own_database, LONG_AGO, FAR_AWAY, "test.*") == 2
    await one.publish_batch()
    assert hearing.heard == ["bread", "rolls"]
    assert await replay_published(own_database, LONG_AGO, FAR_AWAY, consumer="hearing") == 2
    await one.publish_batch()

    assert hearing.heard == ["bread", "rolls"] * 2


async def test_old_events_go_when_published_and_notes_of_them_later(own_database: Database) -> None:
    hearing = Hearing()
    now = datetime.now(UTC)
    await tell(own_database, "bread")
    await relay(own_database, hearing).publish_batch()
    await tell(own_database, "waiting")
    day = timedelta(days=1)

    async def left() -> tuple[int | None, int | None]:
        async with own_database.transaction() as session:
            return (
                await session.scalar(select(func.count()).select_from(OutboxEvent)),
                await session.scalar(select(func.count()).select_from(ConsumedEvent)),
            )

    assert await remove_old(own_database, now, day) == 0
    assert await remove_old(own_database, now + 1.5 * day, day) == 1
    assert await left() == (1, 1)
    await remove_old(own_database, now + 3 * day, day)
    assert await left() == (1, 0)


async def test_the_backlog_has_an_age(own_database: Database) -> None:
    await tell(own_database, "bread", "rolls")
    async with own_database.transaction() as session:
        await session.execute(text("update outbox_events set created_at = now() - interval '1h'"))
        waiting = await backlog(session)

    assert waiting.pending == 2
    assert waiting.oldest_seconds == pytest.approx(3600, abs=5)


async def test_a_database_that_is_away_is_told_from_one_that_refuses(
    server_url: str, session: AsyncSession
) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Exception, match="refused") as connecting:
        async with away.transaction() as nowhere:
            await nowhere.execute(text("select 1"))
    await away.close()
    with pytest.raises(Exception, match="division") as dividing:
        await session.execute(text("select 1 / 0"))

    assert is_passing(connecting.value)
    assert not is_passing(dividing.value)


def test_identifiers_sort_by_the_moment_they_were_made() -> None:
    now = datetime.now(UTC)

    assert first_id_at(now - timedelta(seconds=5)) < new_id() < first_id_at(now + timedelta(1))
    assert first_id_at(now).version == new_id().version == 7


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("sales.imported", "sales.imported", True),
        ("sales.*", "sales.imported", True),
        ("production.*", "production.schedule.created", False),
        ("production.#", "production.schedule.created", True),
        ("production.#", "production", True),
        ("production.*.created", "production.schedule.created", True),
        ("production.#.created", "production.created", True),
        ("production.#.created", "production.schedule.approved", False),
    ],
)
def test_routing_keys_match_as_in_amqp(pattern: str, key: str, fits: bool) -> None:
    assert Hearing(pattern).consumer.wants(key) is fits


async def test_two_consumers_cannot_have_one_name(database: Database) -> None:
    with pytest.raises(ValueError, match="name"):
        relay(database, Hearing(), Hearing())


@pytest.mark.parametrize("pattern", ["#", "*.created", ""])
def test_a_consumer_names_its_exchange(pattern: str) -> None:
    with pytest.raises(ValueError, match="exchange"):
        Hearing(pattern, "sales.*")


@given(
    facts=st.dictionaries(st.text(), st.integers(-(2**53), 2**53) | st.text() | st.none()),
    tenant=st.none() | st.uuids(),
    at=st.datetimes(timezones=st.just(UTC)),
)
def test_an_event_survives_its_envelope(
    facts: dict[str, int | str | None], tenant: UUID | None, at: datetime
) -> None:
    event = PublishedEvent(new_id(), "sales.imported", 2, tenant, facts, at)

    assert from_cloud_event(to_cloud_event(event)) == event


@pytest.mark.parametrize("body", [b"", b"{}", b'{"specversion": "0.3"}', b"[1]", b"\xff"])
def test_what_is_no_event_of_ours_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_cloud_event(body)

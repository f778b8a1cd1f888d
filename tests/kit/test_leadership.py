"""Exactly one leads, and none that led before can do harm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from obrador.integrations.redis.lock import RedisLock
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.kit.leadership import (
    Leadership,
    Lock,
    LostLeadership,
    NoLock,
    PostgresLock,
    current,
    fence,
)

REDIS = "redis://127.0.0.1:6379/9"
TTL = 0.6


class Time:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["postgresql", "redis"])
async def lock(request: pytest.FixtureRequest, own_database: Database) -> AsyncIterator[Lock]:
    if request.param == "postgresql":
        yield PostgresLock(own_database)
        return
    key = f"obrador:test:{new_id()}"
    redis = Redis.from_url(REDIS)
    try:
        await redis.ping()
    except (RedisError, OSError):
        pytest.skip("service: Redis does not answer on 127.0.0.1:6379")
    lock = RedisLock(REDIS, key)
    yield lock
    await lock.close()
    await redis.delete(key)
    await redis.aclose()


def contender(lock: Lock, database: Database, monotonic: Time) -> tuple[Leadership, UUID]:
    instance = new_id()
    leadership = Leadership(lock, database, instance, ttl=TTL, heartbeat=0.1, monotonic=monotonic)
    return leadership, instance


async def test_one_leads_until_its_time_runs_out(lock: Lock, own_database: Database) -> None:
    time = Time()
    first, _ = contender(lock, own_database, time)
    second, second_id = contender(lock, own_database, time)

    await first.strive()
    await second.strive()
    assert (first.is_leader, second.is_leader) == (True, False)

    time.now += TTL  # the first one was frozen: by its own clock it leads no more
    assert not first.is_leader
    await asyncio.sleep(TTL + 0.1)
    await second.strive()

    assert second.is_leader
    assert second.token == first.token + 1
    async with own_database.transaction() as session:
        status = await current(session)
    assert status is not None
    assert (status.instance, status.token) == (second_id, second.token)


async def test_renewal_keeps_it(lock: Lock, own_database: Database) -> None:
    time = Time()
    first, _ = contender(lock, own_database, time)
    second, _ = contender(lock, own_database, time)
    await first.strive()
    token = first.token
    for _ in range(4):
        await asyncio.sleep(TTL / 2)
        await first.strive()
        await second.strive()

    assert first.is_leader
    assert not second.is_leader
    assert first.token == token


async def test_release_hands_over_at_once(lock: Lock, own_database: Database) -> None:
    first, _ = contender(lock, own_database, Time())
    second, _ = contender(lock, own_database, Time())
    stop = asyncio.Event()
    leading = asyncio.create_task(first.run(stop))
    async with asyncio.timeout(10):
        while not first.is_leader:  # noqa: ASYNC110  nothing tells it
            await asyncio.sleep(0.01)
    stop.set()
    await leading

    await second.strive()

    assert second.is_leader


async def test_who_led_before_commits_nothing(lock: Lock, own_database: Database) -> None:
    time = Time()
    old, _ = contender(lock, own_database, time)
    new, _ = contender(lock, own_database, time)
    await old.strive()
    await asyncio.sleep(TTL + 0.1)
    await new.strive()

    async with own_database.transaction() as session:
        await fence(session, new.token, TTL)
    with pytest.raises(LostLeadership):
        async with own_database.transaction() as session:
            await fence(session, old.token, TTL)


async def test_nobody_leads_without_the_locks_service(own_database: Database) -> None:
    lock = RedisLock("redis://127.0.0.1:1/0")
    leadership, _ = contender(lock, own_database, Time())

    await leadership.strive()

    assert not leadership.is_leader
    await lock.close()


async def test_a_single_scheduler_leads_at_once(own_database: Database) -> None:
    leadership, _ = contender(NoLock(), own_database, Time())
    with suppress(LostLeadership):
        await leadership.strive()

    assert leadership.is_leader

"""Caches of several processes hear of changes when they are committed, and of nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import psycopg
import pytest
from sqlalchemy import text

from obrador.kit.cache import Cache, CacheKey, memory_store
from obrador.kit.cache_news import changed, listening
from obrador.kit.db import Database
from obrador.kit.ids import new_id

HERE, ELSEWHERE = new_id(), new_id()
KEY = CacheKey(HERE, "briefing", "today")
OTHER_KIND = CacheKey(HERE, "forecast", "today")
ELSEWHERES = CacheKey(ELSEWHERE, "briefing", "today")


async def _until_gone(cache: Cache, key: CacheKey) -> None:
    async with asyncio.timeout(10):
        while True:
            if await cache.get(key) is None:
                return
            await asyncio.sleep(0.01)


async def _until_kept(cache: Cache, key: CacheKey) -> None:
    """Wait until the cache hears, as only then it keeps anything."""
    async with asyncio.timeout(10):
        while await cache.get(key) is None:
            await cache.set(key, b"kept", 60)
            await asyncio.sleep(0.01)


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """A database of its own, which tests commit to."""
    database = Database(empty_database_url)
    yield database
    await database.close()


@pytest.fixture
async def caches(database: Database) -> AsyncIterator[tuple[Cache, Cache]]:
    """Of two processes, hearing, and with something in them."""
    caches = Cache(memory_store()), Cache(memory_store())
    async with AsyncExitStack() as stack:
        for cache in caches:
            stack.push_async_callback(cache.close)
            await stack.enter_async_context(listening(cache, database.url))
            for key in (KEY, OTHER_KIND, ELSEWHERES):
                await _until_kept(cache, key)
        yield caches


async def test_all_processes_forget_when_a_change_is_committed(
    database: Database, caches: tuple[Cache, Cache]
) -> None:
    async with database.transaction() as session:
        await changed(session, HERE, "briefing")
        await asyncio.sleep(0.1)
        assert [await cache.get(KEY) for cache in caches] == [b"kept"] * 2, "not committed yet"

    for cache in caches:
        await _until_gone(cache, KEY)
        assert await cache.get(OTHER_KIND) == b"kept"
        assert await cache.get(ELSEWHERES) == b"kept"


async def test_a_change_of_everything_or_of_one_value(
    database: Database, caches: tuple[Cache, Cache]
) -> None:
    async with database.transaction() as session:
        await changed(session, HERE)
        await changed(session, ELSEWHERE, "briefing", "today")

    for cache in caches:
        for key in (KEY, OTHER_KIND, ELSEWHERES):
            await _until_gone(cache, key)


async def test_a_change_of_a_kind_of_all_tenants(
    database: Database, caches: tuple[Cache, Cache]
) -> None:
    async with database.transaction() as session:
        await changed(session, None, "briefing")

    for cache in caches:
        for key in (KEY, ELSEWHERES):
            await _until_gone(cache, key)
        assert await cache.get(OTHER_KIND) == b"kept"


async def test_what_is_rolled_back_is_not_heard(
    database: Database, caches: tuple[Cache, Cache]
) -> None:
    async with database.transaction() as session:
        await changed(session, HERE, "briefing")
        await session.rollback()
    async with database.transaction() as session:
        await changed(session, HERE, "forecast")

    for cache in caches:
        await _until_gone(cache, OTHER_KIND)
        assert await cache.get(KEY) == b"kept"


async def test_who_loses_the_connection_forgets_everything_and_hears_again(
    database: Database, caches: tuple[Cache, Cache]
) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'obrador cache' and datname = current_database()"
            )
        )
    for cache in caches:
        await _until_gone(cache, KEY)
        await _until_kept(cache, KEY)
        assert await cache.get(ELSEWHERES) is None

    async with database.transaction() as session:
        await changed(session, HERE)
    for cache in caches:
        await _until_gone(cache, KEY)


async def test_news_that_nobody_understands_forget_everything(
    database: Database, caches: tuple[Cache, Cache]
) -> None:
    async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as connection:
        await connection.execute("notify obrador_cache, 'what is this'")

    for cache in caches:
        await _until_gone(cache, KEY)


async def test_without_a_database_nothing_is_cached_and_nothing_fails() -> None:
    cache = Cache(memory_store())
    async with listening(cache, "postgresql://127.0.0.1:1/nowhere"):
        await asyncio.sleep(0.05)
        await cache.set(KEY, b"kept", 60)
        assert await cache.get(KEY) is None
    await cache.close()

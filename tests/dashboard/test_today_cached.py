"""The Today page with its cache in Redis, while Redis comes and goes."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from obrador.kit.cache import Cache, Counts
from obrador.kit.clock import system_clock
from obrador.onboarding.demo import loading as demo_bakery
from obrador.orchestration.service import run_mornings
from obrador.settings import Settings
from tests.fixtures.redis_servers import RedisServer
from tests.fixtures.served import Served, served


@pytest.fixture
def site(own_database_url: str, redis_server: RedisServer) -> Iterator[Served]:
    """A server with the demo bakery's morning, and a Redis."""

    async def plan(running: Served) -> None:
        async with running.database.transaction() as session:
            now = system_clock()
            await run_mornings(session, await demo_bakery.load(session, now, days=60), now)

    settings = Settings(
        _env_file=None, secret_key=SecretStr("k" * 32), redis_url=SecretStr(redis_server.url)
    )
    with served(own_database_url, settings) as running:
        running.run(plan(running))
        yield running


def _page(client: httpx.Client) -> str:
    answer = client.get("/", follow_redirects=True)
    assert answer.status_code == 200
    # Each page has a token of its own.
    return re.sub(r'name="csrf" value="[^"]*"', "", answer.text)


def _counts(cache: Cache) -> Counts:
    return next(iter(cache.statistics.values()), Counts())


def _until_kept(client: httpx.Client, cache: Cache) -> str:
    """Ask until the answer is from the cache, which is not used before it hears of changes."""
    deadline = time.monotonic() + 20
    while not _counts(cache).hits:
        assert time.monotonic() < deadline, "it is never kept"
        page = _page(client)
    return page


def test_the_page_is_the_same_with_redis_without_it_and_after_it(
    site: Served, redis_server: RedisServer
) -> None:
    with httpx.Client(base_url=site.url, headers={"Accept-Language": "es"}) as client:
        kept = _until_kept(client, site.cache)
        redis_server.kill()
        began = time.monotonic()
        without = [_page(client) for _ in range(5)]
        took = time.monotonic() - began

        assert without == [kept] * 5
        assert _counts(site.cache).misses >= 5
        assert took < 10

        redis_server.start()
        assert _page(client) == kept


def test_a_name_changed_while_redis_is_away_is_seen_before_and_after(
    site: Served, redis_server: RedisServer
) -> None:
    async def rename() -> None:
        async with site.database.transaction() as session:
            await session.execute(text("update products set name = name || ' nuevo'"))

    with httpx.Client(base_url=site.url, headers={"Accept-Language": "es"}) as client:
        assert "nuevo" not in _until_kept(client, site.cache)
        redis_server.freeze()
        site.run(rename())
        assert "nuevo" in _page(client)

        redis_server.go_on()
        assert "nuevo" in _page(client)

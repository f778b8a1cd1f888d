"""The cache, in process and in Redis: what it keeps, forgets, and does without."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from obrador.integrations.redis.cache import redis_store
from obrador.kit.cache import ANSWER_SECONDS, Cache, CacheKey, Counts, memory_store
from obrador.kit.ids import new_id
from tests.fixtures.redis_servers import RedisServer

HERE, ELSEWHERE = new_id(), new_id()
KEY = CacheKey(HERE, "briefing", "today")
QUICK = 3.0
"""Seconds. One answer waited for in vain takes 0.4 at most; two hundred would take 40 or more."""


class _Clock:
    """A monotonic clock that tests put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@asynccontextmanager
async def _open(
    url: str | None,
    clock: Callable[[], float] = time.monotonic,
    *,
    answer_seconds: float = 5,
) -> AsyncIterator[Cache]:
    """A patient cache, as the machine that tests may be busy."""
    store = redis_store(url, answer_seconds) if url else memory_store()
    cache = Cache(store, clock, answer_seconds)
    try:
        yield cache
    finally:
        await cache.close()


@pytest.fixture(params=["in process", "redis"])
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        yield server.url
    else:
        yield None


@pytest.fixture
async def cache(url: str | None) -> AsyncIterator[Cache]:
    async with _open(url) as cache:
        yield cache


class _Maker:
    """Makes a value, slowly, and counts."""

    def __init__(self, content: bytes | None = b"made", failures: int = 0) -> None:
        self.content = content
        self.failures = failures
        self.times = 0
        self.may_end = asyncio.Event()
        self.has_begun = asyncio.Event()

    async def __call__(self) -> bytes | None:
        self.times += 1
        self.has_begun.set()
        await self.may_end.wait()
        if self.times <= self.failures:
            raise RuntimeError("not this time")
        return self.content


def _at_once(content: bytes | None = b"made") -> _Maker:
    maker = _Maker(content)
    maker.may_end.set()
    return maker


@pytest.mark.parametrize("content", [b"", b"12", b"a:b", b"\x00\xff" * 5000])
async def test_any_bytes_come_back(cache: Cache, content: bytes) -> None:
    await cache.set(KEY, content, 60)

    assert await cache.get(KEY) == content


async def test_a_value_lasts_as_long_as_it_was_given(cache: Cache) -> None:
    await cache.set(KEY, b"short", 0.05)
    await asyncio.sleep(0.1)

    assert await cache.get(KEY) is None


async def test_what_is_there_is_not_made_again(cache: Cache) -> None:
    make = _at_once()

    answers = [await cache.get_or_make(KEY, 60, make) for _ in range(3)]

    assert answers == [b"made"] * 3
    assert make.times == 1
    assert cache.statistics[HERE] == Counts(hits=2, misses=1)
    assert ELSEWHERE not in cache.statistics


async def test_nothing_is_not_kept(cache: Cache) -> None:
    assert await cache.get_or_make(KEY, 60, _at_once(None)) is None
    assert await cache.get_or_make(KEY, 60, _at_once()) == b"made"


async def test_who_comes_together_is_served_by_one_making(cache: Cache) -> None:
    make = _Maker()
    askers = [asyncio.create_task(cache.get_or_make(KEY, 60, make)) for _ in range(50)]
    await make.has_begun.wait()
    make.may_end.set()

    assert await asyncio.gather(*askers) == [b"made"] * 50
    assert make.times == 1


async def test_another_one_makes_what_the_first_could_not(cache: Cache) -> None:
    make = _Maker(failures=1)
    askers = [asyncio.create_task(cache.get_or_make(KEY, 60, make)) for _ in range(5)]
    await make.has_begun.wait()
    make.may_end.set()

    answers = await asyncio.gather(*askers, return_exceptions=True)

    assert sum(isinstance(answer, RuntimeError) for answer in answers) == 1
    assert answers.count(b"made") == 4
    assert make.times == 2


async def test_another_one_makes_it_when_the_first_has_gone(cache: Cache) -> None:
    make = _Maker()
    first = asyncio.create_task(cache.get_or_make(KEY, 60, make))
    await make.has_begun.wait()
    second = asyncio.create_task(cache.get_or_make(KEY, 60, make))
    await asyncio.sleep(0)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    make.may_end.set()

    assert await second == b"made"


async def _everything(cache: Cache) -> None:
    await cache.forget_everything()


async def _tenant(cache: Cache) -> None:
    await cache.forget(HERE)


async def _kind(cache: Cache) -> None:
    await cache.forget(HERE, "briefing")


async def _any_of_a_kind(cache: Cache) -> None:
    await cache.forget_kind("briefing")


async def _name(cache: Cache) -> None:
    await cache.forget(HERE, "briefing", "today")


Forget = Callable[[Cache], Awaitable[None]]
BESIDE: dict[Forget, CacheKey] = {
    _name: CacheKey(HERE, "briefing", "tomorrow"),
    _kind: CacheKey(HERE, "forecast", "today"),
    _any_of_a_kind: CacheKey(HERE, "forecast", "today"),
    _tenant: CacheKey(ELSEWHERE, "briefing", "today"),
}


@pytest.mark.parametrize("forget", [_everything, _tenant, _kind, _any_of_a_kind, _name])
async def test_what_is_forgotten_is_gone_and_the_rest_stays(cache: Cache, forget: Forget) -> None:
    beside = BESIDE.get(forget)
    for key in [KEY, *([beside] if beside else [])]:
        await cache.set(key, b"kept", 60)

    await forget(cache)

    assert await cache.get(KEY) is None
    if beside:
        assert await cache.get(beside) == b"kept"


@pytest.mark.parametrize("forget", [_everything, _tenant, _kind, _any_of_a_kind, _name])
async def test_what_was_begun_before_it_was_forgotten_is_not_kept(
    cache: Cache, forget: Forget
) -> None:
    old, new = _Maker(b"old"), _at_once(b"new")
    asker = asyncio.create_task(cache.get_or_make(KEY, 60, old))
    await old.has_begun.wait()

    await forget(cache)
    later = await cache.get_or_make(KEY, 60, new)
    old.may_end.set()

    assert later == b"new"
    assert await asker == b"old"
    assert await cache.get(KEY) == b"new"


MAKING = CacheKey(HERE, "forecast", "all")


class _ManyMaker:
    """Makes some values at once, when it may, and counts."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.times = 0
        self.may_end = asyncio.Event()
        self.has_begun = asyncio.Event()

    async def __call__(self) -> dict[str, bytes]:
        self.times += 1
        self.has_begun.set()
        await self.may_end.wait()
        return {name: name.encode() for name in self.names}


async def test_what_is_made_together_is_kept_by_itself(cache: Cache) -> None:
    make = _ManyMaker("a", "b", "c")
    make.may_end.set()

    first = await cache.get_or_make_many(MAKING, ["a"], 60, make)
    others = await cache.get_or_make_many(MAKING, ["b", "c"], 60, make)
    await cache.forget(HERE, "forecast", "b")
    partly = await cache.get_or_make_many(MAKING, ["a", "b"], 60, make)

    assert (dict(first.contents), list(first.hits)) == ({"a": b"a"}, [])
    assert (dict(others.contents), list(others.hits)) == ({"b": b"b", "c": b"c"}, ["b", "c"])
    assert (set(partly.contents), list(partly.hits)) == ({"a", "b"}, ["a"])
    assert make.times == 2
    assert cache.statistics[HERE] == Counts(hits=3, misses=2)
    assert await cache.count(HERE, "forecast", ["a", "b", "c", "d"]) == 3


async def test_who_asks_for_other_parts_meanwhile_waits_for_the_same_making(cache: Cache) -> None:
    make = _ManyMaker("a", "b")
    askers = [
        asyncio.create_task(cache.get_or_make_many(MAKING, [name], 60, make))
        for name in ("a", "b") * 25
    ]
    await make.has_begun.wait()
    make.may_end.set()
    served = await asyncio.gather(*askers)

    assert [list(each.contents) for each in served] == [["a"], ["b"]] * 25
    assert make.times == 1


async def test_a_part_forgotten_while_it_is_made_is_not_kept(cache: Cache) -> None:
    old, new = _ManyMaker("a", "b"), _ManyMaker("a", "b")
    asker = asyncio.create_task(cache.get_or_make_many(MAKING, ["a"], 60, old))
    await old.has_begun.wait()
    await cache.forget(HERE, "forecast", "a")
    old.may_end.set()
    new.may_end.set()
    await asker

    await cache.get_or_make_many(MAKING, ["a"], 60, new)

    assert new.times == 1


async def test_a_kind_is_forgotten_of_all_tenants_and_counted(cache: Cache) -> None:
    for tenant in (HERE, ELSEWHERE):
        for name in ("a", "b:c"):
            await cache.set(CacheKey(tenant, "forecast", name), b"kept", 60)
    await cache.set(KEY, b"kept", 60)

    assert await cache.forget_kind("forecast") == 4
    assert await cache.forget_kind("forecast") == 0
    assert await cache.count(ELSEWHERE, "forecast", ["a", "b:c"]) == 0
    assert await cache.get(KEY) == b"kept"
    assert await cache.entries() >= 1


async def test_without_redis_a_kind_is_forgotten_later(redis_server: RedisServer) -> None:
    clock = _Clock()
    async with _open(redis_server.url, clock, answer_seconds=1) as cache:
        await cache.set(KEY, b"stale", 60)
        redis_server.freeze()
        assert await cache.forget_kind(KEY.kind) == 0
        assert await cache.entries() == 0
        redis_server.go_on()

        clock.ahead = 6

        assert await cache.get(KEY) is None


async def test_who_hears_of_no_changes_uses_no_cache(cache: Cache) -> None:
    await cache.set(KEY, b"kept", 60)
    cache.be_deaf(True)

    assert await cache.get(KEY) is None
    assert await cache.get_or_make(KEY, 60, _at_once(b"fresh")) == b"fresh"

    cache.be_deaf(False)
    assert await cache.get(KEY) == b"kept"


async def test_processes_share_what_is_in_redis(redis_server: RedisServer) -> None:
    async with _open(redis_server.url) as one, _open(redis_server.url) as other:
        await one.set(KEY, b"shared", 60)
        assert await other.get(KEY) == b"shared"

        await other.forget(HERE)
        assert await one.get(KEY) is None


async def test_a_forgotten_stamp_also_stops_what_another_process_makes(
    redis_server: RedisServer,
) -> None:
    async with _open(redis_server.url) as one, _open(redis_server.url) as other:
        old = _Maker(b"old")
        asker = asyncio.create_task(one.get_or_make(KEY, 60, old))
        await old.has_begun.wait()
        await other.forget(HERE, "briefing")
        old.may_end.set()
        await asker

        assert await one.get(KEY) is None
        assert await other.get(KEY) is None


@pytest.mark.parametrize("harm", [RedisServer.kill, RedisServer.freeze])
async def test_without_redis_everything_is_made_and_only_one_waits(
    redis_server: RedisServer, harm: Callable[[RedisServer], None]
) -> None:
    async with _open(redis_server.url, answer_seconds=ANSWER_SECONDS) as cache:
        await cache.get_or_make(KEY, 60, _at_once(b"before"))
        harm(redis_server)

        began = time.monotonic()
        assert await cache.get_or_make(KEY, 60, _at_once(b"meanwhile")) == b"meanwhile"
        assert time.monotonic() - began < QUICK

        began = time.monotonic()
        for _ in range(200):
            assert await cache.get_or_make(KEY, 60, _at_once(b"meanwhile")) == b"meanwhile"
        assert time.monotonic() - began < QUICK


async def test_redis_is_used_again_when_it_is_back(redis_server: RedisServer) -> None:
    clock = _Clock()
    async with _open(redis_server.url, clock) as cache:
        await cache.set(KEY, b"before", 60)
        redis_server.kill()
        assert await cache.get(KEY) is None
        redis_server.start()
        assert await cache.get(KEY) is None, "it is left alone for a while"

        clock.ahead = 6
        await cache.set(KEY, b"after", 60)

        assert await cache.get(KEY) == b"after"


async def test_what_was_forgotten_while_redis_was_away_is_not_served_later(
    redis_server: RedisServer,
) -> None:
    clock = _Clock()
    async with _open(redis_server.url, clock, answer_seconds=1) as cache:
        await cache.set(KEY, b"stale", 60)
        assert await cache.get(KEY) == b"stale"
        redis_server.freeze()
        await cache.forget(HERE)
        redis_server.go_on()

        clock.ahead = 6

        assert await cache.get(KEY) is None

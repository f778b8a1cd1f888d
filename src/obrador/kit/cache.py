"""A cache of bytes: in this process, or in Redis for all processes.

It is never needed: when Redis is away, everything is made afresh, and only one asker in a while
waits to see whether it is back. Each value carries the stamps of its tenant and kind; forgetting
either is dropping a stamp, however many values there are, and what was being made meanwhile carries
the old one. Where a stale value may not be served at all, let the version of the data be part of
the key, see `orchestration.cached_briefing`.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import cashews
import structlog
from cashews.exceptions import CacheBackendInteractionError

from obrador.kit.ids import new_id

T = TypeVar("T")

_PREFIX = "obrador:cache:"
_EVERYTHING = f"{_PREFIX}stamp"
_ENTRIES = 4000
"""In process; stamps count. A plan of thirty products takes 5 kB, so this is 20 MB."""
_STAMP_SECONDS = 7 * 86_400
ANSWER_SECONDS = 0.2
"""An answer of a store that takes longer counts as none."""
_PAUSE_SECONDS = 5.0
"""How long a store is left alone that does not answer."""
_MOST_OWED = 1000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Whose value, of which kind (a word without colons), and which one."""

    tenant: UUID
    kind: str
    name: str


@dataclass(slots=True)
class Counts:
    """How often a tenant's values were there, and how often not."""

    hits: int = 0
    misses: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """Content, if it is there, and the stamp that it needs to be valid, if anybody can tell."""

    stamp: bytes | None = None
    content: bytes | None = None


@dataclass(slots=True, eq=False)
class _Flight:
    """A value on its way to all who ask for it meanwhile."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    is_made: bool = False
    content: bytes | None = None


def memory_store() -> cashews.Cache:
    """A store in this process, in which the least used gives way."""
    store = cashews.Cache()
    # What has expired goes when it is asked for or when room is needed; no task looks for it.
    store.setup("mem://", size=_ENTRIES, check_interval=0, check_repr=False)
    return store


class Cache:
    """Values by tenant, kind and name, each for its time to live."""

    def __init__(
        self,
        store: cashews.Cache,
        monotonic: Callable[[], float] = time.monotonic,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._store = store
        self._answer_seconds = answer_seconds
        self._monotonic = monotonic
        self._asks_again_at: float | None = None
        """None while the store answers."""
        self._is_deaf = False
        self._owed: set[str] = set()
        """What has to be dropped before anything is read."""
        self._flights: dict[CacheKey, _Flight] = {}
        self.statistics: dict[UUID, Counts] = defaultdict(Counts)

    async def get(self, key: CacheKey) -> bytes | None:
        """The value, if it is there."""
        found = await self._look_up(key)
        self._count(key, is_hit=found.content is not None)
        return found.content

    async def set(self, key: CacheKey, content: bytes, seconds: float) -> None:
        """Keep a value for some seconds."""
        await self._keep(key, (await self._look_up(key)).stamp, content, seconds)

    async def get_or_make(
        self, key: CacheKey, seconds: float, make: Callable[[], Awaitable[bytes | None]]
    ) -> bytes | None:
        """The value, made if it is not there and kept for some seconds; None is not kept.

        Who asks while it is made in this process waits for it; should that fail, the next one who
        waits makes it.
        """
        while (under_way := self._flights.get(key)) is not None:
            await under_way.ended.wait()
            if under_way.is_made:
                self._count(key, is_hit=True)
                return under_way.content
        flight = self._flights[key] = _Flight()
        try:
            return await self._fly(key, seconds, make, flight)
        finally:
            flight.ended.set()
            if self._is_current(key, flight):
                del self._flights[key]

    async def forget(self, tenant: UUID, kind: str = "", name: str = "") -> None:
        """Forget a tenant's values, those of a kind, or one, here and in Redis.

        Other processes keep theirs: see `cache_news.changed`, which also waits for the commit.
        """
        for key in list(self._flights):
            if key.tenant == tenant and kind in ("", key.kind) and name in ("", key.name):
                del self._flights[key]
        if name:
            await self._drop(_address(CacheKey(tenant, kind, name)))
        else:
            await self._drop(_stamp_address(tenant, kind))

    async def forget_everything(self) -> None:
        """Forget all values of all tenants."""
        self._flights.clear()
        await self._drop(_EVERYTHING)

    def be_deaf(self, is_deaf: bool) -> None:
        """Whether changes go unheard: then nothing is read or kept."""
        self._is_deaf = is_deaf

    async def close(self) -> None:
        """Let go of the connections."""
        await self._store.close()

    async def _fly(
        self,
        key: CacheKey,
        seconds: float,
        make: Callable[[], Awaitable[bytes | None]],
        flight: _Flight,
    ) -> bytes | None:
        found = await self._look_up(key)
        is_hit = found.content is not None
        self._count(key, is_hit=is_hit)
        flight.content = found.content if is_hit else await make()
        flight.is_made = True
        flight.ended.set()
        if not is_hit and flight.content is not None and self._is_current(key, flight):
            await self._keep(key, found.stamp, flight.content, seconds)
            if not self._is_current(key, flight):  # forgotten while it was on its way to the store
                await self._drop(_address(key))
        return flight.content

    def _is_current(self, key: CacheKey, flight: _Flight) -> bool:
        return self._flights.get(key) is flight

    def _count(self, key: CacheKey, *, is_hit: bool) -> None:
        counts = self.statistics[key.tenant]
        counts.hits += is_hit
        counts.misses += not is_hit

    async def _look_up(self, key: CacheKey) -> _Found:
        if self._is_deaf:
            return _Found()
        return await self._ask(lambda: self._read(key), _Found())

    async def _read(self, key: CacheKey) -> _Found:
        at = (_EVERYTHING, _stamp_address(key.tenant), _stamp_address(key.tenant, key.kind))
        *stamps, stored = await self._store.get_many(*at, _address(key))
        missing = [address for address, stamp in zip(at, stamps, strict=True) if stamp is None]
        if missing:
            for address in missing:
                # Whoever is first decides; the others read what it is.
                await self._store.set(address, new_id().bytes, expire=_STAMP_SECONDS, exist=False)
            stamps = list(await self._store.get_many(*at))
        known = [stamp for stamp in stamps if stamp is not None]
        if len(known) < len(at):
            return _Found()
        stamp = b"".join(known)
        if stored is None or not stored.startswith(stamp):
            return _Found(stamp)
        return _Found(stamp, stored[len(stamp) :])

    async def _keep(
        self, key: CacheKey, stamp: bytes | None, content: bytes, seconds: float
    ) -> None:
        if stamp is not None and not self._is_deaf:
            stored = stamp + content
            await self._ask(
                lambda: self._store.set(_address(key), stored, expire=seconds), otherwise=False
            )

    async def _drop(self, address: str) -> None:
        """Drop it now, or before anything else is asked of a store that is away."""
        self._owed.add(address)
        if len(self._owed) > _MOST_OWED:
            self._owed = {_EVERYTHING}
        await self._ask(_nothing, None)

    async def _ask(self, question: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """The store's answer; or what is given otherwise, at once if it is known to be away.

        A breaker of its own, as libraries let every caller try, and wait, when they try again.
        """
        now = self._monotonic()
        if self._asks_again_at is not None:
            if now < self._asks_again_at:
                return otherwise
            self._asks_again_at = now + _PAUSE_SECONDS  # others need not wait for this try
        owed, self._owed = self._owed, set()
        try:
            async with asyncio.timeout(2 * self._answer_seconds):
                if owed:
                    await self._store.delete_many(*owed)
                    owed = set()
                answer = await question()
        except (CacheBackendInteractionError, TimeoutError) as error:
            if self._asks_again_at is None:
                log.warning("cache_away", error=str(error.__cause__ or error))
            self._asks_again_at = self._monotonic() + _PAUSE_SECONDS
            return otherwise
        finally:
            self._owed |= owed
        if self._asks_again_at is not None:
            log.info("cache_back")
            self._asks_again_at = None
        return answer


async def _nothing() -> None:
    """Nothing is asked but what is owed."""


def _address(key: CacheKey) -> str:
    return f"{_PREFIX}{key.tenant}:{key.kind}:{key.name}"


def _stamp_address(tenant: UUID, kind: str = "") -> str:
    return f"{_PREFIX}stamp:{tenant}:{kind}"

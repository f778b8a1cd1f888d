"""A cache of bytes: in this process, or in Redis for all processes.

It is never needed: when Redis is away, everything is made afresh, and only one asker in a while
waits to see whether it is back. Each value carries the stamps of its tenant and kind; forgetting
either is dropping a stamp, however many values there are, and what was being made meanwhile carries
the old one. Values that are asked for together are read in one round trip, and made by one making.
Where a stale value may not be served at all, let the version of the data be part of the key, see
`orchestration.cached_briefing`.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar
from uuid import UUID

import cashews
import structlog
from cashews.exceptions import CacheBackendInteractionError

from obrador.kit.ids import new_id

T = TypeVar("T")

_PREFIX = "obrador:cache:"
_EVERYTHING = f"{_PREFIX}stamp"
_ENTRIES = 20_000
"""In process; stamps count. A bakery of thirty products has a plan of 5 kB and up to sixty
forecasts of 2 kB, so this is some 40 MB."""
_STAMP_SECONDS = 7 * 86_400
ANSWER_SECONDS = 0.2
"""An answer of a store that takes longer counts as none."""
_PAUSE_SECONDS = 5.0
"""How long a store is left alone that does not answer."""
_MOST_OWED = 1000
_SWEEP = 1000
"""Keys that are looked for, and dropped, at once."""

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
class Served:
    """Values by name. A hit is one that was there, or that somebody else was making."""

    contents: Mapping[str, bytes]
    hits: Collection[str]


@dataclass(frozen=True, slots=True)
class _Found:
    """The values that are there, by name, and the stamp that they need to be valid, if anybody can
    tell."""

    stamp: bytes | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Flight:
    """Values on their way to all who ask for them meanwhile."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    is_made: bool = False
    contents: Mapping[str, bytes] = field(default_factory=dict)


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
        content = (await self._look_up(key, [key.name])).contents.get(key.name)
        self._count(key, hits=content is not None, misses=content is None)
        return content

    async def set(self, key: CacheKey, content: bytes, seconds: float) -> None:
        """Keep a value for some seconds."""
        stamp = (await self._look_up(key, [key.name])).stamp
        await self._keep(key, stamp, {key.name: content}, seconds)

    async def get_or_make(
        self, key: CacheKey, seconds: float, make: Callable[[], Awaitable[bytes | None]]
    ) -> bytes | None:
        """The value, made if it is not there and kept for some seconds; None is not kept.

        Who asks while it is made in this process waits for it; should that fail, the next one who
        waits makes it.
        """

        async def made() -> Mapping[str, bytes]:
            content = await make()
            return {} if content is None else {key.name: content}

        served = await self.get_or_make_many(key, [key.name], seconds, made)
        return served.contents.get(key.name)

    async def get_or_make_many(
        self,
        making: CacheKey,
        names: Collection[str],
        seconds: float,
        make: Callable[[], Awaitable[Mapping[str, bytes]]],
    ) -> Served:
        """Values of one tenant and kind; if any is not there, all that one making gives, asked for
        or not, is kept for some seconds. One round trip where all are there.

        Args:
            making: names what is made together. Who asks for any of it while it is made in this
                process waits; should that fail, the next one who waits makes it.
        """
        found = await self._look_up(making, names)
        if len(found.contents) == len(names):
            self._count(making, hits=len(names))
            return Served(found.contents, names)
        while (under_way := self._flights.get(making)) is not None:
            await under_way.ended.wait()
            if under_way.is_made:
                self._count(making, hits=len(names))
                made = under_way.contents
                return Served({name: made[name] for name in names if name in made}, names)
        flight = self._flights[making] = _Flight()
        try:
            return await self._fly(making, names, seconds, make, flight)
        finally:
            flight.ended.set()
            if self._is_current(making, flight):
                del self._flights[making]

    async def count(self, tenant: UUID, kind: str, names: Collection[str]) -> int:
        """How many of these values are there; nobody's hit or miss."""
        return len((await self._look_up(CacheKey(tenant, kind, ""), names)).contents)

    async def entries(self) -> int:
        """How much the store holds, stamps and what has expired unseen included."""
        return await self._ask(self._store.get_keys_count, 0)

    async def forget(self, tenant: UUID, kind: str = "", *names: str) -> None:
        """Forget a tenant's values, those of a kind, or some of those, here and in Redis.

        Other processes keep theirs: see `cache_news.changed`, which also waits for the commit.
        """
        self._give_up(lambda key: key.tenant == tenant and kind in ("", key.kind))
        if names:
            await self._drop(*(_address(tenant, kind, name) for name in names))
        else:
            await self._drop(_stamp_address(tenant, kind))

    async def forget_kind(self, kind: str) -> int:
        """Forget the values of a kind of all tenants, and say how many there were.

        Takes as long as looking through all keys of the store, but nothing forgotten is served
        meanwhile.
        """
        self._give_up(lambda key: key.kind == kind)
        await self._drop(_stamp_address("", kind))
        try:
            return await self._sweep(f"{_PREFIX}*:{kind}:*")
        except (CacheBackendInteractionError, TimeoutError):
            return 0

    async def forget_everything(self) -> None:
        """Forget all values of all tenants."""
        self._give_up(lambda _: True)
        await self._drop(_EVERYTHING)

    def be_deaf(self, is_deaf: bool) -> None:
        """Whether changes go unheard: then nothing is read or kept."""
        self._is_deaf = is_deaf

    @property
    def state(self) -> Literal["used", "deaf", "away"]:
        """Whether it is used; if not, because changes go unheard, or because the store is away."""
        if self._is_deaf:
            return "deaf"
        return "used" if self._asks_again_at is None else "away"

    async def close(self) -> None:
        """Let go of the connections."""
        await self._store.close()

    async def _fly(
        self,
        making: CacheKey,
        names: Collection[str],
        seconds: float,
        make: Callable[[], Awaitable[Mapping[str, bytes]]],
        flight: _Flight,
    ) -> Served:
        found = await self._look_up(making, names)  # somebody else may just have made it
        hits = list(found.contents)
        self._count(making, hits=len(hits), misses=len(names) - len(hits))
        if len(hits) == len(names):
            return Served(found.contents, hits)
        made = flight.contents = await make()
        flight.is_made = True
        flight.ended.set()
        if made and self._is_current(making, flight):
            await self._keep(making, found.stamp, made, seconds)
            if not self._is_current(making, flight):  # forgotten on the way to the store
                await self._drop(*(_address(making.tenant, making.kind, name) for name in made))
        return Served({name: made[name] for name in names if name in made}, hits)

    def _is_current(self, making: CacheKey, flight: _Flight) -> bool:
        return self._flights.get(making) is flight

    def _give_up(self, is_forgotten: Callable[[CacheKey], bool]) -> None:
        """Let what is being made not be kept, nor given to who asks from now on."""
        self._flights = {
            key: flight for key, flight in self._flights.items() if not is_forgotten(key)
        }

    def _count(self, key: CacheKey, *, hits: int = 0, misses: int = 0) -> None:
        counts = self.statistics[key.tenant]
        counts.hits += hits
        counts.misses += misses

    async def _look_up(self, key: CacheKey, names: Collection[str]) -> _Found:
        if self._is_deaf:
            return _Found()
        return await self._ask(lambda: self._read(key.tenant, key.kind, names), _Found())

    async def _read(self, tenant: UUID, kind: str, names: Collection[str]) -> _Found:
        at = (
            _EVERYTHING,
            _stamp_address("", kind),
            _stamp_address(tenant),
            _stamp_address(tenant, kind),
        )
        addresses = [_address(tenant, kind, name) for name in names]
        read = await self._store.get_many(*at, *addresses)
        stamps: Sequence[bytes | None] = read[: len(at)]
        missing = [address for address, stamp in zip(at, stamps, strict=True) if stamp is None]
        if missing:
            for address in missing:
                # Whoever is first decides; the others read what it is.
                await self._store.set(address, new_id().bytes, expire=_STAMP_SECONDS, exist=False)
            stamps = await self._store.get_many(*at)
        known = [stamp for stamp in stamps if stamp is not None]
        if len(known) < len(at):
            return _Found()
        stamp = b"".join(known)
        contents = {
            name: stored[len(stamp) :]
            for name, stored in zip(names, read[len(at) :], strict=True)
            if stored is not None and stored.startswith(stamp)
        }
        return _Found(stamp, contents)

    async def _keep(
        self, key: CacheKey, stamp: bytes | None, contents: Mapping[str, bytes], seconds: float
    ) -> None:
        if stamp is None or self._is_deaf:
            return
        stored = {
            _address(key.tenant, key.kind, name): stamp + content
            for name, content in contents.items()
        }
        await self._ask(lambda: self._store.set_many(stored, expire=seconds), otherwise=None)

    async def _sweep(self, pattern: str) -> int:
        """Drop the keys that match, and count them."""
        # A scan of Redis may give a key twice.
        found = list({address async for address in self._store.scan(pattern, batch_size=_SWEEP)})
        for start in range(0, len(found), _SWEEP):
            await self._store.delete_many(*found[start : start + _SWEEP])
        return len(found)

    async def _drop(self, *addresses: str) -> None:
        """Drop it now, or before anything else is asked of a store that is away."""
        self._owed.update(addresses)
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


def _address(tenant: UUID, kind: str, name: str) -> str:
    return f"{_PREFIX}{tenant}:{kind}:{name}"


def _stamp_address(tenant: UUID | Literal[""], kind: str = "") -> str:
    return f"{_PREFIX}stamp:{tenant}:{kind}"

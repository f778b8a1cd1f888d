"""Whoever waits for something to happen in a bakery hears of it: pages that show it.

One connection of a process listens for all that wait there, however many they are. The outbox's
trigger wakes it when events are committed; whose they are it reads from the outbox, so that nothing
has to be told a second time.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from uuid import UUID

import psycopg
import structlog

from obrador.kit.clock import system_clock
from obrador.kit.ids import first_id_at
from obrador.kit.outbox import CHANNEL

_PAUSE_SECONDS = 1.0
"""Between two looks: what happens meanwhile is told together."""
_PROOF_SECONDS = 10.0
"""How often a silent connection has to show that it is one."""
_REACH = timedelta(seconds=60)
"""How old an event may be when its transaction commits, clocks that differ included."""
_RECENT = """
    select id, tenant_id from outbox_events
    where id > %s and (tenant_id is null or tenant_id = any(%s))
"""

log = structlog.get_logger()


class News:
    """Bells of those who wait, by bakery; without one, for what happens on the platform."""

    def __init__(self) -> None:
        self._bells: dict[UUID | None, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def bell(self, tenant: UUID | None) -> Iterator[asyncio.Event]:
        """An event that is set whenever something has happened there; clear it before looking."""
        own = asyncio.Event()
        self._bells[tenant].add(own)
        try:
            yield own
        finally:
            self._bells[tenant].discard(own)
            if not self._bells[tenant]:
                del self._bells[tenant]

    def ring(self, tenant: UUID | None) -> None:
        """Wake those who wait for it."""
        for each in self._bells.get(tenant, ()):
            each.set()

    def ring_all(self) -> None:
        """Wake everybody."""
        for tenant in self.awaited():
            self.ring(tenant)

    def awaited(self) -> list[UUID | None]:
        """What somebody waits for."""
        return list(self._bells)


@asynccontextmanager
async def hearing(news: News, url: str, stopping: asyncio.Event) -> AsyncIterator[None]:
    """Ring, until the block ends, for what happens in the database of this URL; and for all when
    the process is to stop, so that nobody goes on waiting."""
    tasks = [asyncio.create_task(_listen(news, url)), asyncio.create_task(_end(news, stopping))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _end(news: News, stopping: asyncio.Event) -> None:
    await stopping.wait()
    news.ring_all()


async def _listen(news: News, url: str) -> None:
    while True:
        try:
            await _hear(news, url)
        except psycopg.Error as error:
            log.warning("news_unheard", error=str(error))
        await asyncio.sleep(_PAUSE_SECONDS)


async def _hear(news: News, url: str) -> None:
    """Listen for as long as the connection lasts.

    Raises:
        psycopg.Error: it is lost, or there was none.
    """
    async with await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        application_name="obrador news",
        connect_timeout=5,
        tcp_user_timeout=10_000,
    ) as connection:
        await connection.execute(f"listen {CHANNEL}".encode())
        news.ring_all()  # nobody knows what has happened meanwhile
        known: set[UUID] = set()
        while True:
            since = first_id_at(system_clock() - _REACH)
            found = await connection.execute(_RECENT, (since, [*filter(None, news.awaited())]))
            recent: dict[UUID, UUID | None] = dict(await found.fetchall())
            for tenant in {recent[each] for each in recent.keys() - known}:
                news.ring(tenant)
            known = set(recent)
            async for _ in connection.notifies(timeout=_PROOF_SECONDS, stop_after=1):
                pass
            await asyncio.sleep(_PAUSE_SECONDS)

"""The relay: publishes what the outbox holds, at least once.

It claims a batch, hands it to a publisher and marks it published in the same transaction, after
the publisher has said that all of it is safe. Several relays share the work, because each skips
what another has claimed; whatever a relay held when it died is claimed anew. Events of one batch
are sent in the order of their identifiers, but nobody may rely on any order.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import psycopg
import stamina
from sqlalchemy import text

from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent
from obrador.kit.outages import is_passing
from obrador.kit.outbox import CHANNEL
from obrador.kit.process import run_until


class Publisher(Protocol):
    """Where the relay hands events to."""

    async def deliver(self, events: Sequence[PublishedEvent]) -> None:
        """Return once all of them are safe.

        Raises:
            Unavailable: not all are, just now.
        """

    async def tend(self) -> None:
        """Do whatever else is due; called at least as often as the relay polls."""


class Relay:
    """Publishes until it is told to stop. While the database or the publisher is away, it tries
    again, with pauses that grow to `longest_pause_seconds` and vary by chance."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        *,
        batch_size: int = 500,
        poll_seconds: float = 5,
        longest_pause_seconds: float = 15,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._batch_size = batch_size
        self._poll_seconds = poll_seconds
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=None, timeout=None, wait_max=longest_pause_seconds
        ).on(is_passing)
        self._called = asyncio.Event()
        self._in_hand = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set; the batch in hand is finished first."""
        await run_until(stop, self._in_hand, self._publish_for_ever(), self._listen_for_ever())

    async def publish_batch(self) -> int:
        """Publish what waits, at most a batch; returns how much.

        Raises:
            Exception: the database or the publisher is away, and nothing is marked published.
        """
        async with self._in_hand, self._database.transaction() as session:
            rows = (await session.execute(_CLAIM, {"limit": self._batch_size})).all()
            if rows:
                await self._publisher.deliver([PublishedEvent(*row) for row in rows])
                await session.execute(_MARK, {"ids": [row.id for row in rows]})
        return len(rows)

    async def _publish_for_ever(self) -> None:
        while True:
            self._called.clear()  # before looking, so that no call in between is missed
            if await self._retrying(self._work) < self._batch_size:
                await self._rest()

    async def _work(self) -> int:
        await self._publisher.tend()
        return await self.publish_batch()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._called.wait()
        except TimeoutError:
            return

    async def _listen_for_ever(self) -> None:
        while True:
            await self._retrying(self._listen)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._database.url, autocommit=True)
        async with connection:
            await connection.execute(f"listen {CHANNEL}".encode())
            self._called.set()  # for what came while nobody listened
            async for _ in connection.notifies():
                self._called.set()


_CLAIM = text(
    "select id, routing_key, schema_version, tenant_id, payload, created_at from outbox_events"
    " where published_at is null order by id limit :limit for update skip locked"
)
_MARK = text("update outbox_events set published_at = now() where id = any(:ids)")

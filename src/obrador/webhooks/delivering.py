"""Delivering: what workers do with the queue. A receiver is waited for outside of transactions."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.integrations.webhooks.sender import Answer, Sender
from obrador.kit.clock import Clock, system_clock
from obrador.kit.consumers import Consumer
from obrador.kit.db import Database
from obrador.kit.envelope import CONTENT_TYPE, PublishedEvent
from obrador.kit.outages import is_passing
from obrador.kit.process import pass_by
from obrador.observability import metrics
from obrador.webhooks import queue
from obrador.webhooks.domain import outcome
from obrador.webhooks.queue import START, Claimed, Place
from obrador.webhooks.secrets import fingerprint, secret_of, signed

AT_ONCE = 64
"""Deliveries in the hands of one process."""
POLL_SECONDS = 1.0
_SPARE = timedelta(seconds=60)
"""That a lease is longer than an attempt, to note what came of it."""
_NOTING_AT_ONCE = 3

log = structlog.get_logger()


class Deliverer:
    """Delivers what is due, until it is told to stop. Any number of processes may do this."""

    def __init__(
        self, database: Database, sender: Sender, key: str, clock: Clock, seconds: float
    ) -> None:
        """
        Args:
            key: that secrets are derived from.
            seconds: that the sender's attempts may take.
        """
        self._database = database
        self._sender = sender
        self._key = key
        self._clock = clock
        self._lease = timedelta(seconds=seconds) + _SPARE
        self._place: Place = START
        self._in_hand: set[asyncio.Task[None]] = set()
        self._noting = asyncio.Semaphore(_NOTING_AT_ONCE)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; what is in hand is finished first."""
        while not stop.is_set():
            try:
                taken = await self.take()
            except Exception as error:  # drivers have many for a database that is away
                if not is_passing(error):
                    raise
                log.warning("database_away", error=str(error))
                taken = 0
            if not taken:
                await pass_by(stop, POLL_SECONDS)
        await self.finish()

    async def take(self) -> int:
        """Begin to deliver what is due, as far as there is room; returns how much that is."""
        room = AT_ONCE - len(self._in_hand)
        if room <= 0:
            return 0
        is_whole_round = self._place == START
        async with self._database.transaction() as session:
            claimed, self._place = await queue.claim(
                session, room, self._place, self._clock(), self._lease
            )
        for own in claimed:
            task = asyncio.create_task(self._deliver(own))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)
        return len(claimed) if is_whole_round else len(claimed) or await self.take()

    async def finish(self) -> None:
        """Wait for what is in hand."""
        await asyncio.gather(*self._in_hand)

    async def _deliver(self, own: Claimed) -> None:
        answer = await self._attempt(own)
        metrics.webhook_attempted(is_delivered=answer.is_success)
        now = self._clock()
        follows = outcome(
            own.attempt,
            answer.status,
            now,
            own.failing_since,
            random.random(),  # noqa: S311  to spread attempts, nothing more
            answer.retry_after,
        )
        try:
            async with self._noting, self._database.transaction() as session:
                await queue.record(session, own, answer, follows, now)
        except Exception as error:  # likewise
            if not is_passing(error):
                raise
            # When the lease ends it is delivered again: at least once.
            log.warning("delivery_not_noted", delivery=str(own.id), error=str(error))

    async def _attempt(self, own: Claimed) -> Answer:
        secret = secret_of(self._key, own.subscription_id, own.salt)
        if fingerprint(secret) != own.fingerprint:
            return Answer(None, "SECRET_KEY is another one now: rotate the webhook's secret.", 0)
        secrets = [secret]
        if own.previous_salt is not None:
            secrets.append(secret_of(self._key, own.subscription_id, own.previous_salt))
        headers = signed(secrets, str(own.event_id), self._clock(), own.body)
        return await self._sender.post(
            own.url, own.body.encode(), headers | {"Content-Type": CONTENT_TYPE}
        )


def consumer(contexts: Iterable[str], clock: Clock = system_clock) -> Consumer:
    """Who has events of these contexts delivered."""

    async def all_of(session: AsyncSession, events: Sequence[PublishedEvent]) -> None:
        """Make deliveries for whoever subscribed."""
        await queue.fan_out(session, events, clock())

    async def one(session: AsyncSession, event: PublishedEvent) -> None:
        await all_of(session, [event])

    keys = tuple(f"{context}.#" for context in sorted(contexts))
    return Consumer("webhooks.fan_out", keys, one, handle_many=all_of)

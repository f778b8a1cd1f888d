"""Who hears of events, and how each hears of every event once in effect.

Deliveries repeat: a relay or a broker that dies after sending sends again. A consumer notes each
event it has handled in the transaction that handles it, and drops what it has noted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import DateTime, String, Uuid, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Database
from obrador.kit.envelope import PublishedEvent
from obrador.kit.outages import is_passing

log = structlog.get_logger()

Handler = Callable[[AsyncSession, PublishedEvent], Awaitable[None]]
"""Does what follows from an event, in the session's transaction and nowhere else: whatever the
handler does outside of it may happen twice."""
BulkHandler = Callable[[AsyncSession, Sequence[PublishedEvent]], Awaitable[None]]
"""Does what follows from several events, as a `Handler` does from one."""


@dataclass(frozen=True)
class Consumer:
    """Somebody who hears of some events."""

    name: str
    """Unique and lasting: events are noted as handled under it, and its queue is named by it."""
    routing_keys: tuple[str, ...]
    """Exact, or with `*` for one word and `#` for any number, after the first word."""
    handle: Handler
    attempts: int = 5
    """After so many failures an event is dead until somebody replays it."""
    timeout_seconds: float = 60
    """Longest that handling one event may take, or several together."""
    handle_many: BulkHandler | None = None
    """Does the same as `handle` for several: for who hears of so many events that each by itself
    would cost too much."""

    def __post_init__(self) -> None:
        for pattern in self.routing_keys:
            if pattern[:1] in {"*", "#", ""}:
                raise ValueError(f"{self.name}: {pattern!r} does not name its exchange")

    def wants(self, routing_key: str) -> bool:
        """Whether an event with this key is for this consumer."""
        words = routing_key.split(".")
        return any(_matches(pattern.split("."), words) for pattern in self.routing_keys)


class ConsumedEvent(Base):
    """An event that a consumer has handled, so that it never does so again."""

    __tablename__ = "consumed_events"

    consumer: Mapped[str] = mapped_column(String(80), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    consumed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a consumer could not handle and is not tried again."""

    consumer: str
    event: PublishedEvent | None
    """None: what arrived was no event of ours."""
    attempts: int
    error: str


async def handle_all(
    database: Database, consumer: Consumer, events: Sequence[PublishedEvent]
) -> dict[UUID, str]:
    """Handle those events that the consumer has not handled before; returns the errors of those
    that failed, by event.

    All in one transaction, for speed; if one fails, each in its own.

    Raises:
        Exception: the database is away; `kit.outages.is_passing` knows it.
    """
    try:
        async with database.transaction() as session:
            await _handle_new(session, consumer, events)
    except Exception as error:
        if is_passing(error):
            raise
        if len(events) == 1:
            log.warning("event_failed", consumer=consumer.name, event_id=str(events[0].id))
            return {events[0].id: described(error)}
    else:
        return {}
    failures: dict[UUID, str] = {}
    for event in events:
        failures |= await handle_all(database, consumer, [event])
    return failures


def described(error: Exception) -> str:
    """One line about an error, short enough for a header and a table."""
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:500]


async def _handle_new(
    session: AsyncSession, consumer: Consumer, events: Sequence[PublishedEvent]
) -> None:
    # In one order everywhere, so that two deliveries of the same events wait for one another
    # rather than each for the other.
    by_id = {event.id: event for event in sorted(events, key=lambda event: event.id)}
    noted = await session.scalars(_NOTE, {"consumer": consumer.name, "ids": list(by_id)})
    new = [by_id[event_id] for event_id in noted.all()]
    if consumer.handle_many is not None:
        async with asyncio.timeout(consumer.timeout_seconds):
            await consumer.handle_many(session, new)
        return
    for event in new:
        async with asyncio.timeout(consumer.timeout_seconds):
            await consumer.handle(session, event)


_NOTE = text(
    "insert into consumed_events (consumer, event_id)"
    " select :consumer, unnest(cast(:ids as uuid[])) on conflict do nothing returning event_id"
)


def _matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    """Whether words match a pattern as they do in an AMQP topic exchange."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return _matches(pattern[1:], words) or (bool(words) and _matches(pattern, words[1:]))
    return bool(words) and pattern[0] in {"*", words[0]} and _matches(pattern[1:], words[1:])

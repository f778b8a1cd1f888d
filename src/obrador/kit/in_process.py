"""Delivery without a broker: the relay calls the consumers itself.

What a consumer cannot handle leaves the outbox for a table of its own, is tried again with
growing pauses, and is dead after the consumer's number of attempts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Index, SmallInteger, String, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.consumers import Consumer, DeadLetter, handle_all
from obrador.kit.db import Base, Database
from obrador.kit.envelope import PublishedEvent, from_cloud_event, to_cloud_event

FIRST_PAUSE_SECONDS = 10
"""Before the second attempt; it doubles with each, a quarter more or less."""


class FailedDelivery(Base):
    """An event that a consumer has failed to handle so far."""

    __tablename__ = "failed_deliveries"

    consumer: Mapped[str] = mapped_column(String(80), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    event: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As it was delivered, a CloudEvents document."""
    attempts: Mapped[int] = mapped_column(SmallInteger)
    error: Mapped[str] = mapped_column(String(500))
    retry_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """None: it is dead."""

    __table_args__ = (
        Index(
            "ix_failed_deliveries_due", "retry_at", postgresql_where=text("retry_at is not null")
        ),
    )


class InProcess:
    """Delivers to consumers in this process."""

    def __init__(self, database: Database, consumers: Sequence[Consumer]) -> None:
        self._database = database
        self._consumers = {consumer.name: consumer for consumer in consumers}
        if len(self._consumers) < len(consumers):
            raise ValueError("Two consumers of events have the same name.")

    async def deliver(self, events: Sequence[PublishedEvent]) -> None:
        """Have every consumer handle its events; returns when each is handled or kept to retry."""
        for consumer in self._consumers.values():
            wanted = [event for event in events if consumer.wants(event.routing_key)]
            if wanted:
                await self._handle(consumer, wanted)

    async def tend(self, limit: int = 100) -> None:
        """Try again what is due."""
        async with self._database.transaction() as session:
            due = await session.execute(_DUE, {"names": list(self._consumers), "limit": limit})
            for name, rows in groupby(due.all(), key=lambda row: row.consumer):
                events = [from_cloud_event(msgspec.json.encode(row.event)) for row in rows]
                failures = await handle_all(self._database, self._consumers[name], events)
                ids = [event.id for event in events if event.id not in failures]
                await session.execute(_FORGET, {"consumer": name, "ids": ids})
                await _keep(session, self._consumers[name], events, failures)

    async def _handle(self, consumer: Consumer, events: Sequence[PublishedEvent]) -> None:
        failures = await handle_all(self._database, consumer, events)
        if failures:
            async with self._database.transaction() as session:
                await _keep(session, consumer, events, failures)


async def dead_letters(
    session: AsyncSession, consumer: str | None = None, limit: int = 100
) -> list[DeadLetter]:
    """Events that are not tried again, oldest first."""
    rows = await session.execute(_DEAD, {"consumer": consumer, "limit": limit})
    return [
        DeadLetter(
            row.consumer,
            from_cloud_event(msgspec.json.encode(row.event)),
            row.attempts,
            row.error,
        )
        for row in rows
    ]


async def replay_dead(session: AsyncSession, consumer: str | None = None) -> int:
    """Have dead events tried again, with all attempts anew; returns how many."""
    return len((await session.execute(_REVIVE, {"consumer": consumer})).all())


async def _keep(
    session: AsyncSession,
    consumer: Consumer,
    events: Sequence[PublishedEvent],
    failures: Mapping[UUID, str],
) -> None:
    rows = [
        {
            "consumer": consumer.name,
            "event_id": event.id,
            "event": to_cloud_event(event).decode(),
            "error": failures[event.id],
            "limit": consumer.attempts,
            "pause": FIRST_PAUSE_SECONDS,
        }
        for event in events
        if event.id in failures
    ]
    if rows:
        await session.execute(_KEEP, rows)


_DUE = text(
    "select consumer, event from failed_deliveries"
    " where retry_at <= now() and consumer = any(:names)"
    " order by consumer, event_id limit :limit for update skip locked"
)
_FORGET = text("delete from failed_deliveries where consumer = :consumer and event_id = any(:ids)")
_DEAD = text(
    "select consumer, event, attempts, error from failed_deliveries"
    " where retry_at is null and (cast(:consumer as text) is null or consumer = :consumer)"
    " order by event_id limit :limit"
)
_REVIVE = text(
    "update failed_deliveries set retry_at = now(), attempts = 0"
    " where retry_at is null and (cast(:consumer as text) is null or consumer = :consumer)"
    " returning 1"
)
_KEEP = text(
    "insert into failed_deliveries as kept (consumer, event_id, event, attempts, error, retry_at)"
    " values (:consumer, :event_id, cast(:event as jsonb), 1, :error, case when :limit > 1"
    " then now() + interval '1 second' * :pause * (0.75 + random() / 2) end)"
    " on conflict (consumer, event_id) do update set attempts = kept.attempts + 1,"
    " error = excluded.error, retry_at = case when kept.attempts + 1 < :limit"
    " then now() + interval '1 second' * :pause * power(2, kept.attempts)"
    " * (0.75 + random() / 2) end"
)

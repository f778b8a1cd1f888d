"""Looking after the outbox: how much waits, sending again, and removing what is old.

Events are found by age through their identifiers, which sort by time, so that no further index
is written for every event. What may be large is done in transactions of a few thousand rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.db import Database
from obrador.kit.ids import first_id_at

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the outbox."""

    pending: int
    oldest_seconds: float
    """Age of the oldest event that waits; 0 when none does."""


async def backlog(session: AsyncSession) -> Backlog:
    """How much waits and for how long, for metrics."""
    row = (await session.execute(_BACKLOG)).one()
    return Backlog(row.pending, float(row.oldest))


async def replay_published(
    database: Database,
    since: datetime,
    until: datetime,
    routing_key: str = "*",
    consumer: str | None = None,
) -> int:
    """Publish again what was stored from `since` to before `until`; returns how many events.

    In `routing_key`, `*` stands for anything. Consumers drop what they have handled, except the
    one that is named: it handles everything anew.
    """
    place = {"from": first_id_at(since), "until": first_id_at(until), "limit": _BATCH}
    chosen = {"key": _like(routing_key), "consumer": consumer}
    count = 0
    while ids := await _one_batch(database, _REPLAY, place | chosen):
        count += len(ids)
        place["from"] = UUID(int=max(ids).int + 1)
    return count


async def remove_old(database: Database, now: datetime, keep: timedelta) -> int:
    """Remove events that were published and are older than `keep`; returns how many.

    What consumers noted, and what is dead in process, stays twice as long: an event must not be
    handled twice because it came late.
    """
    old, very_old = first_id_at(now - keep), first_id_at(now - 2 * keep)
    removed = await _all_batches(database, _REMOVE_EVENTS, old)
    await _all_batches(database, _REMOVE_NOTES, very_old)
    await _all_batches(database, _REMOVE_DEAD, very_old)
    return removed


async def _all_batches(database: Database, statement: TextClause, until: UUID) -> int:
    count = 0
    while ids := await _one_batch(database, statement, {"until": until, "limit": _BATCH}):
        count += len(ids)
    return count


async def _one_batch(
    database: Database, statement: TextClause, values: Mapping[str, Any]
) -> list[UUID]:
    async with database.transaction() as session:
        return list((await session.scalars(statement, values)).all())


def _like(pattern: str) -> str:
    return pattern.replace("\\", "\\\\").replace("_", "\\_").replace("*", "%")


_BACKLOG = text(
    "select (select count(*) from outbox_events where published_at is null) as pending,"
    " coalesce(extract(epoch from now() - (select created_at from outbox_events"
    " where published_at is null order by id limit 1)), 0) as oldest"
)
_REPLAY = text(
    "with chosen as materialized (select id from outbox_events where id >= :from and id < :until"
    " and published_at is not null and routing_key like :key order by id limit :limit for update),"
    " forgotten as (delete from consumed_events where consumer = :consumer"
    " and event_id in (select id from chosen)),"
    " again as (update outbox_events set published_at = null"
    " where id in (select id from chosen) returning id),"
    " called as materialized (select pg_notify('outbox_events', ''))"
    " select id from again, called"
)
_REMOVE_EVENTS = text(
    "delete from outbox_events where id in (select id from outbox_events where id < :until"
    " and published_at is not null order by id limit :limit) returning id"
)
_REMOVE_NOTES = text(
    "delete from consumed_events where (consumer, event_id) in"
    " (select consumer, event_id from consumed_events where event_id < :until limit :limit)"
    " returning event_id"
)
_REMOVE_DEAD = text(
    "delete from failed_deliveries where (consumer, event_id) in"
    " (select consumer, event_id from failed_deliveries where retry_at is null"
    " and event_id < :until limit :limit) returning event_id"
)

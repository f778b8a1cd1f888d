"""The queue of deliveries, of all bakeries: filled from events, claimed by whoever delivers.

A claim is a lease: a delivery whose worker dies is due again when the lease ends.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, operator
from obrador.integrations.webhooks.sender import Answer
from obrador.kit.db import Database, insert_missing, table_of
from obrador.kit.envelope import PublishedEvent, to_cloud_event
from obrador.kit.ids import new_id
from obrador.kit.outbox import publish
from obrador.kit.queries import any_of
from obrador.webhooks.domain import Outcome, hears
from obrador.webhooks.events import SubscriptionDisabled
from obrador.webhooks.models import Attempt, Delivery, Subscription

FOR_A_TENANT = 8
"""Deliveries of one bakery in hand at once, all workers together."""
FOR_A_RECEIVER = 4
"""Of those, to one receiver; one at a time while it fails."""
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in hand."""

    tenant: TenantId
    id: UUID
    claim: UUID
    attempt: int
    event_id: UUID
    body: str
    subscription_id: UUID
    url: str
    salt: bytes
    fingerprint: str
    previous_salt: bytes | None
    """Signs as well."""
    failing_since: datetime | None


Place = tuple[UUID, UUID]
"""Tenant and subscription whose deliveries were claimed last."""
START: Place = (UUID(int=0), UUID(int=0))


async def fan_out(session: AsyncSession, events: Sequence[PublishedEvent], now: datetime) -> int:
    """Make a delivery of every event for each subscription that hears of it; returns how many are
    new. Two statements."""
    tenants = operator.working_for({each.tenant_id for each in events if each.tenant_id})
    if not tenants:
        return 0
    rows = await session.execute(
        select(Subscription.tenant_id, Subscription.id, Subscription.event_types)
        .where(Subscription.tenant_id == any_of(tenants), Subscription.status == "active")
        .order_by(Subscription.tenant_id, Subscription.id)
        .with_for_update(read=True)  # whoever revokes one afterwards sees what is made for it here
    )
    hearing: dict[UUID | None, list[tuple[UUID, list[str]]]] = defaultdict(list)
    for tenant_id, subscription_id, wanted in rows:
        hearing[tenant_id].append((subscription_id, wanted))
    made = [
        {
            "tenant_id": event.tenant_id,
            "id": new_id(),
            "subscription_id": subscription_id,
            "event_id": event.id,
            "event_type": event.routing_key,
            "body": to_cloud_event(event).decode(),
            "status": "pending",
            "attempts": 0,
            "next_at": now,
            "created_at": now,
        }
        for event in events
        for subscription_id, wanted in hearing.get(event.tenant_id, ())
        if hears(wanted, event.routing_key)
    ]
    return await insert_missing(session, table_of(Delivery), made)


async def claim(
    session: AsyncSession, limit: int, after: Place, now: datetime, lease: timedelta
) -> tuple[list[Claimed], Place]:
    """Claim up to `limit` deliveries that are due, from the subscriptions behind `after` on, so
    that all get their turn; returns them, and where to go on. Two statements."""
    # One at a time, so that the bounds hold for all workers together.
    await session.execute(text("select pg_advisory_xact_lock(hashtext('webhooks'))"))
    values = {
        "tenant": after[0],
        "subscription": after[1],
        "now": now,
        "limit": limit,
        "for_one": FOR_A_RECEIVER,
    }
    found = (await session.execute(_DUE, values)).all()
    if not found:
        return [], START
    in_hand = Counter({row.tenant_id: row.in_hand for row in found})
    chosen = []
    for row in found:
        if in_hand[row.tenant_id] < FOR_A_TENANT:
            in_hand[row.tenant_id] += 1
            chosen.append(row)
    token = new_id()
    await session.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == any_of([row.tenant_id for row in chosen]),
            Delivery.id == any_of([row.id for row in chosen]),
        )
        .values(claim=token, next_at=now + lease, attempts=Delivery.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    claimed = [
        Claimed(
            tenant,
            row.id,
            token,
            row.attempts + 1,
            row.event_id,
            row.body,
            row.subscription_id,
            row.url,
            row.salt,
            row.fingerprint,
            row.previous_salt,
            row.failing_since,
        )
        for row in chosen
        for tenant in operator.working_for([row.tenant_id])
    ]
    last = found[-1]
    return claimed, (last.tenant_id, last.subscription_id)


async def record(
    session: AsyncSession, own: Claimed, answer: Answer, outcome: Outcome, at: datetime
) -> None:
    """Keep what came of an attempt and what follows. What was revoked or taken over meanwhile stays
    as it is. The subscription goes first, everywhere, so that nobody waits for each other."""
    session.add(
        Attempt(
            tenant_id=own.tenant,
            delivery_id=own.id,
            claim=own.claim,
            at=at,
            status=answer.status,
            milliseconds=answer.milliseconds,
            answer=answer.text,
        )
    )
    if outcome.disables is not None:
        await _disable(session, own, outcome.disables, at)
    elif outcome.status == "delivered":
        await _note_failing(session, own, None)
    elif own.failing_since is None:
        await _note_failing(session, own, at)
    ended_at = None if outcome.status == "pending" else at
    await session.execute(
        update(Delivery)
        .where(Delivery.tenant_id == own.tenant, Delivery.id == own.id, Delivery.claim == own.claim)
        .values(status=outcome.status, next_at=outcome.next_at, claim=None, ended_at=ended_at)
    )


async def remove_old(database: Database, before: datetime) -> int:
    """Remove deliveries that were made before and have ended, a few thousand at a time; returns how
    many."""
    count = 0
    while True:
        async with database.transaction() as session:
            values = {"before": before, "batch": _BATCH}
            removed = (await session.execute(_REMOVE, values)).all()
        count += len(removed)
        if len(removed) < _BATCH:
            return count


async def _note_failing(session: AsyncSession, own: Claimed, since: datetime | None) -> None:
    changes = (
        Subscription.failing_since.is_not(None)
        if since is None
        else Subscription.failing_since.is_(None)
    )
    await session.execute(
        update(Subscription)
        .where(
            Subscription.tenant_id == own.tenant, Subscription.id == own.subscription_id, changes
        )
        .values(failing_since=since)
    )


async def _disable(session: AsyncSession, own: Claimed, reason: str, at: datetime) -> None:
    """Send it nothing any more, and tell once. What waits has failed, and so can be replayed."""
    disabled = await session.scalar(
        update(Subscription)
        .where(
            Subscription.tenant_id == own.tenant,
            Subscription.id == own.subscription_id,
            Subscription.status == "active",
        )
        .values(status="disabled", disabled_because=reason)
        .returning(Subscription.id)
    )
    if disabled is None:
        return
    await session.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == own.tenant,
            Delivery.subscription_id == own.subscription_id,
            Delivery.status == "pending",
        )
        .values(status="failed", next_at=None, claim=None, ended_at=at)
    )
    publish(session, SubscriptionDisabled(own.tenant, str(own.subscription_id), own.url, reason))


# It goes from one subscription that has something to deliver to the next, by the index, however
# many deliveries each has; and no further than the limit takes it.
_DUE = text("""
    with recursive waiting as (
        (select tenant_id, subscription_id from webhook_deliveries
         where status = 'pending' and (tenant_id, subscription_id) > (:tenant, :subscription)
         order by tenant_id, subscription_id limit 1)
        union all
        select further.* from waiting w cross join lateral (
            select d.tenant_id, d.subscription_id from webhook_deliveries d
            where d.status = 'pending'
                and (d.tenant_id, d.subscription_id) > (w.tenant_id, w.subscription_id)
            order by d.tenant_id, d.subscription_id limit 1
        ) further
    )
    select d.tenant_id, d.id, d.attempts, d.event_id, d.body, s.id as subscription_id, s.url,
        s.salt, s.fingerprint, s.failing_since,
        case when s.previous_until > :now then s.previous_salt end as previous_salt,
        (select count(*) from webhook_deliveries h where h.tenant_id = s.tenant_id
            and h.status = 'pending' and h.claim is not null and h.next_at > :now) as in_hand
    from waiting w
    join webhook_subscriptions s on s.tenant_id = w.tenant_id and s.id = w.subscription_id
        and s.status = 'active'
    cross join lateral (
        select * from webhook_deliveries d
        where d.status = 'pending' and d.tenant_id = s.tenant_id and d.subscription_id = s.id
            and d.next_at <= :now
        order by d.next_at
        limit greatest(0, case when s.failing_since is null then :for_one else 1 end - (
            select count(*) from webhook_deliveries h
            where h.status = 'pending' and h.claim is not null and h.tenant_id = s.tenant_id
                and h.subscription_id = s.id and h.next_at > :now))
    ) d
    limit :limit
""")
_REMOVE = text("""
    delete from webhook_deliveries where (tenant_id, id) in (
        select tenant_id, id from webhook_deliveries
        where status <> 'pending' and created_at < :before order by created_at limit :batch
    ) returning 1
""")

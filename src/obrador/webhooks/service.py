"""Use cases of webhooks: subscribe, change, revoke, test, see what was delivered, deliver again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.integrations.webhooks.addresses import refused_url
from obrador.kit.envelope import PublishedEvent, to_cloud_event
from obrador.kit.errors import Conflict, Fault, Invalid, NotFound
from obrador.kit.pagination import Page, PageRequest
from obrador.webhooks import repository
from obrador.webhooks.delivering import Deliverer, consumer
from obrador.webhooks.domain import GRACE, MOST_SUBSCRIPTIONS, PING, DeliveryStatus, unknown_types
from obrador.webhooks.models import Delivery, Subscription
from obrador.webhooks.queue import remove_old
from obrador.webhooks.repository import Deliveries, Subscriptions
from obrador.webhooks.schemas import (
    AttemptOutput,
    DeliveryDetail,
    DeliveryOutput,
    NewSecret,
    Replayed,
    SubscriptionChanges,
    SubscriptionInput,
    SubscriptionOutput,
)
from obrador.webhooks.secrets import fingerprint, secret_of

__all__ = [
    "Deliverer",
    "change",
    "consumer",
    "create",
    "get",
    "get_delivery",
    "page",
    "page_of_deliveries",
    "remove_old",
    "replay",
    "replay_failed",
    "revoke",
    "rotate_secret",
    "test",
]


async def page(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[SubscriptionOutput]:
    """Webhooks, revoked ones too."""
    found = await Subscriptions(session, tenant).page(paging)
    items = [SubscriptionOutput.model_validate(row) for row in found.rows]
    return Page[SubscriptionOutput](items=items, next_cursor=found.next_cursor)


async def get(session: AsyncSession, tenant: TenantId, own_id: UUID) -> SubscriptionOutput:
    """One of them.

    Raises:
        NotFound: it is not there.
    """
    return SubscriptionOutput.model_validate(await Subscriptions(session, tenant).get(own_id))


async def create(
    session: AsyncSession,
    tenant: TenantId,
    own_id: UUID,
    given: SubscriptionInput,
    key: str,
    known: Collection[str],
    now: datetime,
    *,
    allow_private: bool,
) -> NewSecret:
    """A new webhook with its secret; or the one that was made with this id before.

    Raises:
        Invalid: nothing can be delivered there, or no event has such a type.
        Conflict: the bakery has as many as it may.
    """
    _check(given.url, given.event_types, known, allow_private=allow_private)
    rows = Subscriptions(session, tenant)
    secret = secret_of(key, own_id, own_id.bytes)
    row = await rows.find(own_id)
    if row is None:
        if await rows.count() >= MOST_SUBSCRIPTIONS:
            raise Conflict(
                "A bakery has at most {most_subscriptions} webhooks. Revoke one, or have"
                " one address hear of more events.",
                most_subscriptions=MOST_SUBSCRIPTIONS,
            )
        facts = given.model_dump() | {
            "salt": own_id.bytes,
            "fingerprint": fingerprint(secret),
            "status": "active",
            "created_at": now,
        }
        row = await rows.add(rows.made(own_id, facts))
    return _with_secret(row, secret_of(key, own_id, row.salt))


async def change(
    session: AsyncSession,
    tenant: TenantId,
    own_id: UUID,
    changes: SubscriptionChanges,
    known: Collection[str],
    *,
    allow_private: bool,
) -> SubscriptionOutput:
    """The webhook with other values; what was to be delivered goes to the new address.

    Raises:
        NotFound: it is not there.
        Conflict: it is revoked.
        Invalid: as `create`.
    """
    rows = Subscriptions(session, tenant)
    row = await _live(rows, own_id)
    given = changes.model_dump(exclude_none=True)
    url, types = given.get("url", row.url), given.get("event_types", row.event_types)
    _check(url, types, known, allow_private=allow_private)
    if given.get("status") == "active" and row.status != "active":
        given |= {"failing_since": None, "disabled_because": None}
    return SubscriptionOutput.model_validate(await rows.change(row, given))


async def revoke(
    session: AsyncSession, tenant: TenantId, own_id: UUID, now: datetime
) -> SubscriptionOutput:
    """The webhook, which is sent nothing any more. Repeating it changes nothing.

    Raises:
        NotFound: it is not there.
    """
    rows = Subscriptions(session, tenant)
    row = await rows.lock(own_id)
    if row.revoked_at is None:
        await rows.change(row, {"status": "revoked", "revoked_at": now})
        await repository.cancel_pending(session, tenant, own_id, now)
    return SubscriptionOutput.model_validate(row)


async def rotate_secret(
    session: AsyncSession, tenant: TenantId, own_id: UUID, salt: bytes, key: str, now: datetime
) -> NewSecret:
    """A new secret; for a day, deliveries are signed with the one before it as well. With the same
    salt it is the same secret.

    Raises:
        NotFound: it is not there.
        Conflict: it is revoked.
    """
    rows = Subscriptions(session, tenant)
    row = await _live(rows, own_id)
    secret = secret_of(key, own_id, salt)
    if row.salt != salt:
        is_known = fingerprint(secret_of(key, own_id, row.salt)) == row.fingerprint
        before = {"previous_salt": row.salt, "previous_until": now + GRACE} if is_known else {}
        await rows.change(row, {"salt": salt, "fingerprint": fingerprint(secret)} | before)
    return _with_secret(row, secret)


async def test(
    session: AsyncSession, tenant: TenantId, own_id: UUID, ping_id: UUID, now: datetime
) -> DeliveryOutput:
    """Deliver something that means nothing.

    Raises:
        NotFound: it is not there.
        Conflict: it is revoked or disabled.
    """
    await _active(session, tenant, own_id)
    rows = Deliveries(session, tenant)
    event = PublishedEvent(ping_id, PING, 1, tenant, {"subscription_id": str(own_id)}, now)
    facts: dict[str, Any] = {
        "subscription_id": own_id,
        "event_id": ping_id,
        "event_type": PING,
        "body": to_cloud_event(event).decode(),
        "status": "pending",
        "attempts": 0,
        "next_at": now,
        "created_at": now,
    }
    return DeliveryOutput.model_validate(await rows.add(rows.made(ping_id, facts)))


async def page_of_deliveries(
    session: AsyncSession,
    tenant: TenantId,
    own_id: UUID,
    paging: PageRequest,
    status: DeliveryStatus | None,
) -> Page[DeliveryOutput]:
    """What a webhook was sent, newest first.

    Raises:
        NotFound: there is no such webhook.
    """
    await Subscriptions(session, tenant).get(own_id)
    wanted = [Delivery.subscription_id == own_id]
    if status is not None:
        wanted.append(Delivery.status == status)
    found = await Deliveries(session, tenant).newest(paging, *wanted)
    items = [DeliveryOutput.model_validate(row) for row in found.rows]
    return Page[DeliveryOutput](items=items, next_cursor=found.next_cursor)


async def get_delivery(
    session: AsyncSession, tenant: TenantId, own_id: UUID, delivery_id: UUID
) -> DeliveryDetail:
    """A delivery with what came of each attempt.

    Raises:
        NotFound: it is not there.
    """
    row = _of(own_id, await Deliveries(session, tenant).get(delivery_id))
    log = await repository.attempts_of(session, tenant, delivery_id)
    return DeliveryDetail.of_row(row, [AttemptOutput.model_validate(each) for each in log])


async def replay(
    session: AsyncSession, tenant: TenantId, own_id: UUID, delivery_id: UUID, now: datetime
) -> DeliveryOutput:
    """Deliver it again, whatever came of it; one that waits is tried at once.

    Raises:
        NotFound: it is not there.
        Conflict: its webhook is revoked or disabled.
    """
    rows = Deliveries(session, tenant)
    await _active(session, tenant, own_id)
    row = _of(own_id, await rows.lock(delivery_id))
    if row.claim is None:
        again = {"status": "pending", "attempts": 0, "next_at": now, "ended_at": None}
        await rows.change(row, again)
    return DeliveryOutput.model_validate(row)


async def replay_failed(
    session: AsyncSession, tenant: TenantId, own_id: UUID, since: datetime, now: datetime
) -> Replayed:
    """Deliver again all that was made since then and failed.

    Raises:
        NotFound: there is no such webhook.
        Conflict: it is revoked or disabled.
    """
    await _active(session, tenant, own_id)
    count = await repository.replay_failed(session, tenant, own_id, since, now)
    return Replayed(deliveries=count)


def _check(
    url: str, event_types: Sequence[str], known: Collection[str], *, allow_private: bool
) -> None:
    faults = []
    if why := refused_url(url, allow_private=allow_private):
        faults.append(Fault("url", why))
    if unknown := unknown_types(event_types, known):
        named = ", ".join(unknown)
        faults.append(
            Fault("event_types", "no event is called {named}; see /asyncapi.json", named=named)
        )
    if faults:
        raise Invalid("; ".join(f"{each.where}: {each.message}" for each in faults) + ".", faults)


async def _live(rows: Subscriptions, own_id: UUID) -> Subscription:
    row = await rows.lock(own_id)
    if row.revoked_at is not None:
        raise Conflict("This webhook is revoked. Make another one.")
    return row


async def _active(session: AsyncSession, tenant: TenantId, own_id: UUID) -> Subscription:
    row = await _live(Subscriptions(session, tenant), own_id)
    if row.status != "active":
        raise Conflict("This webhook is disabled. Set its status to active first.")
    return row


def _of(own_id: UUID, row: Delivery) -> Delivery:
    if row.subscription_id != own_id:
        raise NotFound("There is no delivery {row} of this webhook.", row=row.id)
    return row


def _with_secret(row: Subscription, secret: str) -> NewSecret:
    shown = SubscriptionOutput.model_validate(row)
    return NewSecret(**shown.model_dump(), secret=secret)

"""HTTP face of webhooks."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from obrador.authz.access import Owner
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, NewId, Now, Session, problems
from obrador.kit.pagination import Page, Paging
from obrador.settings import Settings
from obrador.webhooks import service
from obrador.webhooks.domain import DeliveryStatus
from obrador.webhooks.schemas import (
    DeliveryDetail,
    DeliveryOutput,
    NewSecret,
    Replayed,
    ReplaySince,
    SubscriptionChanges,
    SubscriptionInput,
    SubscriptionOutput,
)

router = APIRouter(prefix="/webhooks", tags=["webhooks"], responses=IN_A_TENANT)
_MAY_CONFLICT = problems(Conflict)


async def known_types(request: Request) -> Collection[str]:
    """The types of all events that are a bakery's."""
    types: Collection[str] = request.app.state.event_types
    return types


async def settings_in_use(request: Request) -> Settings:
    """The settings that the application was made with."""
    settings: Settings = request.app.state.settings
    return settings


async def secret_key(request: Request) -> str:
    """What secrets are derived from."""
    key: str = request.app.state.signing_key
    return key


Known = Annotated[Collection[str], Depends(known_types)]
InUse = Annotated[Settings, Depends(settings_in_use)]
Key = Annotated[str, Depends(secret_key)]


@router.get("")
async def list_webhooks(
    tenant: Owner, session: Session, paging: Paging
) -> Page[SubscriptionOutput]:
    """Addresses that hear of events, revoked ones too."""
    return await service.page(session, tenant, paging)


@router.post("", status_code=201, responses=_MAY_CONFLICT)
async def add_webhook(
    tenant: Owner,
    session: Session,
    own_id: NewId,
    given: SubscriptionInput,
    key: Key,
    known: Known,
    settings: InUse,
    now: Now,
) -> NewSecret:
    """Have an address hear of events. Keep the secret now: it is not shown again."""
    allow_private = settings.webhook_allow_private
    return await service.create(
        session, tenant, own_id, given, key, known, now, allow_private=allow_private
    )


@router.get("/{id}")
async def get_webhook(tenant: Owner, session: Session, id: UUID) -> SubscriptionOutput:
    """One of them."""
    return await service.get(session, tenant, id)


@router.patch("/{id}", responses=_MAY_CONFLICT)
async def change_webhook(
    tenant: Owner,
    session: Session,
    id: UUID,
    changes: SubscriptionChanges,
    known: Known,
    settings: InUse,
) -> SubscriptionOutput:
    """Another address or other events; disable it for a while, or enable it again."""
    allow_private = settings.webhook_allow_private
    return await service.change(session, tenant, id, changes, known, allow_private=allow_private)


@router.delete("/{id}")
async def revoke_webhook(tenant: Owner, session: Session, id: UUID, now: Now) -> SubscriptionOutput:
    """It is sent nothing any more; that it was there stays on record."""
    return await service.revoke(session, tenant, id, now)


@router.post("/{id}/rotate-secret", responses=_MAY_CONFLICT)
async def rotate_secret(
    tenant: Owner, session: Session, id: UUID, change_id: NewId, key: Key, now: Now
) -> NewSecret:
    """A new secret. For 24 hours deliveries are signed with the one before it as well; send an
    `Idempotency-Key`, so that asking twice does not make two."""
    return await service.rotate_secret(session, tenant, id, change_id.bytes, key, now)


@router.post("/{id}/test", status_code=202, responses=_MAY_CONFLICT)
async def test_webhook(
    tenant: Owner, session: Session, id: UUID, ping_id: NewId, now: Now
) -> DeliveryOutput:
    """Deliver a `webhook.ping`; what came of it is seen among the deliveries."""
    return await service.test(session, tenant, id, ping_id, now)


@router.post("/{id}/replay", status_code=202, responses=_MAY_CONFLICT)
async def replay_failed(
    tenant: Owner, session: Session, id: UUID, given: ReplaySince, now: Now
) -> Replayed:
    """Deliver again all that has failed since a moment."""
    return await service.replay_failed(session, tenant, id, given.since, now)


@router.get("/{id}/deliveries")
async def list_deliveries(
    tenant: Owner,
    session: Session,
    id: UUID,
    paging: Paging,
    status: DeliveryStatus | None = None,
) -> Page[DeliveryOutput]:
    """What it was sent, or is to be, newest first."""
    return await service.page_of_deliveries(session, tenant, id, paging, status)


@router.get("/{id}/deliveries/{delivery_id}")
async def get_delivery(
    tenant: Owner, session: Session, id: UUID, delivery_id: UUID
) -> DeliveryDetail:
    """A delivery: its body, and what came of each attempt."""
    return await service.get_delivery(session, tenant, id, delivery_id)


@router.post("/{id}/deliveries/{delivery_id}/replay", status_code=202, responses=_MAY_CONFLICT)
async def replay_delivery(
    tenant: Owner, session: Session, id: UUID, delivery_id: UUID, now: Now
) -> DeliveryOutput:
    """Deliver it again, with the same `webhook-id`."""
    return await service.replay(session, tenant, id, delivery_id, now)

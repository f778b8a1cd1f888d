"""Every query on webhooks of one bakery."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.webhooks.models import Attempt, Delivery, Subscription


class Subscriptions(ScopedRepository[Subscription]):
    """A bakery's webhooks, revoked ones too."""

    model = Subscription

    async def count(self) -> int:
        """How many are not revoked."""
        query = select(func.count()).where(
            Subscription.tenant_id == self.tenant, Subscription.revoked_at.is_(None)
        )
        return await self.session.scalar(query) or 0


class Deliveries(ScopedRepository[Delivery]):
    """What a bakery's webhooks were sent, or are to be."""

    model = Delivery


async def attempts_of(session: AsyncSession, tenant: TenantId, delivery_id: UUID) -> list[Attempt]:
    """What came of each attempt, first to last."""
    query = (
        select(Attempt)
        .where(Attempt.tenant_id == tenant, Attempt.delivery_id == delivery_id)
        .order_by(Attempt.claim)
    )
    return list(await session.scalars(query))


async def cancel_pending(
    session: AsyncSession, tenant: TenantId, subscription_id: UUID, now: datetime
) -> None:
    """Give up what has not been delivered."""
    await session.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == tenant,
            Delivery.subscription_id == subscription_id,
            Delivery.status == "pending",
        )
        .values(status="cancelled", next_at=None, claim=None, ended_at=now)
    )


async def replay_failed(
    session: AsyncSession, tenant: TenantId, subscription_id: UUID, since: datetime, now: datetime
) -> int:
    """Have deliveries that were made from then on and failed tried anew; returns how many."""
    found = await session.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == tenant,
            Delivery.subscription_id == subscription_id,
            Delivery.status == "failed",
            Delivery.created_at >= since,
        )
        .values(status="pending", attempts=0, next_at=now, ended_at=None)
        .returning(Delivery.id)
    )
    return len(found.all())

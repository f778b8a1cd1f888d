"""Alerts hear of what was told of orders, as the relay would have them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.envelope import PublishedEvent
from obrador.kit.outbox import OutboxEvent
from obrador.orchestration.reactions import consumers
from tests.fixtures.people import NOW


async def react(session: AsyncSession, key: str) -> None:
    """Hand over all events of a key."""
    (orders,) = [each for each in consumers(lambda: NOW) if each.name == "alerts.orders"]
    rows = await session.scalars(select(OutboxEvent).where(OutboxEvent.routing_key == key))
    for row in rows.all():
        event = PublishedEvent(row.id, key, 1, row.tenant_id, row.payload, row.created_at)
        await orders.handle(session, event)

"""Events, stored in the same transaction as the change they tell; published afterwards."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base
from obrador.kit.ids import new_id


@dataclass(frozen=True)
class Event:
    """Something that happened in a bakery. Subclasses add their facts, JSON-ready."""

    routing_key: ClassVar[str]
    """Exchange, then what happened: `sales.imported`."""

    tenant_id: UUID


class OutboxEvent(Base):
    """An event waiting to be published, or already published."""

    __tablename__ = "outbox_events"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(Uuid)
    routing_key: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ix_outbox_events_pending", "id", postgresql_where=text("published_at is null")),
    )


def publish(session: AsyncSession, event: Event) -> None:
    """Store the event; it becomes true, and known, when the transaction commits."""
    facts = asdict(event)
    tenant_id = facts.pop("tenant_id")
    session.add(OutboxEvent(tenant_id=tenant_id, routing_key=event.routing_key, payload=facts))

"""Tables of webhooks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified, TenantOwned

_OPEN = "status = 'pending'"


class Subscription(Base, Identified):
    """Somebody's address that hears of some events. A revoked one stays on record."""

    __tablename__ = "webhook_subscriptions"

    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), server_default="")
    event_types: Mapped[list[str]] = mapped_column(ARRAY(String(80)))
    """See `domain.unknown_types`."""
    status: Mapped[str] = mapped_column(String(20), server_default="active")
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    """See `secrets.secret_of`."""
    fingerprint: Mapped[str] = mapped_column(String(16))
    previous_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Until then, deliveries are signed with both secrets."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    failing_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """The first failure since anything was delivered."""
    disabled_because: Mapped[str | None] = mapped_column(String(200))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Delivery(Base, Identified):
    """An event for a subscription."""

    __tablename__ = "webhook_deliveries"

    subscription_id: Mapped[UUID] = mapped_column(Uuid)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    """The `webhook-id`, on every attempt the same."""
    event_type: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    """A CloudEvents document, on every attempt the same."""
    status: Mapped[str] = mapped_column(String(20), server_default="pending")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Since it was made, or replayed."""
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    claim: Mapped[UUID | None] = mapped_column(Uuid)
    """Set while somebody is delivering it, who has until `next_at`."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "subscription_id"],
            ["webhook_subscriptions.tenant_id", "webhook_subscriptions.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "subscription_id", "event_id"),
        Index(
            "ix_webhook_deliveries_due",
            "tenant_id",
            "subscription_id",
            "next_at",
            postgresql_where=text(_OPEN),
        ),
        Index(
            "ix_webhook_deliveries_in_hand",
            "tenant_id",
            "subscription_id",
            postgresql_where=text(f"{_OPEN} and claim is not null"),
        ),
        Index(
            "ix_webhook_deliveries_old", "created_at", postgresql_where=text("status <> 'pending'")
        ),
    )


class Attempt(Base, TenantOwned):
    """What came of trying to deliver."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    claim: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """Of the delivery; they sort by time."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    """Null: there was no answer."""
    milliseconds: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(String(300))
    """How the answer began, or why there was none."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            ["webhook_deliveries.tenant_id", "webhook_deliveries.id"],
            ondelete="CASCADE",
        ),
    )

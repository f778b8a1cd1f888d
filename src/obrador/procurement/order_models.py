"""Tables of what leaves for suppliers and what comes back: mail, and receipts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified


class OrderMail(Base, Identified):
    """A version of an order on its way to its supplier by mail."""

    __tablename__ = "order_mails"

    order_id: Mapped[UUID] = mapped_column(Uuid)
    order_version: Mapped[int] = mapped_column(Integer)
    recipient: Mapped[str] = mapped_column(String(254))
    note: Mapped[str] = mapped_column(String(500), server_default="")
    """What the supplier reads besides the order."""
    status: Mapped[str] = mapped_column(String(20), server_default="queued")
    """queued, sent, failed or withdrawn."""
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    last_error: Mapped[str] = mapped_column(String(500), server_default="")
    retry_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When the next attempt is due; while one is made, when it counts as lost."""
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    asked_by: Mapped[UUID | None] = mapped_column(Uuid)
    asked_by_name: Mapped[str] = mapped_column(String(254), server_default="")
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_orders.tenant_id", "purchase_orders.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "order_id", "order_version"),
        Index("ix_order_mails_due", "retry_at", postgresql_where=text("status = 'queued'")),
    )


class OrderReceipt(Base, Identified):
    """One arrival of an order, or the news that a rest will not come. Never altered. Its id is the
    posting that moved stock with it."""

    __tablename__ = "order_receipts"

    order_id: Mapped[UUID] = mapped_column(Uuid)
    received_on: Mapped[date] = mapped_column(Date)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    received_by: Mapped[UUID | None] = mapped_column(Uuid)
    received_by_name: Mapped[str] = mapped_column(String(254), server_default="")
    document: Mapped[str] = mapped_column(String(60), server_default="")
    """Number of the supplier's delivery note or invoice."""
    note: Mapped[str] = mapped_column(String(500), server_default="")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """See `receiving.ReceivedLine`."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_orders.tenant_id", "purchase_orders.id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("jsonb_array_length(lines) >= 1", name="says_something"),
        Index(None, "tenant_id", "order_id"),
    )

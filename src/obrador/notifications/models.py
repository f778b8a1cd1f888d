"""Tables of notifications."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified, TenantOwned


class NotificationRow(Base, Identified):
    """Something told to everybody with a role, once a day of each kind; see
    `domain.Notification`."""

    __tablename__ = "notifications"

    business_date: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(30))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (UniqueConstraint("tenant_id", "business_date", "kind", "role"),)


class NotificationRead(Base, TenantOwned):
    """Who has read what, since when. A reader is a person, a key, or whoever sits at this
    machine; see `authz.requester.id_of`."""

    __tablename__ = "notification_reads"

    notification_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reader_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    read_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "notification_id"],
            ["notifications.tenant_id", "notifications.id"],
            ondelete="CASCADE",
        ),
    )


class NotificationWish(Base, TenantOwned):
    """Whether a role, or somebody, wants a kind of notification: where it differs from the
    default."""

    __tablename__ = "notification_wishes"

    recipient: Mapped[str] = mapped_column(String(40), primary_key=True)
    """A role, or the id of a reader."""
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    wanted: Mapped[bool] = mapped_column(Boolean)

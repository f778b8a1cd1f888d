"""Tables of notifications."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified, TenantOwned


class NotificationRow(Base, Identified):
    """Something told to everybody with a role, once a day of each kind and subject; see
    `domain.Notification`."""

    __tablename__ = "notifications"

    business_date: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(160), server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (UniqueConstraint("tenant_id", "business_date", "kind", "role", "subject"),)


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


class MailWish(Base, TenantOwned):
    """When somebody wants mail, and in which language: where it differs from the default."""

    __tablename__ = "notification_mail_wishes"

    user_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    mode: Mapped[str] = mapped_column(String(10))
    """See `mail.Mode`."""
    language: Mapped[str | None] = mapped_column(String(2))
    """Null: the bakery's."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["memberships.tenant_id", "memberships.user_id"],
            ondelete="CASCADE",
        ),
    )


class NotificationMail(Base, TenantOwned):
    """A notification on its way to a person, together with others that go in the same mail."""

    __tablename__ = "notification_mails"

    user_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    notification_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """While somebody is sending it, until when they have."""
    mail_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The mail it goes in, from the first attempt on."""
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was sent, or given up."""
    error: Mapped[str | None] = mapped_column(String(300))
    """Of the last attempt."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["memberships.tenant_id", "memberships.user_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "notification_id"],
            ["notifications.tenant_id", "notifications.id"],
            ondelete="CASCADE",
        ),
        Index("ix_notification_mails_due", "due_at", postgresql_where=text("ended_at is null")),
        Index(
            "ix_notification_mails_old", "ended_at", postgresql_where=text("ended_at is not null")
        ),
    )

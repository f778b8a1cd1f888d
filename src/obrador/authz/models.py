"""Tables of who may do what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified, TenantOwned


class Membership(Base, TenantOwned):
    """A person's role in a bakery."""

    __tablename__ = "memberships"

    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(30))

    __table_args__ = (Index(None, "user_id"),)


class Invitation(Base, Identified):
    """A link that makes somebody a member; kept as a hash, and only until it is used."""

    __tablename__ = "invitations"

    email: Mapped[str] = mapped_column(String(254))
    """In lower case."""
    role: Mapped[str] = mapped_column(String(30))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (UniqueConstraint("tenant_id", "email"),)


class ApiKey(Base, Identified):
    """A key for programs; kept as a hash, shown once."""

    __tablename__ = "api_keys"

    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(30))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(
        ARRAY(String(40)), default=list, server_default=text("'{}'")
    )
    """What of its role the key is for, see `scopes`; empty for all of it."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Within an hour."""
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

"""The table of what was done."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base
from obrador.kit.ids import new_id


class AuditEntry(Base):
    """One thing that somebody did, or was refused. Only ever added to, which a trigger sees to;
    what it names may be gone."""

    __tablename__ = "audit_log"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    tenant_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Null: it was about no bakery, or about several."""
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(254), server_default="")
    """At that time."""
    action: Mapped[str] = mapped_column(String(200))
    """Method and path with names for ids, or the command."""
    things: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    """The ids of the path."""
    outcome: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(45), server_default="")
    program: Mapped[str] = mapped_column(String(120), server_default="")
    """As the browser or program calls itself."""
    once: Mapped[UUID | None] = mapped_column(Uuid, unique=True)
    """The same for what is told once although it happens again, such as looking around."""

    __table_args__ = (Index(None, "tenant_id", "id"),)

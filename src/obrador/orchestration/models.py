"""Tables of morning runs."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, SmallInteger, String, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, TenantOwned
from obrador.kit.ids import new_id


class Run(Base, TenantOwned):
    """One bakery's morning. The key makes planning a date twice planning it once."""

    __tablename__ = "runs"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """0 at first; each forced repetition counts one up and supersedes the one before."""
    id: Mapped[UUID] = mapped_column(Uuid, default=new_id, unique=True)
    status: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    data_until: Mapped[date | None] = mapped_column(Date)
    """Last day with sales when it was planned."""
    notes: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    """What needs attention, see `domain.Note`."""

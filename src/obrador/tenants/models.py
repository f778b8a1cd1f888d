"""Tables of the bakeries themselves."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, Double, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified
from obrador.kit.ids import new_id


class Tenant(Base):
    """A bakery business."""

    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20), server_default="active")
    tier: Mapped[str] = mapped_column(String(20), server_default="starter")
    is_demo: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    time_zone: Mapped[str] = mapped_column(String(64))
    country: Mapped[str] = mapped_column(String(2))
    subdivision: Mapped[str | None] = mapped_column(String(10))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    locale: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(3))
    opening_hours: Mapped[list[Any]] = mapped_column(JSONB)
    """Seven entries from Monday: {"opens": "08:00", "closes": "20:00"}, or null when closed."""
    open_on_holidays: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    weekend_rule: Mapped[str] = mapped_column(String(100), server_default="run")
    """Whether workflows run on Saturdays and Sundays: run, skip, or a cron to run by instead."""
    holiday_rule: Mapped[str] = mapped_column(String(100), server_default="run")
    """Likewise on public holidays."""
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """See `domain.Policy`; what is absent has its default."""
    assumed: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    """Fields that Obrador filled in and nobody has confirmed yet."""

    __table_args__ = (
        # The scheduler asks for all bakeries whose calendar is due.
        Index(
            "ix_tenants_calendar",
            "time_zone",
            "country",
            "subdivision",
            "weekend_rule",
            "holiday_rule",
            postgresql_where=text("status = 'active' and not is_demo"),
        ),
    )


class Closure(Base, Identified):
    """Days on which the shop stays closed although its hours say open."""

    __tablename__ = "closures"

    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, server_default="")

    __table_args__ = (Index(None, "tenant_id", "first_day"),)


class CalendarEvent(Base, Identified):
    """School holidays, and days that sell unlike others of their weekday."""

    __tablename__ = "calendar_events"

    kind: Mapped[str] = mapped_column(String(20))
    """See `domain.EventKind`."""
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    is_yearly: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))

    __table_args__ = (UniqueConstraint("tenant_id", "kind", "first_day", "name_key"),)

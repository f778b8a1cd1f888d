"""Tables of alerts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified


class AlertRow(Base, Identified):
    """Something to look at, raised once for each key; see `domain.Alert`."""

    __tablename__ = "alerts"

    business_date: Mapped[date] = mapped_column(Date)
    """Of the morning that raised it."""
    kind: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(160))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    relevant_until: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(20), server_default="open")
    raised_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    acknowledged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    acknowledged_by: Mapped[UUID | None] = mapped_column(Uuid)
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolved_by: Mapped[UUID | None] = mapped_column(Uuid)
    """Null: it had lost its point."""

    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        Index(
            "ix_alerts_active",
            "tenant_id",
            "relevant_until",
            postgresql_where=text("status in ('open', 'acknowledged')"),
        ),
        Index(
            "ix_alerts_of_the_floor",
            "tenant_id",
            postgresql_where=text(
                "status in ('open', 'acknowledged') and kind in ('batch_delayed', 'equipment_out')"
            ),
        ),
        Index(
            "ix_alerts_of_stock",
            "tenant_id",
            postgresql_where=text("kind in ('stock_low', 'stock_critical') and key not like '%#%'"),
        ),
        Index(
            "ix_alerts_resolved",
            "tenant_id",
            "resolved_at",
            postgresql_where=text("status = 'resolved'"),
        ),
    )

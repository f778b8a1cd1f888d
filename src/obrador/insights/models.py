"""Tables of insights."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, Index, Integer, String, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified


class PurchaseReview(Base, Identified):
    """A week's review of purchasing, see `reviewing.Review`."""

    __tablename__ = "purchase_reviews"

    business_date: Mapped[date] = mapped_column(Date)
    """Of the plan that it looked at."""
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    saving_minor: Mapped[int] = mapped_column(Integer)
    dead_minor: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (UniqueConstraint("tenant_id", "business_date"),)


class InsightRow(Base, Identified):
    """A suggestion, told once for each key; see `domain.Insight`."""

    __tablename__ = "insights"

    business_date: Mapped[date] = mapped_column(Date)
    """Of the morning that told it first."""
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(160))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    value_minor: Mapped[int | None] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    feedback: Mapped[str | None] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(String(500), server_default="")
    feedback_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    feedback_by: Mapped[UUID | None] = mapped_column(Uuid)

    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "business_date"),
    )

"""Tables of production schedules."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified
from obrador.revisions import Revised


class Schedule(Base, Revised):
    """What is made on one day, and when."""

    __tablename__ = "production_schedules"

    content: Mapped[bytes] = mapped_column(LargeBinary)
    """How much of each product is wanted and why, why each batch has its size, and what cannot be
    made at all: read with the schedule or not at all, see `repository`."""

    __table_args__ = (
        UniqueConstraint("tenant_id", "business_date", "revision"),
        Index(
            "ix_production_schedules_at_work",
            "business_date",
            "tenant_id",
            postgresql_where=text("status in ('approved', 'in_progress')"),
        ),
    )


class Batch(Base, Identified):
    """One batch of one recipe with the times of its steps."""

    __tablename__ = "production_batches"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, sort_order=-3)
    """Its foreign key goes through the schedule: there are many, each would be checked twice."""
    schedule_id: Mapped[UUID] = mapped_column(Uuid)
    recipe_id: Mapped[UUID] = mapped_column(Uuid)
    product_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Null for a semi-finished good."""
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    """Good units expected, in the recipe's unit."""
    planned_yield: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    """Units made, waste included: what components are weighed for."""
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ready_by: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    late_minutes: Mapped[int] = mapped_column(Integer, server_default="0")
    late_because: Mapped[str | None] = mapped_column(String(60))
    """See `domain.ScheduledBatch`."""
    step_kinds: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    step_starts: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    """Minutes after `starts_at`."""
    step_minutes: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    step_equipment: Mapped[list[UUID | None]] = mapped_column(ARRAY(Uuid))
    status: Mapped[str] = mapped_column(String(20), server_default="planned")
    """See `life.BATCH_STATES`."""
    is_pinned: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """A person has given it its time; it does not move by itself."""
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it really was begun, and completed or cancelled."""
    made: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    """Good units that it really gave."""
    wasted: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    note: Mapped[str] = mapped_column(String(500), server_default="")
    shortages: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """What it took of stock that was not there, see `inventory.domain.Shortage`."""
    posting_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Of the movements of stock that its end brought about."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "schedule_id"],
            ["production_schedules.tenant_id", "production_schedules.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("tenant_id", "schedule_id", "id"),
    )

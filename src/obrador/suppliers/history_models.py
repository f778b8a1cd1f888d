"""Tables of what suppliers have shown: when they deliver, and what they charged."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified


class SupplierDelivery(Base, Identified):
    """What became of one order; it has the order's id. Amounts are at the prices ordered."""

    __tablename__ = "supplier_deliveries"

    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    ordered_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    shift_days: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Days that the planner had added to, or taken from, the lead time that was given."""
    arrived_on: Mapped[date | None] = mapped_column(Date)
    """The day on which something of it first came; null: nothing has."""
    is_ended: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    ordered_minor: Mapped[int] = mapped_column(Integer)
    in_time_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    """Accepted up to the day agreed."""
    accepted_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    refused_minor: Mapped[int] = mapped_column(Integer, server_default="0")

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "supplier_id"],
            ["suppliers.tenant_id", "suppliers.id"],
            ondelete="CASCADE",
        ),
        Index(None, "tenant_id", "supplier_id", "due_on"),
    )


class SupplierPriceNote(Base, Identified):
    """A price that was asked from a moment on. Never altered."""

    __tablename__ = "supplier_price_notes"

    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    ingredient_id: Mapped[UUID] = mapped_column(Uuid)
    pack_size: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    """In the ingredient's base unit."""
    min_packs: Mapped[int] = mapped_column(Integer, server_default="1")
    pack_price_minor: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(20))
    """price_list or invoice."""
    noted_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "supplier_id"],
            ["suppliers.tenant_id", "suppliers.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "ingredient_id"],
            ["ingredients.tenant_id", "ingredients.id"],
            ondelete="CASCADE",
        ),
        Index(None, "tenant_id", "supplier_id", "ingredient_id", "noted_at"),
    )

"""Tables of suppliers and what they charge."""

from datetime import time
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Time,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Named, TenantOwned


class Supplier(Base, Named):
    """Who delivers ingredients."""

    __tablename__ = "suppliers"

    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str | None] = mapped_column(String(2))
    """What orders are written in; null: the bakery's own."""
    lead_time_days: Mapped[int] = mapped_column(SmallInteger)
    """From order day to delivery day."""
    lead_time_sd_days: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default="0")
    delivery_weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    """0 is Monday."""
    order_cutoff: Mapped[time | None] = mapped_column(Time)
    """An order placed later counts as the next day's."""
    min_order_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    delivery_fee_minor: Mapped[int] = mapped_column(Integer, server_default="0")

    __table_args__ = (
        UniqueConstraint("tenant_id", "name_key"),
        CheckConstraint("lead_time_days >= 0 and lead_time_sd_days >= 0", name="lead_time"),
        CheckConstraint("cardinality(delivery_weekdays) >= 1", name="delivers_some_day"),
        CheckConstraint("min_order_minor >= 0 and delivery_fee_minor >= 0", name="amounts"),
    )


class SupplierPrice(Base, TenantOwned):
    """A line of a price list; several lines of one pack are price breaks."""

    __tablename__ = "supplier_prices"

    supplier_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ingredient_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    pack_size: Mapped[Decimal] = mapped_column(Numeric(14, 3), primary_key=True)
    """In the ingredient's base unit."""
    min_packs: Mapped[int] = mapped_column(Integer, primary_key=True)
    """This price holds from so many packs on; the lowest line's is the MOQ."""
    pack_price_minor: Mapped[int] = mapped_column(Integer)

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
        CheckConstraint("pack_size > 0 and min_packs >= 1", name="pack"),
        CheckConstraint("pack_price_minor >= 0", name="price_not_negative"),
    )

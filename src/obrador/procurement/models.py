"""Tables of purchase plans and orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from obrador.kit.db import Base, Identified, TenantOwned
from obrador.revisions import Revised


class ProcurementPlan(Base, Revised):
    """What to buy over the horizon that starts on `business_date`."""

    __tablename__ = "procurement_plans"

    cost_minor: Mapped[int] = mapped_column(Integer)
    """Goods and fees of its orders."""
    unsupplied: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    """Ingredients needed that no supplier offers."""
    reasons: Mapped[bytes] = mapped_column(LargeBinary)
    """Why each line of its orders, by order and position; see `repository`."""

    __table_args__ = (UniqueConstraint("tenant_id", "business_date", "revision"),)


class PurchaseOrder(Base, Identified):
    """One order to one supplier for one delivery day."""

    __tablename__ = "purchase_orders"

    plan_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Null: placed outside a plan."""
    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    order_on: Mapped[date] = mapped_column(Date)
    """Last day on which it can be placed for this delivery."""
    delivery_on: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(20), server_default="draft")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    goods_minor: Mapped[int] = mapped_column(Integer)
    fee_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    is_urgent: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    below_minimum: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    number: Mapped[str | None] = mapped_column(String(20))
    """What the supplier calls it by; null: nobody has seen it yet."""
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sent_via: Mapped[str] = mapped_column(String(20), server_default="")
    """See `sending.Via`."""
    sent_note: Mapped[str] = mapped_column(String(500), server_default="")
    overdue_since: Mapped[date | None] = mapped_column(Date)
    """The day on which it was told that it has not come."""
    lines: Mapped[list["PurchaseOrderLine"]] = relationship(
        order_by="PurchaseOrderLine.position", cascade="all, delete-orphan", lazy="raise"
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "plan_id"],
            ["procurement_plans.tenant_id", "procurement_plans.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "supplier_id"], ["suppliers.tenant_id", "suppliers.id"]),
        Index(None, "tenant_id", "plan_id"),
        Index(None, "tenant_id", "status", "delivery_on"),
        UniqueConstraint("tenant_id", "number"),
    )


class PurchaseOrderLine(Base, TenantOwned):
    """So many packs of one ingredient, and why."""

    __tablename__ = "purchase_order_lines"

    order_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ingredient_id: Mapped[UUID] = mapped_column(Uuid)
    packs: Mapped[int] = mapped_column(Integer)
    pack_size: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    pack_price_minor: Mapped[int] = mapped_column(Integer)
    received: Mapped[Decimal] = mapped_column(Numeric(16, 3), server_default="0")
    """In the ingredient's base unit."""
    cancelled: Mapped[Decimal] = mapped_column(Numeric(16, 3), server_default="0")
    """Of what was ordered, what will not come."""
    edited: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What a person has changed of it, see `drafts.Mark`; null: as it was planned."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_orders.tenant_id", "purchase_orders.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "ingredient_id"], ["ingredients.tenant_id", "ingredients.id"]
        ),
        CheckConstraint("packs >= 1 and pack_size > 0", name="packs"),
    )


class StockProjection(Base, TenantOwned):
    """All ingredients' stock day by day over the horizon, planned orders included."""

    __tablename__ = "stock_projections"

    plan_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    business_date: Mapped[date] = mapped_column(Date, index=True)
    """When it was made: after some days nobody asks any more."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """See `repository`."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "plan_id"],
            ["procurement_plans.tenant_id", "procurement_plans.id"],
            ondelete="CASCADE",
        ),
    )

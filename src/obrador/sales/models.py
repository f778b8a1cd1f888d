"""Tables of what was sold and what is firmly ordered."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Time,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from obrador.kit.db import Base, Identified, TenantOwned


class Sold:
    """A row of a tenant in tables that take millions of rows at once.

    No foreign key to the tenant: checking it costs a third of the whole import. Instead, the
    migration has a trigger that removes the rows with their tenant.
    """

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, sort_order=-3)


class DailySale(Base, Sold):
    """What one product sold at one location on one day: what planning reads.

    Either given as a total or added up from the day's `SaleLine`s; the last word wins.
    """

    __tablename__ = "daily_sales"

    product_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    location: Mapped[str] = mapped_column(
        String(60, collation="C"), primary_key=True, server_default=""
    )
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    price_minor: Mapped[int | None] = mapped_column(Integer)
    """Mean price per unit."""
    sold_out_at: Mapped[time | None] = mapped_column(Time)
    """Local time from which none was left: sales are then a lower bound of demand."""
    is_total: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "product_id"], ["products.tenant_id", "products.id"]),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        Index(None, "tenant_id", "business_date"),
    )


class SalesFold(Base, TenantOwned):
    """Which days of a bakery's daily sales are folded into months. Every bakery has this row."""

    __tablename__ = "sales_folds"

    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Counted up by a trigger on `daily_sales`, in the transaction of a change."""
    folded_from: Mapped[date | None] = mapped_column(Date)
    folded_until: Mapped[date | None] = mapped_column(Date)
    """Set back by the trigger when an earlier day changes."""
    watched_until: Mapped[date | None] = mapped_column(Date)
    """The last day that somebody keeps something of, made from the sales up to it."""
    watched_state: Mapped[UUID | None] = mapped_column(Uuid)
    """Another one, by the trigger, after each change of a day up to that."""


class SalesMonth(Base, TenantOwned):
    """A month of daily sales as one value; good for days up to `SalesFold.folded_until`."""

    __tablename__ = "sales_months"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """See `folding`."""


class SaleLine(Base, Sold):
    """A line of a receipt. `occurrence` tells equal lines of one receipt apart, so that a file
    imported again, or one that overlaps it, adds nothing twice.

    Every line counts in a `DailySale`, whose key keeps its product from being deleted.
    """

    __tablename__ = "sale_lines"

    sold_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    receipt: Mapped[str] = mapped_column(
        String(60, collation="C"), primary_key=True, server_default=""
    )
    location: Mapped[str] = mapped_column(
        String(60, collation="C"), primary_key=True, server_default=""
    )
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3), primary_key=True)
    occurrence: Mapped[int] = mapped_column(Integer, primary_key=True)
    business_date: Mapped[date] = mapped_column(Date)
    price_minor: Mapped[int | None] = mapped_column(Integer)


class ImportMapping(Base, TenantOwned):
    """What a person said of a kind of file, remembered for the next time."""

    __tablename__ = "import_mappings"

    header: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the file's header row."""
    columns: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Field to column."""
    product_names: Mapped[dict[str, str]] = mapped_column(JSONB)
    """What a name or number in the file stands for."""
    ignored: Mapped[list[str]] = mapped_column(JSONB)
    """Product names that are none."""
    written: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    """How its dates and numbers are written, where somebody has said so; see `formats.Written`."""


class Upload(Base, Identified):
    """A file of sales that somebody has sent and not yet decided on; kept for an hour."""

    __tablename__ = "uploads"

    name: Mapped[str] = mapped_column(String(200))
    """As it was called there: to show, never to open anything by."""
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What has been said of it so far."""
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What its import did; null until then."""

    __table_args__ = (Index(None, "created_at"),)


class UploadPart(Base, TenantOwned):
    """A piece of it, so that no process holds all of a large file in memory."""

    __tablename__ = "upload_parts"

    upload_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "upload_id"], ["uploads.tenant_id", "uploads.id"], ondelete="CASCADE"
        ),
    )


class CustomerOrder(Base, Identified):
    """A firm order, for instance of a café."""

    __tablename__ = "customer_orders"

    customer: Mapped[str] = mapped_column(String(200))
    due_date: Mapped[date] = mapped_column(Date)
    due_time: Mapped[time | None] = mapped_column(Time)
    is_cancelled: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    in_forecast: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Whether sales history contains this customer's purchases, so that the forecast has them."""
    lines: Mapped[list["CustomerOrderLine"]] = relationship(
        order_by="CustomerOrderLine.product_id", cascade="all, delete-orphan", lazy="raise"
    )

    __table_args__ = (Index(None, "tenant_id", "due_date"),)


class CustomerOrderLine(Base, TenantOwned):
    """What of which product a customer ordered."""

    __tablename__ = "customer_order_lines"

    order_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    product_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["customer_orders.tenant_id", "customer_orders.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "product_id"], ["products.tenant_id", "products.id"]),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

"""Tables of forecasts."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    REAL,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified, TenantOwned


class Forecast(Base, TenantOwned):
    """The demand of all products from `business_date` on, as one morning foresaw it."""

    __tablename__ = "forecasts"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    """First day forecast; sales up to the day before were known."""
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """See `repository`. As rows of products it would take three times the room, and most of the
    time that a morning takes to store."""


class ForecastOverride(Base, Identified):
    """What somebody said of a product's day; rows are only added, and the newest counts."""

    __tablename__ = "forecast_overrides"

    product_id: Mapped[UUID] = mapped_column(Uuid)
    business_date: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(10))
    """As in `domain.Override`, or `withdrawn`."""
    value: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default="0")
    reason: Mapped[str] = mapped_column(String(300))
    said_by: Mapped[UUID] = mapped_column(Uuid)
    said_by_name: Mapped[str] = mapped_column(String(254))
    """What they were called then."""
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["products.tenant_id", "products.id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("kind in ('set', 'add', 'percent', 'withdrawn')", name="kind_is_known"),
        Index(None, "tenant_id", "business_date", "product_id", "id"),
    )


class ValidationRun(Base, Identified):
    """A day's forecast against its sales; figures as in `domain.Accuracy`."""

    __tablename__ = "validation_runs"

    business_date: Mapped[date] = mapped_column(Date)
    revision: Mapped[int] = mapped_column(SmallInteger)
    """Of the forecast."""
    health: Mapped[str] = mapped_column(String(10))
    products: Mapped[int] = mapped_column(SmallInteger)
    unforeseen: Mapped[int] = mapped_column(SmallInteger)
    zero_sales: Mapped[int] = mapped_column(SmallInteger)
    coverage: Mapped[float] = mapped_column(REAL)
    mae: Mapped[float] = mapped_column(REAL)
    mape: Mapped[float | None] = mapped_column(REAL)
    wape: Mapped[float] = mapped_column(REAL)
    rmse: Mapped[float] = mapped_column(REAL)
    r2: Mapped[float | None] = mapped_column(REAL)
    accuracy: Mapped[float] = mapped_column(REAL)
    bias: Mapped[float] = mapped_column(REAL)
    bias_percent: Mapped[float] = mapped_column(REAL)
    interval_coverage: Mapped[float] = mapped_column(REAL)
    pinball: Mapped[float] = mapped_column(REAL)
    overridden: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    overridden_sold: Mapped[float] = mapped_column(REAL, server_default="0")
    overridden_off: Mapped[float] = mapped_column(REAL, server_default="0")
    statistical_off: Mapped[float] = mapped_column(REAL, server_default="0")
    by_product: Mapped[bytes] = mapped_column(LargeBinary)
    """Records of `domain.PRODUCT_DAY`: as rows they would take ten times the room, and nobody
    asks for one alone."""

    __table_args__ = (UniqueConstraint("tenant_id", "business_date"),)

    @property
    def overridden_wape(self) -> float | None:
        """Per cent, of the products whose forecast a person had changed; None where none sold."""
        return 100 * self.overridden_off / self.overridden_sold if self.overridden_sold else None

    @property
    def statistical_wape(self) -> float | None:
        """The same, had nobody changed it."""
        return 100 * self.statistical_off / self.overridden_sold if self.overridden_sold else None


class RetrainingDecision(Base, TenantOwned):
    """Whether a bakery's forecasts had become so poor that their model was to be trained anew; see
    `domain.Decision`."""

    __tablename__ = "retraining_decisions"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    is_due: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(20))
    days: Mapped[int] = mapped_column(SmallInteger)
    mape: Mapped[float | None] = mapped_column(REAL)
    mape_before: Mapped[float | None] = mapped_column(REAL)
    mape_lately: Mapped[float | None] = mapped_column(REAL)
    wape: Mapped[float | None] = mapped_column(REAL)

"""Tables of forecasts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    REAL,
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
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
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
    by_location: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """See `domain.LocationAccuracy`."""

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
    """Whether a bakery's model was to be trained, and why; see `domain.Decision`."""

    __tablename__ = "retraining_decisions"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    is_due: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(20))
    days: Mapped[int] = mapped_column(SmallInteger)
    mape: Mapped[float | None] = mapped_column(REAL)
    mape_before: Mapped[float | None] = mapped_column(REAL)
    mape_lately: Mapped[float | None] = mapped_column(REAL)
    wape: Mapped[float | None] = mapped_column(REAL)


class ForecastModel(Base, Identified):
    """A trained model; figures as in `domain.Trial`."""

    __tablename__ = "forecast_models"

    version: Mapped[int] = mapped_column(Integer)
    """1, 2, 3, ... for each bakery."""
    method: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10))
    """champion: forecasts now; retired: did so before; refused: was worse than the champion."""
    reason: Mapped[str] = mapped_column(String(20))
    """Why it was trained."""
    verdict: Mapped[str] = mapped_column(String(20))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    records: Mapped[int] = mapped_column(Integer)
    products: Mapped[int] = mapped_column(SmallInteger)
    data_hash: Mapped[str] = mapped_column(String(64))
    compared_with: Mapped[int | None] = mapped_column(Integer)
    unseen_first: Mapped[date] = mapped_column(Date)
    unseen_last: Mapped[date] = mapped_column(Date)
    scores: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """`domain.Score` of challenger and champion, and of the one that was refitted or null."""
    drivers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """See `domain.DriverTrial`."""
    checksum: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the content."""
    size: Mapped[int] = mapped_column(Integer)
    """Of the content in bytes."""
    content: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True, deferred_raiseload=True
    )
    """See `model`; null: the model is too old to be kept whole."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    promoted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    retired_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("tenant_id", "version"),
        Index(
            "ix_forecast_models_champion",
            "tenant_id",
            unique=True,
            postgresql_where=text("status = 'champion'"),
        ),
    )


class TrainingJob(Base, Identified):
    """The training of a bakery's model, asked for by a person or decided on."""

    __tablename__ = "training_jobs"

    reason: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10))
    """queued, running, completed, failed or cancelled."""
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """How often it was begun."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    error: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int | None] = mapped_column(Integer)
    """Of the model that came of it."""
    improvement: Mapped[float | None] = mapped_column(REAL)
    """Points of WAPE by which it was better than the champion on unseen weeks."""
    is_promoted: Mapped[bool | None] = mapped_column(Boolean)
    """Whether that model forecasts from then on."""

    __table_args__ = (
        Index(
            "ix_training_jobs_open",
            "tenant_id",
            unique=True,
            postgresql_where=text("status in ('queued', 'running')"),
        ),
    )

"""Tables of what moves demand beside the calendar."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    REAL,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified, TenantOwned


class StoredWeather(Base, TenantOwned):
    """A day's weather as it was, or as it was foreseen last before it; see `domain.WeatherDay`."""

    __tablename__ = "weather_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_forecast: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    temperature: Mapped[float | None] = mapped_column(REAL)
    temperature_max: Mapped[float | None] = mapped_column(REAL)
    precipitation: Mapped[float | None] = mapped_column(REAL)
    wind: Mapped[float | None] = mapped_column(REAL)
    source: Mapped[str] = mapped_column(String(20))
    """A provider's name, or file."""


class StoredPromotion(Base, Identified):
    """Days on which products are promoted."""

    __tablename__ = "promotions"

    name: Mapped[str] = mapped_column(String(200))
    product_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Null: all products."""
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    price_minor: Mapped[int | None] = mapped_column(Integer)
    percent_off: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "product_id"], ["products.tenant_id", "products.id"]),
        CheckConstraint("num_nonnulls(price_minor, percent_off) <= 1", name="one_reduction"),
        Index(None, "tenant_id", "first_day"),
        Index(None, "tenant_id", "product_id"),
    )

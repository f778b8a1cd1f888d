"""Tables of forecasts."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import REAL, Date, Index, SmallInteger, String, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, TenantOwned


class Forecast(Base, TenantOwned):
    """One product's demand from `business_date` on, as one morning foresaw it."""

    __tablename__ = "forecasts"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    """First day forecast; sales up to the day before were known."""
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    product_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    mean: Mapped[list[float]] = mapped_column(ARRAY(REAL))
    """Per day."""
    quantiles: Mapped[list[float]] = mapped_column(ARRAY(REAL))
    """Day by day, each at `domain.QUANTILE_LEVELS`."""
    model: Mapped[str] = mapped_column(String(40))
    drivers: Mapped[list[Any]] = mapped_column(JSONB)
    """Per day: what moved the forecast, see `domain.Drivers`."""

    __table_args__ = (Index(None, "tenant_id", "product_id", "business_date"),)

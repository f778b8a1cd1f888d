"""Tables of forecasts."""

from datetime import date

from sqlalchemy import Date, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, TenantOwned


class Forecast(Base, TenantOwned):
    """The demand of all products from `business_date` on, as one morning foresaw it."""

    __tablename__ = "forecasts"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    """First day forecast; sales up to the day before were known."""
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """See `repository`. As rows of products it would take three times the room, and most of the
    time that a morning takes to store."""

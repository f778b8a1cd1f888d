"""A bakery's own rules as plain data."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from obrador.authz.tenant import TenantId
from obrador.kit.calendar import public_holidays


@dataclass(frozen=True, slots=True)
class Hours:
    """When the shop is open on a weekday."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Policy:
    """How careful planning is."""

    service_level: float = 0.95
    """Share of demand of an ingredient that safety stock is meant to serve."""
    bake_service_level: float = 0.8
    """Quantile to bake for where a product's price or cost is unknown."""
    horizon_days: int = 14


@dataclass(frozen=True, slots=True)
class Bakery:
    """What planning knows about a tenant."""

    id: UUID
    name: str
    time_zone: str
    country: str
    subdivision: str | None
    locale: str
    currency: str
    opening_hours: tuple[Hours | None, ...]
    """Seven, from Monday."""
    open_on_holidays: bool
    closures: tuple[tuple[date, date], ...]
    """First and last day of each."""
    policy: Policy
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Morning:
    """One bakery's planning of one business date."""

    tenant: TenantId
    bakery: Bakery
    business_date: date
    revision: int
    """0, then one more for each forced repetition; part of every key of what is stored."""
    now: datetime
    """In the bakery's time zone."""


@dataclass(frozen=True)
class Days:
    """What is known of each calendar day, past and future, about a shop."""

    first: date
    is_open: NDArray[np.bool_]
    """(N,)"""
    holiday: tuple[str | None, ...]
    """(N,) name of the public holiday."""

    def date_of(self, index: int) -> date:
        """The day at `index`."""
        return self.first + timedelta(days=index)

    def __len__(self) -> int:
        return len(self.is_open)


def shop_days(bakery: Bakery, first: date, count: int) -> Days:
    """Which of `count` days from `first` on the shop is open, and which are public holidays.

    Open is a day with opening hours for its weekday that lies in no closure and, unless the shop
    opens on holidays, is no public holiday.
    """
    dates = [first + timedelta(days=index) for index in range(count)]
    by_year = {
        year: public_holidays(bakery.country, bakery.subdivision, year)
        for year in {day.year for day in dates}
    }
    names = tuple(by_year[day.year].get(day) for day in dates)
    is_open = [_is_open(bakery, day, name) for day, name in zip(dates, names, strict=True)]
    return Days(first, np.array(is_open, dtype=np.bool_), names)


def _is_open(bakery: Bakery, day: date, holiday: str | None) -> bool:
    if bakery.opening_hours[day.weekday()] is None:
        return False
    if holiday is not None and not bakery.open_on_holidays:
        return False
    return not any(first <= day <= last for first, last in bakery.closures)

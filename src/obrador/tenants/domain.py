"""A bakery's own rules as plain data."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import available_timezones

import numpy as np
from numpy.typing import NDArray

from obrador.authz.tenant import TenantId
from obrador.kit.calendar import is_country, public_holidays
from obrador.kit.errors import Fault, Invalid
from obrador.kit.i18n import is_locale
from obrador.kit.money import is_currency


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
    healthy_wape: float = 20.0
    """Per cent up to which a day's forecast is healthy."""
    warning_wape: float = 30.0
    """Per cent up to which it is worth a look, and above which it is not to be relied on."""
    retrain_mape: float = 30.0
    """Per cent over 30 days above which the forecasting model is trained anew."""
    retrain_mape_rise: float = 5.0
    """Points by which the last week may be worse than the weeks before it."""
    retrain_after_days: int = 30
    """A model that has learned nothing for longer counts as too old."""


USUAL_POLICY = Policy()
"""Of a bakery that has not said otherwise."""


@dataclass(frozen=True, slots=True)
class NewBakery:
    """What one says of a bakery to start with. What is None is assumed until somebody states it."""

    name: str
    time_zone: str
    country: str
    subdivision: str | None = None
    locale: str = "en"
    currency: str = "EUR"
    opening_hours: tuple[Hours | None, ...] | None = None
    """Seven, from Monday."""
    open_on_holidays: bool | None = None
    is_demo: bool = False


USUAL_HOURS = (*(Hours(time(8), time(20)),) * 6, None)
"""Assumed of a bakery that says nothing: Monday to Saturday."""


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


def check_place(
    time_zone: str, country: str, subdivision: str | None, locale: str, currency: str
) -> None:
    """See that where a bakery is, and how its people write, is known.

    Raises:
        Invalid: something is not; names each field and what to write instead.
    """
    rules = (
        (
            time_zone in available_timezones(),
            Fault("time_zone", f"{time_zone!r} is no IANA time zone such as Europe/Madrid"),
        ),
        (
            is_country(country),
            Fault("country", f"{country!r} is no ISO 3166 code of two letters such as ES"),
        ),
        (
            not is_country(country) or is_country(country, subdivision),
            Fault("subdivision", f"{subdivision!r} is no ISO 3166-2 part of {country} such as MD"),
        ),
        (
            len(locale) <= 10 and is_locale(locale),
            Fault("locale", f"{locale!r} is no locale such as es_ES"),
        ),
        (
            is_currency(currency),
            Fault("currency", f"{currency!r} is no ISO 4217 code such as EUR"),
        ),
    )
    faults = [fault for holds, fault in rules if not holds]
    if faults:
        raise Invalid("; ".join(fault.message for fault in faults), faults)


def check_policy(policy: Policy) -> None:
    """See that the thresholds of a policy are in order.

    Raises:
        Invalid: they are not.
    """
    if policy.healthy_wape > policy.warning_wape:
        raise Invalid(
            f"A forecast cannot be healthy up to {policy.healthy_wape:g} % and critical above"
            f" {policy.warning_wape:g} %.",
            [Fault("policy.healthy_wape", f"at most warning_wape, {policy.warning_wape:g}")],
        )


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

"""A bakery's own rules as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Literal
from uuid import UUID
from zoneinfo import available_timezones

import numpy as np
from numpy.typing import NDArray

from obrador.authz.tenant import TenantId
from obrador.kit.calendar import calendar_year, is_country
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
    class_levels: Mapping[str, float] = field(default_factory=dict)
    """The same by class of value and variability, such as `A`, `Z` or `AX`; see
    `procurement.classes`."""
    safety_stock: Literal["statistical", "percentage"] = "statistical"
    safety_share: float = 0.5
    """Of the demand of a lead time, what safety stock is if it is a percentage."""
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
    delay_minutes: int = 15
    """So long after it should have been begun or done, a batch counts as delayed."""
    yield_tolerance: float = 10.0
    """Per cent by which a batch may give less or more than planned, or waste more."""
    stale_words: tuple[str, ...] = ()
    """What people here also write when they turn a plan down because its data is out of date."""
    count_limit: float = 50.0
    """In the bakery's currency: where differences of a count come to more, an owner approves it."""
    approval_limits: Mapping[str, int | None] = field(default_factory=dict)
    """By role, up to how much an order may cost in minor units, its delivery included, for them to
    approve it; None, or a role that is not named: however much."""
    supplier_choice: Literal["cost", "score"] = "cost"
    """Suppliers are chosen by what everything costs together, or by a score."""
    supplier_weights: Mapping[str, float] = field(default_factory=dict)
    """How much each counts in a score; see `procurement.scoring`. Empty: the usual weights."""


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
    latitude: float | None = None
    longitude: float | None = None


EventKind = Literal["school_holiday", "event"]


@dataclass(frozen=True, slots=True)
class Event:
    """Days that the bakery's calendar names."""

    kind: EventKind
    name: str
    first_day: date
    last_day: date
    is_yearly: bool = False
    """On the same dates of all years, past ones too; 29 February in leap years only."""

    @property
    def days(self) -> int:
        """How long it lasts; at most a year, if it is yearly."""
        return (self.last_day - self.first_day).days + 1


USUAL_HOURS = (*(Hours(time(8), time(20)),) * 6, None)
"""Assumed of a bakery that says nothing: Monday to Saturday."""


Waits = Literal["demo", "suspended", "cancelled"]


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
    events: tuple[Event, ...] = ()
    latitude: float | None = None
    """In degrees (WGS 84), as `longitude`; both, or neither."""
    longitude: float | None = None
    waits: Waits | None = None
    """Why no morning is planned unless somebody asks; None: mornings are."""


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
    special: tuple[str | None, ...] = ()
    """(N,) name of the special day: an event of the bakery's, or a well-known retail day that is
    no public holiday."""
    school_holiday: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    """(N,)"""

    def __post_init__(self) -> None:
        """Where nothing is said of special days or school holidays, there are none."""
        if not self.special:
            object.__setattr__(self, "special", (None,) * len(self))
        if not len(self.school_holiday):
            object.__setattr__(self, "school_holiday", np.zeros(len(self), dtype=np.bool_))

    def date_of(self, index: int) -> date:
        """The day at `index`."""
        return self.first + timedelta(days=index)

    def until(self, count: int) -> "Days":
        """The first `count` of them."""
        return Days(
            self.first,
            self.is_open[:count],
            self.holiday[:count],
            self.special[:count],
            self.school_holiday[:count],
        )

    def since(self, start: int) -> "Days":
        """Without the first `start` of them."""
        return Days(
            self.date_of(start),
            self.is_open[start:],
            self.holiday[start:],
            self.special[start:],
            self.school_holiday[start:],
        )

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
            Fault(
                "time_zone",
                "{time_zone!r} is no IANA time zone such as Europe/Madrid",
                time_zone=time_zone,
            ),
        ),
        (
            is_country(country),
            Fault(
                "country",
                "{country!r} is no ISO 3166 code of two letters such as ES",
                country=country,
            ),
        ),
        (
            not is_country(country) or is_country(country, subdivision),
            Fault(
                "subdivision",
                "{subdivision!r} is no ISO 3166-2 part of {country} such as MD",
                subdivision=subdivision,
                country=country,
            ),
        ),
        (
            len(locale) <= 10 and is_locale(locale),
            Fault("locale", "{locale!r} is no locale such as es_ES", locale=locale),
        ),
        (
            is_currency(currency),
            Fault("currency", "{currency!r} is no ISO 4217 code such as EUR", currency=currency),
        ),
    )
    faults = [fault for holds, fault in rules if not holds]
    if faults:
        raise Invalid("; ".join(fault.message for fault in faults), faults)


def check_coordinates(latitude: float | None, longitude: float | None) -> None:
    """See that a place on earth is given by both of its coordinates, or not at all.

    Raises:
        Invalid: one is missing.
    """
    if (latitude is None) != (longitude is None):
        lacking = "latitude" if latitude is None else "longitude"
        raise Invalid(
            "Give latitude and longitude, or neither.",
            [Fault(lacking, "is missing beside the other")],
        )


def check_policy(policy: Policy) -> None:
    """See that the thresholds of a policy are in order.

    Raises:
        Invalid: they are not.
    """
    if policy.healthy_wape > policy.warning_wape:
        raise Invalid(
            "A forecast cannot be healthy up to {healthy_wape:g} % and critical above"
            " {warning_wape:g} %.",
            [
                Fault(
                    "policy.healthy_wape",
                    "at most warning_wape, {warning_wape:g}",
                    warning_wape=policy.warning_wape,
                )
            ],
            healthy_wape=policy.healthy_wape,
            warning_wape=policy.warning_wape,
        )


@dataclass(frozen=True)
class DayKinds:
    """Days that are what they are through their neighbours. Axis: N days."""

    eve: NDArray[np.bool_]
    """(N,) the day before a public holiday, if it is none itself."""
    bridge: NDArray[np.bool_]
    """(N,) a working day between days off, one of which at least is a public holiday."""


def day_kinds(days: Days) -> DayKinds:
    """Eves and bridge days; a holiday just outside the days is not seen."""
    count = len(days)
    weekday = (days.first.weekday() + np.arange(-1, count + 1)) % 7
    holiday = np.zeros(count + 2, dtype=np.bool_)
    holiday[1:-1] = [name is not None for name in days.holiday]
    is_off = holiday | (weekday >= 5)
    before, after = slice(0, count), slice(2, count + 2)
    return DayKinds(
        eve=holiday[after] & ~holiday[1:-1],
        bridge=~is_off[1:-1] & is_off[before] & is_off[after] & (holiday[before] | holiday[after]),
    )


def shop_days(bakery: Bakery, first: date, count: int) -> Days:
    """What is known of `count` days from `first` on.

    Open is a day with opening hours for its weekday that lies in no closure and, unless the shop
    opens on holidays, is no public holiday. Of several events on a day, the shortest names it, and
    one of a single day goes before a retail day.
    """
    last = first + timedelta(days=max(count - 1, 0))
    years = [
        calendar_year(bakery.country, bakery.subdivision, year)
        for year in range(first.year, last.year + 1)
    ]
    start = first.timetuple().tm_yday - 1
    window = slice(start, start + count)
    holiday = tuple(chain.from_iterable(year.holiday for year in years))[window]
    special = tuple(chain.from_iterable(year.special for year in years))[window]
    school = np.concatenate([year.is_school_holiday for year in years])[window]
    return Days(
        first,
        _open_days(bakery, first, holiday),
        holiday,
        _with_events(special, bakery.events, first),
        _with_school_holidays(school, bakery.events, first),
    )


def _open_days(bakery: Bakery, first: date, holiday: Sequence[str | None]) -> NDArray[np.bool_]:
    weekday = (first.weekday() + np.arange(len(holiday))) % 7
    is_open = np.array([hours is not None for hours in bakery.opening_hours])[weekday]
    if not bakery.open_on_holidays:
        is_open &= np.array([name is None for name in holiday], dtype=np.bool_)
    for closed, until in bakery.closures:
        is_open[_span(first, closed, until)] = False
    return is_open


def _with_events(
    special: tuple[str | None, ...], events: Iterable[Event], first: date
) -> tuple[str | None, ...]:
    own = [event for event in events if event.kind == "event"]
    if not own:
        return special
    named = list(special)
    for event in sorted(own, key=lambda event: (-event.days, event.name)):
        for index in np.flatnonzero(_falls(event, first, len(special))):
            if event.days == 1 or special[index] is None:
                named[index] = event.name
    return tuple(named)


def _with_school_holidays(
    known: NDArray[np.bool_], events: Iterable[Event], first: date
) -> NDArray[np.bool_]:
    free = known.copy()
    for event in events:
        if event.kind == "school_holiday":
            free |= _falls(event, first, len(known))
    return free


def _falls(event: Event, first: date, count: int) -> NDArray[np.bool_]:
    """(count,) whether the event is on these days."""
    if not event.is_yearly:
        falls = np.zeros(count, dtype=np.bool_)
        falls[_span(first, event.first_day, event.last_day)] = True
        return falls
    dates = np.datetime64(first) + np.arange(count)
    months = dates.astype("datetime64[M]")
    place = (months.astype(int) % 12 + 1) * 100 + (dates - months).astype(int) + 1
    begins = event.first_day.month * 100 + event.first_day.day
    ends = event.last_day.month * 100 + event.last_day.day
    after, before = place >= begins, place <= ends
    within: NDArray[np.bool_] = after & before if begins <= ends else after | before
    return within


def _span(first: date, begins: date, ends: date) -> slice:
    """Where the days from `begins` to `ends` are among those from `first` on."""
    return slice(max((begins - first).days, 0), max((ends - first).days + 1, 0))

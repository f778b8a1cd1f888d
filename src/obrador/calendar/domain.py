"""What a bakery's sales propose for its calendar, as plain data."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from obrador.kit.ids import derived_id
from obrador.kit.retail_days import easter_of, nth_weekday
from obrador.tenants.domain import Hours

Decision = Literal["confirmed", "dismissed"]


@dataclass(frozen=True, slots=True)
class Seen:
    """On how many of the days that could show it something was so."""

    days: int
    of: int


@dataclass(frozen=True, slots=True)
class Week:
    """Opening hours, seven from Monday."""

    hours: tuple[Hours | None, ...]


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """Whether the shop opens on public holidays."""

    is_open: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """Days on which the shop stays closed, or has."""

    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class OnDate:
    """The same date of every year."""

    month: int
    day: int

    def day_of(self, year: int) -> date | None:
        """The day of a year; None where 29 February is missing."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class FromEaster:
    """So many days from Easter Sunday."""

    country: str
    days: int

    def day_of(self, year: int) -> date | None:
        """The day of a year; None in a country without Easter."""
        easter = easter_of(self.country, year)
        return None if easter is None else easter + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class OnWeekday:
    """The how manieth weekday (0 is Monday) of a month; the last is number -1."""

    month: int
    number: int
    weekday: int

    def day_of(self, year: int) -> date | None:
        """The day of a year."""
        return nth_weekday(year, self.month, self.number, self.weekday)


DayRule = OnDate | FromEaster | OnWeekday


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that sells unlike others of its weekday every year."""

    rule: DayRule


Change = Week | HolidayRule | Closing | SpecialDay


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of the calendar, and what speaks for it."""

    change: Change
    seen: tuple[Seen, ...] = ()
    """Of a week: days with sales, by weekday. Of holidays: those with sales. Of a closing: days
    without any. Of a special day: years in which it sold so."""
    effect: float = 0.0
    """Of a special day: share that it sold more, or less, than expected."""
    past: tuple[Closing, ...] = ()
    """Of a closing to come: when the shop was closed before. Of a special day: when it was."""

    @property
    def id(self) -> UUID:
        """The same for the same change, whatever speaks for it."""
        return derived_id("calendar proposal", self.change)

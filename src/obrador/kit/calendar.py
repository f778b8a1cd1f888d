"""Public holidays, school holidays and special days, by country and subdivision."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np
from holidays.constants import SCHOOL
from holidays.registry import COUNTRIES
from numpy.typing import NDArray

from obrador.kit.retail_days import retail_days

_COUNTRIES = {name for names in COUNTRIES.values() for name in names if len(name) == 2}
"""Codes as the registry has them: asking for `list_supported_countries` would load them all."""


@dataclass(frozen=True)
class CalendarYear:
    """What is known of each day of a year at a place, from 1 January on."""

    holiday: tuple[str | None, ...]
    """(365 or 366,) name of the public holiday."""
    special: tuple[str | None, ...]
    """Name of the special day that is no public holiday."""
    is_school_holiday: NDArray[np.bool_]
    """Never where school holidays are not known; see `school_holidays`."""


def is_country(code: str, subdivision: str | None = None) -> bool:
    """Whether holidays are known for the ISO 3166 code, and for its subdivision."""
    if code not in _COUNTRIES:
        return False
    return subdivision is None or subdivision in getattr(holidays, code).subdivisions


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    """The year's public holidays and their names; empty for a country without data."""
    return _holidays(country, subdivision, year)


def school_holidays(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    """The days of the year's school holidays, weekends within them included, and their names; empty
    where the library has none, as everywhere but in Germany, Austria and a few more countries."""
    if not is_country(country) or SCHOOL not in getattr(holidays, country).supported_categories:
        return {}
    return _holidays(country, subdivision, year, (SCHOOL,))


@lru_cache(maxsize=4096)
def calendar_year(country: str, subdivision: str | None, year: int) -> CalendarYear:
    """Everything that is known of a year's days, in order."""
    first = date(year, 1, 1)
    dates = [first + timedelta(days=index) for index in range((date(year + 1, 1, 1) - first).days)]
    public = public_holidays(country, subdivision, year)
    school = school_holidays(country, subdivision, year)
    named = retail_days(country, year)
    is_school_holiday = np.array([day in school for day in dates], dtype=np.bool_)
    is_school_holiday.setflags(write=False)
    return CalendarYear(
        tuple(public.get(day) for day in dates),
        tuple(None if day in public else named.get(day) for day in dates),
        is_school_holiday,
    )


def _holidays(
    country: str, subdivision: str | None, year: int, categories: tuple[str, ...] | None = None
) -> dict[date, str]:
    """Of the categories, or else of what the country calls its public holidays; in its language,
    since the library would else ask the environment for one."""
    if not is_country(country):
        return {}
    subdiv = subdivision if is_country(country, subdivision) else None
    language = getattr(holidays, country).default_language
    return dict(
        holidays.country_holidays(
            country, subdiv=subdiv, years=year, categories=categories, language=language
        )
    )

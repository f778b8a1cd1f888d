"""Public holidays, by country and subdivision."""

from datetime import date
from functools import lru_cache

import holidays
from holidays.registry import COUNTRIES

_COUNTRIES = {name for names in COUNTRIES.values() for name in names if len(name) == 2}
"""Codes as the registry has them: asking for `list_supported_countries` would load them all."""


def is_country(code: str, subdivision: str | None = None) -> bool:
    """Whether holidays are known for the ISO 3166 code, and for its subdivision."""
    if code not in _COUNTRIES:
        return False
    return subdivision is None or subdivision in getattr(holidays, code).subdivisions


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    """The year's public holidays and their names; empty for a country without data."""
    if not is_country(country):
        return {}
    subdiv = subdivision if is_country(country, subdivision) else None
    return dict(holidays.country_holidays(country, subdiv=subdiv, years=year))

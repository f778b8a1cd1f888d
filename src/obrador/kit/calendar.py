"""Public holidays, by country and subdivision."""

from datetime import date
from functools import lru_cache

import holidays


def is_country(code: str, subdivision: str | None = None) -> bool:
    """Whether holidays are known for the ISO 3166 code, and for its subdivision."""
    known = holidays.list_supported_countries(include_aliases=False)
    return code in known and (subdivision is None or subdivision in known[code])


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    """The year's public holidays and their names; empty for a country without data."""
    if not is_country(country):
        return {}
    subdiv = subdivision if is_country(country, subdivision) else None
    return dict(holidays.country_holidays(country, subdiv=subdiv, years=year))

"""Countries, their parts, and what usually goes with them: time zone, language, currency."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import holidays
from babel.core import Locale, get_global
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies
from holidays.registry import COUNTRIES

from obrador.kit.i18n import LANGUAGES, is_locale
from obrador.kit.names import name_key

_MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago",
    "CN": "Asia/Shanghai", "DE": "Europe/Berlin", "EC": "America/Guayaquil",
    "ES": "Europe/Madrid", "GL": "America/Nuuk", "ID": "Asia/Jakarta", "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti", "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv",
    "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip
"""Where most people live, in countries with several."""


@dataclass(frozen=True, slots=True)
class Customs:
    """What usually goes with a country, what is likeliest first."""

    time_zones: tuple[str, ...]
    locales: tuple[str, ...]
    """How numbers and dates are written there: es_ES."""
    currency: str


@lru_cache(maxsize=8)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Code and name of every country whose holidays are known, by name."""
    names = Locale.parse(language).territories
    codes = {code for known in COUNTRIES.values() for code in known if len(code) == 2}
    found = [(code, names[code]) for code in codes if code in names]
    return tuple(sorted(found, key=lambda each: name_key(each[1])))


def parts_of(country: str) -> tuple[tuple[str, str], ...]:
    """Code and name of the parts of a country that have holidays of their own, by name."""
    known: Any = getattr(holidays, country, None)
    if known is None:
        return ()
    names = {code: name for name, code in reversed(known.subdivisions_aliases.items())}
    found = [(code, names.get(code, code)) for code in known.subdivisions if len(code) <= 10]
    return tuple(sorted(found, key=lambda each: name_key(each[1])))


def customs_of(country: str) -> Customs:
    """What usually goes with a country; what is not known of it is as in much of Europe."""
    zones = sorted(get_global("territory_zones").get(country, ["Europe/Madrid"]))
    main = _MAIN_ZONES.get(country, zones[0])
    spoken = get_official_languages(country, de_facto=True)
    locales = [f"{code}_{country}" for code in spoken if len(code) == 2]
    locales += [code for code in LANGUAGES if code not in spoken]
    money = get_territory_currencies(country)
    return Customs(
        (main, *(zone for zone in zones if zone != main)),
        tuple(each for each in locales if is_locale(each)) or ("en",),
        money[0] if money else "EUR",
    )


def country_of_zone(time_zone: str) -> str:
    """Where a time zone is; Spain if it is nowhere."""
    return cast("str", get_global("zone_territories").get(time_zone, "ES"))


def locale_name(locale: str, language: str) -> str:
    """Spanish (Spain), in a language."""
    return Locale.parse(locale).get_display_name(language) or locale

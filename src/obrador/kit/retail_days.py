"""Days on which shops sell unlike other days though they are no public holidays, by rule. Pure.

Rules are the trade's customs, as calendars of the countries name them; most fall on a date, on the
how manieth weekday of a month, or so many days from Easter.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import EASTER_ORTHODOX, easter

Rule = Callable[[int], date]
"""The day of a year."""
SUNDAY = 6


def on(month: int, day: int) -> Rule:
    """The same date every year; not 29 February."""
    return lambda year: date(year, month, day)


def nth(number: int, weekday: int, month: int) -> Rule:
    """The first, second, ... weekday of a month; the last is number -1."""
    return lambda year: nth_weekday(year, month, number, weekday)


def nth_weekday(year: int, month: int, number: int, weekday: int) -> date:
    """The `number`-th such weekday (0 is Monday) of a month, number 1 to 4; the last is -1."""
    if number > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _french_mothers_day(year: int) -> date:
    """The last Sunday of May, or of Whitsun the first one of June."""
    last = nth_weekday(year, 5, -1, SUNDAY)
    return last + timedelta(days=7) if last == easter(year) + timedelta(days=49) else last


_ORTHODOX = "BG BY CY ET GE GR MD ME MK RO RS RU UA"
_WESTERN = (
    "AD AR AT AU BA BE BO BR CA CH CL CO CR CZ DE DK DO EC EE ES FI FR GB GT HN HR HU IE IS IT LI"
    " LT LU LV MC MT MX NI NL NO NZ PA PE PH PL PR PT PY SE SI SK SM SV US UY VA VE ZA"
)
_FROM_EASTER = {
    "Fat Thursday": -52,
    "Carnival Monday": -48,
    "Shrove Tuesday": -47,
    "Ash Wednesday": -46,
    "Maundy Thursday": -3,
    "Good Friday": -2,
    "Easter Saturday": -1,
    "Easter Sunday": 0,
    "Whit Sunday": 49,
}
_EVERYWHERE = {
    "Valentine's Day": on(2, 14),
    "Christmas Eve": on(12, 24),
    "New Year's Eve": on(12, 31),
}
_IN_SOME: tuple[tuple[str, Rule, str], ...] = (
    ("Epiphany", on(1, 6), "AT BE CH CZ DE ES FR IT LI LU MX NL PL PT"),
    ("Candlemas", on(2, 2), "BE CH ES FR LU MX"),
    ("Father's Day", on(3, 19), "AD ES HR IT LI PT SM VA"),
    ("Father's Day", nth(2, SUNDAY, 6), "AT BE"),
    ("Father's Day", nth(3, SUNDAY, 6), "AR CA FR GB IE MX NL US ZA"),
    ("Halloween", on(10, 31), "CA GB IE US"),
    ("St Martin", on(11, 11), "AT CH DE LI LU NL"),
    ("Sinterklaas", on(12, 5), "BE NL"),
    ("St Nicholas", on(12, 6), "AT CH CZ DE HR HU LI LU PL SI SK"),
)
_MOTHERS_DAY: tuple[tuple[Rule, str], ...] = (
    (nth(1, SUNDAY, 5), "AO CV ES HU LT MZ PT RO"),
    (nth(-1, SUNDAY, 5), "DO SE"),
    (nth(2, SUNDAY, 2), "NO"),
    (nth(2, SUNDAY, 6), "LU"),
    (nth(3, SUNDAY, 10), "AR"),
    (on(3, 8), "BA BG ME MK RS"),
    (on(5, 10), "GT MX SV"),
    (on(5, 26), "PL"),
    (lambda year: easter(year) - timedelta(days=21), "GB IE"),
    (_french_mothers_day, "FR MC"),
)


@lru_cache(maxsize=4096)
def retail_days(country: str, year: int) -> dict[date, str]:
    """The year's special days in a country and their names, public holidays or not."""
    named = list(_named(country))
    return {rule(year): name for name, rule in reversed(named)}


def easter_of(country: str, year: int) -> date | None:
    """Easter Sunday as the country keeps it; None where it does not."""
    return _easter(country, year) if _keeps_easter(country) else None


def _keeps_easter(country: str) -> bool:
    return country in _WESTERN.split() or country in _ORTHODOX.split()


def _easter(country: str, year: int) -> date:
    return easter(year, EASTER_ORTHODOX) if country in _ORTHODOX.split() else easter(year)


def _named(country: str) -> Iterator[tuple[str, Rule]]:
    """Where two fall on one day, the first names it."""
    yield from _EVERYWHERE.items()
    yield "Mother's Day", _mothers_day(country)
    yield from ((name, rule) for name, rule, where in _IN_SOME if country in where.split())
    if _keeps_easter(country):
        yield from ((name, _from_easter(country, days)) for name, days in _FROM_EASTER.items())


def _mothers_day(country: str) -> Rule:
    """Most countries keep the second Sunday of May."""
    return next(
        (rule for rule, where in _MOTHERS_DAY if country in where.split()), nth(2, SUNDAY, 5)
    )


def _from_easter(country: str, days: int) -> Rule:
    return lambda year: _easter(country, year) + timedelta(days=days)

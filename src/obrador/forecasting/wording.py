"""What moved a forecast, in the reader's language. Data in, words out."""

from datetime import date
from functools import lru_cache

from obrador.forecasting.domain import DayAhead, Drivers
from obrador.kit.i18n import Speech

_SENTENCES = 20_000
"""Kept, some 5 MB: one takes 50 µs to put into words, and most are asked for again."""


def explain_day(say: Speech, ahead: DayAhead) -> str:
    """Why a product is expected to sell so much on a day."""
    if not ahead.is_open:
        return say.phrase("The shop is closed.")
    return explain_drivers(say, ahead.day, ahead.drivers)


@lru_cache(maxsize=_SENTENCES)
def explain_drivers(say: Speech, day: date, moved: Drivers) -> str:
    """What moved a forecast: "Lately 40 a day; Saturdays +30 %; Reyes −20 %."."""
    parts = [say.phrase("Lately {n} a day", n=say.number(moved.level))]
    weekday = say.weekday(day)
    for name, factor in (
        (weekday, moved.weekday),
        (say.phrase("time of year"), moved.season),
        (moved.holiday_name or say.phrase("near a holiday"), moved.holiday),
    ):
        if abs(factor - 1) >= 0.03:
            parts.append(f"{name} {say.change(factor - 1)}")
    if abs(moved.trend) >= 0.05:
        parts.append(say.phrase("last four weeks {change}", change=say.change(moved.trend)))
    return "; ".join(parts) + "."

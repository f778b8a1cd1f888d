"""What moved a forecast, in the reader's language. Data in, words out."""

from datetime import date, timedelta
from functools import lru_cache

from obrador.forecasting.domain import DayAhead, Drivers, Forecast, Overridden
from obrador.kit.i18n import Speech

_SENTENCES = 20_000
"""Kept, some 5 MB: one takes 50 µs to put into words, and most are asked for again."""


def explain_day(say: Speech, ahead: DayAhead, unit: str) -> str:
    """Why a product is expected to sell so much on a day."""
    if not ahead.is_open:
        return say.phrase("The shop is closed.")
    return _explained(say, ahead.day, ahead.drivers, ahead.overridden, unit)


def day_forecast(say: Speech, forecast: Forecast, row: int, ahead: int, unit: str) -> str:
    """Why a product's forecast of a day is what it is: its drivers, then who changed it."""
    day = forecast.first_day + timedelta(days=ahead)
    changed = forecast.overridden_on(forecast.product_ids[row], day)
    return _explained(say, day, forecast.drivers[row][ahead], changed, unit)


def _explained(
    say: Speech, day: date, moved: Drivers, changed: Overridden | None, unit: str
) -> str:
    words = explain_drivers(say, day, moved)
    return words if changed is None else f"{words} {explain_overridden(say, changed, unit)}"


@lru_cache(maxsize=_SENTENCES)
def explain_drivers(say: Speech, day: date, moved: Drivers) -> str:
    """What moved a forecast: "Lately 40 a day; Saturdays +30 %; Reyes −20 %."."""
    parts = [say.phrase("Lately {n} a day", n=say.number(moved.level))]
    weekday = say.weekday(day)
    for name, factor in (
        (weekday, moved.weekday),
        (say.phrase("time of year"), moved.season),
        (moved.holiday_name or say.phrase("near a holiday"), moved.holiday),
        (say.phrase("trained model"), moved.learned),
    ):
        if abs(factor - 1) >= 0.03:
            parts.append(f"{name} {say.change(factor - 1)}")
    if abs(moved.trend) >= 0.05:
        parts.append(say.phrase("last four weeks {change}", change=say.change(moved.trend)))
    return "; ".join(parts) + "."


def explain_overridden(say: Speech, changed: Overridden, unit: str) -> str:
    """Who changed a forecast and why: "Statistically 64; set to 80 by Ana: school trip."."""
    said = changed.override
    amount = say.quantity(abs(said.value), unit)
    how = {
        "set": say.phrase("set to {n}", n=amount),
        "add": f"{'+' if said.value >= 0 else '−'}{amount}",
        "percent": say.change(said.value / 100),
    }[said.kind]
    who = say.phrase("{change} by {name}", change=how, name=said.by) if said.by else how
    before, reason = say.estimate(changed.mean, unit), said.reason.rstrip(".")
    return say.phrase("Statistically {n}; {change}: {reason}.", n=before, change=who, reason=reason)

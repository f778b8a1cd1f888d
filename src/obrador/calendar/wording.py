"""Proposals as sentences, in the reader's language. Data in, words out."""

from datetime import date, timedelta

from babel.dates import format_date

from obrador.calendar.domain import (
    Change,
    Closing,
    DayRule,
    FromEaster,
    HolidayRule,
    OnDate,
    OnWeekday,
    Proposal,
    SpecialDay,
    Week,
)
from obrador.kit.i18n import Speech
from obrador.tenants.domain import Hours

_MONDAY = date(2024, 1, 1)
_LEAP_YEAR = 2024


def sentence(say: Speech, change: Change) -> str:
    """What is proposed."""
    match change:
        case Week(hours):
            days = ", ".join(_day_hours(say, day, own) for day, own in enumerate(hours))
            return say.phrase("Opening hours: {days}.", days=days)
        case HolidayRule(True):
            return say.phrase("Open on public holidays.")
        case HolidayRule():
            return say.phrase("Closed on public holidays.")
        case Closing(first, last):
            return say.phrase(
                "Closed from {first} to {last}.", first=_day(say, first), last=_day(say, last)
            )
        case SpecialDay(rule):
            return say.phrase("A day of its own every year: {name}.", name=special_name(say, rule))


def evidence(say: Speech, proposal: Proposal) -> str:
    """What speaks for it."""
    seen = proposal.seen
    match proposal.change:
        case Week():
            counts = ", ".join(
                say.phrase("{day} {sold} of {seen}", day=_weekday(say, day), sold=s.days, seen=s.of)
                for day, s in enumerate(seen)
            )
            return say.phrase("Days with sales of late: {counts}.", counts=counts)
        case HolidayRule():
            return say.phrase(
                "Sales on {sold} of {seen} public holidays.", sold=seen[0].days, seen=seen[0].of
            )
        case Closing() if proposal.past:
            spans = "; ".join(
                f"{_day(say, each.first_day)} – {_day(say, each.last_day)}"
                for each in proposal.past
            )
            return say.phrase("No sale in earlier years: {spans}.", spans=spans)
        case Closing():
            return say.phrase(
                "No sale on {days} days in a row that were meant to be open.", days=seen[0].days
            )
        case _:
            return say.phrase(
                "{effect} against its weekday in the weeks around, in {sold} of {seen} years:"
                " {days}.",
                effect=say.change(proposal.effect),
                sold=seen[0].days,
                seen=seen[0].of,
                days=", ".join(_day(say, each.first_day) for each in proposal.past),
            )


def special_name(say: Speech, rule: DayRule) -> str:
    """What to call a day of which only its place in the year is known."""
    match rule:
        case OnDate(month, day):
            on = format_date(date(_LEAP_YEAR, month, day), say.phrase("d MMMM"), say.language)
            return say.phrase("Special day on {day}", day=on)
        case FromEaster(days=days) if days < 0:
            return say.counted(
                "Special day {n} day before Easter", "Special day {n} days before Easter", -days
            )
        case FromEaster(days=days):
            return say.counted(
                "Special day {n} day after Easter", "Special day {n} days after Easter", days
            )
        case OnWeekday(month, number, weekday):
            return say.phrase(
                "Special day on the {number} {weekday} of {month}",
                number=_ordinal(say, number),
                weekday=_weekday(say, weekday),
                month=format_date(date(_LEAP_YEAR, month, 1), "MMMM", say.language),
            )


def _ordinal(say: Speech, number: int) -> str:
    ordinals = {
        1: say.phrase("first"),
        2: say.phrase("second"),
        3: say.phrase("third"),
        4: say.phrase("fourth"),
        -1: say.phrase("last"),
    }
    return ordinals[number]


def _day_hours(say: Speech, weekday: int, hours: Hours | None) -> str:
    day = _weekday(say, weekday)
    if hours is None:
        return say.phrase("{day} closed", day=day)
    return f"{day} {say.clock(hours.opens)}–{say.clock(hours.closes)}"


def _weekday(say: Speech, weekday: int) -> str:
    return say.weekday(_MONDAY + timedelta(days=weekday))


def _day(say: Speech, day: date) -> str:
    return format_date(day, say.phrase("d MMMM y"), say.language)

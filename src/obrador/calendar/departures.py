"""Special days learned from their effect: days of the year on which a shop's sales depart from what
their weekday and the weeks around let expect, year after year. Pure.

Axis: N days, from the first on which anything was sold to the last.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from obrador.calendar.domain import (
    Closing,
    DayRule,
    FromEaster,
    OnDate,
    OnWeekday,
    Proposal,
    Seen,
    SpecialDay,
)
from obrador.calendar.proposing import Flags, Record
from obrador.kit.retail_days import easter_of
from obrador.tenants.domain import day_kinds

_AROUND = (-21, -14, -7, 7, 14, 21)
_ENOUGH_AROUND = 3
_ENOUGH_DAYS = 60
_NEAR_HOLIDAY = (-2, -1, 1)
"""Days from a public holiday that are known to be unlike others."""
_LEAST_EFFECT = np.log(1.25)
_LEAST_DEVIATIONS = 3.5
_LEAST_YEARS = 2
_LEAST_SHARE = 2 / 3
"""Of the years in which the day was seen."""
_EASTER_REACH = 70
_MOST = 20


def special_days(country: str, record: Record) -> list[Proposal]:
    """Days that are no known holiday or event and have sold unlike their weekday in at least two
    years and two years of three, the surest and strongest first.

    A day departs if |ln(sold / expected)| is above ln 1.25 and above 3.5 robust standard deviations
    (1.4826 × median |ln(sold / expected)|) of all days; see `departures` for what is expected.
    """
    departed = departures(record)
    known = ~np.isnan(departed)
    if known.sum() < _ENOUGH_DAYS:
        return []
    deviation = 1.4826 * float(np.median(np.abs(departed[known])))
    limit = max(_LEAST_EFFECT, _LEAST_DEVIATIONS * deviation)
    strong = np.flatnonzero(known & (np.abs(departed) > limit))
    rules = dict.fromkeys(
        rule for index in strong for rule in _rules(country, record.days.date_of(int(index)))
    )
    found = [made for rule in rules if (made := _proposal(rule, record, departed, limit))]
    return _each_day_once(found)[:_MOST]


def departures(record: Record) -> NDArray[np.float64]:
    """(N,) ln(sold / expected), where expected is the median of the same weekday three weeks before
    and after; NaN on days that did not sell or are special as it is, and where fewer than three of
    these six are known and ordinary."""
    ordinary = record.sells & ~_known_to_be_special(record)
    logs = np.full(len(record.sold), np.nan)
    logs[ordinary] = np.log(record.sold[ordinary])
    reach = max(_AROUND)
    padded = np.pad(logs, reach, constant_values=np.nan)
    around = np.stack([padded[reach + days :][: len(logs)] for days in _AROUND])
    enough = ordinary & ((~np.isnan(around)).sum(axis=0) >= _ENOUGH_AROUND)
    departed = np.full(len(logs), np.nan)
    departed[enough] = logs[enough] - np.nanmedian(around[:, enough], axis=0)
    return departed


def _known_to_be_special(record: Record) -> Flags:
    kinds, holiday = day_kinds(record.days), record.is_holiday
    special = np.array([name is not None for name in record.days.special], dtype=np.bool_)
    special |= holiday | kinds.eve | kinds.bridge
    for days in _NEAR_HOLIDAY:
        near = np.flatnonzero(holiday) + days
        special[near[(near >= 0) & (near < len(special))]] = True
    return special


def _rules(country: str, day: date) -> Iterator[DayRule]:
    """What may make the day return, likeliest first."""
    yield OnDate(day.month, day.day)
    easter = easter_of(country, day.year)
    if easter is not None and abs((day - easter).days) <= _EASTER_REACH:
        yield FromEaster(country, (day - easter).days)
    if day.day <= 28:
        yield OnWeekday(day.month, (day.day - 1) // 7 + 1, day.weekday())
    if (day + timedelta(days=7)).month != day.month:
        yield OnWeekday(day.month, -1, day.weekday())


def _proposal(
    rule: DayRule, record: Record, departed: NDArray[np.float64], limit: float
) -> Proposal | None:
    """The rule's day as special, if it departed in one direction in enough of the years seen."""
    first, last = record.days.first, record.days.date_of(len(departed) - 1)
    days = [rule.day_of(year) for year in range(first.year, last.year + 1)]
    seen = [
        (day, float(departed[(day - first).days]))
        for day in days
        if day is not None and first <= day <= last and not np.isnan(departed[(day - first).days])
    ]
    direction = np.sign(sum(value for _, value in seen))
    strong = [(day, value) for day, value in seen if value * direction > limit]
    if len(strong) < _LEAST_YEARS or len(strong) < _LEAST_SHARE * len(seen):
        return None
    effect = float(np.expm1(np.median([value for _, value in strong])))
    past = tuple(Closing(day, day) for day, _ in strong)
    return Proposal(SpecialDay(rule), (Seen(len(strong), len(seen)),), effect, past)


def _each_day_once(found: list[Proposal]) -> list[Proposal]:
    """Of several rules for a day, the one that most years bear out, or else the likeliest."""
    ranked = sorted(found, key=_likeliness)
    kept: list[Proposal] = []
    taken: set[Closing] = set()
    for proposal in ranked:
        if taken.isdisjoint(proposal.past):
            kept.append(proposal)
            taken.update(proposal.past)
    return sorted(kept, key=lambda each: (-each.seen[0].days, -abs(np.log1p(each.effect))))


def _likeliness(proposal: Proposal) -> tuple[int, int]:
    match proposal.change:
        case SpecialDay(rule=OnDate()):
            order = 0
        case SpecialDay(rule=FromEaster()):
            order = 1
        case _:
            order = 2
    return -proposal.seen[0].days, order

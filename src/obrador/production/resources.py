"""Machines and people on the minutes around a planned day."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from obrador.catalogue.domain import Equipment, Shift
from obrador.production.domain import FIRST_MINUTE, LAST_MINUTE, Crew, Machine, minute_at
from obrador.tenants.domain import Bakery

_DAYS = (-1, 0, 1)
"""The days, from the planned one, that the minutes touch."""


def machines_of(equipment: Iterable[Equipment], bakery: Bakery, day: date) -> tuple[Machine, ...]:
    """Every single machine and when it can be used."""
    return tuple(
        Machine(item.id, item.kind, item.capacity, item.changeover_minutes, spans)
        for item in equipment
        for spans in [_available(item, bakery.time_zone, day)]
        for _ in range(item.count)
    )


def crew_of(shifts: Iterable[Shift], bakery: Bakery, day: date) -> Crew:
    """How many people are at work when, the evening before included."""
    people = np.zeros(LAST_MINUTE - FIRST_MINUTE, dtype=np.int64)
    for shift in shifts:
        for offset in _DAYS:
            if (day + timedelta(days=offset)).weekday() in shift.weekdays:
                people[_span(shift.starts, shift.ends, offset, bakery.time_zone, day)] += (
                    shift.people
                )
    return Crew(tuple((first, last, count) for first, last, count in _runs(people) if count))


def largest_of(machines: Iterable[Machine]) -> dict[str, float]:
    """Capacity of the largest machine of each kind that can be used at all."""
    largest: dict[str, float] = {}
    for machine in machines:
        if machine.available:
            largest[machine.kind] = max(machine.capacity, largest.get(machine.kind, 0.0))
    return largest


def first_shift(shifts: Iterable[Shift], bakery: Bakery, day: date, offset: int) -> int | None:
    """When work for the day `offset` days after `day` begins: with the first shift of that day, or
    one of the evening before that runs past midnight; None without any."""
    starts = (
        wall_minute(shift.starts, begins, bakery.time_zone, day)
        for shift in shifts
        for begins in (offset - 1, offset)
        if (day + timedelta(days=begins)).weekday() in shift.weekdays
        and (begins == offset or time() < shift.ends <= shift.starts)
    )
    return min(starts, default=None)


def wall_minute(clock: time, offset: int, time_zone: str, day: date) -> int:
    """The minute at which clocks show `clock`, `offset` days after `day`."""
    moment = datetime.combine(day + timedelta(days=offset), clock)
    return minute_at(moment.replace(tzinfo=ZoneInfo(time_zone)), day, time_zone)


def _available(item: Equipment, time_zone: str, day: date) -> tuple[tuple[int, int], ...]:
    usable = np.zeros(LAST_MINUTE - FIRST_MINUTE, dtype=np.int64)
    if item.available_from is None and item.available_to is None:
        usable[:] = 1
    for offset in _DAYS:
        opens, closes = item.available_from or time(), item.available_to or time()
        usable[_span(opens, closes, offset, time_zone, day)] = 1
    if item.out_of_order_from is not None or item.out_of_order_to is not None:
        broken = _minutes(item.out_of_order_from, item.out_of_order_to, day, time_zone)
        usable[broken] = 0
    return tuple((first, last) for first, last, count in _runs(usable) if count)


def _minutes(first: datetime | None, last: datetime | None, day: date, time_zone: str) -> slice:
    """From one moment to the other, open where there is none."""
    start = FIRST_MINUTE if first is None else minute_at(first, day, time_zone)
    end = LAST_MINUTE if last is None else minute_at(last, day, time_zone)
    return _clipped(start, end)


def _span(starts: time, ends: time, offset: int, time_zone: str, day: date) -> slice:
    """The minutes of a daily span; one that ends at or before it starts ends on the next day."""
    next_day = offset + (ends <= starts)
    return _clipped(
        wall_minute(starts, offset, time_zone, day), wall_minute(ends, next_day, time_zone, day)
    )


def _clipped(start: int, end: int) -> slice:
    last = LAST_MINUTE - FIRST_MINUTE
    return slice(
        min(max(start - FIRST_MINUTE, 0), last),
        min(max(end - FIRST_MINUTE, 0), last),
    )


def _runs(values: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Spans of equal value: (from, to, value) in minutes."""
    changes = np.flatnonzero(np.diff(values)) + 1
    edges = [0, *changes.tolist(), len(values)]
    return [
        (first + FIRST_MINUTE, last + FIRST_MINUTE, int(values[first]))
        for first, last in pairwise(edges)
    ]

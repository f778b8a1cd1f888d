"""Events of an iCalendar file (RFC 5545). Times become the day they are in the bakery's zone."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from obrador.calendar.files import Read
from obrador.integrations.pos_files import UnreadableFile
from obrador.kit.errors import Fault
from obrador.tenants.domain import EventKind

_BEFORE, _AFTER = timedelta(days=3 * 366), timedelta(days=2 * 366)
_MOST_TIMES = 300
"""Of one series: what is on nearly every day says nothing."""
_RULES: Mapping[str, Collection[str]] = {
    "DAILY": (),
    "WEEKLY": ("BYDAY",),
    "MONTHLY": ("BYDAY", "BYMONTHDAY", "BYSETPOS", "BYMONTH"),
    "YEARLY": ("BYDAY", "BYMONTHDAY", "BYSETPOS", "BYMONTH", "BYWEEKNO", "BYYEARDAY"),
}
"""Limits that a rule of each frequency may have. With others, one that never holds would be looked
for day by day until the year 9999, or give a day thousands of times."""
_DAMAGE = (ValueError, TypeError, AttributeError, LookupError, OverflowError)
"""What icalendar and its companion raise for broken files, as found by making some."""
_REPEATS = ("RRULE", "RDATE", "RECURRENCE-ID")


def read_ical(path: Path, kind: EventKind, time_zone: str, today: date, read: Read) -> None:
    """Add the file's events to what is read, and every time of its series around today.

    Raises:
        UnreadableFile: it is no iCalendar file.
    """
    try:
        calendars = Calendar.from_ical(path.read_bytes(), multiple=True)
    except _DAMAGE as error:
        raise UnreadableFile(
            "{path} is no iCalendar file: {error}.", path=path.name, error=error
        ) from error
    if not calendars:
        raise UnreadableFile(
            "{path} is no whole iCalendar file: save or download it again.", path=path.name
        )
    zone = ZoneInfo(time_zone)
    for calendar in calendars:
        for where, times in _entries(calendar, today):
            try:
                for event in times():
                    read.add(where, _values(event, kind, zone))
            except _DAMAGE as error:
                is_told = isinstance(error, ValueError)
                words = str(error) if is_told else "is not written as iCalendar asks"
                read.faults.append(Fault(where, words))


def _entries(
    calendar: Calendar, today: date
) -> Iterator[tuple[str, Callable[[], Iterable[Event]]]]:
    """Where each event or series is, and how to tell when it is."""
    events = [each for each in calendar.events if each.get("STATUS") != "CANCELLED"]
    for number, event in enumerate(events, 1):
        if not any(name in event for name in _REPEATS):
            yield _where(number, event), partial(list, [event])
    for number, series in _series(events):
        yield _where(number, series[0]), partial(_times, calendar, series, today)


def _series(events: Sequence[Event]) -> Iterator[tuple[int, list[Event]]]:
    """Events that return, with their exceptions, and the number of the first of each."""
    by_uid: dict[str, list[tuple[int, Event]]] = defaultdict(list)
    for number, event in enumerate(events, 1):
        if any(name in event for name in _REPEATS):
            by_uid[str(event.get("UID", number))].append((number, event))
    for numbered in by_uid.values():
        yield numbered[0][0], [event for _, event in numbered]


def _times(calendar: Calendar, series: Sequence[Event], today: date) -> Iterable[Event]:
    """Every time of the series from three years before today to two years after.

    Raises:
        ValueError: there are too many, or its rule cannot be followed.
    """
    for event in series:
        _check_rules(event)
    own = Calendar()
    own.subcomponents = [*calendar.walk("VTIMEZONE"), *series]
    found: list[Event] = recurring_ical_events.of(own).between(today - _BEFORE, today + _AFTER)
    if len(found) > _MOST_TIMES:
        raise ValueError("returns too often to be unlike other days")
    return found


def _check_rules(event: Event) -> None:
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        frequency = ",".join(map(str, rule.get("FREQ", [])))
        if frequency not in _RULES:
            raise ValueError("returns by no rule of days, weeks, months or years")
        limits = [name for name in rule if name.startswith("BY") and name not in _RULES[frequency]]
        if limits or any(interval < 1 for interval in rule.get("INTERVAL", [])):
            raise ValueError("returns by a rule that cannot be followed")


def _values(event: Event, kind: EventKind, zone: ZoneInfo) -> dict[str, Any]:
    """What there is of an event, as `EventInput` takes it. An end is the first moment after it.

    Raises:
        ValueError: it has no beginning, or one that is no day.
    """
    start, end = event.start, event.end
    first = _day(start, zone)
    if end == start:
        last = first
    elif isinstance(end, datetime):
        last = _day(end - timedelta(microseconds=1), zone)
    else:
        last = end - timedelta(days=1)
    name = str(event.get("SUMMARY", ""))
    return {"kind": kind, "name": name, "first_day": first, "last_day": last}


def _day(moment: date, zone: ZoneInfo) -> date:
    """A time without a zone is the bakery's own."""
    if not isinstance(moment, datetime):
        return moment
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()


def _where(number: int, event: Event) -> str:
    return f"event {number} ({event.get('SUMMARY', 'without a name')})"

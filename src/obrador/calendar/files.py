"""Files of school holidays and events: tables of any dialect, and iCalendar."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from obrador.calendar.schemas import EventInput
from obrador.kit.errors import Fault, NotFound, TooLarge
from obrador.kit.names import name_key
from obrador.kit.validation import faults_of
from obrador.tenants.domain import Bakery, Event, EventKind

_ICALENDAR = b"BEGIN:VCALENDAR"
_STARTS = 1_000
_MOST_BYTES = 10_000_000
"""A thousand events, which are the most a bakery has, have a twentieth of that."""


@dataclass
class Read:
    """What a file holds."""

    events: list[Event] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _places: dict[tuple[EventKind, date, str], tuple[str, Event]] = field(default_factory=dict)

    def add(self, where: str, values: dict[str, Any]) -> None:
        """An event, if it can be one and does not contradict an earlier one; or a fault."""
        try:
            given = EventInput.model_validate(values)
        except ValidationError as error:
            self.faults.append(Fault(where, _first(error)))
            return
        event = Event(**given.model_dump())
        key = (event.kind, event.first_day, name_key(event.name))
        place, known = self._places.setdefault(key, (where, event))
        if known is event:
            self.events.append(event)
        elif known != event:
            self.faults.append(
                Fault(where, "repeats {place} with other days or another name", place=place)
            )


def read_events(path: Path, kind: EventKind, bakery: Bakery, today: date) -> Read:
    """The events of a CSV, XLSX or iCalendar file. Equal ones count once.

    Args:
        kind: of what the file does not say it of.
        bakery: whose customs settle what dates leave open, and in whose zone times are.
        today: series of an iCalendar file are told from three years before to two years after it.

    Raises:
        NotFound: there is no such file.
        TooLarge, UnreadableFile: it cannot be read, or lacks a column.
    """
    if not path.is_file():
        raise NotFound(
            "There is no file {path}: look at the name, and at the folder you are in.", path=path
        )
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise TooLarge(
            "{file} has {size:,.0f} MB; at most {most:,.0f} MB are taken. Keep the years that"
            " count.",
            file=path.name,
            size=size / 1e6,
            most=_MOST_BYTES / 1e6,
        )
    with path.open("rb") as file:
        start = file.read(_STARTS)
    read = Read()
    # Every start of the program would wait for these libraries otherwise.
    if _ICALENDAR in start.upper():
        from obrador.calendar.ical_file import read_ical

        read_ical(path, kind, bakery.time_zone, today, read)
    else:
        from obrador.calendar.table_file import read_table

        read_table(path, kind, bakery, read)
    return read


def _first(error: ValidationError) -> str:
    first = faults_of(error.errors())[0]
    field = first.where.rpartition(".")[2]
    return f"{field}: {first.message}" if field else first.message

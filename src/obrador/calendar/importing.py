"""Import a file of school holidays or events: good entries go in, bad ones are reported."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.calendar.files import read_events
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid
from obrador.kit.ids import new_id
from obrador.kit.names import name_key
from obrador.tenants import service as tenants
from obrador.tenants.domain import Event, EventKind
from obrador.tenants.service import CalendarEvent, CalendarEvents

MOST_EVENTS = 1_000
"""Of one bakery: every morning reads them, and keeps what it has read."""


@dataclass(frozen=True)
class CalendarReport:
    """What an import did, or in a dry run would do."""

    events: int
    new: int
    changed: int
    faults: tuple[Fault, ...]
    first_day: date | None
    last_day: date | None
    dry_run: bool

    @property
    def unchanged(self) -> int:
        """Those that were known already."""
        return self.events - self.new - self.changed

    @property
    def rejected(self) -> int:
        """Rows or entries of the file that are no events."""
        return len(self.faults)

    def summary(self) -> Iterator[str]:
        """The report in a few lines."""
        if self.first_day and self.last_day:
            yield f"{self.events:,} events from {self.first_day} to {self.last_day}"
        yield f"{self.new:,} new, {self.changed:,} changed, {self.unchanged:,} known already"
        if self.rejected:
            yield f"{self.rejected:,} rejected"
        if self.dry_run:
            yield "dry run: nothing was kept"


async def import_calendar(
    session: AsyncSession,
    tenant: TenantId,
    path: Path,
    kind: EventKind,
    now: datetime,
    *,
    dry_run: bool = False,
) -> CalendarReport:
    """Import a CSV, XLSX or iCalendar file; what does not say of what kind it is, is of `kind`.

    An event is known by its kind, name and first day, so importing a file again changes nothing.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: it is no calendar at all, or lacks a column.
        Invalid: the calendar would be too full.
    """
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    today = business_date(now, bakery.time_zone)
    read = await asyncio.to_thread(read_events, path, kind, bakery, today)
    new, changed = await merge(session, tenant, read.events, dry_run=dry_run)
    return CalendarReport(
        events=len(read.events),
        new=new,
        changed=changed,
        faults=tuple(read.faults),
        first_day=min((event.first_day for event in read.events), default=None),
        last_day=max((event.last_day for event in read.events), default=None),
        dry_run=dry_run,
    )


async def merge(
    session: AsyncSession, tenant: TenantId, events: Sequence[Event], *, dry_run: bool = False
) -> tuple[int, int]:
    """Keep events; those that are there with another last day or spelling are changed. Returns how
    many are new, and how many are changed.

    Raises:
        Invalid: the calendar would have more than `MOST_EVENTS`.
    """
    await tenants.lock(session, tenant)
    rows = CalendarEvents(session, tenant)
    known = {(row.kind, row.first_day, row.name_key): row for row in await rows.all()}
    keyed = {(event.kind, event.first_day, name_key(event.name)): event for event in events}
    new = {key: event for key, event in keyed.items() if key not in known}
    changed = {
        key: event for key, event in keyed.items() if key in known and _differs(known[key], event)
    }
    check_room(len(known) + len(new))
    if not dry_run:
        session.add_all(
            rows.made(new_id(), asdict(event) | {"name_key": key[2]}) for key, event in new.items()
        )
        for key, event in changed.items():
            row = known[key]
            row.name, row.last_day, row.is_yearly = event.name, event.last_day, event.is_yearly
        await session.flush()
    return len(new), len(changed)


def check_room(count: int) -> None:
    """See that a calendar does not have more than `MOST_EVENTS`.

    Raises:
        Invalid: it has.
    """
    if count > MOST_EVENTS:
        raise Invalid(
            "A calendar holds {most_events:,} events, and this would make {count:,}. Keep"
            " what sells unlike other days, and remove old years.",
            most_events=MOST_EVENTS,
            count=count,
        )


def _differs(row: CalendarEvent, event: Event) -> bool:
    return (row.name, row.last_day, row.is_yearly) != (event.name, event.last_day, event.is_yearly)

"""Use cases of the bakeries themselves, and how planning reads them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, time
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, founding
from obrador.kit.errors import Fault, Invalid
from obrador.kit.i18n import Speech, speech
from obrador.kit.ids import new_id
from obrador.kit.names import name_key
from obrador.tenants import repository
from obrador.tenants.domain import (
    USUAL_HOURS,
    Bakery,
    Event,
    EventKind,
    Hours,
    NewBakery,
    Policy,
    Waits,
    check_coordinates,
    check_place,
)
from obrador.tenants.models import CalendarEvent, Closure, Tenant
from obrador.tenants.repository import CalendarEvents, currency_of, place_of, time_zone_of

__all__ = [
    "CalendarEvent",
    "CalendarEvents",
    "NewBakery",
    "close_on",
    "create",
    "currency_of",
    "load_bakeries",
    "lock",
    "place_of",
    "remove",
    "speech_of",
    "state_hours",
    "state_open_on_holidays",
    "time_zone_of",
    "to_event",
]


async def create(
    session: AsyncSession, bakery: NewBakery, tenant_id: UUID | None = None
) -> TenantId:
    """A new bakery; or the one that was made with this id before.

    Raises:
        Invalid: its place or name is wrong; names the fields.
    """
    _check_name(bakery.name)
    check_place(
        bakery.time_zone, bakery.country, bakery.subdivision, bakery.locale, bakery.currency
    )
    check_coordinates(bakery.latitude, bakery.longitude)
    tenant = await founding.entered(session, tenant_id or new_id())
    if await repository.find_tenant(session, tenant) is None:
        session.add(_row(tenant, bakery))
        await session.flush()
    return tenant


async def close_on(
    session: AsyncSession, tenant: TenantId, closures: Iterable[tuple[date, date]]
) -> None:
    """Close the shop from the first to the last day of each."""
    session.add_all(
        Closure(tenant_id=tenant, first_day=first, last_day=last) for first, last in closures
    )
    await session.flush()


async def lock(session: AsyncSession, tenant: TenantId) -> None:
    """Let nobody else change the bakery until the transaction ends."""
    await repository.get_tenant(session, tenant, for_update=True)


async def state_hours(
    session: AsyncSession, tenant: TenantId, hours: Sequence[Hours | None]
) -> None:
    """Other opening hours, from Monday, which are no assumption."""
    row = await repository.get_tenant(session, tenant, for_update=True)
    row.opening_hours = hours_row(hours)
    row.assumed = [name for name in row.assumed if name != "opening_hours"]
    await session.flush()


async def state_open_on_holidays(session: AsyncSession, tenant: TenantId, is_open: bool) -> None:
    """Whether the shop opens on public holidays, which is no assumption."""
    row = await repository.get_tenant(session, tenant, for_update=True)
    row.open_on_holidays = is_open
    row.assumed = [name for name in row.assumed if name != "open_on_holidays"]
    await session.flush()


async def remove(session: AsyncSession, tenant: TenantId) -> None:
    """Remove a bakery and everything that belongs to it, for good."""
    await repository.delete_tenant(session, tenant)


async def load_bakeries(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, Bakery]:
    """The bakeries as planning sees them, in the order asked for. Three queries."""
    rows, closures, events = await repository.read_tenants(session, tenants)
    row_of = {row.id: row for row in rows}
    closed: dict[UUID, list[Closure]] = defaultdict(list)
    for closure in closures:
        closed[closure.tenant_id].append(closure)
    named: dict[UUID, list[CalendarEvent]] = defaultdict(list)
    for event in events:
        named[event.tenant_id].append(event)
    return {tenant: to_bakery(row_of[tenant], closed[tenant], named[tenant]) for tenant in tenants}


async def speech_of(session: AsyncSession, tenant: TenantId, language: str | None) -> Speech:
    """How to speak to the bakery's people: in the language asked for, or else its own. One
    query."""
    locale, currency = await repository.locale_of(session, tenant)
    return speech(language, locale, currency)


def to_bakery(row: Tenant, closures: Iterable[Closure], events: Iterable[CalendarEvent]) -> Bakery:
    """The rows as plain data."""
    return Bakery(
        id=row.id,
        name=row.name,
        time_zone=row.time_zone,
        country=row.country,
        subdivision=row.subdivision,
        locale=row.locale,
        currency=row.currency,
        opening_hours=tuple(_hours(day) for day in row.opening_hours),
        open_on_holidays=row.open_on_holidays,
        closures=tuple((closure.first_day, closure.last_day) for closure in closures),
        policy=to_policy(row.policy),
        assumed=tuple(row.assumed),
        events=tuple(map(to_event, events)),
        latitude=row.latitude,
        longitude=row.longitude,
        waits=_waits(row),
    )


def _waits(row: Tenant) -> Waits | None:
    if row.status != "active":
        return cast("Waits", row.status)
    return "demo" if row.is_demo else None


def to_event(row: CalendarEvent) -> Event:
    """The row as plain data."""
    return Event(cast("EventKind", row.kind), row.name, row.first_day, row.last_day, row.is_yearly)


def to_policy(stored: Mapping[str, Any]) -> Policy:
    """The policy; what is not stored has its default."""
    known = {field.name for field in fields(Policy)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if name in known
    }
    return Policy(**values)


def hours_row(hours: Sequence[Hours | None]) -> list[dict[str, str] | None]:
    """Opening hours as they are stored."""
    return [
        None if day is None else {name: f"{at:%H:%M}" for name, at in asdict(day).items()}
        for day in hours
    ]


def _hours(stored: Mapping[str, str] | None) -> Hours | None:
    if stored is None:
        return None
    return Hours(time.fromisoformat(stored["opens"]), time.fromisoformat(stored["closes"]))


def _row(tenant: TenantId, bakery: NewBakery) -> Tenant:
    assumed = [
        name for name in ("opening_hours", "open_on_holidays") if getattr(bakery, name) is None
    ]
    return Tenant(
        id=tenant,
        name=bakery.name,
        time_zone=bakery.time_zone,
        country=bakery.country,
        subdivision=bakery.subdivision,
        locale=bakery.locale,
        currency=bakery.currency,
        opening_hours=hours_row(bakery.opening_hours or USUAL_HOURS),
        open_on_holidays=bool(bakery.open_on_holidays),
        is_demo=bakery.is_demo,
        latitude=bakery.latitude,
        longitude=bakery.longitude,
        assumed=assumed,
    )


def _check_name(name: str) -> None:
    if not name_key(name) or len(name) > 200:
        raise Invalid(
            "Give the bakery a name of up to 200 letters.", [Fault("name", "1 to 200 letters")]
        )

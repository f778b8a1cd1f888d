"""Queries of the bakeries themselves."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import BindParameter, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.kit.db import table_of
from obrador.kit.pagination import PageRequest, Slice
from obrador.kit.queries import any_of, row_state, state_of
from obrador.tenants.models import CalendarEvent, Closure, Tenant


class Closures(ScopedRepository[Closure]):
    """Days on which a shop stays closed."""

    model = Closure


class CalendarEvents(ScopedRepository[CalendarEvent]):
    """Days that a bakery's calendar names."""

    model = CalendarEvent

    async def all(self) -> list[CalendarEvent]:
        """All of them, by day and name."""
        query = self.query().order_by(
            CalendarEvent.first_day, CalendarEvent.kind, CalendarEvent.name_key
        )
        return list(await self.session.scalars(query))


async def get_tenant(
    session: AsyncSession, tenant: TenantId, *, for_update: bool = False
) -> Tenant:
    """The bakery's row."""
    query = select(Tenant).where(Tenant.id == tenant)
    return (await session.scalars(query.with_for_update() if for_update else query)).one()


async def currency_of(session: AsyncSession, tenant: TenantId) -> str:
    """The bakery's currency, ISO 4217."""
    return (await session.scalars(select(Tenant.currency).where(Tenant.id == tenant))).one()


async def time_zone_of(session: AsyncSession, tenant: TenantId) -> str:
    """The bakery's time zone, IANA."""
    return (await session.scalars(select(Tenant.time_zone).where(Tenant.id == tenant))).one()


async def locale_of(session: AsyncSession, tenant: TenantId) -> tuple[str, str]:
    """The bakery's locale, and its currency (ISO 4217)."""
    query = select(Tenant.locale, Tenant.currency).where(Tenant.id == tenant)
    locale, currency = (await session.execute(query)).one()
    return locale, currency


def place_of(tenant: BindParameter[TenantId]) -> Select[str, str, str, int, Decimal]:
    """A query of one row: a bakery's time zone, locale and currency, and two numbers that are
    others after every change of its row and of its closures and events."""
    days = state_of(
        select(row_state(table_of(Closure))).where(Closure.tenant_id == tenant),
        select(row_state(table_of(CalendarEvent))).where(CalendarEvent.tenant_id == tenant),
    )
    return select(
        Tenant.time_zone,
        Tenant.locale,
        Tenant.currency,
        row_state(table_of(Tenant)).label("place_state"),
        days.scalar_subquery().label("days_state"),
    ).where(Tenant.id == tenant)


async def page_of_tenants(
    session: AsyncSession, visible: Select[TenantId], paging: PageRequest
) -> Slice[Tenant]:
    """A page of the bakeries whose ids the query gives, by id; `authz` makes such queries."""
    query = select(Tenant).where(Tenant.id.in_(visible)).order_by(Tenant.id)
    if paging.cursor is not None:
        query = query.where(Tenant.id > paging.cursor)
    rows = (await session.scalars(query.limit(paging.limit + 1))).all()
    return Slice.cut(rows, paging.limit, lambda row: row.id)


async def read_tenants(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> tuple[list[Tenant], list[Closure], list[CalendarEvent]]:
    """The bakeries' rows, the days on which they stay closed, and those that they name."""
    rows = await session.scalars(select(Tenant).where(Tenant.id == any_of(tenants)))
    closures = await session.scalars(
        select(Closure)
        .where(Closure.tenant_id == any_of(tenants))
        .order_by(Closure.tenant_id, Closure.first_day, Closure.id)
    )
    events = await session.scalars(
        select(CalendarEvent)
        .where(CalendarEvent.tenant_id == any_of(tenants))
        .order_by(CalendarEvent.tenant_id, CalendarEvent.first_day, CalendarEvent.id)
    )
    return list(rows), list(closures), list(events)


async def find_tenant(session: AsyncSession, tenant: TenantId) -> Tenant | None:
    """The bakery that a repeated request made before, if there is one."""
    return await session.get(Tenant, tenant)


async def delete_tenant(session: AsyncSession, tenant: TenantId) -> None:
    """The tenant; its rows in all tables go with it."""
    await session.execute(delete(Tenant).where(Tenant.id == tenant))

"""Queries of sales and firm orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from obrador.authz import TenantId
from obrador.authz.scoped import Rows, ScopedRepository
from obrador.kit.queries import any_of
from obrador.sales.models import CustomerOrder, CustomerOrderLine, DailySale, ImportMapping

_TRADING_TIMES = text("""
    select extract(isodow from d.business_date)::int - 1 as weekday,
        percentile_disc(0.1) within group (order by d.first_sale) as first_sale,
        percentile_disc(0.9) within group (order by d.last_sale) as last_sale
    from (
        select business_date, min((sold_at at time zone :zone)::time) as first_sale,
            max((sold_at at time zone :zone)::time) as last_sale
        from sale_lines
        where tenant_id = :tenant and business_date between :first and :last
            and sold_at > cast(:first as date) - 2
        group by business_date
    ) d
    group by weekday
""")


class Orders(ScopedRepository[CustomerOrder]):
    """Firm orders with their lines."""

    model = CustomerOrder

    def query(self) -> Select[CustomerOrder]:
        """The tenant's orders."""
        return super().query().options(selectinload(CustomerOrder.lines))


@dataclass(frozen=True, slots=True)
class SalesPlace:
    """A row of `daily_sales` of a tenant: where a page of them ends."""

    business_date: date
    product_id: UUID
    location: str


async def read_firm_orders(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> Rows:
    """Lines of orders due between two days that are not cancelled, by when they are due."""
    query: Select[*tuple[Any, ...]] = (
        select(
            CustomerOrder.tenant_id,
            CustomerOrder.due_date,
            CustomerOrder.due_time,
            CustomerOrder.in_forecast,
            CustomerOrderLine.product_id,
            CustomerOrderLine.quantity,
        )
        .join(
            CustomerOrderLine,
            (CustomerOrderLine.tenant_id == CustomerOrder.tenant_id)
            & (CustomerOrderLine.order_id == CustomerOrder.id),
        )
        .where(
            CustomerOrder.tenant_id == any_of(tenants),
            CustomerOrder.due_date.between(first, last),
            ~CustomerOrder.is_cancelled,
        )
        .order_by(
            CustomerOrder.tenant_id,
            CustomerOrder.due_date,
            CustomerOrder.due_time,
            CustomerOrder.id,
            CustomerOrderLine.product_id,
        )
    )
    return (await session.execute(query)).all()


async def last_sale_date(session: AsyncSession, tenant: TenantId) -> date | None:
    """The newest day with a record."""
    query = select(func.max(DailySale.business_date)).where(DailySale.tenant_id == tenant)
    return await session.scalar(query)


async def trading_times(
    session: AsyncSession, tenant: TenantId, time_zone: str, first: date, last: date
) -> dict[int, tuple[time, time]]:
    """When a weekday's first and last sales usually are: the times that nine days in ten lie
    within, of weekdays (0 is Monday) with lines of receipts. One query."""
    values = {"tenant": tenant, "zone": time_zone, "first": first, "last": last}
    rows = await session.execute(_TRADING_TIMES, values)
    return {row.weekday: (row.first_sale, row.last_sale) for row in rows}


async def daily_sales(
    session: AsyncSession,
    tenant: TenantId,
    first: date | None,
    last: date | None,
    product_id: UUID | None,
    after: SalesPlace | None,
    limit: int,
) -> Sequence[DailySale]:
    """Up to `limit` days' sales after a place, by date, product and location."""
    place = (DailySale.business_date, DailySale.product_id, DailySale.location)
    query = select(DailySale).where(DailySale.tenant_id == tenant).order_by(*place).limit(limit)
    if first:
        query = query.where(DailySale.business_date >= first)
    if last:
        query = query.where(DailySale.business_date <= last)
    if product_id:
        query = query.where(DailySale.product_id == product_id)
    if after:
        query = query.where(
            tuple_(*place) > tuple_(after.business_date, after.product_id, after.location)
        )
    return (await session.scalars(query)).all()


async def find_mapping(
    session: AsyncSession, tenant: TenantId, header: str
) -> ImportMapping | None:
    """What is remembered of files with this header."""
    return await session.get(ImportMapping, (tenant, header))

"""Queries of single days of many bakeries."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.sales.domain import SHARE_DAYS, DaySales, LocationSales

_READ = text("""
    select d.tenant_id, d.business_date, array_agg(d.product_id) as product_ids,
        array_agg(d.sold) as sold, array_agg(d.minute) as minutes,
        min(d.first_location) <> max(d.last_location) as has_locations
    from (
        select s.tenant_id, s.business_date, s.product_id,
            sum(s.quantity)::float8 as sold,
            max(extract(epoch from s.sold_out_at) / 60)::float8 as minute,
            min(s.location) as first_location, max(s.location) as last_location
        from daily_sales s
        join unnest(cast(:tenants as uuid[]), cast(:days as date[])) as k(tenant_id, business_date)
            using (tenant_id, business_date)
        group by s.tenant_id, s.business_date, s.product_id
    ) d
    group by d.tenant_id, d.business_date
""")
_LOCATIONS = text("""
    select d.tenant_id, d.business_date, d.location, array_agg(d.product_id) as product_ids,
        array_agg(d.sold) as sold, array_agg(d.before) as before
    from (
        select s.tenant_id, k.business_date, s.location, s.product_id,
            coalesce(sum(s.quantity) filter (where s.business_date = k.business_date), 0)::float8
                as sold,
            coalesce(sum(s.quantity) filter (where s.business_date < k.business_date), 0)::float8
                as before
        from unnest(cast(:tenants as uuid[]), cast(:days as date[])) as k(tenant_id, business_date)
        join daily_sales s on s.tenant_id = k.tenant_id
            and s.business_date between k.business_date - cast(:before as integer)
                and k.business_date
        group by s.tenant_id, k.business_date, s.location, s.product_id
    ) d
    group by d.tenant_id, d.business_date, d.location
    order by d.tenant_id, d.business_date, d.location
""")


async def read_days(
    session: AsyncSession, keys: Sequence[tuple[TenantId, date]]
) -> dict[tuple[UUID, date], DaySales]:
    """What bakeries sold on the days asked for; without those of which there is no record. One
    query."""
    values = {"tenants": [tenant for tenant, _ in keys], "days": [day for _, day in keys]}
    return {
        (row.tenant_id, row.business_date): DaySales(
            tuple(row.product_ids),
            np.array(row.sold, dtype=np.float64),
            np.array(row.minutes, dtype=np.float64),
            row.has_locations,
        )
        for row in await session.execute(_READ, values)
    }


async def read_locations(
    session: AsyncSession, keys: Sequence[tuple[TenantId, date]]
) -> dict[tuple[UUID, date], list[LocationSales]]:
    """What each location of bakeries sold on the days asked for, and in the days before, by name.
    One query."""
    values = {
        "tenants": [tenant for tenant, _ in keys],
        "days": [day for _, day in keys],
        "before": SHARE_DAYS,
    }
    found: dict[tuple[UUID, date], list[LocationSales]] = defaultdict(list)
    for row in await session.execute(_LOCATIONS, values):
        found[row.tenant_id, row.business_date].append(
            LocationSales(
                row.location,
                tuple(row.product_ids),
                np.array(row.sold, dtype=np.float64),
                np.array(row.before, dtype=np.float64),
            )
        )
    return found

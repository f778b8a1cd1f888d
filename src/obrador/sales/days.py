"""Queries of single days of many bakeries."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.sales.domain import DaySales

_READ = text("""
    select d.tenant_id, d.business_date, array_agg(d.product_id) as product_ids,
        array_agg(d.sold) as sold, array_agg(d.minute) as minutes
    from (
        select s.tenant_id, s.business_date, s.product_id,
            sum(s.quantity)::float8 as sold,
            max(extract(epoch from s.sold_out_at) / 60)::float8 as minute
        from daily_sales s
        join unnest(cast(:tenants as uuid[]), cast(:days as date[])) as k(tenant_id, business_date)
            using (tenant_id, business_date)
        group by s.tenant_id, s.business_date, s.product_id
    ) d
    group by d.tenant_id, d.business_date
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
        )
        for row in await session.execute(_READ, values)
    }

"""What products were sold at, for planning."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.sales.domain import PriceHistory

# As in `history`: 20 bytes for each day and location, in no order, big-endian.
_ROWS = text("""
    select tenant_id, product_id,
        string_agg(
            int4send(business_date - cast(:first as date)) || float8send(quantity::float8)
                || float8send(quantity::float8 * price_minor),
            ''::bytea
        ) as records
    from daily_sales
    where tenant_id = any(cast(:tenants as uuid[])) and business_date between :first and :last
        and price_minor > 0 and quantity > 0
    group by tenant_id, product_id order by tenant_id, product_id
""")
_RECORD = np.dtype([("day", ">i4"), ("sold", ">f8"), ("revenue", ">f8")])


async def load_prices(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, PriceHistory]:
    """Daily prices from `first` to `last`, of every product that has any there, by its id. One
    query."""
    values = {"tenants": list(tenants), "first": first, "last": last}
    found: dict[UUID, list[tuple[UUID, np.ndarray]]] = {tenant: [] for tenant in tenants}
    for row in await session.execute(_ROWS, values):
        found[row.tenant_id].append((row.product_id, np.frombuffer(row.records, _RECORD)))
    days = (last - first).days + 1
    return {tenant: _dense(found[tenant], first, days) for tenant in tenants}


def _dense(products: Sequence[tuple[UUID, np.ndarray]], first: date, days: int) -> PriceHistory:
    minor = np.full((len(products), days), np.nan)
    for place, (_, records) in enumerate(products):
        sold, revenue = (
            np.bincount(records["day"], records[name], days) for name in ("sold", "revenue")
        )
        known = sold > 0
        minor[place, known] = revenue[known] / sold[known]
    return PriceHistory(tuple(product_id for product_id, _ in products), first, minor)

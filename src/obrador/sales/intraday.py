"""When in the day products are sold, for planning."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId

_HOURS = 24
_FEWEST = 100
"""Units below which hours say little."""

# A day on which a product sold out lacks its late customers, and would move the profile forward.
_READ = text("""
    select l.tenant_id, l.product_id,
        extract(hour from l.sold_at at time zone k.time_zone)::int as hour,
        sum(l.quantity)::float8 as sold
    from sale_lines l
    join unnest(
        cast(:tenants as uuid[]), cast(:products as uuid[]), cast(:zones as text[]),
        cast(:firsts as date[]), cast(:lasts as date[])
    ) as k(tenant_id, product_id, time_zone, first, last)
        on k.tenant_id = l.tenant_id and k.product_id = l.product_id
        and l.sold_at between k.first - 1 and k.last + 2
        and l.business_date between k.first and k.last
    where l.quantity > 0 and not exists (
        select from daily_sales d
        where d.tenant_id = l.tenant_id and d.product_id = l.product_id
            and d.business_date = l.business_date and d.sold_out_at is not null
    )
    group by l.tenant_id, l.product_id, hour
""")


@dataclass(frozen=True)
class IntradayQuestion:
    """Whose hours are wanted, of which days."""

    time_zone: str
    products: Collection[UUID]
    first: date
    last: date


async def load_intraday(
    session: AsyncSession, questions: Mapping[TenantId, IntradayQuestion]
) -> dict[UUID, dict[UUID, tuple[float, ...]]]:
    """By bakery and product, the (24,) shares of what it sells by hour of the clock, from lines of
    receipts; without products that have sold too little there. One query, or none."""
    asked = [(tenant, each, q) for tenant, q in questions.items() for each in q.products]
    if not asked:
        return {}
    values = {
        "tenants": [tenant for tenant, _, _ in asked],
        "products": [product for _, product, _ in asked],
        "zones": [question.time_zone for _, _, question in asked],
        "firsts": [question.first for _, _, question in asked],
        "lasts": [question.last for _, _, question in asked],
    }
    sold: dict[UUID, dict[UUID, list[float]]] = {}
    for row in await session.execute(_READ, values):
        hours = sold.setdefault(row.tenant_id, {}).setdefault(row.product_id, [0.0] * _HOURS)
        hours[row.hour] = row.sold
    return {
        tenant: {
            product: tuple(round(units / sum(hours), 4) for units in hours)
            for product, hours in products.items()
            if sum(hours) >= _FEWEST
        }
        for tenant, products in sold.items()
    }

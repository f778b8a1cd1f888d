"""Orders that have not come by the day agreed: told once each."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.outbox import publish_all
from obrador.kit.queries import any_of
from obrador.procurement.events import OrderOverdue
from obrador.procurement.models import PurchaseOrderLine
from obrador.tenants.domain import Morning

_NOTE = text("""
    update purchase_orders o set overdue_since = k.day
    from unnest(cast(:tenants as uuid[]), cast(:days as date[])) as k(tenant_id, day)
    where o.tenant_id = k.tenant_id and o.status in ('sent', 'partially_received')
        and o.delivery_on < k.day and o.overdue_since is null
    returning o.tenant_id, o.id, o.number, o.supplier_id, o.delivery_on
""")


async def note_overdue(session: AsyncSession, mornings: Sequence[Morning]) -> dict[UUID, int]:
    """Tell of orders that were due before each morning and have not come, or not all of them; how
    many each bakery has that were not told before. However many bakeries: three statements."""
    tenants = [morning.tenant for morning in mornings]
    days = [morning.business_date for morning in mornings]
    found = (await session.execute(_NOTE, {"tenants": tenants, "days": days})).all()
    counts: dict[UUID, int] = dict.fromkeys(tenants, 0)
    if not found:
        return counts
    line = PurchaseOrderLine
    rest = line.packs * line.pack_size - line.received - line.cancelled
    rows = await session.execute(
        select(line.order_id, line.ingredient_id, rest.label("rest")).where(
            line.tenant_id == any_of({row.tenant_id for row in found}),
            line.order_id == any_of({row.id for row in found}),
            rest > 0,
        )
    )
    outstanding: dict[UUID, dict[str, float]] = defaultdict(dict)
    for row in rows:
        outstanding[row.order_id][str(row.ingredient_id)] = float(row.rest)
    for row in found:
        counts[row.tenant_id] += 1
    await publish_all(
        session,
        [
            OrderOverdue(
                tenant_id=row.tenant_id,
                order_id=str(row.id),
                number=row.number or "",
                supplier_id=str(row.supplier_id),
                delivery_on=row.delivery_on.isoformat(),
                outstanding=outstanding[row.id],
            )
            for row in found
        ],
    )
    return counts

"""Queries of what many bakeries ordered over some days."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.queries import any_of
from obrador.procurement.domain import Placed
from obrador.procurement.models import PurchaseOrder

_ORDERED = ("approved", "sent", "partially_received", "received")


async def placed(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, Placed]:
    """Orders to be placed from the first to the last day that somebody has approved. One query."""
    cost = func.sum(PurchaseOrder.goods_minor + PurchaseOrder.fee_minor)
    query = (
        select(PurchaseOrder.tenant_id, func.count(), cost)
        .where(
            PurchaseOrder.tenant_id == any_of(tenants),
            PurchaseOrder.status.in_(_ORDERED),
            PurchaseOrder.order_on.between(first, last),
        )
        .group_by(PurchaseOrder.tenant_id)
    )
    found: dict[UUID, Placed] = {
        tenant_id: Placed(count, int(minor))
        for tenant_id, count, minor in await session.execute(query)
    }
    return {tenant: found.get(tenant, Placed(0, 0)) for tenant in tenants}

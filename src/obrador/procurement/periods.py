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
from obrador.revisions import PlanKey

_ORDERED = ("approved", "sent", "partially_received", "received")


async def unsent(session: AsyncSession, keys: Sequence[PlanKey]) -> dict[TenantId, int]:
    """How many orders are approved, not sent, and have to be placed by the keys' days; bakeries
    without any are left out. One query."""
    last: dict[UUID, date] = {key.tenant: key.business_date for key in keys}
    query = (
        select(PurchaseOrder.tenant_id, PurchaseOrder.order_on, func.count())
        .where(
            PurchaseOrder.tenant_id == any_of(last),
            PurchaseOrder.status == "approved",
            PurchaseOrder.order_on <= max(last.values()),
        )
        .group_by(PurchaseOrder.tenant_id, PurchaseOrder.order_on)
    )
    found: dict[UUID, int] = {}
    for tenant_id, order_on, count in await session.execute(query):
        if order_on <= last[tenant_id]:
            found[tenant_id] = found.get(tenant_id, 0) + count
    return {key.tenant: found[key.tenant] for key in keys if key.tenant in found}


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

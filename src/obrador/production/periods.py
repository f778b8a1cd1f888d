"""Queries of what many bakeries made over some days."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Float, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.queries import any_of
from obrador.production.models import Batch, Schedule


async def planned(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, dict[UUID, float]]:
    """Good units of each product in the newest schedule of each day from the first to the last.
    One query."""
    newest = (
        select(Schedule.tenant_id, Schedule.id)
        .ext(distinct_on(Schedule.tenant_id, Schedule.business_date))
        .where(Schedule.tenant_id == any_of(tenants), Schedule.business_date.between(first, last))
        .order_by(Schedule.tenant_id, Schedule.business_date, Schedule.revision.desc())
        .subquery()
    )
    query = (
        select(
            Batch.tenant_id,
            Batch.product_id,
            func.sum(Batch.quantity).cast(Float).label("units"),
        )
        .join(
            newest,
            (Batch.tenant_id == newest.c.tenant_id) & (Batch.schedule_id == newest.c.id),
        )
        .where(Batch.product_id.is_not(None))
        .group_by(Batch.tenant_id, Batch.product_id)
    )
    found: dict[UUID, dict[UUID, float]] = {tenant: {} for tenant in tenants}
    for tenant_id, product_id, units in await session.execute(query):
        if product_id is not None:
            found[tenant_id][product_id] = units
    return {tenant: found[tenant] for tenant in tenants}


async def wasted(session: AsyncSession, tenant: TenantId, day: date) -> dict[UUID, float]:
    """Units of each product that the batches of a day's schedules gave and that were no good. One
    query."""
    query = (
        select(Batch.product_id, func.sum(Batch.wasted).cast(Float).label("units"))
        .join(
            Schedule,
            (Schedule.tenant_id == Batch.tenant_id) & (Schedule.id == Batch.schedule_id),
        )
        .where(
            Batch.tenant_id == tenant,
            Schedule.business_date == day,
            Batch.product_id.is_not(None),
            Batch.wasted > 0,
        )
        .group_by(Batch.product_id)
    )
    return {own: units for own, units in await session.execute(query) if own is not None}

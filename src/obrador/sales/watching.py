"""Whether sales up to a day have changed, for who keeps what was made from them.

A till sends the sales of today all day long, which change nothing that was made from the days
before. So the version that every change counts up says too much; the state here is another one only
after a change of a day that is watched, whoever changes it and how.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import BindParameter, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.sales.models import SalesFold


def watched(tenant: BindParameter[TenantId]) -> Select[date | None, UUID | None]:
    """A query of one row: `watched_until` and `watched_state` of a bakery's sales."""
    return select(SalesFold.watched_until, SalesFold.watched_state).where(
        SalesFold.tenant_id == tenant
    )


async def watch(session: AsyncSession, tenant: TenantId, last: date) -> UUID | None:
    """Watch the sales up to `last` from now on, if nobody does; their state. Read sales after it.

    Changes wait until the transaction ends, when the watch begins. Should it be rolled back, its
    state never comes again.
    """
    await session.execute(
        update(SalesFold)
        .where(
            SalesFold.tenant_id == tenant,
            or_(SalesFold.watched_until.is_(None), SalesFold.watched_until < last),
        )
        .values(watched_until=last, watched_state=func.gen_random_uuid())
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(
        select(SalesFold.watched_state).where(SalesFold.tenant_id == tenant)
    )

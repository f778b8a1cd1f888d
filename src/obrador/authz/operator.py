"""For who runs the machine: the command line and the scheduler, which need no one's permission.

Never call these on behalf of a request; `authz.access` is the door for those.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.repository import tenants
from obrador.authz.tenant import TenantId
from obrador.kit.queries import any_of


@dataclass(frozen=True, slots=True)
class KnownBakery:
    """A bakery of this database."""

    id: TenantId
    name: str
    is_demo: bool


async def bakeries(session: AsyncSession) -> list[KnownBakery]:
    """All bakeries that are not cancelled, by name."""
    query = (
        select(tenants.c.id, tenants.c.name, tenants.c.is_demo)
        .where(tenants.c.status != "cancelled")
        .order_by(tenants.c.name, tenants.c.id)
    )
    rows = await session.execute(query)
    return [KnownBakery(TenantId(row.id), row.name, row.is_demo) for row in rows]


async def names(session: AsyncSession, tenant_ids: Collection[UUID]) -> dict[UUID, str]:
    """What these bakeries are called."""
    query = select(tenants.c.id, tenants.c.name).where(tenants.c.id == any_of(tenant_ids))
    return dict((await session.execute(query)).all())


async def all_active(session: AsyncSession) -> list[TenantId]:
    """Every bakery whose mornings are planned, in a stable order."""
    query = select(tenants.c.id).where(tenants.c.status == "active").order_by(tenants.c.id)
    return [TenantId(tenant_id) for tenant_id in await session.scalars(query)]


def working_for(tenant_ids: Iterable[UUID]) -> list[TenantId]:
    """The bakeries whose runs a process was given to drive."""
    return [TenantId(tenant_id) for tenant_id in tenant_ids]

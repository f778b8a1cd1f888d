"""Queries of mornings, for whoever reads or plans them one by one."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import table_of
from obrador.kit.queries import row_state
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.models import CurrentReference, Run

PLANNED = ("completed", "partial_success")
"""How a run ends that has made a plan."""


async def latest(
    session: AsyncSession, keys: Sequence[tuple[TenantId, date]], statuses: Sequence[str] = ()
) -> dict[UUID, Run]:
    """The newest morning of each tenant for its date, of those with one of the statuses."""
    tenants, days = [tenant for tenant, _ in keys], [day for _, day in keys]
    wanted = select(
        func.unnest(cast(tenants, ARRAY(Uuid))).label("tenant_id"),
        func.unnest(cast(days, ARRAY(Date))).label("business_date"),
    ).subquery()
    query = (
        select(Run)
        .join(
            wanted,
            (Run.tenant_id == wanted.c.tenant_id) & (Run.business_date == wanted.c.business_date),
        )
        .where(Run.workflow == MORNING)
        .ext(distinct_on(Run.tenant_id))
        .order_by(Run.tenant_id, Run.revision.desc())
    )
    if statuses:
        query = query.where(Run.status.in_(statuses))
    return {run.tenant_id: run for run in await session.scalars(query)}


async def state(session: AsyncSession, tenant: TenantId, day: date) -> tuple[int, str] | None:
    """The newest revision of a day that is planned, and a text that changes with its run and with
    the bakery's reference data."""
    runs = table_of(Run)
    query = (
        select(runs.c.revision, row_state(runs), CurrentReference.version)
        .join(CurrentReference, CurrentReference.tenant_id == runs.c.tenant_id)
        .where(
            runs.c.tenant_id == tenant,
            runs.c.business_date == day,
            runs.c.workflow == MORNING,
            runs.c.status.in_(PLANNED),
        )
        .order_by(runs.c.revision.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row.revision, f"{row.state}:{row.version}")


async def claim(
    session: AsyncSession, mornings: Sequence[tuple[TenantId, date, int]], now: datetime, steps: int
) -> dict[TenantId, UUID]:
    """Begin mornings that nobody else has begun: id of each run. Whoever comes second waits for the
    first one's transaction, and gets nothing if it commits."""
    if not mornings:
        return {}
    rows = await session.execute(
        insert(Run)
        .values(
            [
                {
                    "tenant_id": tenant,
                    "business_date": day,
                    "workflow": MORNING,
                    "revision": revision,
                    "status": "running",
                    "created_at": now,
                    "started_at": now,
                    "steps_total": steps,
                }
                for tenant, day, revision in sorted(mornings)
            ]
        )
        .on_conflict_do_nothing()
        .returning(Run.tenant_id, Run.id)
    )
    ids = {row.tenant_id: row.id for row in rows}
    return {tenant: ids[tenant] for tenant, _, _ in mornings if tenant in ids}


async def last_date(session: AsyncSession, tenant: TenantId) -> date | None:
    """The latest day that is planned."""
    return await session.scalar(
        select(func.max(Run.business_date)).where(
            Run.tenant_id == tenant, Run.workflow == MORNING, Run.status.in_(PLANNED)
        )
    )

"""Queries of morning runs."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.orchestration.models import Run


async def lock_dates(session: AsyncSession, keys: Sequence[tuple[TenantId, date]]) -> None:
    """Keep others from planning the same dates until this transaction ends.

    In the order of their names, so that two who lock several cannot wait for each other.
    """
    names = sorted(f"{tenant}:{day}" for tenant, day in keys)
    await session.execute(
        text(
            "select pg_advisory_xact_lock(hashtextextended(name, 0))"
            " from unnest(cast(:names as text[])) as name"
        ),
        {"names": names},
    )


async def latest(session: AsyncSession, keys: Sequence[tuple[TenantId, date]]) -> dict[UUID, Run]:
    """The newest run of each tenant for its date, if there is one."""
    tenants, days = [tenant for tenant, _ in keys], [day for _, day in keys]
    wanted = select(
        func.unnest(cast(tenants, ARRAY(Uuid))).label("tenant_id"),
        func.unnest(cast(days, ARRAY(Date))).label("business_date"),
    ).subquery()
    rows = await session.scalars(
        select(Run)
        .join(
            wanted,
            (Run.tenant_id == wanted.c.tenant_id) & (Run.business_date == wanted.c.business_date),
        )
        .ext(distinct_on(Run.tenant_id))
        .order_by(Run.tenant_id, Run.revision.desc())
    )
    return {run.tenant_id: run for run in rows}


async def add(session: AsyncSession, runs: Sequence[dict[str, Any]]) -> None:
    """Store finished runs."""
    if runs:
        await session.execute(insert(Run), runs)


async def last_date(session: AsyncSession, tenant: TenantId) -> date | None:
    """The latest day that is planned."""
    return await session.scalar(select(func.max(Run.business_date)).where(Run.tenant_id == tenant))

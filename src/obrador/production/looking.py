"""How floors stand: what is behind its plan, what broken equipment hits, what batches gave."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import DateTime, Uuid

from obrador.authz import TenantId
from obrador.authz.scoped import by_tenant
from obrador.production.domain import FloorBatch, HitBatch, Outage, Outcome

_DAY = timedelta(days=1)
_DUE = """
    -- When it should be done, from when it really began.
    greatest(b.ends_at, coalesce(b.started_at, b.starts_at) + (b.ends_at - b.starts_at))
"""
_BEHIND = text(f"""
    select b.tenant_id, b.id, s.business_date, b.recipe_id, b.product_id,
        b.starts_at, {_DUE} as ends_at, b.ready_by, b.started_at, s.status as schedule_status
    from production_schedules s
    join production_batches b on b.tenant_id = s.tenant_id and b.schedule_id = s.id
    where s.status in ('approved', 'in_progress')
        and s.business_date between :first and :last and s.tenant_id = any(:tenants)
        and b.starts_at > :since
        and (b.status = 'planned' and b.starts_at < :before
            or b.status = 'in_progress' and {_DUE} < :before)
    order by b.tenant_id, b.starts_at, b.id
""").bindparams(bindparam("tenants", type_=ARRAY(Uuid)))  # noqa: S608  our own words
_HIT = text("""
    select b.tenant_id, b.id, s.id as schedule_id, s.business_date, b.recipe_id,
        o.equipment_id, min(begun.at + step.start * interval '1 minute') as needed_at
    from unnest(:tenants, :equipment, :since, :until)
        as o(tenant_id, equipment_id, since, until)
    join production_schedules s on s.tenant_id = o.tenant_id
        and s.status in ('draft', 'pending_approval', 'approved', 'in_progress')
        and s.business_date between :first and :last
    join production_batches b on b.tenant_id = s.tenant_id and b.schedule_id = s.id
        and b.status in ('planned', 'in_progress') and o.equipment_id = any(b.step_equipment)
    cross join lateral (select coalesce(b.started_at, b.starts_at)) as begun(at)
    cross join lateral unnest(b.step_starts, b.step_minutes, b.step_equipment)
        as step(start, minutes, equipment_id)
    where step.equipment_id = o.equipment_id
        and begun.at + step.start * interval '1 minute' < o.until
        and begun.at + (step.start + step.minutes) * interval '1 minute' > o.since
    group by b.tenant_id, b.id, s.id, s.business_date, b.recipe_id, o.equipment_id
    order by needed_at, b.id
""").bindparams(
    bindparam("tenants", type_=ARRAY(Uuid)),
    bindparam("equipment", type_=ARRAY(Uuid)),
    bindparam("since", type_=ARRAY(DateTime(timezone=True))),
    bindparam("until", type_=ARRAY(DateTime(timezone=True))),
)
_OUTCOMES = text("""
    select b.id, s.business_date, b.quantity, b.planned_yield, b.made, b.wasted
    from production_schedules s
    join production_batches b on b.tenant_id = s.tenant_id and b.schedule_id = s.id
    where s.tenant_id = :tenant and s.business_date between :first and :last
        and b.recipe_id = :recipe and b.status = 'completed'
    order by b.ended_at desc, b.id desc limit :count
""")


async def load_behind(
    session: AsyncSession, tenants: Sequence[TenantId], now: datetime, by: timedelta
) -> dict[TenantId, tuple[FloorBatch, ...]]:
    """Batches of the last 24 hours that should have been begun, or done, more than `by` ago and are
    not; of a schedule of which nothing is begun only the first, since that is one delay. `ends_at`
    is reckoned from when a batch really began. One query."""
    values = {
        "tenants": list(tenants),
        "first": now.date() - 2 * _DAY,
        "last": now.date() + 2 * _DAY,
        "since": now - _DAY,
        "before": now - by,
    }
    rows = (await session.execute(_BEHIND, values)).all()
    seen: set[tuple[UUID, date]] = set()
    told: list[Row[Any]] = []
    for row in rows:
        day = (row.tenant_id, row.business_date)
        if row.schedule_status == "in_progress" or day not in seen:
            told.append(row)
        seen.add(day)
    return by_tenant(tenants, told, _behind)


async def load_hit(
    session: AsyncSession,
    outages: Mapping[TenantId, Sequence[Outage]],
    first: date,
    last: date,
) -> dict[TenantId, tuple[HitBatch, ...]]:
    """Batches of these days' plans that need equipment while it is out of order, by when they need
    it. One query."""
    broken = [(tenant, each) for tenant, found in outages.items() for each in found]
    if not broken:
        return {}
    values = {
        "tenants": [tenant for tenant, _ in broken],
        "equipment": [each.equipment_id for _, each in broken],
        "since": [each.since for _, each in broken],
        "until": [each.until for _, each in broken],
        "first": first,
        "last": last,
    }
    return by_tenant(list(outages), (await session.execute(_HIT, values)).all(), _hit)


async def load_outcomes(
    session: AsyncSession, tenant: TenantId, recipe_id: UUID, first: date, last: date, count: int
) -> tuple[Outcome, ...]:
    """What the last completed batches of a recipe gave, in the plans of these days, newest first.
    One query."""
    values = {
        "tenant": tenant, "recipe": recipe_id, "first": first, "last": last, "count": count,
    }  # fmt: skip
    rows = await session.execute(_OUTCOMES, values)
    return tuple(
        Outcome(
            row.id,
            row.business_date,
            float(row.quantity),
            float(row.planned_yield),
            float(row.made),
            float(row.wasted),
        )
        for row in rows
    )


def _behind(row: Row[Any]) -> FloorBatch:
    return FloorBatch(
        row.id,
        row.business_date,
        row.recipe_id,
        row.product_id,
        row.starts_at,
        row.ends_at,
        row.ready_by,
        row.started_at,
    )


def _hit(row: Row[Any]) -> HitBatch:
    return HitBatch(
        row.id,
        row.schedule_id,
        row.business_date,
        row.recipe_id,
        row.equipment_id,
        row.needed_at,
    )

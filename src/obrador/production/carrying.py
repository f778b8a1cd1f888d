"""Batches that work has begun on, when their day is planned again: they pass on to the revision
that takes the place of theirs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Date, SmallInteger, Uuid

from obrador.authz import TenantId
from obrador.production import repository
from obrador.production.domain import Begun, ProductionPlan, StoredBatch, minute_at
from obrador.production.life import BEGUN
from obrador.revisions import PlanKey, repeated
from obrador.tenants.domain import Morning

_KEYS = """
    unnest(:tenants, :days, :revisions) as k(tenant_id, business_date, revision)
    join production_schedules s on s.tenant_id = k.tenant_id
        and s.business_date = k.business_date and s.revision < k.revision
"""
_FIND = text(f"""
    select s.tenant_id, s.id, s.business_date, s.revision from {_KEYS}
    where exists (
        select from production_batches b where b.tenant_id = s.tenant_id
            and b.schedule_id = s.id and b.status = any(:begun)
    )
    order by s.tenant_id, s.revision
""")  # noqa: S608  our own words
_LATE = text(f"""
    select b.tenant_id, b.id, b.recipe_id from {_KEYS}
    join production_batches b on b.tenant_id = s.tenant_id and b.schedule_id = s.id
        and b.status = any(:begun)
""")  # noqa: S608  our own words
_PASS_ON = text("""
    update production_batches b set schedule_id = n.id
    from unnest(:tenants, :days, :revisions) as k(tenant_id, business_date, revision)
    join production_schedules s on s.tenant_id = k.tenant_id
        and s.business_date = k.business_date and s.revision < k.revision
    join production_schedules n on n.tenant_id = k.tenant_id
        and n.business_date = k.business_date and n.revision = k.revision
    where b.tenant_id = s.tenant_id and b.schedule_id = s.id and b.status = any(:begun)
""")
_GIVE_BACK = text("""
    update production_batches b set schedule_id = w.replaces_id
    from production_schedules w
    where w.tenant_id = any(:tenants) and w.id = any(:ids) and w.replaces_id is not null
        and b.tenant_id = w.tenant_id and b.schedule_id = w.id and b.status = any(:begun)
""")
_TYPES = (
    bindparam("tenants", type_=ARRAY(Uuid)),
    bindparam("days", type_=ARRAY(Date)),
    bindparam("revisions", type_=ARRAY(SmallInteger)),
)


async def load_begun(
    session: AsyncSession, mornings: Sequence[Morning]
) -> dict[TenantId, tuple[Begun, ...]]:
    """What is begun of the mornings' days; nothing has to be looked for on an ordinary morning.

    Two queries and, for each schedule that is worked by, two more: few are planned again then.
    """
    by_day = {(m.tenant, m.business_date): m for m in mornings}
    found: dict[UUID, list[Begun]] = defaultdict(list)
    keys = repeated(mornings)
    rows = (await session.execute(_FIND.bindparams(*_TYPES), _values(keys))).all() if keys else ()
    for row in rows:
        morning = by_day[row.tenant_id, row.business_date]
        schedule = await repository.read_by_id(session, morning.tenant, row.id)
        if schedule is not None:
            found[morning.tenant] += [
                _begun(batch, morning) for batch in schedule.batches if batch.status in BEGUN
            ]
    return {
        morning.tenant: tuple(found[morning.tenant])
        for morning in mornings
        if found.get(morning.tenant)
    }


async def without_late_starts(
    session: AsyncSession, plans: Sequence[tuple[Morning, ProductionPlan]]
) -> list[tuple[Morning, ProductionPlan]]:
    """The plans without a batch of each recipe that was begun after what they were made from was
    read: it is made already. Their days' schedules are locked. One query."""
    keys = repeated([morning for morning, _ in plans])
    if not keys:
        return list(plans)
    rows = await session.execute(_LATE.bindparams(*_TYPES), _values(keys))
    begun: dict[UUID, list[Row[UUID, UUID, UUID]]] = defaultdict(list)
    for row in rows:
        begun[row.tenant_id].append(row)
    return [
        (morning, _without(plan, [(r.id, r.recipe_id) for r in begun.get(morning.tenant, ())]))
        for morning, plan in plans
    ]


async def pass_on(session: AsyncSession, keys: Sequence[PlanKey]) -> None:
    """Give batches that are begun to the keys' revisions of their day. One statement."""
    if keys := repeated(keys):
        await session.execute(_PASS_ON.bindparams(*_TYPES), _values(keys))


async def give_back(session: AsyncSession, withdrawn: Mapping[UUID, UUID]) -> None:
    """Give them back to the revisions that withdrawn ones, by tenant, were made in place of."""
    if withdrawn:
        values = {"tenants": list(withdrawn), "ids": list(withdrawn.values())}
        types = (bindparam("tenants", type_=ARRAY(Uuid)), bindparam("ids", type_=ARRAY(Uuid)))
        await session.execute(_GIVE_BACK.bindparams(*types), values | {"begun": list(BEGUN)})


def _values(keys: Sequence[PlanKey]) -> dict[str, object]:
    return {
        "tenants": [key.tenant for key in keys],
        "days": [key.business_date for key in keys],
        "revisions": [key.revision for key in keys],
        "begun": list(BEGUN),
    }


def _begun(batch: StoredBatch, morning: Morning) -> Begun:
    day, zone = morning.business_date, morning.bakery.time_zone
    start = minute_at(batch.started_at or batch.starts_at, day, zone)
    is_done = batch.status == "completed"
    made = batch.made if is_done and batch.made is not None else batch.good_units
    return Begun(
        id=batch.id,
        recipe_id=batch.recipe_id,
        product_id=batch.product_id,
        good_units=made,
        units=batch.units,
        steps=tuple(
            replace(step, start=step.start + start, end=step.end + start) for step in batch.steps
        ),
        ready_by=minute_at(batch.ready_by, day, zone),
        weight=batch.weight,
        reason=batch.reason,
        doughs=batch.doughs,
        is_done=is_done,
    )


def _without(plan: ProductionPlan, begun: Sequence[tuple[UUID, UUID]]) -> ProductionPlan:
    known = {one.id for one in plan.begun}
    scheduled, doughs = list(plan.schedule.scheduled), plan.doughs
    begun_doughs = plan.begun_doughs or ((),) * len(scheduled)
    dropped: set[int] = set()
    for own_id, recipe_id in begun:
        if own_id in known:
            continue
        alike = (
            number
            for number, one in enumerate(scheduled)
            if one.batch.recipe_id == recipe_id and number not in dropped
        )
        if (first := next(alike, None)) is not None:
            dropped.add(first)
    if not dropped:
        return plan
    kept = [number for number in range(len(scheduled)) if number not in dropped]
    place = {old: new for new, old in enumerate(kept)}
    return replace(
        plan,
        schedule=replace(plan.schedule, scheduled=tuple(scheduled[number] for number in kept)),
        doughs=tuple(tuple(place[d] for d in doughs[n] if d in place) for n in kept),
        begun_doughs=tuple(begun_doughs[number] for number in kept),
    )

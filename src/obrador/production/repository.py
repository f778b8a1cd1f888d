"""Every query on production schedules."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.domain import Shortage
from obrador.kit.db import copy_rows, table_of
from obrador.kit.ids import derived_id, numbered_id
from obrador.kit.pack import pack, unpack
from obrador.kit.queries import row_state, state_of
from obrador.plan_changes import STANDING
from obrador.production.domain import (
    BakeTarget,
    BatchReason,
    ProductionPlan,
    Remedy,
    ScheduledBatch,
    ScheduledStep,
    StoredBatch,
    StoredSchedule,
    StoredUnplaced,
    moment_at,
)
from obrador.production.models import Batch, Schedule
from obrador.tenants.domain import Morning

_SCHEDULES = table_of(Schedule)
_BATCHES = table_of(Batch)
_SCHEDULE_COLUMNS = ("tenant_id", "id", "business_date", "revision", "content")
_BATCH_COLUMNS = (
    "tenant_id", "id", "schedule_id", "recipe_id", "product_id", "quantity", "planned_yield",
    "starts_at", "ends_at", "ready_by", "late_minutes", "late_because", "step_kinds",
    "step_starts", "step_minutes", "step_equipment",
)  # fmt: skip
_PLACES = 3
"""Of quantities, as columns keep them."""


@dataclass(frozen=True)
class _Packed:
    """What is read with a schedule or not at all."""

    targets: tuple[BakeTarget, ...]
    unplaced: tuple[StoredUnplaced, ...]
    reasons: tuple[BatchReason, ...]
    """Of the batches, by the number in their ids; so are weights, and their doughs' numbers."""
    weights: tuple[float, ...] = ()
    doughs: tuple[tuple[int, ...], ...] = ()
    begun_doughs: tuple[tuple[UUID, ...], ...] = ()
    carried: tuple[tuple[UUID, BatchReason, float, tuple[UUID, ...]], ...] = ()
    """Batches of the revision before it that were begun: id, reason, weight, doughs."""
    remedies: tuple[Remedy, ...] = ()


class _Planned(NamedTuple):
    """What is packed of a batch."""

    reason: BatchReason
    weight: float
    doughs: tuple[UUID, ...]


def schedule_id(morning: Morning) -> UUID:
    """The id of the morning's schedule: planning a morning twice cannot make two."""
    return derived_id(
        "production_schedule", morning.tenant, morning.business_date, morning.revision
    )


async def save(session: AsyncSession, plans: Sequence[tuple[Morning, ProductionPlan]]) -> None:
    """Write the plans of many tenants: one COPY for each table."""
    await copy_rows(session, _SCHEDULES, _SCHEDULE_COLUMNS, map(_schedule_row, plans))
    await copy_rows(session, _BATCHES, _BATCH_COLUMNS, _batch_rows(plans))


async def read(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> StoredSchedule | None:
    """One morning's schedule, if there is one. Two queries."""
    return await _read(
        session,
        tenant,
        _SCHEDULES.c.business_date == business_date,
        _SCHEDULES.c.revision == revision,
    )


async def read_by_id(
    session: AsyncSession, tenant: TenantId, schedule: UUID
) -> StoredSchedule | None:
    """A schedule, if it is there. Two queries."""
    return await _read(session, tenant, _SCHEDULES.c.id == schedule)


async def _read(
    session: AsyncSession, tenant: TenantId, *which: ColumnElement[bool]
) -> StoredSchedule | None:
    found = await session.execute(
        select(_SCHEDULES).where(_SCHEDULES.c.tenant_id == tenant, *which)
    )
    schedule = found.one_or_none()
    if schedule is None:
        return None
    batches = await session.execute(
        select(_BATCHES)
        .where(_BATCHES.c.tenant_id == tenant, _BATCHES.c.schedule_id == schedule.id)
        .order_by(_BATCHES.c.starts_at, _BATCHES.c.id)
    )
    packed = unpack(schedule.content, _Packed)
    planned = dict(_planned(schedule.id, packed))
    return StoredSchedule(
        id=schedule.id,
        business_date=schedule.business_date,
        revision=schedule.revision,
        status=schedule.status,
        version=schedule.version,
        made_at=schedule.made_at,
        targets=packed.targets,
        batches=tuple(_batch(row, planned.get(row.id) or _unplanned(row)) for row in batches),
        unplaced=packed.unplaced,
        remedies=packed.remedies,
        replaces_id=schedule.replaces_id,
    )


async def read_between(
    session: AsyncSession, tenant: TenantId, since: datetime, until: datetime
) -> list[StoredBatch]:
    """Batches of schedules that stand with any work between two moments, without their reasons.
    One query."""
    rows = await session.execute(
        select(_BATCHES)
        .join(
            _SCHEDULES,
            and_(
                _SCHEDULES.c.tenant_id == _BATCHES.c.tenant_id,
                _SCHEDULES.c.id == _BATCHES.c.schedule_id,
            ),
        )
        .where(
            _SCHEDULES.c.tenant_id == tenant,
            # Work for a day lies between the evening before and the end of the day after.
            _SCHEDULES.c.business_date.between(
                since.date() - timedelta(days=2), until.date() + timedelta(days=1)
            ),
            _SCHEDULES.c.status.in_(STANDING),
            _BATCHES.c.starts_at < until,
            _BATCHES.c.ends_at > since,
        )
    )
    return [_batch(row, _unplanned(row)) for row in rows]


async def state(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Decimal:
    """A number that changes with the schedule and its batches, see `kit.queries.row_state`."""
    schedule = and_(
        _SCHEDULES.c.tenant_id == tenant,
        _SCHEDULES.c.business_date == business_date,
        _SCHEDULES.c.revision == revision,
    )
    own_id = select(_SCHEDULES.c.id).where(schedule).scalar_subquery()
    query = state_of(
        select(row_state(_SCHEDULES)).where(schedule),
        select(row_state(_BATCHES)).where(
            _BATCHES.c.tenant_id == tenant, _BATCHES.c.schedule_id == own_id
        ),
    )
    return (await session.execute(query)).scalar_one()


def _schedule_row(plan: tuple[Morning, ProductionPlan]) -> tuple[Any, ...]:
    morning, production = plan
    packed = _Packed(
        targets=production.targets,
        unplaced=tuple(
            StoredUnplaced(
                one.batch.recipe_id, one.batch.product_id, one.batch.good_units, one.because
            )
            for one in production.schedule.unplaced
        ),
        reasons=tuple(one.batch.reason for one in production.schedule.scheduled),
        weights=tuple(one.batch.weight for one in production.schedule.scheduled),
        doughs=production.doughs,
        begun_doughs=production.begun_doughs,
        carried=tuple((b.id, b.reason, b.weight, b.doughs) for b in production.begun),
        remedies=production.schedule.remedies,
    )
    return (
        morning.tenant, schedule_id(morning), morning.business_date, morning.revision,
        pack(packed),
    )  # fmt: skip


def _batch_rows(plans: Iterable[tuple[Morning, ProductionPlan]]) -> Iterator[tuple[Any, ...]]:
    for morning, production in plans:
        schedule = schedule_id(morning)
        midnight = moment_at(0, morning.business_date, morning.bakery.time_zone)
        for number, batch in enumerate(production.schedule.scheduled):
            own_id = numbered_id(schedule, number)
            yield _batch_row(morning.tenant, schedule, own_id, midnight, batch)


def _batch_row(
    tenant: TenantId, schedule: UUID, batch_id: UUID, midnight: datetime, scheduled: ScheduledBatch
) -> tuple[Any, ...]:
    batch, steps = scheduled.batch, scheduled.steps
    start, end, due = (
        midnight + timedelta(minutes=minute)
        for minute in (steps[0].start, steps[-1].end, batch.ready_by)
    )
    return (
        tenant, batch_id, schedule, batch.recipe_id, batch.product_id,
        round(batch.good_units, _PLACES), round(batch.units, _PLACES), start, end, due,
        scheduled.late_minutes, scheduled.late_because,
        [step.kind for step in steps],
        [step.start - steps[0].start for step in steps],
        [step.end - step.start for step in steps],
        [step.equipment_id for step in steps],
    )  # fmt: skip


def _planned(schedule: UUID, packed: _Packed) -> Iterator[tuple[UUID, _Planned]]:
    """What is packed of each batch, by its id."""
    count = len(packed.reasons)
    weights = packed.weights or (1.0,) * count  # of schedules from before these were kept
    doughs = packed.doughs or ((),) * count
    begun = packed.begun_doughs or ((),) * count
    for own_id, reason, weight, before in packed.carried:
        yield own_id, _Planned(reason, weight, before)
    for number, (reason, weight, own, others) in enumerate(
        zip(packed.reasons, weights, doughs, begun, strict=True)
    ):
        ids = (*(numbered_id(schedule, dough) for dough in own), *others)
        yield numbered_id(schedule, number), _Planned(reason, weight, ids)


def _unplanned(row: Row[Any]) -> _Planned:
    """Of a batch that was begun while its day was planned again."""
    wasted = float(row.planned_yield - row.quantity)
    return _Planned(BatchReason(float(row.quantity), wasted, "none", 1, 1), 1.0, ())


def _batch(row: Row[Any], planned: _Planned) -> StoredBatch:
    steps = zip(row.step_kinds, row.step_starts, row.step_minutes, row.step_equipment, strict=True)
    return StoredBatch(
        id=row.id,
        recipe_id=row.recipe_id,
        product_id=row.product_id,
        good_units=float(row.quantity),
        units=float(row.planned_yield),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ready_by=row.ready_by,
        steps=tuple(
            ScheduledStep(kind, start, start + minutes, equipment)
            for kind, start, minutes, equipment in steps
        ),
        status=row.status,
        reason=planned.reason,
        late_minutes=row.late_minutes,
        late_because=row.late_because,
        weight=planned.weight,
        doughs=planned.doughs,
        is_pinned=row.is_pinned,
        started_at=row.started_at,
        ended_at=row.ended_at,
        made=None if row.made is None else float(row.made),
        wasted=None if row.wasted is None else float(row.wasted),
        note=row.note,
        shortages=tuple(Shortage(**each) for each in row.shortages),
    )

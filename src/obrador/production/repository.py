"""Every query on production schedules."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import copy_rows, table_of
from obrador.kit.ids import derived_id
from obrador.production.domain import (
    BakeTarget,
    BatchReason,
    ProductionPlan,
    QuantityReason,
    ScheduledBatch,
    ScheduledStep,
    StoredBatch,
    StoredSchedule,
    StoredUnplaced,
    moment_at,
)
from obrador.production.models import BakeTarget as TargetRow
from obrador.production.models import Batch, Schedule
from obrador.revisions import supersede
from obrador.tenants.domain import Morning

_SCHEDULES = table_of(Schedule)
_TARGETS = table_of(TargetRow)
_BATCHES = table_of(Batch)
_SCHEDULE_COLUMNS = ("tenant_id", "id", "business_date", "revision", "unplaced")
_TARGET_COLUMNS = ("tenant_id", "schedule_id", "product_id", "quantity", "reason")
_BATCH_COLUMNS = (
    "tenant_id", "id", "schedule_id", "recipe_id", "product_id", "quantity", "planned_yield",
    "starts_at", "ends_at", "ready_by", "late_minutes", "late_because", "step_kinds",
    "step_starts", "step_minutes", "step_equipment", "reason",
)  # fmt: skip


def schedule_id(morning: Morning) -> UUID:
    """The id of the morning's schedule: planning a morning twice cannot make two."""
    return derived_id(
        "production_schedule", morning.tenant, morning.business_date, morning.revision
    )


async def save(session: AsyncSession, plans: Sequence[tuple[Morning, ProductionPlan]]) -> None:
    """Write the plans of many tenants: one COPY for each table. Earlier revisions of the same
    dates are superseded."""
    await supersede(session, Schedule, [morning for morning, _ in plans])
    await copy_rows(session, _SCHEDULES, _SCHEDULE_COLUMNS, map(_schedule_row, plans))
    await copy_rows(session, _TARGETS, _TARGET_COLUMNS, _target_rows(plans))
    await copy_rows(session, _BATCHES, _BATCH_COLUMNS, _batch_rows(plans))


async def read(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> StoredSchedule | None:
    """One morning's schedule, if there is one. Three queries."""
    found = await session.execute(
        select(_SCHEDULES).where(
            _SCHEDULES.c.tenant_id == tenant,
            _SCHEDULES.c.business_date == business_date,
            _SCHEDULES.c.revision == revision,
        )
    )
    schedule = found.one_or_none()
    if schedule is None:
        return None
    targets = await session.execute(
        select(_TARGETS)
        .where(_TARGETS.c.tenant_id == tenant, _TARGETS.c.schedule_id == schedule.id)
        .order_by(_TARGETS.c.product_id)
    )
    batches = await session.execute(
        select(_BATCHES)
        .where(_BATCHES.c.tenant_id == tenant, _BATCHES.c.schedule_id == schedule.id)
        .order_by(_BATCHES.c.starts_at, _BATCHES.c.id)
    )
    return StoredSchedule(
        id=schedule.id,
        business_date=schedule.business_date,
        revision=schedule.revision,
        status=schedule.status,
        version=schedule.version,
        made_at=schedule.made_at,
        targets=tuple(map(_target, targets)),
        batches=tuple(map(_batch, batches)),
        unplaced=tuple(map(_unplaced, schedule.unplaced)),
    )


def _schedule_row(plan: tuple[Morning, ProductionPlan]) -> tuple[Any, ...]:
    morning, production = plan
    unplaced = [
        {
            "recipe_id": str(one.batch.recipe_id),
            "product_id": one.batch.product_id and str(one.batch.product_id),
            "good_units": one.batch.good_units,
            "because": one.because,
        }
        for one in production.schedule.unplaced
    ]
    return (
        morning.tenant, schedule_id(morning), morning.business_date, morning.revision,
        Jsonb(unplaced),
    )  # fmt: skip


def _target_rows(plans: Iterable[tuple[Morning, ProductionPlan]]) -> Iterator[tuple[Any, ...]]:
    for morning, production in plans:
        schedule = schedule_id(morning)
        for target in production.targets:
            reason = Jsonb(asdict(target.reason))
            yield morning.tenant, schedule, target.product_id, _decimal(target.quantity), reason


def _batch_rows(plans: Iterable[tuple[Morning, ProductionPlan]]) -> Iterator[tuple[Any, ...]]:
    for morning, production in plans:
        schedule = schedule_id(morning)
        for number, batch in enumerate(production.schedule.scheduled):
            yield _batch_row(morning, schedule, derived_id(schedule, number), batch)


def _batch_row(
    morning: Morning, schedule: UUID, batch_id: UUID, scheduled: ScheduledBatch
) -> tuple[Any, ...]:
    batch, steps = scheduled.batch, scheduled.steps
    start, end, due = (
        moment_at(minute, morning.business_date, morning.bakery.time_zone)
        for minute in (steps[0].start, steps[-1].end, batch.ready_by)
    )
    return (
        morning.tenant, batch_id, schedule, batch.recipe_id, batch.product_id,
        _decimal(batch.good_units), _decimal(batch.units), start, end, due,
        scheduled.late_minutes, scheduled.late_because,
        [step.kind for step in steps],
        [step.start - steps[0].start for step in steps],
        [step.end - step.start for step in steps],
        [step.equipment_id for step in steps],
        Jsonb(asdict(batch.reason)),
    )  # fmt: skip


def _decimal(quantity: float) -> Decimal:
    """As columns of quantities keep it."""
    return Decimal(str(round(quantity, 3)))


def _target(row: Row[Any]) -> BakeTarget:
    reason = row.reason | {"bound_by": tuple(row.reason["bound_by"])}
    return BakeTarget(row.product_id, float(row.quantity), QuantityReason(**reason))


def _batch(row: Row[Any]) -> StoredBatch:
    steps = zip(row.step_kinds, row.step_starts, row.step_minutes, row.step_equipment, strict=True)
    reason = row.reason | {"for_products": tuple(row.reason["for_products"])}
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
        reason=BatchReason(**reason),
        late_minutes=row.late_minutes,
        late_because=row.late_because,
    )


def _unplaced(stored: dict[str, Any]) -> StoredUnplaced:
    product_id = stored["product_id"]
    return StoredUnplaced(
        recipe_id=UUID(stored["recipe_id"]),
        product_id=UUID(product_id) if product_id else None,
        good_units=stored["good_units"],
        because=stored["because"],
    )

"""A day's production as people read it: on the picture, in the list, on the baking sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogues
from obrador.catalogue.domain import Catalogue, StepKind
from obrador.inventory import service as inventory
from obrador.inventory.domain import Ingredient
from obrador.kit.errors import NotFound
from obrador.kit.i18n import Speech
from obrador.orchestration import explain, repository
from obrador.orchestration.snapshots import reference_of
from obrador.production import service as production
from obrador.production.domain import StoredBatch, StoredSchedule
from obrador.production.sheet import (
    Job,
    Sheet,
    ShiftSheet,
    Station,
    StationSheet,
    Weighed,
    minutes_late,
    numbered,
    planned_steps,
    sheet_of,
    trays_of,
)
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery

__all__ = [
    "Job",
    "ProductionDay",
    "Sheet",
    "ShiftSheet",
    "Station",
    "StationSheet",
    "Timeline",
    "TimelineBatch",
    "TimelineMachine",
    "TimelineStep",
    "Weighed",
    "local",
    "names_of",
    "numbered",
    "production_day_of",
    "read_production_day",
    "sheet_of_day",
    "timeline_of",
]  # fmt: skip


@dataclass(frozen=True)
class ProductionDay:
    """The newest schedule of a day and what it is read with."""

    bakery: Bakery
    schedule: StoredSchedule
    catalogue: Catalogue
    ingredients: Mapping[UUID, Ingredient]


@dataclass(frozen=True, slots=True)
class TimelineMachine:
    """`count` machines of one kind that are alike, each with `capacity`."""

    id: UUID
    name: str
    kind: str
    count: int
    capacity: float
    changeover_minutes: int


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """A step of a batch, in local time."""

    kind: StepKind
    name: str
    starts_at: datetime
    ends_at: datetime
    machine_id: UUID | None
    machine: str | None
    takes: float
    """Of the machine's capacity, in its unit; 0 where that is not known."""
    trays: int | None
    temperature: int | None


@dataclass(frozen=True, slots=True)
class TimelineBatch:
    """A batch, in local time."""

    number: int
    """By start, as on the baking sheet."""
    name: str
    unit: str
    quantity: float
    """To make, waste included."""
    is_dough: bool
    is_done: bool
    for_next_day: bool
    starts_at: datetime
    ends_at: datetime
    ready_by: datetime
    evening_before: bool
    late_minutes: int
    late_because: str
    """In words; empty if it is not late."""
    why: str
    steps: tuple[TimelineStep, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole day. Batches by start."""

    bakery: str
    day: date
    revision: int
    status: str
    time_zone: str
    machines: tuple[TimelineMachine, ...]
    batches: tuple[TimelineBatch, ...]
    unplaced: tuple[str, ...]
    """What cannot be made, a sentence each."""
    remedies: tuple[str, ...] = ()
    """What would help where something is late, as it was planned; the best first."""


async def read_production_day(
    session: AsyncSession, tenant: TenantId, day: date, bakery: Bakery | None = None
) -> ProductionDay | None:
    """The newest schedule of a day, or None if there is none."""
    run = (await repository.latest(session, [(tenant, day)], repository.PLANNED)).get(tenant)
    if run is None:
        return None
    try:
        schedule = await production.read_schedule(session, tenant, day, run.revision)
    except NotFound:  # a morning whose step was left out
        return None
    return await production_day_of(session, tenant, schedule, bakery)


async def production_day_of(
    session: AsyncSession,
    tenant: TenantId,
    schedule: StoredSchedule,
    bakery: Bakery | None = None,
) -> ProductionDay:
    """A schedule with what it is read with."""
    if bakery is None:
        bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    catalogue = (await catalogues.load_catalogues(session, [tenant]))[tenant]
    ingredients = {i.id: i for i in (await inventory.load_ingredients(session, [tenant]))[tenant]}
    if not catalogue.recipes.keys() >= {batch.recipe_id for batch in schedule.batches}:
        taken = await reference_of(session, tenant, schedule.business_date, schedule.revision)
        if taken is not None:
            catalogue = taken.completing(catalogue)
            ingredients = {each.id: each for each in taken.ingredients} | ingredients
    return ProductionDay(bakery, schedule, catalogue, ingredients)


def sheet_of_day(known: ProductionDay) -> Sheet:
    """Its baking sheet."""
    return sheet_of(known.schedule, known.catalogue, known.ingredients, known.bakery)


def timeline_of(say: Speech, known: ProductionDay) -> Timeline:
    """Its batches, with reasons in the reader's language."""
    schedule = known.schedule
    names = names_of(known.catalogue)
    machines = {machine.id: machine.name for machine in known.catalogue.equipment}
    return Timeline(
        bakery=known.bakery.name,
        day=schedule.business_date,
        revision=schedule.revision,
        status=schedule.status,
        time_zone=known.bakery.time_zone,
        machines=tuple(
            TimelineMachine(m.id, m.name, m.kind, m.count, m.capacity, m.changeover_minutes)
            for m in known.catalogue.equipment
        ),
        batches=tuple(
            _batch(say, known, names, machines, number, batch)
            for number, batch in numbered(schedule)
        ),
        unplaced=tuple(
            say.phrase(
                "{recipe} cannot be made: {because}.",
                recipe=names.get(str(one.product_id)) or names.get(str(one.recipe_id), "?"),
                because=explain.because(say, one.because),
            )
            for one in schedule.unplaced
        ),
        remedies=tuple(
            production.remedy_words(say, r.kind, r.amount, r.equipment_kind, r.late_batches)
            for r in schedule.remedies
        ),
    )


def local(moment: datetime, time_zone: str) -> datetime:
    """The moment as clocks show it, with a fixed offset: Python compares and subtracts two times of
    one zone as wall clocks, which is wrong on the night that these change."""
    there = moment.astimezone(ZoneInfo(time_zone))
    return there.replace(tzinfo=_fixed(there.utcoffset() or timedelta()))


@cache
def _fixed(offset: timedelta) -> timezone:
    """One object for an offset: times that share it are compared without asking it."""
    return timezone(offset)


def names_of(catalogue: Catalogue) -> dict[str, str]:
    """What its products and recipes are called, by id."""
    named = {str(recipe.id): recipe.name for recipe in catalogue.recipes.values()}
    return named | {str(product.id): product.name for product in catalogue.products}


def _batch(
    say: Speech,
    known: ProductionDay,
    names: Mapping[str, str],
    machines: Mapping[UUID, str],
    number: int,
    batch: StoredBatch,
) -> TimelineBatch:
    recipe = known.catalogue.recipes.get(batch.recipe_id)
    unit = recipe.unit if recipe else "piece"
    time_zone = known.bakery.time_zone
    start = local(batch.starts_at, time_zone)
    late = minutes_late(batch)
    because = explain.because(say, batch.late_because) if late and batch.late_because else ""
    return TimelineBatch(
        number=number,
        name=names.get(str(batch.product_id)) or names.get(str(batch.recipe_id), "?"),
        unit=unit,
        quantity=batch.units,
        is_dough=batch.product_id is None,
        is_done=batch.status == "completed",
        for_next_day=batch.reason.for_next_day,
        starts_at=start,
        ends_at=local(batch.ends_at, time_zone),
        ready_by=local(batch.ready_by, time_zone),
        evening_before=start.date() < known.schedule.business_date,
        late_minutes=late,
        late_because=because,
        why=explain.batch(say, batch.reason, names, unit),
        steps=_steps(say, known, machines, batch),
    )


def _steps(
    say: Speech, known: ProductionDay, machines: Mapping[UUID, str], batch: StoredBatch
) -> tuple[TimelineStep, ...]:
    def at(minute: int) -> datetime:
        return local(batch.starts_at + timedelta(minutes=minute), known.bakery.time_zone)

    recipe = known.catalogue.recipes.get(batch.recipe_id)
    return tuple(
        TimelineStep(
            kind=step.kind,
            name=explain.term(say, step.kind),
            starts_at=at(step.start),
            ends_at=at(step.end),
            machine_id=step.equipment_id,
            machine=machines.get(step.equipment_id) if step.equipment_id else None,
            takes=planned.capacity_per_unit * batch.units if planned else 0.0,
            trays=trays_of(planned, batch.units),
            temperature=planned.temperature if planned else None,
        )
        for step, planned in zip(batch.steps, planned_steps(batch, recipe), strict=True)
    )

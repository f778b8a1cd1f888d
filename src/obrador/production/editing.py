"""Edits of a schedule by a person: re-checked at once, with what follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.noted import kept_nothing
from obrador.catalogue import service as catalogues
from obrador.inventory import service as inventory
from obrador.kit.errors import Conflict as Refused
from obrador.kit.errors import Fault, Invalid
from obrador.kit.outbox import publish
from obrador.kit.states import WrongState
from obrador.plan_changes import Who, check_version, note_change
from obrador.production import showing
from obrador.production.board import Board, Edit, board_of, edited
from obrador.production.consequences import Consequences, consequences
from obrador.production.domain import (
    FIRST_MINUTE,
    LAST_MINUTE,
    ScheduledBatch,
    ScheduledStep,
    StoredBatch,
    StoredSchedule,
    minute_at,
    moment_at,
)
from obrador.production.events import ScheduleEdited
from obrador.production.lists import Batches, Schedules
from obrador.production.models import Batch, Schedule
from obrador.sales import service as sales
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery

EDITABLE = ("draft", "pending_approval", "approved", "in_progress")
_PLACES = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class BatchEdit:
    """What a person wants of a batch; None: as it is."""

    batch_id: UUID
    good_units: Decimal | None
    starts_at: datetime | None


@dataclass(frozen=True)
class Checked:
    """What follows from a timetable."""

    consequences: Consequences
    batch_ids: tuple[UUID, ...]
    """That its conflicts count in."""
    midnight: datetime
    """That their minutes count from."""


@dataclass(frozen=True)
class Edited:
    """A schedule as it is, or would be, after an edit."""

    schedule: StoredSchedule
    checked: Checked
    is_saved: bool


async def edit(
    session: AsyncSession,
    tenant: TenantId,
    schedule_id: UUID,
    version: int | None,
    by: Who,
    wanted: Sequence[BatchEdit],
    *,
    reason: str = "",
    dry_run: bool = False,
) -> Edited:
    """Change quantities and starts of batches. What is edited stays where it is put; others move
    out of its way as little as they can, unless they are begun or were put there by a person.
    Nothing is refused for what it leads to: that is told, and for the person to judge.

    Raises:
        NotFound, VersionMissing, VersionChanged: of the schedule.
        WrongState: it is over, or a batch is begun.
        Invalid: a batch is not of the schedule, or its time not of the day.
    """
    row = await Schedules(session, tenant).lock(schedule_id)
    if version is not None or not dry_run:
        check_version(version, row.version)
    if row.status not in EDITABLE:
        raise WrongState(
            "The schedule is {status}: there is nothing to edit any more.", status=row.status
        )
    schedule = await showing.read_schedule(session, tenant, schedule_id)
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    catalogue = (await catalogues.load_catalogues(session, [tenant]))[tenant]
    before = board_of(schedule, catalogue, bakery)
    after = edited(before, _edits(schedule, before, bakery, wanted))
    checked = await _checked(session, tenant, schedule, before, after, bakery)
    told = checked.consequences
    chosen = {each.batch_id for each in wanted}
    if dry_run:
        kept_nothing(session)
    else:
        await _save(session, tenant, row, before, after, chosen, bakery)
        _tell(session, tenant, row, by, reason, chosen, told)
    shown = _as_edited(schedule, before, after, chosen, bakery)
    return Edited(replace(shown, version=row.version), checked, not dry_run)


async def check(session: AsyncSession, tenant: TenantId, schedule_id: UUID) -> Checked:
    """What follows from a schedule as it is, with machines, people, stock and orders as they are
    now.

    Raises:
        NotFound: it is not there.
    """
    schedule = await showing.read_schedule(session, tenant, schedule_id)
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    catalogue = (await catalogues.load_catalogues(session, [tenant]))[tenant]
    board = board_of(schedule, catalogue, bakery)
    return await _checked(session, tenant, schedule, board, board, bakery)


async def _checked(
    session: AsyncSession,
    tenant: TenantId,
    schedule: StoredSchedule,
    before: Board,
    after: Board,
    bakery: Bakery,
) -> Checked:
    day = schedule.business_date
    told = consequences(
        schedule,
        before,
        after,
        bakery,
        (await inventory.load_lots(session, [tenant]))[tenant],
        (await sales.load_firm_orders(session, [tenant], day, day))[tenant],
    )
    return Checked(told, after.ids, moment_at(0, day, bakery.time_zone))


def _edits(
    schedule: StoredSchedule, board: Board, bakery: Bakery, wanted: Sequence[BatchEdit]
) -> list[Edit]:
    stored = {batch.id: batch for batch in schedule.batches}
    edits = []
    for number, each in enumerate(wanted):
        where = f"batches.{number}"
        batch = stored.get(each.batch_id)
        if batch is None:
            raise Invalid(
                "{batch_id} is no batch of this schedule.",
                [Fault(f"{where}.id", "is not in this schedule")],
                batch_id=each.batch_id,
            )
        if batch.status != "planned":
            raise WrongState(
                "The batch {batch} is {status}: only what is not begun can be edited.",
                batch=batch.id,
                status=batch.status,
            )
        if batch.recipe_id not in board.recipes:
            raise Refused(f"The recipe of batch {batch.id} is gone, so it cannot be edited.")
        good_units = None if each.good_units is None else float(each.good_units)
        edits.append(Edit(batch.id, good_units, _minute(schedule, bakery, batch, each, where)))
    return edits


def _minute(
    schedule: StoredSchedule, bakery: Bakery, batch: StoredBatch, wanted: BatchEdit, where: str
) -> int | None:
    """The minute of the day at which the batch is to start."""
    if wanted.starts_at is None:
        return None
    day, zone = schedule.business_date, bakery.time_zone
    minute = minute_at(wanted.starts_at, day, zone)
    length = (batch.ends_at - batch.starts_at) // timedelta(minutes=1)
    if not FIRST_MINUTE <= minute <= LAST_MINUTE - length:
        first, last = (moment_at(m, day, zone) for m in (FIRST_MINUTE, LAST_MINUTE - length))
        raise Invalid(
            "Work for {day} lies between {first:%Y-%m-%dT%H:%MZ} and {last:%Y-%m-%dT%H:%MZ}.",
            [
                Fault(
                    f"{where}.starts_at",
                    "is not between {first} and {last}",
                    first=first.isoformat(),
                    last=last.isoformat(),
                )
            ],
            day=day,
            first=first,
            last=last,
        )
    return minute


async def _save(
    session: AsyncSession,
    tenant: TenantId,
    row: Schedule,
    before: Board,
    after: Board,
    chosen: set[UUID],
    bakery: Bakery,
) -> None:
    """Keep what has changed. A batch that is begun never has."""
    rows = {each.id: each for each in await Batches(session, tenant).of_schedule(row.id)}
    midnight = moment_at(0, row.business_date, bakery.time_zone)
    for own_id, old, new in zip(after.ids, before.batches, after.batches, strict=True):
        if own_id in chosen or new.steps != old.steps:
            _put_down(rows[own_id], new, midnight)
        rows[own_id].is_pinned |= own_id in chosen
    row.version += 1


def _put_down(row: Batch, one: ScheduledBatch, midnight: datetime) -> None:
    start = one.steps[0].start
    row.quantity = Decimal(str(one.batch.good_units)).quantize(_PLACES)
    row.planned_yield = Decimal(str(one.batch.units)).quantize(_PLACES)
    row.starts_at = midnight + timedelta(minutes=start)
    row.ends_at = midnight + timedelta(minutes=one.steps[-1].end)
    row.late_minutes, row.late_because = one.late_minutes, one.late_because
    row.step_starts = [step.start - start for step in one.steps]
    row.step_minutes = [step.end - step.start for step in one.steps]
    row.step_equipment = [step.equipment_id for step in one.steps]


def _tell(
    session: AsyncSession,
    tenant: TenantId,
    row: Schedule,
    by: Who,
    reason: str,
    chosen: set[UUID],
    told: Consequences,
) -> None:
    edited_ids = sorted(map(str, chosen))
    moved = sorted(str(each.batch_id) for each in told.moved if each.batch_id not in chosen)
    note_change(
        session,
        tenant,
        row.id,
        by,
        version=row.version,
        before=row.status,
        after=row.status,
        reason=reason,
        facts={"edited": edited_ids, "moved": moved},
    )
    publish(
        session,
        ScheduleEdited(
            tenant_id=tenant,
            schedule_id=str(row.id),
            business_date=row.business_date.isoformat(),
            revision=row.revision,
            edited_by=by.name,
            batch_ids=edited_ids,
            moved_batch_ids=moved,
            late_batches=len(told.late),
            conflicts=len(told.conflicts),
        ),
    )


def _as_edited(
    schedule: StoredSchedule, before: Board, after: Board, chosen: set[UUID], bakery: Bakery
) -> StoredSchedule:
    """The schedule with what has changed on the board."""
    midnight = moment_at(0, schedule.business_date, bakery.time_zone)
    changed = {
        own_id: new
        for own_id, old, new in zip(after.ids, before.batches, after.batches, strict=True)
        if own_id in chosen or new.steps != old.steps
    }
    batches = [
        _as_stored(batch, changed[batch.id], midnight, batch.is_pinned or batch.id in chosen)
        if batch.id in changed
        else batch
        for batch in schedule.batches
    ]
    return replace(
        schedule, batches=tuple(sorted(batches, key=lambda batch: (batch.starts_at, batch.id)))
    )


def _as_stored(
    batch: StoredBatch, one: ScheduledBatch, midnight: datetime, is_pinned: bool
) -> StoredBatch:
    start = one.steps[0].start
    return replace(
        batch,
        good_units=one.batch.good_units,
        units=one.batch.units,
        starts_at=midnight + timedelta(minutes=start),
        ends_at=midnight + timedelta(minutes=one.steps[-1].end),
        steps=tuple(
            ScheduledStep(s.kind, s.start - start, s.end - start, s.equipment_id) for s in one.steps
        ),
        late_minutes=one.late_minutes,
        late_because=one.late_because,
        is_pinned=is_pinned,
    )

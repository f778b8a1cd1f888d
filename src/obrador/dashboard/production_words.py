"""A day's production as those read it who work by it: what each batch is up to, what has changed,
and what may be done."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from obrador.dashboard.forms import entered, entered_units
from obrador.dashboard.order_words import status_words
from obrador.dashboard.production_past import PastWords, change_words, past_words
from obrador.dashboard.visiting import Visit
from obrador.kit.ids import derived_id
from obrador.orchestration import reports
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.production_day import (
    ProductionDay,
    Timeline,
    TimelineBatch,
    numbered,
    read_production_day,
    timeline_of,
)
from obrador.orchestration.progress import UNFINISHED
from obrador.plan_changes import changes_of
from obrador.production import service as production
from obrador.production import showing
from obrador.production.domain import FloorBatch, StoredBatch, StoredSchedule
from obrador.production.editing import EDITABLE
from obrador.production.life import BATCH_STATES, SCHEDULE_STATES

_WORKED_BY = ("approved", "in_progress")
"""Schedules whose batches can be started."""


@dataclass(frozen=True, slots=True)
class BatchWords:
    """A batch of the list: what was planned, how far it is, and what can be done with it."""

    line: TimelineBatch
    id: UUID
    posting_id: UUID
    """Of what is posted when it ends, the same however often that is sent."""
    status: str
    unit: str
    """That quantities of it are entered in, as `planned`."""
    planned: str
    """Good units."""
    behind: str
    """By how much it is behind its plan now; empty: it is not."""
    outcome: str
    """What came of it; empty: it is still to come."""
    note: str
    may_start: bool
    may_complete: bool
    may_cancel: bool

    @property
    def label(self) -> str:
        """What it is called: its number and its name."""
        return f"{self.line.number} {self.line.name}"


@dataclass(frozen=True, slots=True)
class DayWords:
    """A day's schedule."""

    id: UUID
    version: int
    status: str
    status_words: str
    seen: Timeline
    schedule: StoredSchedule
    known: ProductionDay
    batches: tuple[BatchWords, ...]
    changes: tuple[str, ...] | None
    """Against the revision that it replaces; None: it replaces none."""
    history: tuple[PastWords, ...]
    may_be_approved: bool
    may_be_rejected: bool
    may_be_edited: bool
    may_be_planned_again: bool
    is_being_planned_again: bool

    @property
    def done(self) -> int:
        """Batches that are done."""
        return sum(batch.status == "completed" for batch in self.batches)

    @property
    def next(self) -> BatchWords | None:
        """The first batch to be started or completed by somebody who may."""
        return next((each for each in self.batches if each.may_start or each.may_complete), None)

    @property
    def in_hand(self) -> int:
        """Batches that are being made."""
        return sum(batch.status == "in_progress" for batch in self.batches)

    @property
    def behind(self) -> int:
        """Batches that are behind their plan."""
        return sum(bool(batch.behind) for batch in self.batches)


async def load_day(visit: Visit, day: date) -> DayWords | None:
    """The newest schedule of a day, or None if it is not planned. A constant number of queries."""
    known = await read_production_day(visit.session, visit.tenant, day, visit.bakery)
    if known is None:
        return None
    session, tenant, say, schedule = visit.session, visit.tenant, visit.say, known.schedule
    seen = timeline_of(say, known)
    before = None
    if schedule.replaces_id is not None:
        before = await showing.read_schedule(session, tenant, schedule.replaces_id)
    run = await reports.run_of(session, tenant, day, MORNING)
    may_decide = visit.may_bake and day >= visit.today
    return DayWords(
        id=schedule.id,
        version=schedule.version,
        status=schedule.status,
        status_words=status_words(say, schedule.status),
        seen=seen,
        schedule=schedule,
        known=known,
        batches=await _batches(visit, known, seen),
        changes=None if before is None else tuple(change_words(say, known, before)),
        history=past_words(visit, seen, schedule, await changes_of(session, tenant, schedule.id)),
        may_be_approved=may_decide and SCHEDULE_STATES.may(schedule.status, "approved"),
        may_be_rejected=may_decide and SCHEDULE_STATES.may(schedule.status, "rejected"),
        may_be_edited=may_decide
        and schedule.status in EDITABLE
        and any(batch.status == "planned" for batch in schedule.batches),
        may_be_planned_again=may_decide,
        is_being_planned_again=run is not None and run.status in UNFINISHED,
    )


async def _batches(visit: Visit, known: ProductionDay, seen: Timeline) -> tuple[BatchWords, ...]:
    grace = timedelta(minutes=visit.bakery.policy.delay_minutes)
    found = await production.load_behind(visit.session, [visit.tenant], visit.now, grace)
    behind = {each.id: each for each in found[visit.tenant]}
    pairs = zip(seen.batches, numbered(known.schedule), strict=True)
    return tuple(
        _batch(visit, known.schedule.status, line, batch, behind.get(batch.id))
        for line, (_, batch) in pairs
    )


def _batch(
    visit: Visit, schedule: str, line: TimelineBatch, batch: StoredBatch, behind: FloorBatch | None
) -> BatchWords:
    is_worked_by = visit.may_bake and schedule in _WORKED_BY
    may = BATCH_STATES.may
    return BatchWords(
        line=line,
        id=batch.id,
        posting_id=derived_id("page", batch.id),
        status=batch.status,
        unit=entered_units(line.unit)[0],
        planned=planned_quantity(batch, line.unit),
        behind=_behind(visit, behind) if behind else "",
        outcome=_outcome(visit, line, batch),
        note=batch.note,
        may_start=is_worked_by and may(batch.status, "in_progress"),
        may_complete=visit.may_bake and may(batch.status, "completed"),
        may_cancel=is_worked_by and may(batch.status, "cancelled"),
    )


def planned_quantity(batch: StoredBatch, unit: str) -> str:
    """Its good units, as a field of a form shows them; of pieces whole ones."""
    digits = 0 if unit == "piece" else 3
    return entered(Decimal(str(round(batch.good_units, digits))), unit)


def _behind(visit: Visit, batch: FloorBatch) -> str:
    say = visit.say
    if batch.started_at is None:
        time = say.clock(visit.local(batch.starts_at))
        return say.phrase("should have begun at {time}", time=time)
    return say.phrase("should be done since {time}", time=say.clock(visit.local(batch.ends_at)))


def _outcome(visit: Visit, line: TimelineBatch, batch: StoredBatch) -> str:
    say = visit.say
    if batch.status == "completed" and batch.ended_at is not None:
        made = say.phrase(
            "done at {time}: {made} good",
            time=say.clock(visit.local(batch.ended_at)),
            made=say.quantity(batch.made or 0.0, line.unit),
        )
        if not batch.wasted:
            return made
        return f"{made}, " + say.phrase("{n} wasted", n=say.quantity(batch.wasted, line.unit))
    if batch.started_at is not None:
        return say.phrase("begun at {time}", time=say.clock(visit.local(batch.started_at)))
    return ""

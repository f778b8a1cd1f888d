"""What the API takes and gives of production schedules and batches."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from obrador.kit.schemas import Fields, Moment, PositiveQuantity, Quantity, Text
from obrador.plan_changes import Change
from obrador.production.conflicts import ConflictKind
from obrador.production.consequences import Consequences, Late, LateOrder, Moved, Short
from obrador.production.domain import (
    BakeTarget,
    BatchReason,
    Remedy,
    StoredBatch,
    StoredSchedule,
    StoredUnplaced,
)
from obrador.production.models import Batch
from obrador.production.workload import DayLoad, Load

ScheduleStatus = Literal[
    "draft",
    "pending_approval",
    "approved",
    "in_progress",
    "completed",
    "rejected",
    "superseded",
    "archived",
]
BatchStatus = Literal["planned", "in_progress", "completed", "cancelled"]


Reason = Annotated[Text, StringConstraints(min_length=1, max_length=500)]


class StartInput(Fields):
    """When a batch was begun."""

    started_at: Moment | None = Field(None, description="Without it, now.")


class CompleteInput(Fields):
    """What a batch gave."""

    made: Quantity | None = Field(
        None, description="Good units, in the recipe's unit; without it, as planned."
    )
    wasted: Quantity = Field(Decimal(0), description="Units that are no good.")
    note: Annotated[Text, StringConstraints(max_length=500)] = ""
    ended_at: Moment | None = Field(None, description="Without it, now.")


class CancelInput(Fields):
    """Why a batch is not made."""

    reason: Reason


class BatchChange(Fields):
    """What is to be different about a batch; nothing: it is only to stay where it is."""

    id: UUID
    quantity: PositiveQuantity | None = Field(
        None,
        description="Good units. Steps take as long as that takes; the batch is ready when it was,"
        " if that can be.",
    )
    starts_at: Moment | None = Field(
        None, description="The batch is put there with all its steps, and does not move by itself."
    )


class ScheduleChanges(Fields):
    """Edits of a schedule."""

    batches: Annotated[list[BatchChange], Field(min_length=1, max_length=200)]
    reason: Annotated[Text, StringConstraints(max_length=500)] = ""
    dry_run: bool = Field(False, description="Only tell what would follow.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({each.id for each in self.batches}) < len(self.batches):
            raise ValueError("a batch is named twice")
        return self


class RejectInput(Fields):
    """Why a schedule is turned down."""

    reason: Reason = Field(
        description="One that says that the data is out of date (`stale`, `outdated`, `old data`,"
        " `datos antiguos`, `desactualizado`, `obsoleto`, and the bakery's own words, see its"
        " policy) has the day planned again at once."
    )


class BatchCounts(BaseModel):
    """How far a schedule is."""

    planned: int = 0
    in_progress: int = 0
    completed: int = 0
    cancelled: int = 0
    late: int = Field(0, description="Planned to be ready later than they should.")


class ScheduleSummary(BaseModel):
    """A schedule in a list."""

    id: UUID
    business_date: date
    revision: int = Field(description="How often the date has been planned again.")
    status: ScheduleStatus
    version: int = Field(description="Also its `ETag`: send it as `If-Match` to change it.")
    made_at: datetime
    replaces_id: UUID | None = Field(description="The revision that it was made in place of.")
    batch_counts: BatchCounts


class StepOutput(BaseModel):
    """A step of a batch."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    equipment_id: UUID | None


class ShortageOutput(BaseModel):
    """What was used although stock did not hold it."""

    item_id: UUID = Field(description="An ingredient, or the recipe of a dough.")
    quantity: float


class BatchOutput(BaseModel):
    """A batch in a list."""

    id: UUID
    schedule_id: UUID
    business_date: date
    recipe_id: UUID
    product_id: UUID | None = Field(description="Null: a dough or filling.")
    status: BatchStatus
    quantity: float = Field(description="Good units expected, in the recipe's unit.")
    planned_yield: float = Field(description="Units made, waste included.")
    starts_at: datetime
    ends_at: datetime
    ready_by: datetime
    late_minutes: int
    late_because: str | None = Field(description="`equipment:<kind>`, `people` or `time`.")
    is_pinned: bool = Field(description="A person has given it its time.")
    started_at: datetime | None = Field(description="When it really was begun.")
    ended_at: datetime | None = Field(description="When it really was completed or cancelled.")
    made: float | None = Field(description="Good units that it really gave.")
    wasted: float | None
    note: str
    shortages: list[ShortageOutput]


class BatchDetail(BatchOutput):
    """A batch with its steps, and why it has its size."""

    steps: list[StepOutput]
    doughs: list[UUID] = Field(description="Batches that must end before it starts.")
    reason: BatchReason

    @classmethod
    def of(cls, schedule: StoredSchedule, batch: StoredBatch) -> Self:
        """A stored batch of a schedule."""
        return cls(**batch_values(batch), schedule_id=schedule.id, **_day(schedule))


class ChangeOutput(BaseModel):
    """Something that became of a schedule, or of one of its batches."""

    batch_id: UUID | None = Field(description="Null: the schedule itself changed.")
    version: int
    from_status: str
    to_status: str = Field(description="The same as before: quantities or times were edited.")
    at: datetime
    by: str = Field(description="`system`: Obrador itself; empty: the person at its machine.")
    reason: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, change: Change) -> Self:
        """A stored change."""
        return cls(
            batch_id=change.part_id,
            version=change.version,
            from_status=change.from_status,
            to_status=change.to_status,
            at=change.at,
            by=change.by,
            reason=change.reason,
            facts=dict(change.facts),
        )


class ScheduleOutput(ScheduleSummary):
    """A day's production: how much is wanted and why, what is made when, and what became of it."""

    targets: list[BakeTarget]
    batches: list[BatchDetail] = Field(description="By their start.")
    unplaced: list[StoredUnplaced] = Field(description="What cannot be made, and why.")
    remedies: list[Remedy] = Field(
        description="Where something is late: what would help, the best first, as it was planned."
    )
    history: list[ChangeOutput]

    @classmethod
    def of(cls, schedule: StoredSchedule, history: Iterable[Change]) -> Self:
        """A stored schedule with what became of it."""
        return cls(
            **summary_values(schedule),
            targets=list(schedule.targets),
            batches=[BatchDetail.of(schedule, batch) for batch in schedule.batches],
            unplaced=list(schedule.unplaced),
            remedies=list(schedule.remedies),
            history=[ChangeOutput.of(change) for change in history],
        )


class ConflictOutput(BaseModel):
    """A rule that the timetable breaks."""

    kind: ConflictKind
    batch_id: UUID
    step: int = Field(description="Its place among the batch's steps, from 0.")
    at: datetime
    in_the_way: list[UUID] = Field(description="Other batches.")
    facts: dict[str, Any]


class ConsequencesOutput(BaseModel):
    """What follows from a timetable."""

    late: list[Late] = Field(description="Batches that will be ready too late.")
    conflicts: list[ConflictOutput]
    moved: list[Moved] = Field(description="Batches that start at another time than before.")
    short: list[Short] = Field(
        description="Ingredients and doughs of which there is less than is needed."
    )
    late_orders: list[LateOrder] = Field(
        description="Firm orders of which not all is there in time."
    )

    @classmethod
    def of(cls, told: Consequences, batch_ids: Sequence[UUID], midnight: datetime) -> Self:
        """Consequences for the batches that have these ids, in minutes after midnight."""
        return cls(
            late=list(told.late),
            conflicts=[
                ConflictOutput(
                    kind=each.kind,
                    batch_id=batch_ids[each.batch],
                    step=each.step,
                    at=midnight + timedelta(minutes=each.minute),
                    in_the_way=[batch_ids[other] for other in each.others],
                    facts=dict(each.facts),
                )
                for each in told.conflicts
            ],
            moved=list(told.moved),
            short=list(told.short),
            late_orders=list(told.late_orders),
        )


class EditOutput(BaseModel):
    """A schedule as it is, or with `dry_run` would be, and what follows from it."""

    is_saved: bool
    schedule: ScheduleOutput
    consequences: ConsequencesOutput


class LoadOutput(BaseModel):
    """Of people, or of one kind of equipment."""

    available: float = Field(description="Minutes × capacity (trays, kg; or people).")
    used: float
    utilisation: float | None = Field(description="Null: nothing is available.")

    @classmethod
    def of(cls, load: Load) -> Self:
        """A load with its share."""
        return cls(available=load.available, used=load.used, utilisation=load.utilisation)


class DayCapacity(BaseModel):
    """A calendar day."""

    date: date
    equipment: dict[str, LoadOutput] = Field(description="By kind.")
    people: LoadOutput


class CapacityOutput(BaseModel):
    """How much of machines and people the standing schedules take."""

    days: list[DayCapacity]

    @classmethod
    def of(cls, loads: Iterable[DayLoad]) -> Self:
        """The days' loads."""
        return cls(
            days=[
                DayCapacity(
                    date=each.day,
                    equipment={kind: LoadOutput.of(one) for kind, one in each.equipment.items()},
                    people=LoadOutput.of(each.people),
                )
                for each in loads
            ]
        )


def summary_values(schedule: StoredSchedule) -> dict[str, Any]:
    """What a list shows of a schedule."""
    counts = Counter(batch.status for batch in schedule.batches)
    late = sum(1 for batch in schedule.batches if batch.late_minutes and batch.status == "planned")
    return {
        "id": schedule.id,
        "revision": schedule.revision,
        "status": schedule.status,
        "version": schedule.version,
        "made_at": schedule.made_at,
        "replaces_id": schedule.replaces_id,
        "batch_counts": BatchCounts(**counts, late=late),
        **_day(schedule),
    }


def batch_values(batch: StoredBatch) -> dict[str, Any]:
    """What the API shows of a batch."""
    return {
        "id": batch.id,
        "recipe_id": batch.recipe_id,
        "product_id": batch.product_id,
        "status": batch.status,
        "quantity": batch.good_units,
        "planned_yield": batch.units,
        "starts_at": batch.starts_at,
        "ends_at": batch.ends_at,
        "ready_by": batch.ready_by,
        "late_minutes": batch.late_minutes,
        "late_because": batch.late_because,
        "is_pinned": batch.is_pinned,
        "started_at": batch.started_at,
        "ended_at": batch.ended_at,
        "made": batch.made,
        "wasted": batch.wasted,
        "note": batch.note,
        "shortages": [
            ShortageOutput(item_id=UUID(each.item_id), quantity=each.quantity)
            for each in batch.shortages
        ],
        "steps": [
            StepOutput(
                kind=step.kind,
                starts_at=batch.starts_at + timedelta(minutes=step.start),
                ends_at=batch.starts_at + timedelta(minutes=step.end),
                equipment_id=step.equipment_id,
            )
            for step in batch.steps
        ],
        "doughs": list(batch.doughs),
        "reason": batch.reason,
    }


def _day(schedule: StoredSchedule) -> dict[str, Any]:
    return {"business_date": schedule.business_date}


def batch_columns(row: Batch) -> dict[str, Any]:
    """What a list shows of a batch's row, but for its day."""
    same = (
        "id", "schedule_id", "recipe_id", "product_id", "status", "planned_yield", "quantity",
        "starts_at", "ends_at", "ready_by", "late_minutes", "late_because", "is_pinned",
        "started_at", "ended_at", "made", "wasted", "note", "shortages",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same}

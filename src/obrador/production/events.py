"""What other contexts may hear of production."""

from dataclasses import dataclass
from typing import ClassVar

from obrador.kit.outbox import Event


@dataclass(frozen=True)
class ScheduleCreated(Event):
    """A production schedule was drafted."""

    routing_key: ClassVar[str] = "production.schedule.created"

    schedule_id: str
    business_date: str
    """ISO date."""
    revision: int


@dataclass(frozen=True)
class ScheduleStatusChanged(Event):
    """A production schedule has passed from one state into another, by whomever."""

    routing_key: ClassVar[str] = "production.schedule.status_changed"

    schedule_id: str
    business_date: str
    """ISO date."""
    revision: int
    from_status: str
    to_status: str
    changed_by: str
    """Name of a person or program; `system`: Obrador itself; empty: the person at its machine."""
    reason: str


@dataclass(frozen=True)
class ScheduleApproved(Event):
    """A production schedule was approved: the day is made by it."""

    routing_key: ClassVar[str] = "production.schedule.approved"

    schedule_id: str
    business_date: str
    """ISO date."""
    revision: int
    approved_by: str
    batches: int
    late_batches: int


@dataclass(frozen=True)
class ScheduleRejected(Event):
    """A production schedule was turned down."""

    routing_key: ClassVar[str] = "production.schedule.rejected"

    schedule_id: str
    business_date: str
    """ISO date."""
    revision: int
    rejected_by: str
    reason: str
    says_stale: bool
    """The reason says that the data was out of date."""
    regenerates: bool
    """The day is planned again at once, because of that."""


@dataclass(frozen=True)
class ScheduleEdited(Event):
    """Somebody changed quantities or times of a production schedule."""

    routing_key: ClassVar[str] = "production.schedule.edited"

    schedule_id: str
    business_date: str
    """ISO date."""
    revision: int
    edited_by: str
    batch_ids: list[str]
    """What was edited."""
    moved_batch_ids: list[str]
    """What moved to make room."""
    late_batches: int
    conflicts: int
    """Rules that the timetable now breaks."""


@dataclass(frozen=True)
class BatchStarted(Event):
    """Work on a batch has begun."""

    routing_key: ClassVar[str] = "production.batch.started"

    batch_id: str
    schedule_id: str
    business_date: str
    """ISO date."""
    recipe_id: str
    product_id: str | None
    quantity: float
    """Good units that it should give."""
    planned_start: str
    started_at: str
    """ISO 8601, UTC, as `planned_start`."""
    started_by: str


@dataclass(frozen=True)
class BatchCompleted(Event):
    """A batch is done; stock was moved in the same transaction."""

    routing_key: ClassVar[str] = "production.batch.completed"

    batch_id: str
    schedule_id: str
    business_date: str
    """ISO date."""
    recipe_id: str
    product_id: str | None
    planned: float
    """Good units that it should have given."""
    made: float
    """Good units that it gave."""
    wasted: float
    unit: str
    ready_by: str
    completed_at: str
    """ISO 8601, UTC, as `ready_by`."""
    completed_by: str
    shortages: dict[str, float]
    """By id of an ingredient or of a dough's recipe, how much was used that stock did not hold, in
    base units: it has to be counted."""


@dataclass(frozen=True)
class BatchCancelled(Event):
    """A batch will not be made, or was given up."""

    routing_key: ClassVar[str] = "production.batch.cancelled"

    batch_id: str
    schedule_id: str
    business_date: str
    """ISO date."""
    recipe_id: str
    product_id: str | None
    quantity: float
    """Good units that will be missing."""
    was_started: bool
    cancelled_by: str
    reason: str

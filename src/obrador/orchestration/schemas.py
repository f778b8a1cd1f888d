"""What the API takes and gives of workflows, executions and runs."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from obrador.kit.pagination import Page
from obrador.kit.schemas import Day, Fields, Text
from obrador.orchestration.definitions import OnFailure, Scope, Type

RunStatus = Literal["pending", "running", "completed", "partial_success", "failed", "cancelled"]
ExecutionStatus = RunStatus | Literal["missed"]
Seconds = Annotated[int, Field(ge=1, le=604_800)]
Cron = Annotated[Text, StringConstraints(min_length=1, max_length=100)]


class StepInput(Fields):
    """A step of a workflow."""

    stage: Annotated[Text, StringConstraints(min_length=1, max_length=40)]
    on_failure: OnFailure = Field("fail", description="What happens once retries are exhausted.")
    timeout_seconds: Seconds | None = Field(None, description="Of one bakery.")
    max_retries: Annotated[int, Field(ge=0, le=10)] = 3
    retry_delay_seconds: Annotated[float, Field(gt=0, le=86_400)] = Field(
        300, description="Before the first retry; doubles with each."
    )


class WorkflowFields(Fields):
    """What is done, when, in which steps."""

    description: Annotated[Text, StringConstraints(max_length=1000)] = ""
    type: Type
    cron: Cron | None = Field(None, description="In each bakery's own time; null: on demand only.")
    steps: Annotated[list[StepInput], Field(min_length=1, max_length=30)]
    grace_seconds: Annotated[int, Field(ge=0, le=604_800)] = Field(
        300, description="A firing missed for longer is recorded, and not caught up."
    )
    max_duration_seconds: Seconds | None = None
    tenant_timeout_seconds: Seconds | None = None


class WorkflowInput(WorkflowFields):
    """A new workflow."""

    name: Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,59}$")]


class _Changeable(WorkflowFields, partial=True):
    """What of a workflow may change: all but its name."""


class WorkflowChanges(_Changeable):
    """What is given changes, the rest stays."""

    version: int = Field(description="As it was read: a workflow changed meanwhile is not.")


class StepOutput(BaseModel):
    """A step of a workflow."""

    stage: str
    on_failure: str
    timeout_seconds: int | None
    max_retries: int
    retry_delay_seconds: float


class WorkflowOutput(BaseModel):
    """A workflow as it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    description: str
    type: Type
    scope: Scope = Field(description="tenant: for every bakery; platform: once, in UTC.")
    cron: str | None
    steps: list[StepOutput]
    is_enabled: bool
    grace_seconds: int
    max_duration_seconds: int | None
    tenant_timeout_seconds: int | None
    version: int


class ExecuteInput(Fields):
    """Run a workflow now."""

    tenants: Annotated[list[UUID], Field(min_length=1, max_length=20_000)] | None = Field(
        None, description="Null: all that are active."
    )
    business_date: Day | None = Field(None, description="Null: each bakery's today.")
    force_regenerate: bool = Field(False, description="Plan again what has its plan already.")
    type: Literal["manual", "test"] = "manual"


class ExecutionOutput(BaseModel):
    """One firing of a workflow."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    workflow: str
    type: str
    priority: str
    status: str
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    deadline: datetime
    tenants: int = Field(description="How many bakeries it is for.")
    triggered_by: str
    instance: UUID | None
    fencing_token: int | None
    error: str | None


class ExecutionStarted(ExecutionOutput):
    """An execution that somebody has asked for."""

    is_new: bool = Field(description="False: all of it had been asked for before.")


class ProgressOutput(BaseModel):
    """How far an execution is."""

    model_config = ConfigDict(from_attributes=True)

    status: str
    tenants_total: int
    tenants_done: int
    steps_total: int
    steps_done: int
    failed: int
    partial: int
    seconds: float = Field(description="Since it started.")
    tenants_per_second: float
    estimated_end: datetime | None


class ExecutionDetail(ExecutionOutput):
    """An execution and how far it is."""

    steps: list[StepOutput]
    progress: ProgressOutput


class RetryOutput(ExecutionOutput):
    """An execution whose failed part runs again."""

    retried: int = Field(description="How many runs.")


class CancelOutput(ExecutionOutput):
    """An execution that was ended before its time."""

    cancelled: int = Field(description="How many of its runs were still under way.")


class LogOutput(BaseModel):
    """Something worth knowing."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: datetime
    level: str
    message: str
    tenant_id: UUID | None
    business_date: date | None
    revision: int | None
    step: str | None
    data: dict[str, Any]


class FailedStep(BaseModel):
    """A step that did not succeed."""

    model_config = ConfigDict(from_attributes=True)

    run_id: UUID
    tenant_id: UUID
    business_date: date
    step: str
    status: str
    attempt: int
    ended_at: datetime
    error: str | None


class ExecutionLogs(Page[LogOutput]):
    """What is worth knowing of an execution."""

    failed_steps: list[FailedStep] = Field(description="Up to 500, with the first page.")


class RunOutput(BaseModel):
    """One bakery in an execution."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str = Field(description="Date and serial number: 20261125-000042.")
    tenant_id: UUID
    execution_id: UUID | None
    workflow: str
    business_date: date
    revision: int
    type: str
    priority: str
    triggered_by: str
    instance: UUID | None
    fencing_token: int | None
    status: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    duration_seconds: float | None
    steps_total: int
    steps_completed: int
    compensations: int
    counts: dict[str, int]
    compute_seconds: float
    rows_written: int
    cost_euro: float = Field(description="Estimated, by the rates of the settings.")
    retries: int
    is_exhausted: bool
    error: str | None
    error_details: dict[str, Any] | None
    data_until: date | None
    fulfilment_rate: float | None
    on_time_delivery_rate: float | None
    cost_accuracy: float | None
    quality_score: float | None


class RunStepOutput(BaseModel):
    """A step of a run that has ended."""

    model_config = ConfigDict(from_attributes=True)

    step: str
    status: str
    attempt: int
    started_at: datetime
    ended_at: datetime
    compute_ms: float
    rows_written: int
    counts: dict[str, int] | None
    error: str | None


class RunDetail(RunOutput):
    """A run with its steps and what is worth knowing of it."""

    steps: list[RunStepOutput]
    logs: list[LogOutput]
    notes: list[Any] = Field(description="What needs a person's attention.")


class PlanInput(Fields):
    """Plan a bakery's day."""

    business_date: Day | None = Field(None, description="Null: the bakery's today.")
    force_regenerate: bool = False


class PlanStarted(BaseModel):
    """The run that does it."""

    run_id: UUID
    number: str
    execution_id: UUID | None
    status: str
    is_new: bool = Field(description="False: it had been done, or is being done.")


class ScheduleEntry(BaseModel):
    """When a workflow runs."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    type: str
    scope: str
    cron: str | None
    is_enabled: bool
    version: int


class Schedule(BaseModel):
    """When all workflows run."""

    workflows: list[ScheduleEntry]
    scheduler_disabled: bool = Field(description="SCHEDULER_DISABLED: nothing fires by itself.")


class ScheduleChange(Fields):
    """When a workflow shall run."""

    id: UUID
    cron: Cron | None
    is_enabled: bool
    version: int


class ScheduleChanges(Fields):
    """When workflows shall run: all of these, or none; others stay."""

    workflows: Annotated[list[ScheduleChange], Field(min_length=1, max_length=500)]


class NextRun(BaseModel):
    """When a workflow runs next for bakeries that live by the same calendar."""

    model_config = ConfigDict(from_attributes=True)

    workflow: str
    time_zone: str
    country: str | None
    subdivision: str | None
    weekend_rule: str
    holiday_rule: str
    due_at: datetime | None = Field(description="Null: not within two years.")
    business_date: date | None


class NextRuns(BaseModel):
    """When workflows run next; those with a rule for weekends or holidays apart."""

    items: list[NextRun]
    scheduler_disabled: bool


class Health(BaseModel):
    """Whether mornings will be planned."""

    status: Literal["healthy", "degraded"]
    has_leader: bool
    schedulers: int
    workers: int
    scheduler_disabled: bool


class InstanceOutput(BaseModel):
    """A process that takes part."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    role: str
    host: str
    pid: int
    status: str
    started_at: datetime
    heartbeat_at: datetime


class Leader(BaseModel):
    """Who leads, and who else takes part."""

    instance: UUID | None
    is_leading: bool = Field(description="False: it led last, and its lock has run out.")
    token: int = Field(description="The fencing token: counts leaders.")
    acquired_at: datetime | None
    renewed_at: datetime | None
    instances: list[InstanceOutput]


class Figures(BaseModel):
    """What is going on."""

    executions_under_way: int
    chunks_waiting: int
    chunks_in_hand: int
    runs_under_way: int
    runs_alone: int = Field(description="Away from their chunk, because something failed.")
    triggers_waiting: int
    workers_alive: int
    schedulers_alive: int
    outbox_pending: int
    outbox_oldest_seconds: float
    executions_last_day: dict[str, dict[str, int]] = Field(description="By workflow and status.")


class Spread(BaseModel):
    """How a figure is spread."""

    average: float | None
    p50: float | None
    p95: float | None


class StepStatistics(BaseModel):
    """What a step takes."""

    step: str
    runs: int
    failed: int
    skipped: int
    compute_ms: Spread
    seconds: Spread
    rows_written: float = Field(description="On average.")


class SlowTenant(BaseModel):
    """A bakery whose runs take much."""

    tenant_id: UUID
    name: str
    runs: int
    compute_ms: Spread


class WorkflowDayOutput(BaseModel):
    """A workflow's figures of one day, UTC, as added up after midnight."""

    model_config = ConfigDict(from_attributes=True)

    workflow: str
    day: date
    executions: int
    executions_failed: int
    runs: int
    runs_failed: int
    runs_partial: int
    seconds_p50: float | None = Field(description="Duration of its executions.")
    seconds_max: float | None
    compute_seconds: float
    rows_written: int
    retries: int


class Statistics(BaseModel):
    """What runs took, and how they ended."""

    first: date
    last: date
    workflow: str | None
    runs: dict[str, int] = Field(description="By status.")
    success_rate: float | None = Field(description="Percent of those that ended.")
    retries: int
    duration_seconds: Spread
    compute_seconds: float
    rows_written: int
    cost_euro: float
    cost_per_tenant_and_day_euro: float | None
    steps: list[StepStatistics] = Field(description="Those that take most, first.")
    slowest_tenants: list[SlowTenant]
    days: list[WorkflowDayOutput] = Field(
        description="Of each workflow and day that is over; kept when the runs have been removed."
    )

"""Tables of workflows and their runs.

A workflow fires as an execution, for all bakeries that are due. An execution goes in chunks of
bakeries, which are driven by the engine; one bakery in it is a run, and a run has steps. These
tables are the truth about a morning; the engine is how it moves.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, TenantOwned
from obrador.kit.ids import new_id

UNFINISHED = "('pending', 'running')"


def by_period(name: str) -> Index:
    """An index of a table whose rows come day by day: of ranges, which cost next to nothing."""
    return Index(
        name,
        "business_date",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
    )


class Workflow(Base):
    """What is done, when, in which steps. Created with its defaults; an operator changes it."""

    __tablename__ = "workflows"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    description: Mapped[str] = mapped_column(Text, server_default="")
    type: Mapped[str] = mapped_column(String(20))
    """daily, weekly, monthly or on_demand."""
    scope: Mapped[str] = mapped_column(String(10), server_default="tenant")
    """tenant: for every bakery in its own time; platform: once, in UTC."""
    cron: Mapped[str | None] = mapped_column(String(100))
    """Null: only by hand or by an event."""
    steps: Mapped[list[Any]] = mapped_column(JSONB)
    """See `definitions.StepSpec`."""
    is_enabled: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    grace_seconds: Mapped[int] = mapped_column(Integer)
    """A firing missed for longer is recorded and not caught up."""
    max_duration_seconds: Mapped[int | None] = mapped_column(Integer)
    """Null: MAX_WORKFLOW_DURATION_SECONDS."""
    tenant_timeout_seconds: Mapped[int | None] = mapped_column(Integer)
    """Null: TENANT_TIMEOUT_SECONDS."""
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    fired_until: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    """Every moment up to this one has been fired, or recorded as missed."""


class Execution(Base):
    """One firing of a workflow. Bakeries whose time zones agree on the moment share one."""

    __tablename__ = "executions"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    workflow: Mapped[str] = mapped_column(String(60))
    type: Mapped[str] = mapped_column(String(20))
    """scheduled, manual, test or event."""
    priority: Mapped[str] = mapped_column(String(10), server_default="normal")
    """normal, high or critical."""
    status: Mapped[str] = mapped_column(String(20), server_default="pending")
    """pending, running, completed, partial_success, failed, cancelled or missed."""
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    tenants: Mapped[int] = mapped_column(Integer, server_default="0")
    steps: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    """As the workflow had them when it fired."""
    tenant_timeout_seconds: Mapped[int] = mapped_column(Integer)
    deadline: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """What runs past it is cancelled."""
    triggered_by: Mapped[str] = mapped_column(String(200), server_default="schedule")
    instance: Mapped[UUID | None] = mapped_column(Uuid)
    """Who dispatched it."""
    fencing_token: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(None, "workflow", "due_at"),
        Index(None, "due_at", "id"),
        Index("ix_executions_unfinished", "id", postgresql_where=text(f"status in {UNFINISHED}")),
    )


class Chunk(Base):
    """Some bakeries of an execution that are read, planned and stored together."""

    __tablename__ = "chunks"

    execution_id: Mapped[UUID] = mapped_column(
        ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Counts up when it has to be driven again; part of the engine's id."""
    status: Mapped[str] = mapped_column(String(20), server_default="pending")
    """pending, running or done."""
    priority: Mapped[int] = mapped_column(Integer)
    """Less goes first; see `dispatch.place_in_queue`."""
    tenants: Mapped[int] = mapped_column(Integer)
    steps_done: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    instance: Mapped[UUID | None] = mapped_column(Uuid)
    progress_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )

    __table_args__ = (
        Index("ix_chunks_open", "progress_at", postgresql_where=text("status <> 'done'")),
    )


class Run(Base, TenantOwned):
    """One bakery in an execution. The key makes planning a date twice planning it once."""

    __tablename__ = "runs"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    workflow: Mapped[str] = mapped_column(
        String(60), primary_key=True, server_default="daily_operations"
    )
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """0 at first; each forced repetition counts one up and supersedes the one before."""
    id: Mapped[UUID] = mapped_column(Uuid, default=new_id, unique=True)
    serial: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    """Date and serial are the number that people see: 20261125-000042."""
    execution_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("executions.id", ondelete="SET NULL")
    )
    chunk: Mapped[int | None] = mapped_column(Integer)
    """Null: on a path of its own, away from the others of its chunk."""
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Counts up whenever it starts on a path of its own; part of the engine's id."""
    type: Mapped[str] = mapped_column(String(20), server_default="manual")
    priority: Mapped[str] = mapped_column(String(10), server_default="normal")
    triggered_by: Mapped[str] = mapped_column(String(200), server_default="command line")
    instance: Mapped[UUID | None] = mapped_column(Uuid)
    fencing_token: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(20))
    """pending, running, completed, partial_success, failed or cancelled."""
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    steps_total: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    steps_completed: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    compensations: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Steps whose work was taken back."""
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"))
    """forecasts, batches, plans, orders, notifications, insights_generated, insights_posted."""
    compute_ms: Mapped[float] = mapped_column(REAL, server_default="0")
    rows_written: Mapped[int] = mapped_column(Integer, server_default="0")
    retries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    is_exhausted: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """No retries are left."""
    strikes: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often it took a planning process down with it, or kept one from ever ending."""
    error: Mapped[str | None] = mapped_column(Text)
    error_details: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    data_until: Mapped[date | None] = mapped_column(Date)
    """Last day with sales when it was planned."""
    notes: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    """What needs attention, see `domain.Note`."""
    fulfilment_rate: Mapped[float | None] = mapped_column(REAL)
    on_time_delivery_rate: Mapped[float | None] = mapped_column(REAL)
    cost_accuracy: Mapped[float | None] = mapped_column(REAL)
    quality_score: Mapped[float | None] = mapped_column(REAL)
    """These four from 0 to 100, filled in as the facts arrive."""

    __table_args__ = (
        Index(None, "execution_id", "chunk"),
        Index(
            "ix_runs_unfinished",
            "tenant_id",
            "business_date",
            postgresql_where=text(f"status in {UNFINISHED}"),
        ),
        Index(
            "ix_runs_failed",
            "business_date",
            postgresql_where=text("status in ('failed', 'partial_success')"),
        ),
        by_period("ix_runs_period"),
    )


class RunStep(Base, TenantOwned):
    """A step of a run that has ended. Its key makes every step of a run happen once."""

    __tablename__ = "run_steps"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    workflow: Mapped[str] = mapped_column(String(60), primary_key=True)
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    step: Mapped[str] = mapped_column(String(40), primary_key=True)
    status: Mapped[str] = mapped_column(String(10))
    """success, failed or skipped."""
    attempt: Mapped[int] = mapped_column(SmallInteger)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    compute_ms: Mapped[float] = mapped_column(REAL)
    rows_written: Mapped[int] = mapped_column(Integer)
    counts: Mapped[dict[str, int] | None] = mapped_column(JSONB)
    instance: Mapped[UUID | None] = mapped_column(Uuid)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (by_period("ix_run_steps_period"),)


class Reference(Base, TenantOwned):
    """What changes seldom, packed: products, recipes, equipment, ingredients, suppliers, prices.

    Kept by its content, so that a morning's snapshot need only name it.
    """

    __tablename__ = "planning_references"

    hash: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """See `references`."""


class CurrentReference(Base, TenantOwned):
    """Which reference is a bakery's current one. Every bakery has this row from the start."""

    __tablename__ = "current_references"

    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Counted up by triggers on all tables that go into it, in the transaction of the change."""
    hash: Mapped[UUID | None] = mapped_column(Uuid)
    """Null since something changed, until it is packed again."""


class RunSnapshot(Base, TenantOwned):
    """What a run was planned from, but for the sales history, which is kept anyway."""

    __tablename__ = "run_snapshots"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    missing: Mapped[list[str]] = mapped_column(ARRAY(String(20)), server_default=text("'{}'"))
    """Parts that could not be fetched, then taken from an earlier snapshot, or lacking."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """See `snapshots`."""


class LogLine(Base):
    """What is worth telling of an execution or one of its runs."""

    __tablename__ = "run_logs"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    execution_id: Mapped[UUID | None] = mapped_column(Uuid)
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    business_date: Mapped[date | None] = mapped_column(Date)
    revision: Mapped[int | None] = mapped_column(SmallInteger)
    step: Mapped[str | None] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(10))
    message: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("clock_timestamp()")
    )

    __table_args__ = (Index(None, "execution_id", "id"), Index(None, "tenant_id", "id"))


class Instance(Base):
    """A process that takes part. Its heartbeat tells whether it lives."""

    __tablename__ = "instances"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """New for every start; also the engine's executor."""
    role: Mapped[str] = mapped_column(String(20))
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(10), server_default="alive")
    """alive, left, dead, or buried: nothing of what it had in hand is left to put back."""
    started_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    heartbeat_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )

    __table_args__ = (
        Index("ix_instances_known", "status", postgresql_where=text("status <> 'buried'")),
    )


class Trigger(Base, TenantOwned):
    """Something that happened asks for a workflow of one bakery, once things have calmed down."""

    __tablename__ = "triggers"

    workflow: Mapped[str] = mapped_column(String(60), primary_key=True)
    reason: Mapped[str] = mapped_column(String(80))
    is_forced: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Plan the date again, although it is planned."""
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    latest_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """However much goes on happening, not later than this."""


class WorkflowDay(Base):
    """A workflow's figures of one day."""

    __tablename__ = "workflow_days"

    workflow: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    executions: Mapped[int] = mapped_column(Integer)
    executions_failed: Mapped[int] = mapped_column(Integer)
    runs: Mapped[int] = mapped_column(Integer)
    runs_failed: Mapped[int] = mapped_column(Integer)
    runs_partial: Mapped[int] = mapped_column(Integer)
    seconds_p50: Mapped[float | None] = mapped_column(REAL)
    """Duration of its executions."""
    seconds_max: Mapped[float | None] = mapped_column(REAL)
    compute_seconds: Mapped[float] = mapped_column(REAL)
    rows_written: Mapped[int] = mapped_column(BigInteger)
    retries: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("day", "workflow"),)

"""Fires a workflow: an execution, its runs in chunks, and their start, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.ids import derived_id, new_id
from obrador.kit.outbox import publish_all
from obrador.kit.workflow import Engine, Start
from obrador.orchestration.definitions import StepSpec, steps_of
from obrador.orchestration.events import WorkflowStarted
from obrador.orchestration.models import Chunk, Execution, Workflow
from obrador.settings import Settings

CHUNKS, ALONE = "chunks", "alone"
"""Queues: of chunks, and of bakeries on a path of their own."""
CHUNK, LONE = "drive_chunk", "drive_alone"
"""Names of the engine's workflows."""

Type = Literal["scheduled", "manual", "test", "event"]
Priority = Literal["low", "normal", "high", "critical"]

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_HEAD_START: Mapping[str, int] = {"starter": 0, "professional": 300, "enterprise": 900}
"""Seconds that a bakery of this tier is treated as if it had been due earlier. Who has waited that
much longer goes first nevertheless, so that nobody starves."""
_URGENCY: Mapping[str, int] = {"low": -6 * 3600, "normal": 0, "high": 3600, "critical": 86400}
_NOT_BEFORE = 2 * 86400
"""Places in the queue stay positive from the epoch on."""


@dataclass(frozen=True, slots=True)
class Due:
    """A bakery to run a workflow for."""

    tenant: TenantId
    business_date: date
    tier: str = "starter"


@dataclass(frozen=True)
class Order:
    """What to fire."""

    workflow: str
    steps: tuple[StepSpec, ...]
    type: Type
    due_at: datetime
    deadline: datetime
    tenant_timeout_seconds: int
    chunk_size: int
    due: Sequence[Due] = ()
    is_platform: bool = False
    priority: Priority = "normal"
    triggered_by: str = "schedule"
    instance: UUID | None = None
    fencing_token: int | None = None
    is_forced: bool = False
    """Run again for a date that has had its run, as the next revision."""
    id: UUID = field(default_factory=new_id)


def order_of(
    workflow: Workflow,
    settings: Settings,
    due_at: datetime,
    kind: Type,
    bakeries: Sequence[Due],
    now: datetime,
    **details: Any,
) -> Order:
    """What firing a workflow for some bakeries takes."""
    seconds = workflow.max_duration_seconds or settings.max_workflow_duration_seconds
    return Order(
        workflow=workflow.name,
        steps=tuple(steps_of(workflow.steps)),
        type=kind,
        due_at=due_at,
        deadline=now + timedelta(seconds=seconds),
        tenant_timeout_seconds=workflow.tenant_timeout_seconds or settings.tenant_timeout_seconds,
        chunk_size=settings.chunk_size,
        due=bakeries,
        is_platform=workflow.scope == "platform",
        **details,
    )


def execution_id(workflow: str, due_at: datetime) -> UUID:
    """The id of a scheduled execution: firing a moment twice is firing it once."""
    return derived_id("execution", workflow, due_at.astimezone(UTC).isoformat())


def place_in_queue(due_at: datetime, tier: str, priority: str) -> int:
    """Where a chunk stands in the queue; less goes first. Seconds since 2026, less the head start
    of tier and priority: waiting counts as much as rank."""
    seconds = int((due_at - _EPOCH).total_seconds())
    return max(seconds - _HEAD_START.get(tier, 0) - _URGENCY[priority] + _NOT_BEFORE, 1)


def chunk_workflow_id(execution: UUID, number: int, attempt: int) -> str:
    """The engine's id of a chunk. Derived, so that starting twice is starting once."""
    return f"{execution}:{number}:{attempt}"


def lone_workflow_id(run: UUID, attempt: int) -> str:
    """The engine's id of a run on a path of its own."""
    return f"{run}:{attempt}"


async def fire(session: AsyncSession, engine: Engine, order: Order, now: datetime) -> int | None:
    """Create the execution and start it; returns of how many bakeries it is.

    Bakeries that have their run for the date already are left out, unless forced. None: this
    moment has been fired before, or nobody is left.
    """
    if not await _add_execution(session, order, now):
        return None
    runs = [] if order.is_platform else await _add_runs(session, order, now)
    if not runs and not order.is_platform:
        await session.execute(delete(Execution).where(Execution.id == order.id))
        return None
    chunks = _chunks(order, runs)
    await session.execute(insert(Chunk), chunks)
    await session.execute(
        update(Execution).where(Execution.id == order.id).values(tenants=len(runs))
    )
    await engine.start(
        session,
        [start_chunk(order.id, chunk["number"], 0, chunk["priority"]) for chunk in chunks],
    )
    await publish_all(session, [WorkflowStarted(order.workflow, str(order.id), now.isoformat())])
    return len(runs)


async def miss(session: AsyncSession, order: Order, now: datetime) -> None:
    """Record, once, that a firing was missed."""
    if await _add_execution(session, order, now):
        await session.execute(
            update(Execution)
            .where(Execution.id == order.id)
            .values(
                status="missed",
                started_at=None,
                completed_at=now,
                tenants=len(order.due),
                error="Nobody was there to fire it in time, so it waits for somebody to run it.",
            )
        )


async def _add_execution(session: AsyncSession, order: Order, now: datetime) -> bool:
    added = await session.scalar(
        upsert(Execution)
        .values(
            id=order.id,
            workflow=order.workflow,
            type=order.type,
            priority=order.priority,
            status="running",
            due_at=order.due_at,
            started_at=now,
            steps=[asdict(step) for step in order.steps],
            tenant_timeout_seconds=order.tenant_timeout_seconds,
            deadline=order.deadline,
            triggered_by=order.triggered_by,
            instance=order.instance,
            fencing_token=order.fencing_token,
        )
        .on_conflict_do_nothing()
        .returning(Execution.id)
    )
    return added is not None


_ADD_RUNS = text("""
    with due as (
        select d.tenant_id, d.business_date, d.id, d.place, coalesce(last.revision, -1) as last
        from unnest(
            cast(:tenants as uuid[]), cast(:dates as date[]), cast(:ids as uuid[])
        ) with ordinality as d(tenant_id, business_date, id, place)
        left join lateral (
            select max(revision) as revision from runs r
            where r.tenant_id = d.tenant_id and r.business_date = d.business_date
                and r.workflow = :workflow
        ) last on true
    ), numbered as (
        select *, (row_number() over (order by place) - 1) / :chunk_size as chunk
        from due where last < 0 or :forced
    )
    insert into runs (tenant_id, business_date, workflow, revision, id, execution_id, chunk, type,
        priority, triggered_by, fencing_token, status, steps_total, created_at)
    select tenant_id, business_date, :workflow, last + 1, id, :execution, chunk, :type,
        :priority, :triggered_by, :token, 'pending', :steps, :now
    from numbered
    on conflict do nothing
    returning tenant_id, chunk
""")


async def _add_runs(session: AsyncSession, order: Order, now: datetime) -> list[tuple[UUID, int]]:
    """The bakeries that got a run, each with its chunk; higher tiers in the first chunks."""
    ranked = sorted(
        order.due, key=lambda due: (-_HEAD_START.get(due.tier, 0), due.business_date, due.tenant)
    )
    rows = await session.execute(
        _ADD_RUNS,
        {
            "tenants": [due.tenant for due in ranked],
            "dates": [due.business_date for due in ranked],
            "ids": [new_id() for _ in ranked],
            "workflow": order.workflow,
            "chunk_size": order.chunk_size,
            "forced": order.is_forced,
            "execution": order.id,
            "type": order.type,
            "priority": order.priority,
            "triggered_by": order.triggered_by,
            "token": order.fencing_token,
            "steps": len(order.steps),
            "now": now,
        },
    )
    return [(row.tenant_id, row.chunk) for row in rows]


def _chunks(order: Order, runs: Iterable[tuple[UUID, int]]) -> list[dict[str, Any]]:
    tier_of: dict[UUID, str] = {due.tenant: due.tier for due in order.due}
    tiers: dict[int, list[str]] = {0: []} if order.is_platform else {}
    for tenant_id, number in runs:
        tiers.setdefault(number, []).append(tier_of[tenant_id])
    return [
        {
            "execution_id": order.id,
            "number": number,
            "priority": min(
                place_in_queue(order.due_at, tier, order.priority) for tier in {*own, "starter"}
            ),
            "tenants": len(own),
        }
        for number, own in sorted(tiers.items())
    ]


def start_chunk(execution: UUID, number: int, attempt: int, priority: int) -> Start:
    """The start of a chunk's workflow."""
    return Start(
        CHUNK,
        chunk_workflow_id(execution, number, attempt),
        CHUNKS,
        (str(execution), number, attempt),
        priority,
    )


def start_alone(run: UUID, attempt: int, priority: int) -> Start:
    """The start of the workflow of one run."""
    return Start(LONE, lone_workflow_id(run, attempt), ALONE, (str(run), attempt), priority)

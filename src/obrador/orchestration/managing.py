"""Use cases of whoever runs the platform: workflows, and when they run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.clock import Clock
from obrador.kit.cron import RUN
from obrador.kit.errors import Conflict, Fault, Invalid, NotFound
from obrador.kit.pagination import Page, PageRequest, Slice
from obrador.orchestration import due
from obrador.orchestration.checking import check_steps, check_timing
from obrador.orchestration.definitions import Scope, steps_of
from obrador.orchestration.models import Workflow
from obrador.orchestration.schedule import Calendar, Firing, next_firing
from obrador.orchestration.schemas import (
    NextRun,
    ScheduleChange,
    WorkflowChanges,
    WorkflowInput,
    WorkflowOutput,
)
from obrador.orchestration.stages import PLATFORM_STAGES, bakery_stages

_PLATFORM = Calendar("UTC", "", None)


def known_stages(clock: Clock) -> dict[str, Scope]:
    """Every step there is, and whether it is for each bakery or for the platform."""
    for_bakeries: dict[str, Scope] = {stage.name: "tenant" for stage in bakery_stages(clock)}
    return for_bakeries | dict.fromkeys(PLATFORM_STAGES, "platform")


async def page(session: AsyncSession, paging: PageRequest) -> Page[WorkflowOutput]:
    """A page of all workflows."""
    query = select(Workflow).order_by(Workflow.id).limit(paging.limit + 1)
    if paging.cursor is not None:
        query = query.where(Workflow.id > paging.cursor)
    found = Slice.cut((await session.scalars(query)).all(), paging.limit, lambda row: row.id)
    items = [WorkflowOutput.model_validate(row) for row in found.rows]
    return Page[WorkflowOutput](items=items, next_cursor=found.next_cursor)


async def get(session: AsyncSession, workflow_id: UUID, *, for_update: bool = False) -> Workflow:
    """A workflow.

    Raises:
        NotFound: it is not there.
    """
    query = select(Workflow).where(Workflow.id == workflow_id)
    found = await session.scalar(query.with_for_update() if for_update else query)
    if found is None:
        raise NotFound("There is no workflow {workflow_id}.", workflow_id=workflow_id)
    return found


async def create(
    session: AsyncSession,
    new_id: UUID,
    given: WorkflowInput,
    stages: Mapping[str, Scope],
    now: datetime,
) -> Workflow:
    """A new workflow; or the one that an earlier request with the same id made.

    Raises:
        Invalid: its steps or its cron cannot be followed.
        Conflict: its name is taken.
    """
    values = given.model_dump()
    scope = check_steps(given.name, steps_of(values["steps"]), stages)
    check_timing(given.type, given.cron)
    adding = insert(Workflow).values(id=new_id, scope=scope, fired_until=now, **values)
    await session.execute(adding.on_conflict_do_nothing())
    found = await session.scalar(select(Workflow).where(Workflow.name == given.name))
    if found is None or found.id != new_id:
        raise Conflict(
            "A workflow is called {name} already, or this key was used before.", name=given.name
        )
    return found


async def change(
    session: AsyncSession,
    workflow_id: UUID,
    changes: WorkflowChanges,
    stages: Mapping[str, Scope],
    now: datetime,
) -> Workflow:
    """Other values for the fields that are given. What runs already goes on as it began.

    Raises:
        NotFound: it is not there.
        Conflict: somebody has changed it meanwhile.
        Invalid: as `create`.
    """
    row = await get(session, workflow_id, for_update=True)
    values = changes.model_dump(include=changes.model_fields_set - {"version"})
    if "steps" in values:
        values["scope"] = check_steps(row.name, steps_of(values["steps"]), stages)
    return await _changed(session, row, changes.version, values, now)


async def enable(
    session: AsyncSession, workflow_id: UUID, is_enabled: bool, now: datetime
) -> Workflow:
    """Have it fire by itself, or no more. What it has not fired meanwhile is not caught up.

    Raises:
        NotFound: it is not there.
    """
    row = await get(session, workflow_id, for_update=True)
    return await _changed(session, row, row.version, {"is_enabled": is_enabled}, now)


async def schedule(session: AsyncSession) -> Sequence[Workflow]:
    """All workflows, by name."""
    return (await session.scalars(select(Workflow).order_by(Workflow.name))).all()


async def set_schedule(
    session: AsyncSession, changes: Sequence[ScheduleChange], now: datetime
) -> None:
    """When some workflows shall run: all of these changes, or none.

    Raises:
        NotFound, Conflict, Invalid: as `change`; a fault names the entry.
    """
    wanted = {each.id: each for each in changes}
    query = select(Workflow).where(Workflow.id.in_(wanted)).order_by(Workflow.id).with_for_update()
    rows = {row.id: row for row in await session.scalars(query)}
    for index, each in enumerate(changes):
        if each.id not in rows:
            raise NotFound("There is no workflow {workflow_id}.", workflow_id=each.id)
        values = each.model_dump(include={"cron", "is_enabled"})
        try:
            await _changed(session, rows[each.id], each.version, values, now)
        except Invalid as error:
            faults = [Fault(f"workflows.{index}.{f.where}", f.message) for f in error.faults]
            raise Invalid(error.detail, faults) from error


async def _changed(
    session: AsyncSession, row: Workflow, version: int, values: Mapping[str, Any], now: datetime
) -> Workflow:
    if row.version != version:
        raise Conflict(
            "{name} has been changed meanwhile: it has version {version}, not {read}."
            " Read it again, then change it.",
            name=row.name,
            version=row.version,
            read=version,
        )
    before = (row.cron, row.is_enabled)
    for name, value in values.items():
        setattr(row, name, value)
    check_timing(row.type, row.cron)
    if (row.cron, row.is_enabled) != before:
        row.fired_until = now  # a new time holds from now on, not for the past
    row.version += 1
    await session.flush()
    return row


async def crons(session: AsyncSession) -> tuple[list[tuple[str, str, str]], list[Calendar]]:
    """Name, scope and cron of all that fires by itself; and the calendars that bakeries live by."""
    workflows = await due.enabled_workflows(session)
    fires = [(row.name, row.scope, row.cron) for row in workflows if row.cron is not None]
    return fires, await due.calendars(session)


def next_runs(
    workflows: Sequence[tuple[str, str, str]],
    calendars: Sequence[Calendar],
    after: datetime,
    default_zone: str,
) -> list[NextRun]:
    """When workflows run next, for each calendar that differs in it. Pure.

    Where a bakery lives matters only if it has a rule for holidays.
    """
    distinct = sorted({_plainest(calendar) for calendar in calendars}, key=_order)
    return [
        _next_run(name, calendar, next_firing(cron, calendar, after, default_zone))
        for name, scope, cron in workflows
        for calendar in (distinct if scope == "tenant" else [_PLATFORM])
    ]


def _plainest(calendar: Calendar) -> Calendar:
    if calendar.holiday_rule != RUN or calendar.weekend_rule != RUN:
        return calendar
    return Calendar(calendar.time_zone, "", None)


def _order(calendar: Calendar) -> tuple[str, ...]:
    return (
        calendar.time_zone,
        calendar.country,
        calendar.subdivision or "",
        calendar.weekend_rule,
        calendar.holiday_rule,
    )


def _next_run(name: str, calendar: Calendar, firing: Firing | None) -> NextRun:
    return NextRun(
        workflow=name,
        time_zone=calendar.time_zone,
        country=calendar.country or None,
        subdivision=calendar.subdivision,
        weekend_rule=calendar.weekend_rule,
        holiday_rule=calendar.holiday_rule,
        due_at=firing and firing.due_at,
        business_date=firing and firing.business_date,
    )

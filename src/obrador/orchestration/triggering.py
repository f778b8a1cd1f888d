"""Workflows by hand: now, for some bakeries or all, for today or another date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, operator
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict, Fault, Invalid, NotFound
from obrador.kit.workflow import Engine
from obrador.orchestration import due
from obrador.orchestration.dispatch import Due, Priority, Type, fire, order_of
from obrador.orchestration.models import Execution, Run
from obrador.orchestration.morning import MOST_DAYS_AHEAD
from obrador.settings import Settings

_BAKERIES = text("""
    select id, tier, time_zone from tenants
    where status = 'active' and (id = any(cast(:tenants as uuid[])) or (:all and not is_demo))
    order by id
""")


@dataclass(frozen=True, slots=True)
class Triggered:
    """What came of asking for a workflow."""

    execution_id: UUID
    tenants: int
    is_new: bool
    """False: all of it had been asked for before, and this is that execution."""


async def trigger(
    session: AsyncSession,
    engine: Engine,
    settings: Settings,
    name: str,
    now: datetime,
    *,
    tenants: Sequence[TenantId] | None = None,
    day: date | None = None,
    is_forced: bool = False,
    kind: Type = "manual",
    priority: Priority = "high",
    triggered_by: str = "command line",
) -> Triggered:
    """Run a workflow for some bakeries, or all that are active; once for each date, unless forced.

    Raises:
        NotFound: there is no such workflow, or none of the bakeries is active.
        Invalid: the date is further ahead than sales can be foreseen.
    """
    workflow = await due.workflow(session, name)
    bakeries = await _bakeries(session, tenants, day, now)
    if workflow.scope == "tenant" and not bakeries:
        raise NotFound("None of these bakeries is active, so there is nothing to run.")
    order = order_of(
        workflow,
        settings,
        now,
        kind,
        bakeries if workflow.scope == "tenant" else (),
        now,
        is_forced=is_forced,
        priority=priority,
        triggered_by=triggered_by,
    )
    count = await fire(session, engine, order, now)
    if count is not None:
        return Triggered(order.id, count, is_new=True)
    return Triggered(await _first(session, name, bakeries), 0, is_new=False)


async def _bakeries(
    session: AsyncSession, tenants: Sequence[TenantId] | None, day: date | None, now: datetime
) -> list[Due]:
    values = {"tenants": list(tenants or ()), "all": tenants is None}
    rows = (await session.execute(_BAKERIES, values)).all()
    ids = operator.working_for(row.id for row in rows)
    return [
        Due(tenant, _day(day, business_date(now, row.time_zone)), row.tier)
        for tenant, row in zip(ids, rows, strict=True)
    ]


def _day(wanted: date | None, today: date) -> date:
    latest = today + timedelta(days=MOST_DAYS_AHEAD)
    if wanted is not None and wanted > latest:
        raise Invalid(
            "{wanted} is too far ahead: plans reach {most_days_ahead} days beyond today.",
            [Fault("business_date", "at most {latest}", latest=latest)],
            wanted=wanted,
            most_days_ahead=MOST_DAYS_AHEAD,
        )
    return wanted or today


async def _first(session: AsyncSession, name: str, bakeries: Sequence[Due]) -> UUID:
    """The execution that the bakeries' runs belong to."""
    found = await session.scalar(
        select(Run.execution_id)
        .join(Execution, Execution.id == Run.execution_id)
        .where(
            Run.tenant_id == bakeries[0].tenant,
            Run.business_date == bakeries[0].business_date,
            Run.workflow == name,
        )
        .order_by(Run.revision.desc())
        .limit(1)
    )
    if found is None:
        raise Conflict(
            "It has been planned by hand already. To plan it again: --force on the command line,"
            " force_regenerate over HTTP."
        )
    return found

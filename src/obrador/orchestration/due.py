"""Queries of what is due: workflows, the calendars of bakeries, and the bakeries themselves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, operator
from obrador.kit.errors import NotFound
from obrador.kit.ids import derived_id
from obrador.orchestration.definitions import WorkflowSpec
from obrador.orchestration.dispatch import Due
from obrador.orchestration.models import Trigger, Workflow
from obrador.orchestration.schedule import Calendar, next_firing

_CALENDARS = text("""
    select distinct time_zone, country, subdivision, weekend_rule, holiday_rule
    from tenants where status = 'active' and not is_demo
    order by 1, 2, 3, 4, 5
""")
_DUE = text("""
    select t.id, t.tier, c.business_date
    from unnest(
        cast(:zones as text[]), cast(:countries as text[]), cast(:subdivisions as text[]),
        cast(:weekends as text[]), cast(:holidays as text[]), cast(:dates as date[])
    ) as c(time_zone, country, subdivision, weekend_rule, holiday_rule, business_date)
    join tenants t on t.time_zone = c.time_zone and t.country = c.country
        and t.subdivision is not distinct from c.subdivision
        and t.weekend_rule = c.weekend_rule and t.holiday_rule = c.holiday_rule
    where t.status = 'active' and not t.is_demo
    order by t.id
""")


_CALENDAR_OF = text("""
    select w.cron, t.time_zone, t.country, t.subdivision, t.weekend_rule, t.holiday_rule
    from tenants t join workflows w on w.name = :workflow and w.is_enabled and w.cron is not null
    where t.id = :tenant and t.status = 'active' and not t.is_demo
""")
_TAKE_TRIGGERS = text("""
    with taken as (
        delete from triggers where due_at <= :now
        returning tenant_id, workflow, reason, is_forced
    )
    select taken.*, t.time_zone, t.tier from taken join tenants t on t.id = taken.tenant_id
    where t.status = 'active' order by t.id
""")


async def create_workflows(session: AsyncSession, specs: Sequence[WorkflowSpec]) -> None:
    """Those of the default workflows that are not there yet; what an operator changed stays."""
    await session.execute(
        insert(Workflow)
        .values(
            [
                {
                    "id": derived_id("workflow", spec.name),
                    "name": spec.name,
                    "description": spec.description,
                    "type": spec.type,
                    "scope": spec.scope,
                    "cron": spec.cron,
                    "steps": [asdict(step) for step in spec.steps],
                    "grace_seconds": spec.grace_seconds,
                    "max_duration_seconds": spec.max_duration_seconds,
                }
                for spec in specs
            ]
        )
        .on_conflict_do_nothing()
    )


async def enabled_workflows(session: AsyncSession) -> Sequence[Workflow]:
    """What fires by itself."""
    query = select(Workflow).where(Workflow.is_enabled, Workflow.cron.is_not(None))
    return (await session.scalars(query.order_by(Workflow.name))).all()


async def workflow(session: AsyncSession, name: str) -> Workflow:
    """The workflow of a name.

    Raises:
        NotFound: there is none.
    """
    found = await session.scalar(select(Workflow).where(Workflow.name == name))
    if found is None:
        known = ", ".join(await session.scalars(select(Workflow.name).order_by(Workflow.name)))
        raise NotFound(
            "No workflow is called {name!r}. There are: {known}.", name=name, known=known
        )
    return found


async def calendars(session: AsyncSession) -> list[Calendar]:
    """The calendars that active bakeries live by."""
    return [Calendar(*row) for row in await session.execute(_CALENDARS)]


async def next_run_of(
    session: AsyncSession, tenant: TenantId, workflow: str, now: datetime, default_zone: str
) -> datetime | None:
    """When a workflow next runs for a bakery by itself; None: it does not. One query."""
    values = {"tenant": tenant, "workflow": workflow}
    row = (await session.execute(_CALENDAR_OF, values)).one_or_none()
    if row is None:
        return None
    cron, *calendar = row
    firing = next_firing(cron, Calendar(*calendar), now, default_zone)
    return None if firing is None else firing.due_at


async def bakeries(session: AsyncSession, days: Mapping[Calendar, date]) -> list[Due]:
    """The active bakeries of these calendars, each with its day. One query, by an index."""
    rows = await session.execute(
        _DUE,
        {
            "zones": [calendar.time_zone for calendar in days],
            "countries": [calendar.country for calendar in days],
            "subdivisions": [calendar.subdivision for calendar in days],
            "weekends": [calendar.weekend_rule for calendar in days],
            "holidays": [calendar.holiday_rule for calendar in days],
            "dates": list(days.values()),
        },
    )
    found = rows.all()
    ids = operator.working_for(row.id for row in found)
    return [Due(t, row.business_date, row.tier) for t, row in zip(ids, found, strict=True)]


async def ask_for(
    session: AsyncSession,
    tenant: TenantId,
    workflow: str,
    reason: str,
    due_at: datetime,
    latest_at: datetime,
    *,
    is_forced: bool = False,
) -> None:
    """Ask for a workflow of a bakery once things have calmed down: every further request puts it
    off to its own `due_at`, but never beyond the first one's `latest_at`."""
    asked = insert(Trigger).values(
        tenant_id=tenant,
        workflow=workflow,
        reason=reason,
        is_forced=is_forced,
        due_at=due_at,
        latest_at=latest_at,
    )
    await session.execute(
        asked.on_conflict_do_update(
            index_elements=[Trigger.tenant_id, Trigger.workflow],
            set_={
                "due_at": func.least(asked.excluded.due_at, Trigger.latest_at),
                "reason": asked.excluded.reason,
                "is_forced": Trigger.is_forced | asked.excluded.is_forced,
            },
        )
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that bakeries asked for alike."""

    workflow: str
    reason: str
    is_forced: bool


async def take_triggers(
    session: AsyncSession, now: datetime
) -> dict[Asked, list[tuple[TenantId, str, str]]]:
    """Who asked for what that is due, each with time zone and tier. Taken once."""
    rows = await session.execute(_TAKE_TRIGGERS, {"now": now})
    asked: dict[Asked, list[tuple[TenantId, str, str]]] = defaultdict(list)
    for row in rows:
        (tenant,) = operator.working_for([row.tenant_id])
        what = Asked(row.workflow, row.reason, row.is_forced)
        asked[what].append((tenant, row.time_zone, row.tier))
    return asked

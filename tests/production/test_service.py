"""Production schedules in the database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.errors import NotFound
from obrador.kit.outbox import OutboxEvent
from obrador.production.domain import ProductionPlan
from obrador.production.plan import plan_production
from obrador.production.service import read_schedule, save_plans
from obrador.tenants.domain import Morning
from tests.factories.tenants import make_tenant
from tests.production.builders import (
    EQUIPMENT,
    LOAF,
    LOAF_RECIPE,
    MONDAY,
    ROLL,
    bakery,
    dough_recipe,
    forecast,
    problem,
    roll,
    roll_recipe,
)
from tests.production.test_plan import LOAF_MADE, LOAF_SOLD


async def a_morning(session: AsyncSession, day: date = MONDAY) -> Morning:
    tenant = await make_tenant(session, f"Bakery of {day}")
    return Morning(tenant, bakery(), day, 0, datetime(2026, 3, 2, 4, tzinfo=UTC))


def a_plan(day: date = MONDAY) -> ProductionPlan:
    """Rolls that can be baked and loaves that no oven takes."""
    loaf = replace(LOAF_MADE, steps=(replace(LOAF_MADE.steps[0], equipment_kind="wood oven"),))
    demand = forecast({ROLL: (50, 8), LOAF: (20, 4)}, first_day=day)
    recipes = [roll_recipe(), loaf, dough_recipe()]
    return plan_production(problem([roll(), LOAF_SOLD], recipes, demand, equipment=EQUIPMENT))


async def test_a_plan_reads_back_as_saved(session: AsyncSession) -> None:
    morning, plan = await a_morning(session), a_plan()

    await save_plans(session, [(morning, plan)])
    stored = await read_schedule(session, morning.tenant, MONDAY, 0)

    assert (stored.business_date, stored.revision, stored.status) == (MONDAY, 0, "draft")
    assert stored.targets == plan.targets
    assert [one.because for one in stored.unplaced] == ["no_equipment:wood oven"]
    assert stored.unplaced[0].recipe_id == LOAF_RECIPE
    midnight = datetime.combine(MONDAY, time(), ZoneInfo("Europe/Madrid"))
    for saved, batch in zip(plan.schedule.scheduled, stored.batches, strict=True):
        assert batch.reason == saved.batch.reason
        assert batch.starts_at == midnight + timedelta(minutes=saved.steps[0].start)
        assert [step.end + saved.steps[0].start for step in batch.steps] == [
            step.end for step in saved.steps
        ]
        assert [step.kind for step in batch.steps] == [step.kind for step in saved.steps]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=str)
async def test_on_the_night_the_clocks_change_moments_are_right(
    session: AsyncSession, day: date
) -> None:
    morning, plan = await a_morning(session, day), a_plan(day)

    await save_plans(session, [(morning, plan)])
    stored = await read_schedule(session, morning.tenant, day, 0)

    rolls = next(batch for batch in stored.batches if batch.product_id == ROLL)
    opening = datetime.combine(day, time(7), ZoneInfo("Europe/Madrid"))
    assert rolls.ready_by == rolls.ends_at == opening
    assert rolls.ends_at - rolls.starts_at == timedelta(minutes=rolls.steps[-1].end)


async def test_many_tenants_take_as_many_statements_as_one(session: AsyncSession) -> None:
    one = [(await a_morning(session), a_plan())]
    many = [(await a_morning(session, MONDAY + timedelta(days=n)), a_plan()) for n in range(1, 6)]
    statements: list[str] = []
    connection = (await session.connection()).sync_connection
    event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))

    await save_plans(session, one)
    for_one = len(statements)
    await save_plans(session, many)

    assert len(statements) == 2 * for_one
    told = (await session.scalars(select(OutboxEvent.routing_key))).all()
    assert told.count("production.schedule.created") == 6


async def test_a_morning_is_stored_once_and_a_repetition_beside_it(session: AsyncSession) -> None:
    morning, plan = await a_morning(session), a_plan()
    await save_plans(session, [(morning, plan), (replace(morning, revision=1), plan)])

    with pytest.raises(UniqueViolation):
        await save_plans(session, [(morning, plan)])


async def test_another_bakery_and_another_day_see_nothing(session: AsyncSession) -> None:
    morning, other = await a_morning(session), await a_morning(session, MONDAY + timedelta(days=1))
    await save_plans(session, [(morning, a_plan())])

    for tenant, day in [(other.tenant, MONDAY), (morning.tenant, MONDAY + timedelta(days=1))]:
        with pytest.raises(NotFound):
            await read_schedule(session, tenant, day, 0)

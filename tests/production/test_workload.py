"""How much of machines and people the days take."""

from dataclasses import replace
from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.production.domain import StoredBatch, moment_at
from obrador.production.workload import day_load
from tests.production.builders import EQUIPMENT, bakery, problem
from tests.production.shop import (
    DAY,
    approve,
    furnish,
    plan_day,
    rolls_of,
    the_schedule,
    work,
)
from tests.production.test_service import a_plan


async def test_capacity_adds_up_what_the_batches_take(
    session: AsyncSession, baker: AsyncClient, url: str, tenant: TenantId
) -> None:
    await furnish(session, tenant)
    await plan_day(session, tenant)
    rolls = rolls_of(await the_schedule(baker, url))

    days = (await baker.get(f"{url}/production/capacity?days=2")).json()["days"]

    assert [day["date"] for day in days] == ["2026-03-03", "2026-03-04"]
    today, tomorrow = days
    trays = rolls["planned_yield"] / 24
    assert today["equipment"]["oven"]["available"] == 2 * 4 * 1440
    assert today["equipment"]["oven"]["used"] == pytest.approx(18 * trays)
    assert today["equipment"]["proofer"]["used"] == pytest.approx(60 * trays)
    assert today["equipment"]["mixer"]["used"] == 15 * 40  # one dough at a time
    assert today["people"]["available"] == 12 * 60 * 3
    assert today["people"]["used"] == 15 + 5 + 15  # mixing, and shaping of 57
    share = today["people"]["used"] / today["people"]["available"]
    assert today["people"]["utilisation"] == pytest.approx(share, abs=1e-4)
    assert tomorrow["equipment"]["oven"]["used"] == 0

    await approve(baker, url)
    await work(baker, url, rolls, "cancel", reason="no demand")
    after = (await baker.get(f"{url}/production/capacity?days=1")).json()["days"][0]
    assert after["equipment"]["oven"]["used"] == 0


async def test_what_is_superseded_takes_nothing(
    session: AsyncSession, viewer: AsyncClient, url: str, tenant: TenantId
) -> None:
    await furnish(session, tenant)
    await plan_day(session, tenant)
    once = (await viewer.get(f"{url}/production/capacity")).json()
    shown = await the_schedule(viewer, url)
    assert shown["revision"] == 0

    answer = await viewer.get(f"{url}/production/capacity?days=32")

    assert answer.status_code == 422
    assert len(once["days"]) == 7


def test_work_of_the_evening_before_counts_on_its_own_day() -> None:
    plan, catalogue = a_plan(DAY), problem(equipment=EQUIPMENT).catalogue
    one = next(each for each in plan.schedule.scheduled if each.batch.product_id)
    zone = bakery().time_zone
    midnight = moment_at(0, DAY, zone)
    first = one.steps[0].start
    batch = StoredBatch(
        id=one.batch.recipe_id,
        recipe_id=one.batch.recipe_id,
        product_id=one.batch.product_id,
        good_units=one.batch.good_units,
        units=one.batch.units,
        starts_at=midnight - timedelta(minutes=10),
        ends_at=midnight + timedelta(hours=2),
        ready_by=midnight + timedelta(hours=7),
        steps=tuple(
            replace(step, start=step.start - first, end=step.end - first) for step in one.steps
        ),
        status="planned",
        reason=one.batch.reason,
        late_minutes=0,
        late_because=None,
    )

    before = day_load(DAY - timedelta(days=1), [batch], catalogue, bakery())
    on_it = day_load(DAY, [batch], catalogue, bakery())

    assert before.people.used == 10
    assert on_it.people.used == one.steps[0].end - first - 10
    assert before.equipment["oven"].used == 0 < on_it.equipment["oven"].used

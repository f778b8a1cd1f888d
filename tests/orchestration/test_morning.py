"""A morning on the real database: planned once, whole, explained, reproducible."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.founding import founded
from obrador.catalogue.domain import Catalogue
from obrador.catalogue.models import Product, Recipe, RecipeComponent
from obrador.forecasting.models import Forecast
from obrador.kit.db import Base, Database
from obrador.kit.errors import Invalid
from obrador.kit.i18n import speech
from obrador.kit.ids import new_id
from obrador.onboarding import demo as demo_bakery
from obrador.orchestration.briefing import Briefing, brief
from obrador.orchestration.domain import Snapshot
from obrador.orchestration.models import Run
from obrador.orchestration.service import run_mornings
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.production.models import Batch, Schedule
from obrador.sales.domain import SalesHistory
from obrador.tenants.domain import Morning
from tests.statements import counted

NOW = datetime(2026, 3, 10, 4, 30, tzinfo=UTC)
TODAY = date(2026, 3, 10)
SAY = speech("en", "es_ES", "EUR")


@pytest.fixture
async def bakery(session: AsyncSession) -> TenantId:
    return (await demo_bakery.load(session, NOW, products=6, days=60))[0]


async def _count(session: AsyncSession, table: type[Base]) -> int:
    counted = await session.scalar(select(func.count()).select_from(table))
    return counted or 0


async def _brief(session: AsyncSession, tenant: TenantId) -> Briefing:
    briefing = await brief(session, tenant, TODAY, SAY)
    assert briefing is not None
    return briefing


async def test_a_morning_is_planned_whole(session: AsyncSession, bakery: TenantId) -> None:
    outcome = (await run_mornings(session, [bakery], NOW))[bakery]

    briefing = await _brief(session, bakery)
    assert outcome.is_new
    assert outcome.business_date == TODAY
    assert briefing.data_until == TODAY - timedelta(days=1)
    assert briefing.bake
    assert briefing.batches
    assert briefing.orders
    assert all(line.why and line.moved_by for line in briefing.bake)
    assert all(line.why for order in briefing.orders for line in order.lines)


async def test_a_date_is_planned_once(session: AsyncSession, bakery: TenantId) -> None:
    await run_mornings(session, [bakery], NOW)
    before = [await _count(session, table) for table in (Run, Forecast, Batch, PurchaseOrder)]

    outcome = (await run_mornings(session, [bakery], NOW))[bakery]

    assert not outcome.is_new
    assert before == [
        await _count(session, table) for table in (Run, Forecast, Batch, PurchaseOrder)
    ]


async def test_planning_again_supersedes_and_gives_the_same_plan(
    session: AsyncSession, bakery: TenantId
) -> None:
    await run_mornings(session, [bakery], NOW)
    first = await _brief(session, bakery)

    await run_mornings(session, [bakery], NOW, again=True)
    second = await _brief(session, bakery)

    assert second.revision == 1
    assert second.bake == first.bake
    assert second.batches == first.batches
    assert second.orders == first.orders
    statuses = {
        table: list(await session.scalars(select(table.status).order_by(table.revision)))
        for table in (Schedule, ProcurementPlan)
    }
    assert statuses == {
        Schedule: ["superseded", "draft"],
        ProcurementPlan: ["superseded", "draft"],
    }


async def test_a_bakery_that_cannot_be_planned_leaves_the_others_alone(
    session: AsyncSession, bakery: TenantId
) -> None:
    broken = (await demo_bakery.load(session, NOW, seed=2, products=6, days=60))[0]
    dough = (
        await session.scalars(
            select(RecipeComponent).where(
                RecipeComponent.tenant_id == broken,
                RecipeComponent.component_recipe_id.is_not(None),
            )
        )
    ).first()
    assert dough is not None
    dough.ingredient_id, dough.component_recipe_id = None, dough.recipe_id
    await session.flush()

    outcomes = await run_mornings(session, [broken, bakery], NOW)

    assert outcomes[bakery].is_new
    assert "contains itself" in (outcomes[broken].failure or "")
    assert await brief(session, broken, TODAY, SAY) is None


async def test_more_bakeries_need_no_more_statements(
    database: Database, session: AsyncSession, bakery: TenantId
) -> None:
    others = await demo_bakery.load(session, NOW, seed=2, products=6, days=60, count=3)
    with counted(database) as for_one:
        await run_mornings(session, [bakery], NOW)
    with counted(database) as for_three:
        await run_mornings(session, others, NOW)

    assert len(for_three) <= len(for_one)


async def test_a_bakery_without_sales_gets_a_plan_that_says_so(
    session: AsyncSession, bakery: TenantId
) -> None:
    await session.execute(Table("daily_sales", Base.metadata).delete())

    await run_mornings(session, [bakery], NOW)

    assert "no_sales" in {note.code for note in (await _brief(session, bakery)).notes}


async def test_the_far_future_is_refused(session: AsyncSession, bakery: TenantId) -> None:
    with pytest.raises(Invalid, match="too far ahead"):
        await run_mornings(session, [bakery], NOW, day=date(2099, 1, 1))


def test_sales_of_the_planned_day_and_later_are_not_known_yet() -> None:
    """As in a chunk whose bakeries live different days."""
    first = TODAY - timedelta(days=2)
    sales = SalesHistory((new_id(),), first, np.ones((1, 4)), np.full((1, 4), np.nan))
    bakery = demo_bakery.demo(1, TODAY - timedelta(days=1), 6, 60).bakery
    morning = Morning(founded(new_id()), bakery, TODAY, 0, NOW)
    catalogue = Catalogue((), {}, (), ())

    assert Snapshot(morning, catalogue, sales, (), (), (), (), (), ()).data_until == (
        TODAY - timedelta(days=1)
    )


async def test_a_plan_outlives_what_it_was_made_of(session: AsyncSession, bakery: TenantId) -> None:
    await run_mornings(session, [bakery], NOW)
    before = await _brief(session, bakery)
    await session.execute(update(Product).values(is_active=False))
    await session.execute(update(Product).values(recipe_id=None))
    await session.execute(delete(RecipeComponent))
    await session.execute(delete(Recipe))

    after = await _brief(session, bakery)

    assert len(after.batches) == len(before.batches)
    assert after.orders == before.orders

"""The workflows beside the morning, driven as a planning process drives them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from obrador.alerts.models import AlertRow
from obrador.insights.models import InsightRow
from obrador.inventory.models import Ingredient, StockLot
from obrador.kit.ids import new_id
from obrador.notifications.models import NotificationRow
from obrador.orchestration import statistics
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.models import Execution, Run, RunSnapshot, RunStep
from obrador.plan_changes import changes_of
from obrador.procurement.models import ProcurementPlan, PurchaseOrder, StockProjection
from obrador.production.models import Schedule
from obrador.suppliers.models import Supplier, SupplierPrice
from tests.fixtures.installation import NOW, Installation

YESTERDAY = NOW - timedelta(days=1)


async def _all(installation: Installation, column: Any) -> list[Any]:
    async with installation.database.transaction() as session:
        return list(await session.scalars(select(column)))


async def test_plans_that_wait_are_told_of_and_stay(installation: Installation) -> None:
    await installation.run(MORNING)

    schedules = await installation.run("stale_schedule_cleanup")
    plans = await installation.run("stale_plan_cleanup")

    assert schedules == plans == {"archived": 0, "waiting": 1}
    assert "schedule_waiting" in await _all(installation, AlertRow.kind)
    assert "plan_waiting" in await _all(installation, NotificationRow.kind)
    assert await _all(installation, Schedule.status) == ["draft"]


async def test_plans_of_yesterday_that_nobody_acted_on_are_archived(
    installation: Installation,
) -> None:
    await installation.run(MORNING, YESTERDAY)

    schedules = await installation.run("stale_schedule_cleanup")
    plans = await installation.run("stale_plan_cleanup")

    assert schedules == plans == {"archived": 1, "waiting": 0}
    assert await _all(installation, Schedule.status) == ["archived"]
    assert await _all(installation, ProcurementPlan.status) == ["archived"]
    async with installation.database.transaction() as session:
        planned = select(PurchaseOrder.status).where(PurchaseOrder.plan_id.is_not(None))
        assert set(await session.scalars(planned)) == {"cancelled"}


async def test_approved_orders_that_nobody_has_sent_are_told_of_and_stay(
    installation: Installation,
) -> None:
    await installation.run(MORNING, YESTERDAY)
    async with installation.database.transaction() as session:
        await session.execute(update(ProcurementPlan).values(status="approved"))
        planned = select(PurchaseOrder.id).where(PurchaseOrder.plan_id.is_not(None)).limit(1)
        order = (await session.scalars(planned)).one()
        await session.execute(
            update(PurchaseOrder)
            .where(PurchaseOrder.id == order)
            .values(status="approved", order_on=NOW.date())
        )

    assert await installation.run("stale_plan_cleanup") == {"archived": 0, "waiting": 0}

    assert await _all(installation, ProcurementPlan.status) == ["approved"]
    async with installation.database.transaction() as session:
        told = select(NotificationRow.facts).where(NotificationRow.kind == "plan_waiting")
        facts = list(await session.scalars(told))
        assert facts == [{"waiting": 0, "unsent": 1}] * len(facts) != []
        await session.execute(update(PurchaseOrder).values(status="received"))
        await session.execute(update(ProcurementPlan).values(status="in_progress"))
    await installation.run("stale_plan_cleanup", NOW + timedelta(days=1))
    assert await _all(installation, ProcurementPlan.status) == ["completed"]


async def test_what_was_approved_yesterday_and_never_started_is_archived_by_the_system(
    installation: Installation,
) -> None:
    await installation.run(MORNING, YESTERDAY)
    async with installation.database.transaction() as session:
        await session.execute(update(Schedule).values(status="approved"))

    assert await installation.run("stale_schedule_cleanup") == {"archived": 1, "waiting": 0}

    async with installation.database.transaction() as session:
        plan_id = (await session.scalars(select(Schedule.id))).one()
        (change,) = await changes_of(session, installation.bakery, plan_id)
    assert (change.from_status, change.to_status) == ("approved", "archived")
    assert (change.by, change.reason) == ("system", "approved, but never started")


async def test_the_review_of_purchasing_finds_dead_stock(installation: Installation) -> None:
    bakery, saffron = installation.bakery, new_id()
    async with installation.database.transaction() as session:
        supplier = await session.scalar(select(Supplier.id).limit(1))
        session.add(
            Ingredient(tenant_id=bakery, id=saffron, name="Azafrán", name_key="azafran", unit="g")
        )
        await session.flush()
        session.add_all(
            [
                StockLot(
                    tenant_id=bakery,
                    ingredient_id=saffron,
                    received_on=NOW.date() - timedelta(days=60),
                    remaining=Decimal(50),
                ),
                SupplierPrice(
                    tenant_id=bakery,
                    supplier_id=supplier,
                    ingredient_id=saffron,
                    pack_size=Decimal(100),
                    min_packs=1,
                    pack_price_minor=2_000,
                ),
            ]
        )
    await installation.run(MORNING)

    found = await installation.run("procurement_optimization")
    tomorrow = NOW + timedelta(days=1)
    await installation.run(MORNING, tomorrow)
    again = await installation.run("procurement_optimization", tomorrow)

    assert found["insights_posted"] >= 1
    assert again["insights_posted"] == 0
    assert (await _all(installation, InsightRow.kind)).count("dead_stock") == 1


async def test_late_sales_are_validated_and_drift_is_looked_for(installation: Installation) -> None:
    await installation.run(MORNING, YESTERDAY)

    assert await installation.run("validation_backfill") == {"validations": 1}
    assert await installation.run("retraining_evaluation") == {
        "insights_generated": 0,
        "insights_posted": 0,
        "models_trained": 0,
    }
    assert (await installation.run("weekly_digest"))["notifications"] >= 1
    assert "weekly_digest" in await _all(installation, NotificationRow.kind)


async def test_alerts_resolved_long_ago_are_archived(installation: Installation) -> None:
    async with installation.database.transaction() as session:
        session.add_all(
            AlertRow(
                tenant_id=installation.bakery,
                business_date=NOW.date(),
                kind="schedule_waiting",
                severity="warning",
                key=str(days),
                facts={},
                status="resolved",
                raised_at=NOW - timedelta(days=days),
                resolved_at=NOW - timedelta(days=days),
            )
            for days in (29, 31)
        )

    await installation.run("alert_cleanup")

    async with installation.database.transaction() as session:
        rows = await session.execute(select(AlertRow.key, AlertRow.status))
        assert dict(rows.all()) == {"29": "resolved", "31": "archived"}


async def test_a_day_is_added_up_once(installation: Installation) -> None:
    await installation.run(MORNING)
    async with installation.database.transaction() as session:
        await session.execute(update(Execution).values(created_at=NOW))
        await session.execute(update(Run).values(retries=2))
        run = (await session.scalars(select(Run))).one()

    for hours in (24, 25):
        await installation.run("metrics_rollup", NOW + timedelta(hours=hours))

    async with installation.database.transaction() as session:
        day = NOW.date()
        told = await statistics.statistics(session, installation.settings, day, day, None)
    (figures,) = told.days
    assert (figures.workflow, figures.day) == (MORNING, day)
    assert (figures.executions, figures.executions_failed) == (1, 0)
    assert (figures.runs, figures.runs_failed, figures.runs_partial, figures.retries) == (
        1,
        0,
        0,
        2,
    )
    assert figures.rows_written == run.rows_written > 0
    assert figures.compute_seconds == pytest.approx(run.compute_ms / 1000)


async def test_what_is_old_goes_and_plans_stay(installation: Installation) -> None:
    keep = installation.settings.retention_days
    await installation.run(MORNING, YESTERDAY)
    await installation.run(MORNING)
    async with installation.database.transaction() as session:
        old = await session.scalar(
            select(Run.execution_id).where(Run.business_date == YESTERDAY.date())
        )
        await session.execute(
            update(Execution)
            .where(Execution.id == old)
            .values(created_at=NOW - timedelta(days=keep, minutes=1))
        )
        await session.execute(
            update(Execution)
            .where(Execution.id != old)
            .values(created_at=NOW - timedelta(days=keep - 1))
        )
        await session.execute(
            update(StockProjection)
            .where(StockProjection.business_date == YESTERDAY.date())
            .values(business_date=NOW.date() - timedelta(days=1000))
        )

    await installation.run("metrics_rollup")

    today = [NOW.date()]
    for column in (Run.business_date, RunSnapshot.business_date, StockProjection.business_date):
        assert await _all(installation, column) == today
    assert set(await _all(installation, RunStep.business_date)) == set(today)
    assert old not in await _all(installation, Execution.id)
    assert len(await _all(installation, Schedule.business_date)) == 2
    assert len(await _all(installation, ProcurementPlan.business_date)) == 2


async def test_plans_made_by_hand_are_kept_without_how_they_were_made(
    installation: Installation,
) -> None:
    await installation.run(MORNING)
    async with installation.database.transaction() as session:
        await session.execute(update(Run).values(execution_id=None))

    keep = timedelta(days=installation.settings.retention_days)
    await installation.run("metrics_rollup", NOW + keep)
    assert len(await _all(installation, Run.business_date)) == 1
    await installation.run("metrics_rollup", NOW + keep + timedelta(days=1))

    for column in (Run.business_date, RunSnapshot.business_date, RunStep.business_date):
        assert await _all(installation, column) == []
    assert len(await _all(installation, Schedule.business_date)) == 1

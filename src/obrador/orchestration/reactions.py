"""What events set in motion: workflows of single bakeries, once things have calmed down."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import service as alerts
from obrador.alerts.domain import Kind
from obrador.authz import operator
from obrador.forecasting import service as forecasting
from obrador.kit.clock import Clock, system_clock
from obrador.kit.consumers import Consumer
from obrador.kit.envelope import PublishedEvent
from obrador.orchestration import due
from obrador.orchestration.definitions import BACKFILL, MORNING, RETRAINING
from obrador.procurement.events import OrderNotSent, OrderOverdue, OrderStatusChanged
from obrador.production.events import BatchCompleted

CALM = timedelta(seconds=30)
"""So long nothing more has to happen,"""
AT_THE_LATEST = timedelta(minutes=10)
"""but not longer than that after it first did."""
_ORDER_ALERTS: Mapping[str, Kind] = {
    OrderNotSent.routing_key: "order_not_sent",
    OrderOverdue.routing_key: "order_overdue",
}


def consumers(clock: Clock = system_clock) -> tuple[Consumer, ...]:
    """Who hears of what, for the relay."""

    async def replan(session: AsyncSession, event: PublishedEvent) -> None:
        """Stock runs low, or a plan was turned down: plan the day again. What a morning's plan
        found itself, it has planned with."""
        if event.facts.get("is_planned"):
            return
        await _ask(session, event, MORNING, clock(), is_forced=True)

    async def backfill(session: AsyncSession, event: PublishedEvent) -> None:
        """Sales of days that have been forecast came late: validate those days."""
        last = date.fromisoformat(event.facts["last_day"])
        if last >= clock().astimezone(UTC).date() - timedelta(days=60):
            await _ask(session, event, BACKFILL, clock())

    async def first_model(session: AsyncSession, event: PublishedEvent) -> None:
        """Sales came in, and there is no trained model yet: see whether one can be trained."""
        for tenant in operator.working_for([event.tenant_id] if event.tenant_id else []):
            if not await forecasting.has_model(session, tenant):
                await _ask(session, event, RETRAINING, clock())

    async def look_at_floor(session: AsyncSession, event: PublishedEvent) -> None:
        """Work has gone on: alerts that have lost their point go at once, and what a batch gave is
        judged."""
        for tenant in operator.working_for([event.tenant_id] if event.tenant_id else []):
            await alerts.watch_floors(session, [tenant], clock())
            if event.routing_key == BatchCompleted.routing_key:
                facts = event.facts
                short = {UUID(item): amount for item, amount in facts["shortages"].items()}
                recipe, batch = UUID(facts["recipe_id"]), UUID(facts["batch_id"])
                await alerts.judge_batch(session, tenant, recipe, batch, short, clock())

    async def look_at_stock(session: AsyncSession, event: PublishedEvent) -> None:
        """Stock has moved: alerts of it come and go."""
        for tenant in operator.working_for([event.tenant_id] if event.tenant_id else []):
            await alerts.watch_stock(session, tenant, clock())

    async def schedule_seen(session: AsyncSession, event: PublishedEvent) -> None:
        """Somebody has decided on a schedule: it waits no longer."""
        for tenant in operator.working_for([event.tenant_id] if event.tenant_id else []):
            day = date.fromisoformat(event.facts["business_date"])
            await alerts.schedule_seen(session, tenant, day, clock())

    async def look_at_order(session: AsyncSession, event: PublishedEvent) -> None:
        """An order is in trouble, or no longer is."""
        facts, kind = event.facts, _ORDER_ALERTS.get(event.routing_key)
        for tenant in operator.working_for([event.tenant_id] if event.tenant_id else []):
            if kind is not None:
                await alerts.raise_of_order(session, tenant, kind, facts, clock())
            elif facts["to_status"] in ("sent", "received", "cancelled"):
                order_id, status = facts["order_id"], facts["to_status"]
                await alerts.order_settled(session, tenant, order_id, status, clock())

    return (
        Consumer("alerts.floor", ("production.batch.*",), look_at_floor),
        Consumer(
            "alerts.stock",
            ("inventory.stock.moved", "production.batch.completed", "production.batch.cancelled"),
            look_at_stock,
        ),
        Consumer(
            "alerts.schedules",
            ("production.schedule.approved", "production.schedule.rejected"),
            schedule_seen,
        ),
        Consumer(
            "alerts.orders",
            (*_ORDER_ALERTS, OrderStatusChanged.routing_key),
            look_at_order,
        ),
        Consumer("orchestration.replan", ("inventory.stock.low",), replan),
        Consumer("orchestration.backfill", ("sales.imported", "sales.late_data"), backfill),
        Consumer("orchestration.first_model", ("sales.imported",), first_model),
    )


async def _ask(
    session: AsyncSession,
    event: PublishedEvent,
    workflow: str,
    now: datetime,
    *,
    is_forced: bool = False,
) -> None:
    if event.tenant_id is None:
        return
    (tenant,) = operator.working_for([event.tenant_id])
    await due.ask_for(
        session,
        tenant,
        workflow,
        event.routing_key,
        now + CALM,
        now + AT_THE_LATEST,
        is_forced=is_forced,
    )

"""Floors at work: what is late, broken, off or short is told once, and goes by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import service
from obrador.alerts.events import AlertCritical
from obrador.alerts.models import AlertRow
from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent
from obrador.kit.outbox import OutboxEvent
from obrador.orchestration.reactions import consumers
from obrador.production.models import Batch, Schedule
from obrador.sales.models import CustomerOrder, CustomerOrderLine
from obrador.tenants.models import Tenant
from tests.factories.mornings import mornings_of
from tests.fixtures.people import NOW
from tests.production.builders import ROLL, ROLL_RECIPE
from tests.production.shop import (
    DAY,
    add_lot,
    approve,
    dough_of,
    furnish,
    plan_day,
    rolls_of,
    the_schedule,
    work,
)
from tests.statements import counted

OVEN = UUID(int=103)


@pytest.fixture
async def schedule(
    session: AsyncSession, tenant: TenantId, baker: AsyncClient, url: str
) -> dict[str, Any]:
    """Today is approved: a batch of dough, and one of rolls. There is flour enough."""
    await furnish(session, tenant)
    await add_lot(session, tenant, 50_000, DAY + timedelta(days=30))
    await plan_day(session, tenant)
    return await approve(baker, url)


async def raised(session: AsyncSession, status: str | None = None) -> list[tuple[str, str, str]]:
    """Kind, severity and status of all alerts, oldest first."""
    rows = await session.execute(
        select(AlertRow.kind, AlertRow.severity, AlertRow.status).order_by(AlertRow.id)
    )
    return [(*row,) for row in rows if status is None or row.status == status]


async def facts_of(session: AsyncSession, kind: str) -> dict[str, Any]:
    found = await session.scalars(select(AlertRow.facts).where(AlertRow.kind == kind))
    return dict(found.one())


async def hear(session: AsyncSession, now: datetime = NOW) -> None:
    """Deliver all events that are in the outbox, again if they were delivered before."""
    events = (await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))).all()
    for consumer in consumers(lambda: now):
        for event in events:
            if consumer.name.startswith("alerts.") and consumer.wants(event.routing_key):
                published = PublishedEvent(
                    event.id, event.routing_key, 1, event.tenant_id, event.payload, now
                )
                await consumer.handle(session, published)


def at(batch: dict[str, Any], name: str = "starts_at", **after: int) -> datetime:
    return datetime.fromisoformat(batch[name]) + timedelta(**after)


async def test_a_batch_that_nobody_starts_is_told_of_once(
    session: AsyncSession, tenant: TenantId, schedule: dict[str, Any], viewer: AsyncClient, url: str
) -> None:
    dough = dough_of(schedule)

    assert await service.watch_floors(session, [tenant], at(dough, minutes=15)) == 0
    assert await service.watch_floors(session, [tenant], at(dough, minutes=16)) == 1
    assert await service.watch_floors(session, [tenant], at(dough, minutes=17)) == 0

    (alert,) = (await viewer.get(f"{url}/alerts?lang=en")).json()["items"]
    assert alert["kind"] == "batch_delayed"
    assert alert["facts"]["id"] == dough["id"]
    assert "Dough should have been started at " in alert["message"]


async def test_a_day_that_nobody_has_begun_is_one_delay(
    session: AsyncSession, tenant: TenantId, schedule: dict[str, Any]
) -> None:
    now = at(rolls_of(schedule), hours=1)

    await service.watch_floors(session, [tenant], now)

    assert await raised(session) == [("batch_delayed", "critical", "open")]
    assert (await facts_of(session, "batch_delayed"))["id"] == dough_of(schedule)["id"]


async def test_a_delay_becomes_critical_and_goes_when_the_batch_is_started(
    session: AsyncSession,
    tenant: TenantId,
    schedule: dict[str, Any],
    baker: AsyncClient,
    url: str,
) -> None:
    dough = dough_of(schedule)
    await session.execute(
        update(Batch)
        .where(Batch.id == UUID(dough["id"]))
        .values(ready_by=at(dough, "ends_at", minutes=30))
    )
    await service.watch_floors(session, [tenant], at(dough, minutes=20))
    assert await raised(session) == [("batch_delayed", "warning", "open")]
    await service.watch_floors(session, [tenant], at(dough, minutes=40))
    assert await raised(session) == [("batch_delayed", "critical", "open")]
    await service.watch_floors(session, [tenant], at(dough, minutes=41))
    told = await session.scalars(
        select(OutboxEvent).where(OutboxEvent.routing_key == AlertCritical.routing_key)
    )
    assert [each.payload["facts"]["id"] for each in told] == [dough["id"]]

    await work(baker, url, dough, "start", started_at=at(dough).isoformat())
    await hear(session, at(dough, minutes=41))

    assert ("batch_delayed", "critical", "resolved") in await raised(session)


async def test_a_batch_that_takes_too_long_is_told_of_until_it_ends(
    session: AsyncSession,
    tenant: TenantId,
    schedule: dict[str, Any],
    baker: AsyncClient,
    url: str,
) -> None:
    dough = dough_of(schedule)
    began = at(dough, minutes=10)
    await work(baker, url, dough, "start", started_at=began.isoformat())
    ends = began + (at(dough, "ends_at") - at(dough))

    key = f"batch_delayed:{dough['id']}:end"
    query = select(AlertRow.status).where(AlertRow.key == key)

    await service.watch_floors(session, [tenant], ends + timedelta(minutes=14))
    assert (await session.scalars(query)).all() == []
    await service.watch_floors(session, [tenant], ends + timedelta(minutes=16))
    assert (await session.scalars(query)).all() == ["open"]

    await work(baker, url, dough, "complete")
    await service.watch_floors(session, [tenant], ends + timedelta(minutes=17))
    assert (await session.scalars(query)).all() == ["resolved"]


async def test_a_customers_order_makes_a_delay_critical(
    session: AsyncSession,
    tenant: TenantId,
    schedule: dict[str, Any],
    baker: AsyncClient,
    url: str,
) -> None:
    dough, rolls = dough_of(schedule), rolls_of(schedule)
    for word in ("start", "complete"):
        await work(baker, url, dough, word)
    late = timedelta(hours=6)
    await session.execute(
        update(Batch)
        .where(Batch.id == UUID(rolls["id"]))
        .values(ready_by=at(rolls, "ends_at") + late)
    )
    line = CustomerOrderLine(tenant_id=tenant, product_id=ROLL, quantity=Decimal(10))
    due = {"due_date": DAY, "due_time": at(rolls).time()}
    session.add(CustomerOrder(tenant_id=tenant, customer="Bar", lines=[line], **due))
    await session.flush()

    await service.watch_floors(session, [tenant], at(rolls, minutes=20))

    facts = await facts_of(session, "batch_delayed")
    assert (facts["is_late"], facts["is_ordered"]) == (False, True)
    assert await raised(session) == [("batch_delayed", "critical", "open")]


async def test_the_bakery_says_what_a_delay_is(
    session: AsyncSession, tenant: TenantId, schedule: dict[str, Any]
) -> None:
    await session.execute(update(Tenant).values(policy={"delay_minutes": 60}))

    assert await service.watch_floors(session, [tenant], at(dough_of(schedule), minutes=59)) == 0
    assert await service.watch_floors(session, [tenant], at(dough_of(schedule), minutes=61)) == 1


async def test_a_time_zone_that_nobody_knows_stops_no_watch(
    session: AsyncSession, tenant: TenantId, schedule: dict[str, Any]
) -> None:
    await session.execute(update(Tenant).values(time_zone="Mars/Olympus"))

    assert await service.watch_floors(session, [tenant], at(dough_of(schedule), minutes=16)) == 1


async def test_what_somebody_resolved_is_not_told_again(
    session: AsyncSession,
    tenant: TenantId,
    schedule: dict[str, Any],
    baker: AsyncClient,
    url: str,
) -> None:
    now = at(dough_of(schedule), minutes=20)
    await service.watch_floors(session, [tenant], now)
    (alert,) = (await baker.get(f"{url}/alerts")).json()["items"]
    await baker.post(f"{url}/alerts/{alert['id']}/resolve")

    assert await service.watch_floors(session, [tenant], now + timedelta(minutes=1)) == 0
    assert [each[2] for each in await raised(session)] == ["resolved"]


async def test_drafts_and_other_bakeries_are_not_watched(
    session: AsyncSession, tenant: TenantId, other_tenant: TenantId, schedule: dict[str, Any]
) -> None:
    now = at(dough_of(schedule), minutes=20)

    assert await service.watch_floors(session, [other_tenant], now) == 0
    await session.execute(update(Schedule).values(status="draft"))
    assert await service.watch_floors(session, [tenant], now) == 0


async def test_a_broken_oven_names_what_it_hits_and_how_to_plan_again(
    session: AsyncSession,
    tenant: TenantId,
    schedule: dict[str, Any],
    baker: AsyncClient,
    url: str,
) -> None:
    rolls, now = rolls_of(schedule), at(dough_of(schedule))
    broken = {"out_of_order_from": (now - timedelta(minutes=1)).isoformat()}
    assert (await baker.patch(f"{url}/equipment/{OVEN}", json=broken)).status_code == 200

    assert await service.watch_floors(session, [tenant], now) == 1
    assert await service.watch_floors(session, [tenant], now + timedelta(minutes=1)) == 0

    (alert,) = (await baker.get(f"{url}/alerts?lang=en")).json()["items"]
    assert (alert["kind"], alert["severity"]) == ("equipment_out", "critical")
    assert [each["id"] for each in alert["facts"]["batches"]] == [rolls["id"]]
    assert alert["facts"]["actions"] == [
        f"POST {url}/production/schedules/{schedule['id']}/regenerate"
    ]
    assert "Oven is out of order. Batches that need it then: Roll Tue 3 Mar" in alert["message"]

    mended = {"out_of_order_from": None, "out_of_order_to": None}
    await baker.patch(f"{url}/equipment/{OVEN}", json=mended)
    await service.watch_floors(session, [tenant], now + timedelta(minutes=2))
    assert await raised(session) == [("equipment_out", "critical", "resolved")]
    await baker.patch(f"{url}/equipment/{OVEN}", json=broken)
    await service.watch_floors(session, [tenant], now + timedelta(minutes=3))
    assert await raised(session) == [("equipment_out", "critical", "open")]


async def test_an_outage_ends_by_itself_and_one_to_come_is_told_of_where_it_hits(
    session: AsyncSession, tenant: TenantId, schedule: dict[str, Any], baker: AsyncClient, url: str
) -> None:
    rolls = rolls_of(schedule)
    before, ends = at(dough_of(schedule)), at(rolls, "ends_at", minutes=1)
    oven = f"{url}/equipment/{OVEN}"
    later = {"out_of_order_from": ends.isoformat(), "out_of_order_to": None}
    await baker.patch(oven, json=later)
    assert await service.watch_floors(session, [tenant], before) == 0

    hits = {"out_of_order_from": at(rolls).isoformat(), "out_of_order_to": ends.isoformat()}
    await baker.patch(oven, json=hits)
    assert await service.watch_floors(session, [tenant], before) == 1
    assert [each[:2] for each in await raised(session)] == [("equipment_out", "critical")]

    await session.execute(update(Batch).values(status="cancelled"))
    await service.watch_floors(session, [tenant], ends + timedelta(minutes=1))
    assert await raised(session, "open") == []


async def test_a_short_yield_is_told_once_however_often_the_event_comes(
    session: AsyncSession, schedule: dict[str, Any], baker: AsyncClient, url: str
) -> None:
    dough, rolls = dough_of(schedule), rolls_of(schedule)
    for batch, given in ((dough, {}), (rolls, {"made": "40", "wasted": "17"})):
        await work(baker, url, batch, "start")
        await work(baker, url, batch, "complete", **given)

    await hear(session)
    await hear(session)

    assert await raised(session) == [("yield_off", "warning", "open")]
    facts = await facts_of(session, "yield_off")
    assert (facts["planned"], facts["made"], facts["percent"]) == (57, 40, -30)


async def test_the_third_short_yield_in_a_row_proposes_a_waste_share(
    session: AsyncSession, tenant: TenantId, schedule: dict[str, Any]
) -> None:
    own = UUID(rolls_of(schedule)["id"])
    await _give(session, own, [40, 41, 42])

    for _ in range(2):
        await service.judge_batch(session, tenant, ROLL_RECIPE, own, {}, NOW)

    assert await raised(session) == [
        ("yield_off", "warning", "open"),
        ("yield_trend", "warning", "open"),
    ]
    facts = await facts_of(session, "yield_trend")
    assert (facts["waste_share"], facts["id"]) == (0, str(ROLL_RECIPE))
    assert 0.2 < facts["proposed"] < 0.4

    await session.execute(update(Batch).where(Batch.id == own).values(made=Batch.quantity))
    await service.judge_batch(session, tenant, ROLL_RECIPE, own, {}, NOW)
    assert ("yield_trend", "warning", "resolved") in await raised(session)


async def _give(session: AsyncSession, last: UUID, made: Sequence[int]) -> None:
    """Copies of a batch that gave so many, the batch itself being the last."""
    row = await session.scalar(select(Batch).where(Batch.id == last))
    assert row is not None
    columns = {column.name: getattr(row, column.name) for column in Batch.__table__.columns}
    for number, count in enumerate(made[:-1], start=1):
        session.add(
            Batch(
                **columns
                | {
                    "id": UUID(int=number),
                    "status": "completed",
                    "made": count,
                    "wasted": 0,
                    "ended_at": NOW - timedelta(hours=10 - number),
                }
            )
        )
    row.status, row.made = "completed", Decimal(made[-1])
    row.wasted, row.ended_at = Decimal(0), NOW
    await session.flush()


async def test_flour_that_stock_did_not_hold_is_told_once_a_week(
    session: AsyncSession, tenant: TenantId, baker: AsyncClient, url: str
) -> None:
    await furnish(session, tenant)
    await add_lot(session, tenant, 1000, DAY + timedelta(days=30))
    await plan_day(session, tenant)
    dough = dough_of(await approve(baker, url))
    await work(baker, url, dough, "start")
    await work(baker, url, dough, "complete")

    await hear(session)
    await hear(session)

    assert ("stock_short_on_completion", "warning", "open") in await raised(session)
    facts = await facts_of(session, "stock_short_on_completion")
    assert (facts["name"], facts["quantity"], facts["unit"]) == ("Flour", 4700, "g")
    listed = (await baker.get(f"{url}/alerts?lang=en")).json()["items"]
    (said,) = [each["message"] for each in listed if each["kind"] == "stock_short_on_completion"]
    assert said == "Dough took 4,7 kg more of Flour than stock held: count it."


async def test_a_schedule_that_somebody_decided_on_waits_no_longer(
    session: AsyncSession, tenant: TenantId, baker: AsyncClient, url: str
) -> None:
    await furnish(session, tenant)
    await plan_day(session, tenant)
    await service.escalate_stale(session, await mornings_of(session, [tenant], DAY))
    assert await raised(session) == [("schedule_waiting", "warning", "open")]

    await approve(baker, url)
    await hear(session, NOW - timedelta(hours=5))

    assert await raised(session) == [("schedule_waiting", "warning", "resolved")]
    assert (await the_schedule(baker, url))["status"] == "approved"


async def test_more_bakeries_need_no_more_statements(
    database: Database,
    session: AsyncSession,
    tenant: TenantId,
    other_tenant: TenantId,
    schedule: dict[str, Any],
) -> None:
    now = at(dough_of(schedule), minutes=20)
    with counted(database) as for_one:
        await service.watch_floors(session, [tenant], now)
    with counted(database) as for_two:
        await service.watch_floors(session, [tenant, other_tenant], now)
    with counted(database) as for_none:
        await service.watch_floors(session, [other_tenant], now)

    assert len(for_two) <= len(for_one) <= 12
    assert len(for_none) <= 3

"""Stock that gets low is told once for each cause, and is resolved by what arrives."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import service
from obrador.alerts.models import AlertRow
from obrador.authz import TenantId
from obrador.inventory import stock
from obrador.inventory.outlook import KEEPS, Stock, look_ahead
from obrador.inventory.schemas import MovementInput
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent
from obrador.kit.ids import new_id
from obrador.kit.outbox import OutboxEvent
from obrador.orchestration.models import Trigger
from obrador.orchestration.reactions import consumers
from obrador.procurement import service as procurement
from tests.factories.mornings import facts_today, planned_yesterday
from tests.fixtures.people import NOW
from tests.statements import counted

parsed: TypeAdapter[Any] = TypeAdapter(MovementInput)


@pytest.fixture
async def bakery(session: AsyncSession) -> TenantId:
    """A demo bakery that planned yesterday, with nothing to be told of its stock."""
    (own,) = await planned_yesterday(session)
    return own


@pytest.fixture
async def item(session: AsyncSession, bakery: TenantId) -> UUID:
    """What it needs most of, with plenty in stock."""
    plan = await procurement.newest_plan(session, bakery)
    needed = max(plan.projections, key=lambda each: sum(each.requirement[1:3]))
    await move(session, bakery, needed.ingredient_id, "receipt", 10**7)
    await service.watch_stock(session, bakery, NOW)
    return needed.ingredient_id


async def move(
    session: AsyncSession, bakery: TenantId, item: UUID, kind: str, quantity: float
) -> None:
    given = parsed.validate_python({"kind": kind, "ingredient_id": item, "quantity": quantity})
    await stock.post(session, bakery, new_id(), given, NOW)


async def told(session: AsyncSession, item: UUID) -> list[tuple[str, str]]:
    """Kind and status of all alerts of an item, oldest first."""
    rows = await session.execute(
        select(AlertRow.kind, AlertRow.status)
        .where(AlertRow.facts["id"].astext == str(item), AlertRow.kind != "lot_expiring")
        .order_by(AlertRow.id)
    )
    return [(*row,) for row in rows]


async def keys(session: AsyncSession, item: UUID) -> list[str]:
    """Routing keys of events about low stock of an item, oldest first."""
    events = await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))
    return [
        each.routing_key
        for each in events
        if str(item) in (each.payload.get("low_from") or each.payload.get("runs_out") or {})
        and each.routing_key.startswith("inventory.stock.")
    ]


async def test_a_count_that_finds_nothing_is_told_once_until_there_is_stock(
    session: AsyncSession, bakery: TenantId, item: UUID
) -> None:
    before = await told(session, item)
    heard = len(await keys(session, item))
    await move(session, bakery, item, "count", 0)
    for hour in range(3):
        await service.watch_stock(session, bakery, NOW + timedelta(minutes=hour))
    assert (await told(session, item))[len(before) :] == [("stock_critical", "open")]
    assert sorted((await keys(session, item))[heard:]) == [
        "inventory.stock.critical",
        "inventory.stock.low",
    ]

    await move(session, bakery, item, "receipt", 10**7)
    await service.watch_stock(session, bakery, NOW + timedelta(hours=1))
    assert (await told(session, item))[len(before) :] == [("stock_critical", "resolved")]

    await move(session, bakery, item, "count", 0)
    await service.watch_stock(session, bakery, NOW + timedelta(hours=2))
    assert [status for _, status in (await told(session, item))[len(before) :]] == [
        "resolved",
        "open",
    ]


async def test_what_a_person_has_resolved_is_not_told_again_for_the_same_cause(
    session: AsyncSession, bakery: TenantId, item: UUID
) -> None:
    await move(session, bakery, item, "count", 0)
    await service.watch_stock(session, bakery, NOW)
    query = select(AlertRow.id).where(AlertRow.status == "open", AlertRow.kind == "stock_critical")
    of_item = query.where(AlertRow.facts["id"].astext == str(item))
    (alert,) = await session.scalars(of_item)
    await service.resolve(session, bakery, alert, new_id(), NOW, None)

    await service.watch_stock(session, bakery, NOW + timedelta(hours=1))
    assert (await session.scalars(of_item)).all() == []
    await move(session, bakery, item, "receipt", 10**7)
    await service.watch_stock(session, bakery, NOW + timedelta(hours=2))
    await move(session, bakery, item, "count", 0)
    await service.watch_stock(session, bakery, NOW + timedelta(hours=3))
    assert len((await session.scalars(of_item)).all()) == 1


async def test_moved_stock_is_looked_at_and_what_is_low_is_planned_again(
    session: AsyncSession, bakery: TenantId, item: UUID
) -> None:
    await move(session, bakery, item, "count", 0)
    heard: set[UUID] = set()
    for _ in range(2):  # what follows from the first events are events themselves
        events = (await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))).all()
        for event in events:
            if event.id in heard or not event.routing_key.startswith("inventory."):
                continue
            heard.add(event.id)
            published = PublishedEvent(
                event.id, event.routing_key, 1, event.tenant_id, event.payload, NOW
            )
            for consumer in consumers(lambda: NOW):
                if consumer.wants(event.routing_key):
                    await consumer.handle(session, published)

    assert (await told(session, item))[-1] == ("stock_critical", "open")
    asked = (await session.scalars(select(Trigger))).all()
    assert [each.is_forced for each in asked] == [True]


async def test_a_morning_plans_with_what_it_finds_low(
    session: AsyncSession, bakery: TenantId
) -> None:
    await service.from_morning(session, await facts_today(session, [bakery]))

    events = await session.scalars(
        select(OutboxEvent).where(OutboxEvent.routing_key == "inventory.stock.low")
    )
    assert all(event.payload["is_planned"] for event in events)


async def test_looking_takes_a_constant_number_of_queries(
    session: AsyncSession, bakery: TenantId, item: UUID, database: Database
) -> None:
    with counted(database) as first:
        await service.watch_stock(session, bakery, NOW)
    for each in (await procurement.newest_plan(session, bakery)).projections:
        await move(session, bakery, each.ingredient_id, "receipt", 1)
    with counted(database) as later:
        await service.watch_stock(session, bakery, NOW + timedelta(minutes=1))

    assert len(later) <= len(first) + 1, "one more where there is something to keep"


async def test_nothing_is_told_where_nothing_is_planned(
    session: AsyncSession, tenant: TenantId
) -> None:
    await service.watch_stock(session, tenant, NOW)

    assert (await session.scalars(select(AlertRow))).all() == []


def test_lots_are_used_first_expired_first_and_leave_in_time() -> None:
    lots = (Stock(10, KEEPS), Stock(5, 0), Stock(4, -1), Stock(6, 2, from_day=1))

    seen = look_ahead((3, 3, 2, 9), lots)

    assert seen.used == (9.0, 3.0, 0.0, 5.0)
    assert seen.expired == (6.0, 0.0, 1.0, 0.0)
    assert seen.unmet == (0.0, 0.0, 0.0, 0.0)
    assert seen.closing == (10.0, 13.0, 10.0, 1.0)
    assert look_ahead((3,), ()).unmet == (3.0,)

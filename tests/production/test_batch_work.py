"""Batches are made: what is started, completed, cancelled, and what stock makes of it."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.making import Output, post_batch
from obrador.inventory.models import StockLot, StockMovement
from obrador.inventory.service import load_lots
from obrador.kit.ids import new_id
from obrador.kit.outbox import OutboxEvent
from tests.factories import make_tenant
from tests.fixtures.people import NOW
from tests.production.builders import DOUGH, FLOUR, ROLL
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


@pytest.fixture
async def planned(session: AsyncSession, tenant: TenantId) -> None:
    """Today is planned; 10 kg of flour are in stock, half of it expires first."""
    await furnish(session, tenant)
    await add_lot(session, tenant, 5000, DAY + timedelta(days=30))
    await add_lot(session, tenant, 5000, DAY + timedelta(days=3))
    await plan_day(session, tenant)


async def stock(session: AsyncSession, tenant: TenantId) -> dict[UUID, float]:
    """What is left, by item."""
    rows = await session.scalars(
        select(StockLot)
        .where(StockLot.tenant_id == tenant)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, float] = defaultdict(float)
    for row in rows:
        item = row.ingredient_id or row.product_id or row.recipe_id
        assert item
        found[item] += float(row.remaining)
    return found


async def event(session: AsyncSession, key: str) -> dict[str, Any]:
    found = await session.scalars(
        select(OutboxEvent.payload)
        .where(OutboxEvent.routing_key == key)
        .order_by(OutboxEvent.id.desc())
    )
    facts: dict[str, Any] = found.first() or {}
    return facts


async def test_nothing_is_started_before_the_schedule_is_approved(
    baker: AsyncClient, url: str, planned: None
) -> None:
    dough = dough_of(await the_schedule(baker, url))

    answer = await baker.post(f"{url}/production/batches/{dough['id']}/start")

    assert answer.status_code == 409
    assert "once it is approved" in answer.json()["detail"]


async def test_a_day_from_dough_to_rolls(
    session: AsyncSession, baker: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    schedule = await approve(baker, url)
    dough, rolls = dough_of(schedule), rolls_of(schedule)
    assert (dough["quantity"], rolls["quantity"]) == (5700, 57)

    started = await work(baker, url, dough, "start", started_at="2026-03-03T03:00:00Z")
    assert (started["status"], started["started_at"]) == ("in_progress", "2026-03-03T03:00:00Z")
    assert (await the_schedule(baker, url))["status"] == "in_progress"
    await work(baker, url, dough, "complete")
    assert await stock(session, tenant) == {FLOUR: 4300, DOUGH: 5700}

    await work(baker, url, rolls, "start")
    done = await work(baker, url, rolls, "complete", made="52", wasted="5", note="two trays fell")

    assert (done["made"], done["wasted"], done["note"]) == (52, 5, "two trays fell")
    assert done["shortages"] == []
    assert await stock(session, tenant) == {FLOUR: 4300, DOUGH: 0, ROLL: 52}
    after = await the_schedule(baker, url)
    assert after["status"] == "completed"
    assert [(c["from_status"], c["to_status"]) for c in after["history"] if not c["batch_id"]] == [
        ("draft", "approved"),
        ("approved", "in_progress"),
        ("in_progress", "completed"),
    ]
    told = await event(session, "production.batch.completed")
    assert (told["made"], told["planned"], told["wasted"], told["unit"]) == (52, 57, 5, "piece")


async def test_what_expires_first_goes_first_and_what_is_baked_keeps_for_its_shelf_life(
    session: AsyncSession, baker: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    schedule = await approve(baker, url)
    for batch in (dough_of(schedule), rolls_of(schedule)):
        await work(baker, url, batch, "start")
        await work(baker, url, batch, "complete")

    lots = (await baker.get(f"{url}/stock/lots?in_stock=false")).json()["items"]
    left = {lot["expires_on"]: lot["remaining"] for lot in lots if lot["ingredient_id"]}
    (dough,) = [lot for lot in lots if lot["recipe_id"]]
    (rolls,) = [lot for lot in lots if lot["product_id"]]
    assert left == {"2026-03-06": "0", "2026-04-02": "4300"}
    assert (dough["unit"], dough["expires_on"], dough["remaining"]) == ("g", "2026-03-03", "0")
    assert (rolls["unit"], rolls["expires_on"], rolls["remaining"]) == ("piece", "2026-03-03", "57")
    assert rolls["batch_id"] == rolls_of(schedule)["id"]


async def test_planning_does_not_count_what_was_baked_until_somebody_counts_it(
    session: AsyncSession, baker: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    schedule = await approve(baker, url)
    for batch in (dough_of(schedule), rolls_of(schedule)):
        await work(baker, url, batch, "start")
        await work(baker, url, batch, "complete")

    uncounted = (await load_lots(session, [tenant]))[tenant]
    count = {"kind": "count", "product_id": str(ROLL), "quantity": "7"}
    assert (await baker.post(f"{url}/stock/movements", json=count)).status_code == 201
    counted = (await load_lots(session, [tenant]))[tenant]

    assert [lot.item_id for lot in uncounted] == [FLOUR]
    assert {lot.item_id: lot.quantity for lot in counted} == {FLOUR: 4300, ROLL: 7}


async def test_bread_is_baked_although_stock_is_missing_on_paper(
    session: AsyncSession, baker: AsyncClient, url: str, tenant: TenantId
) -> None:
    await furnish(session, tenant)
    await add_lot(session, tenant, 1000)
    await add_lot(session, tenant, 9000, DAY - timedelta(days=1))  # expired
    await plan_day(session, tenant)
    schedule = await approve(baker, url)

    await work(baker, url, dough_of(schedule), "start")
    done = await work(baker, url, dough_of(schedule), "complete")

    assert done["shortages"] == [{"item_id": str(FLOUR), "quantity": 4700}]
    assert await stock(session, tenant) == {FLOUR: 9000, DOUGH: 5700}
    told = await event(session, "production.batch.completed")
    assert told["shortages"] == {str(FLOUR): 4700}


async def test_completing_again_changes_nothing(
    session: AsyncSession, baker: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    dough = dough_of(await approve(baker, url))
    await work(baker, url, dough, "start")
    await work(baker, url, dough, "start")
    first = await work(baker, url, dough, "complete", made="5600", key="a")
    levels = await stock(session, tenant)

    same_figures = await work(baker, url, dough, "complete", made="5600")
    same_key = await work(baker, url, dough, "complete", made="1", key="a")
    other = await baker.post(
        f"{url}/production/batches/{dough['id']}/complete", json={"made": "5000"}
    )

    assert first == same_figures == same_key
    assert (other.status_code, other.json()["type"]) == (
        409,
        "urn:obrador:problem:already-completed",
    )
    assert await stock(session, tenant) == levels
    query = select(func.count()).where(OutboxEvent.routing_key == "production.batch.completed")
    assert await session.scalar(query) == 1


async def test_a_batch_ends_after_it_began_and_not_in_the_future(
    baker: AsyncClient, url: str, planned: None
) -> None:
    dough = dough_of(await approve(baker, url))
    path = f"{url}/production/batches/{dough['id']}"
    later = (NOW + timedelta(minutes=1)).isoformat()

    too_soon = await baker.post(f"{path}/start", json={"started_at": later})
    await work(baker, url, dough, "start")
    backwards = await baker.post(
        f"{path}/complete", json={"ended_at": (NOW - timedelta(hours=1)).isoformat()}
    )

    assert too_soon.json()["errors"][0]["where"] == "started_at"
    assert backwards.json()["errors"][0]["where"] == "ended_at"


BATCH_WORDS = {"start": "in_progress", "complete": "completed", "cancel": "cancelled"}


@pytest.mark.parametrize("state", ["planned", "in_progress", "completed", "cancelled"])
@pytest.mark.parametrize("word", sorted(BATCH_WORDS))
async def test_every_step_of_a_batch_is_checked(
    baker: AsyncClient, url: str, planned: None, state: str, word: str
) -> None:
    dough = dough_of(await approve(baker, url))
    before = {"planned": [], "in_progress": ["start"], "completed": ["start", "complete"]}
    for earlier in before.get(state, ["cancel"]):
        await work(baker, url, dough, earlier, **({"reason": "x"} if earlier == "cancel" else {}))

    body = (
        {"reason": "no flour"} if word == "cancel" else {"made": "1"} if word == "complete" else {}
    )
    answer = await baker.post(f"{url}/production/batches/{dough['id']}/{word}", json=body)

    allowed = {
        ("planned", "start"),
        ("planned", "cancel"),
        ("in_progress", "complete"),
        ("in_progress", "cancel"),
        # said again
        ("in_progress", "start"),
        ("cancelled", "cancel"),
    }
    assert answer.status_code == (200 if (state, word) in allowed else 409), answer.text


async def test_what_went_into_a_batch_that_is_given_up_is_waste(
    session: AsyncSession, baker: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    schedule = await approve(baker, url)
    await work(baker, url, dough_of(schedule), "start")

    await work(baker, url, dough_of(schedule), "cancel", reason="the mixer broke")
    await work(baker, url, rolls_of(schedule), "cancel", reason="no dough")

    assert await stock(session, tenant) == {FLOUR: 4300}
    kinds = await session.execute(
        select(StockMovement.kind, func.sum(StockMovement.quantity))
        .where(StockMovement.tenant_id == tenant)
        .group_by(StockMovement.kind)
    )
    assert dict(kinds.all()) == {"receipt": 10000, "waste": -5700}
    told = await event(session, "production.batch.cancelled")
    assert (told["was_started"], told["reason"]) == (False, "no dough")
    assert (await the_schedule(baker, url))["status"] == "completed"


async def test_a_schedule_of_which_nothing_is_made_is_archived(
    baker: AsyncClient, url: str, planned: None
) -> None:
    schedule = await approve(baker, url)

    for batch in schedule["batches"]:
        await work(baker, url, batch, "cancel", reason="holiday")

    assert (await the_schedule(baker, url))["status"] == "archived"


amounts = st.floats(0, 500).map(lambda amount: round(amount, 3))


@given(
    lots=st.lists(
        st.tuples(st.sampled_from([FLOUR, DOUGH]), amounts, st.none() | st.integers(-3, 3)),
        max_size=6,
    ),
    batches=st.lists(st.tuples(amounts, amounts, amounts), min_size=1, max_size=4),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_levels_are_sums_of_movements_and_nothing_expired_is_used(
    session: AsyncSession,
    lots: list[tuple[UUID, float, int | None]],
    batches: list[tuple[float, float, float]],
) -> None:
    tenant = await make_tenant(session, f"Bakery {new_id()}")
    await furnish(session, tenant)
    before: dict[UUID, float] = defaultdict(float)
    for item, quantity, days in lots:
        expires = None if days is None else DAY + timedelta(days=days)
        if quantity and item == FLOUR:
            await add_lot(session, tenant, quantity, expires)
            before[item] += quantity if expires is None or expires >= DAY else 0.0

    short: dict[UUID, float] = defaultdict(float)
    used: dict[UUID, float] = defaultdict(float)
    made = 0.0
    for flour, dough, gives in batches:
        output = Output(None, DOUGH, Decimal(str(gives)), DAY, DAY)
        shortages = await post_batch(
            session, tenant, new_id(), new_id(), {FLOUR: flour, DOUGH: dough}, output, at=NOW,
            today=DAY,
        )  # fmt: skip
        made += gives
        used[FLOUR] += flour
        used[DOUGH] += dough
        for shortage in shortages:
            short[UUID(shortage.item_id)] += shortage.quantity

    moved = select(StockMovement.lot_id, func.sum(StockMovement.quantity).label("sum")).group_by(
        StockMovement.lot_id
    )
    sums = {row.lot_id: row.sum for row in await session.execute(moved)}
    rows = await session.scalars(
        select(StockLot)
        .where(StockLot.tenant_id == tenant)
        .execution_options(populate_existing=True)
    )
    left: dict[UUID, float] = defaultdict(float)
    for row in rows:
        assert row.remaining == sums.get(row.id, 0) >= 0
        if row.expires_on is not None and row.expires_on < DAY:
            assert row.remaining > 0  # as it was delivered
        else:
            left[row.ingredient_id or row.recipe_id or row.id] += float(row.remaining)
    assert left[FLOUR] == pytest.approx(before[FLOUR] - used[FLOUR] + short[FLOUR], abs=0.01)
    assert left[DOUGH] == pytest.approx(made - used[DOUGH] + short[DOUGH], abs=0.01)

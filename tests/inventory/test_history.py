"""The history of stock: read, reversed, and what was wasted."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador import doctor
from obrador.authz import TenantId
from obrador.inventory import count_approval, counts, movements, service, sheets
from obrador.inventory.count_schemas import CountEntry, CountInput
from obrador.inventory.errors import NotEnoughStock, NotReversible
from obrador.inventory.models import StockLot
from obrador.kit.errors import Conflict, Invalid, NotFound
from obrador.kit.ids import derived_id, new_id
from obrador.plan_changes import Who
from obrador.settings import Settings
from tests.factories.things import FLOUR, added
from tests.fixtures.people import NOW
from tests.inventory.test_stock import add_milk, lots, post, reconcile

CHANGES = ("receipt", "consumption", "waste", "transfer", "count", "adjustment")
STORY = st.lists(
    st.tuples(
        st.sampled_from([*CHANGES, "reversal", "repeat", "batch", "sheet"]),
        st.decimals("0.001", 20, places=3),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=25,
)


@pytest.fixture
async def milk(session: AsyncSession, tenant: TenantId) -> UUID:
    """An ingredient that keeps for five days."""
    return await add_milk(session, tenant)


async def test_a_mistake_is_reversed_once_and_leaves_no_trace_in_sums(
    session: AsyncSession, tenant: TenantId, milk: UUID
) -> None:
    await post(session, tenant, milk, "receipt", 10)
    await post(session, tenant, milk, "receipt", 10)
    wrong = await post(session, tenant, milk, "waste", 15)

    first = await movements.reverse(session, tenant, wrong.id, "another bakery's")
    again = await movements.reverse(session, tenant, wrong.id, "another bakery's")

    assert first == again
    assert sorted((await reconcile(session, tenant)).values()) == [10, 10]
    period = (tenant, NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert (await service.load_waste(session, [period]))[tenant].get(milk, 0) == 0
    with pytest.raises(NotReversible, match="reverses another"):
        await movements.reverse(session, tenant, first.id, "no")
    with pytest.raises(NotFound):
        await movements.reverse(session, tenant, new_id(), "what?")


async def test_what_has_been_used_or_counted_since_is_not_reversed(
    session: AsyncSession, tenant: TenantId, milk: UUID
) -> None:
    arrived = await post(session, tenant, milk, "receipt", 10)
    await post(session, tenant, milk, "consumption", 3)
    with pytest.raises(NotEnoughStock, match=r"10\.000, of which 7\.000 are left"):
        await movements.reverse(session, tenant, arrived.id, "twice")

    hour = timedelta(hours=1)
    count = await post(session, tenant, milk, "count", 12, now=NOW + hour)
    with pytest.raises(NotReversible, match="counted since"):
        await movements.reverse(session, tenant, arrived.id, "twice")
    await movements.reverse(session, tenant, count.id, "wrong shelf")
    assert sum((await reconcile(session, tenant)).values()) == 7


async def test_movements_are_listed_newest_first(
    session: AsyncSession, tenant: TenantId, milk: UUID, viewer: AsyncClient, url: str
) -> None:
    for hour, (kind, quantity) in enumerate((("receipt", 4), ("receipt", 2), ("waste", 5))):
        await post(session, tenant, milk, kind, quantity, now=NOW + timedelta(hours=hour))
    at = f"{url}/stock/movements"

    first = (await viewer.get(f"{at}?limit=2&item_id={milk}")).json()
    rest = (await viewer.get(f"{at}?limit=2&cursor={first['next_cursor']}")).json()

    assert sorted(each["quantity"] for each in first["items"]) == ["-1", "-4"]
    assert [(each["quantity"], each["unit"]) for each in rest["items"]] == [
        ("2", "ml"),
        ("4", "ml"),
    ]
    assert rest["next_cursor"] is None
    wasted = (await viewer.get(f"{at}?kind=waste&first=2026-03-03&last=2026-03-03")).json()["items"]
    assert len(wasted) == 2
    assert (await viewer.get(f"{at}?first=2026-03-04")).json()["items"] == []
    of_lot = (await viewer.get(f"{at}?lot_id={rest['items'][0]['lot_id']}")).json()["items"]
    assert [each["quantity"] for each in of_lot] == ["-1", "2"]


async def test_waste_is_reported_by_reason_item_and_week(
    buyer: AsyncClient, baker: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    flour = (await added(buyer, f"{url}/ingredients", FLOUR))["id"]
    own = (await added(baker, f"{url}/waste-reasons", {"name": "Gorgojo"}))["id"]
    move = f"{url}/stock/movements"
    of_flour = {"ingredient_id": flour, "unit": "kg"}
    receipt = {"kind": "receipt", "quantity": 30, "received_on": "2026-02-20"}
    await added(buyer, move, of_flour | receipt | {"occurred_at": "2026-02-20T08:00:00Z"})
    waste = of_flour | {"kind": "waste"}
    await added(baker, move, waste | {"quantity": 2, "cause": "expired"})
    await added(baker, move, waste | {"quantity": 3, "waste_reason_id": own})
    last_week = {"occurred_at": "2026-02-28T08:00:00Z"}
    await added(baker, move, waste | last_week | {"quantity": 1, "cause": "expired"})
    mistake = await added(baker, move, waste | {"quantity": 9, "cause": "expired"})
    answer = await baker.post(f"{url}/stock/postings/{mistake['id']}/reverse", json={"reason": "x"})
    assert answer.status_code == 200, answer.text

    report = (await viewer.get(f"{url}/stock/waste?lang=es")).json()

    assert [(each["week"], each["reason"], each["quantity"]) for each in report["lines"]] == [
        ("2026-02-23", "Caducado", "1000"),
        ("2026-03-02", "Caducado", "2000"),
        ("2026-03-02", "Gorgojo", "3000"),
    ]
    assert report["lines"][0]["value"] is None
    assert (await baker.delete(f"{url}/waste-reasons/{own}")).status_code == 409
    choices = (await viewer.get(f"{url}/stock/waste/reasons?lang=en")).json()
    assert [each["name"] for each in choices][-2:] == ["Other reason", "Gorgojo"]
    two = waste | {"quantity": 1, "cause": "other", "waste_reason_id": own}
    assert (await baker.post(move, json=two)).status_code == 422
    unknown = waste | {"quantity": 1, "waste_reason_id": str(new_id())}
    assert (await baker.post(move, json=unknown)).status_code == 422
    assert (await viewer.get(f"{url}/stock/waste?first=2026-03-04")).status_code == 422


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORY)
async def test_lots_reconcile_after_any_story(
    session: AsyncSession, tenant: TenantId, story: list[tuple[str, Decimal, int]]
) -> None:
    nested = await session.begin_nested()
    try:
        await _tell(session, tenant, story)
    finally:
        await nested.rollback()
        session.expunge_all()


async def _tell(
    session: AsyncSession, tenant: TenantId, story: list[tuple[str, Decimal, int]]
) -> None:
    """Let everything happen, a minute apart, and see after each thing that stock is right."""
    milk = await add_milk(session, tenant)
    postings: list[UUID] = []
    for minute, (what, quantity, pick) in enumerate(story):
        now = NOW + timedelta(minutes=minute, days=minute // 3)
        before = {lot.id: (lot.remaining, lot.expires_on) for lot in await lots(session, tenant)}
        try:
            async with session.begin_nested():
                if what in CHANGES:
                    postings.append(await _post(session, tenant, milk, what, quantity, pick, now))
                elif what in {"reversal", "repeat"} and postings:
                    await movements.reverse(session, tenant, postings[pick % len(postings)], "x")
                elif what == "batch":
                    await _bake(session, tenant, milk, quantity, now)
                elif what == "sheet":
                    await _count(session, tenant, quantity, now)
        except (NotEnoughStock, NotReversible, NotFound, Invalid, Conflict):
            assert {each: left for each, (left, _) in before.items()} == await reconcile(
                session, tenant
            )
            continue
        after = await reconcile(session, tenant)
        for lot_id, (left, expires_on) in before.items():
            is_expired = expires_on is not None and expires_on < now.date()
            if what in {"consumption", "transfer", "batch"} and is_expired:
                assert after[lot_id] == left, "used after it had expired"


async def _post(
    session: AsyncSession,
    tenant: TenantId,
    milk: UUID,
    kind: str,
    quantity: Decimal,
    pick: int,
    now: Any,
) -> UUID:
    more: dict[str, Any] = {"counterparty": "Plaza"} if kind == "transfer" else {}
    if kind == "adjustment":
        there = await lots(session, tenant)
        lot_id = there[pick % len(there)].id if there else new_id()
        more = {"lot_id": lot_id, "reason": "spilt"}
        quantity = quantity if pick % 2 else -quantity
    made = await post(session, tenant, milk, kind, quantity, now=now, **more)
    return made.id


async def _bake(
    session: AsyncSession, tenant: TenantId, milk: UUID, quantity: Decimal, now: Any
) -> None:
    own, uses = derived_id("batch", now), {milk: float(quantity)}
    await service.post_batch(session, tenant, own, own, uses, None, at=now, today=now.date())
    once = await reconcile(session, tenant)
    await service.post_batch(session, tenant, own, own, uses, None, at=now, today=now.date())
    assert await reconcile(session, tenant) == once


async def _count(session: AsyncSession, tenant: TenantId, quantity: Decimal, now: Any) -> None:
    own, by = new_id(), Who(UUID(int=1), "Ana", now)
    await counts.make(session, tenant, own, CountInput(), by)
    for line in await sheets.CountLines(session, tenant).of(own):
        await counts.enter(session, tenant, own, line.id, CountEntry(counted=quantity), by)
        await counts.enter(session, tenant, own, line.id, CountEntry(counted=quantity), by)
    for _ in range(2):
        await count_approval.approve(session, tenant, own, by, is_owner=True)
    assert set((await reconcile(session, tenant)).values()) <= {quantity, Decimal(0)}


async def test_the_doctor_finds_lots_that_do_not_reconcile(
    session: AsyncSession, tenant: TenantId, milk: UUID
) -> None:
    nothing = Settings(_env_file=None)
    await post(session, tenant, milk, "receipt", 10)
    assert (await doctor.check_stock(session, nothing)).level == "ok"

    await session.execute(text("update stock_lots set remaining = 9"))
    (lot,) = await lots(session, tenant)

    found = await doctor.check_stock(session, nothing)
    assert (found.level, str(lot.id) in found.words) == ("problem", True)
    assert isinstance(lot, StockLot)

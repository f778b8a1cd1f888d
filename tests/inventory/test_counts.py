"""Counting sheets: counted by several, approved once, right whatever happened meanwhile."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory import count_approval, counts
from obrador.inventory.count_schemas import CountEntry, CountInput
from obrador.inventory.events import StockMoved
from obrador.inventory.models import CountLine, StockLot
from obrador.kit.ids import new_id
from obrador.kit.outbox import OutboxEvent
from obrador.kit.states import WrongState
from obrador.plan_changes import Who
from tests.factories.things import FLOUR, added
from tests.fixtures.people import NOW
from tests.inventory.test_stock import add_milk, post, reconcile

ANA = Who(UUID(int=1), "Ana", NOW)


@pytest.fixture
async def flour(buyer: AsyncClient, url: str) -> str:
    """Two lots of flour, 25 kg and 5 kg, at a euro a kilogram."""
    own: str = (await added(buyer, f"{url}/ingredients", FLOUR | {"category": "Secos"}))["id"]
    for quantity, code in (("25", "B"), ("5", "A")):
        expires_on = f"2026-0{5 if code == 'B' else 4}-01"
        receipt = {"kind": "receipt", "ingredient_id": own, "quantity": quantity, "unit": "kg"}
        await added(
            buyer, f"{url}/stock/movements", receipt | {"code": code, "expires_on": expires_on}
        )
    supplier = {"name": "Molino", "lead_time_days": 2, "delivery_weekdays": [0, 2]}
    mill = (await added(buyer, f"{url}/suppliers", supplier))["id"]
    prices = [{"ingredient_id": own, "pack_size": 1000, "pack_price": "1.00"}]
    answer = await buyer.put(f"{url}/suppliers/{mill}/prices", json={"prices": prices})
    assert answer.status_code == 200, answer.text
    return own


async def make(client: AsyncClient, url: str, **given: Any) -> Any:
    return await added(client, f"{url}/inventory/counts", given)


async def enter(client: AsyncClient, url: str, sheet: Any, at: int, counted: Any) -> Any:
    line = sheet["items"][at]["id"]
    answer = await client.put(
        f"{url}/inventory/counts/{sheet['id']}/lines/{line}", json={"counted": counted}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_sheet_is_counted_and_its_differences_are_posted_once(
    session: AsyncSession,
    tenant: TenantId,
    buyer: AsyncClient,
    baker: AsyncClient,
    url: str,
    flour: str,
) -> None:
    await added(buyer, f"{url}/ingredients", {"name": "Sal", "unit": "g"})
    sheet = await make(buyer, url)
    assert [(line["item"], line["code"], line["expected"]) for line in sheet["items"]] == [
        ("Harina", "A", "5000"),
        ("Harina", "B", "25000"),
        ("Sal", "", "0"),
    ]

    await enter(buyer, url, sheet, 0, "4900")
    await enter(baker, url, sheet, 1, "25020")
    await enter(baker, url, sheet, 2, "300")
    own = f"{url}/inventory/counts/{sheet['id']}"
    before = (await buyer.get(f"{own}/differences")).json()
    assert (before["value"], before["moved_value"], before["not_counted"]) == ("-0.08", "0.12", 0)
    assert [(each["code"], each["difference"]) for each in before["items"]] == [
        ("A", "-100"),
        ("B", "20"),
        ("", "300"),
    ]

    done = await buyer.post(f"{own}/approve")
    again = await buyer.post(f"{own}/approve")

    assert done.json() == again.json()
    assert [each["posted"] for each in done.json()["items"]] == ["-100", "20", "300"]
    assert [each["what"] for each in done.json()["history"]] == [
        "made",
        "counted",
        "counted",
        "counted",
        "approved",
    ]
    assert sorted((await reconcile(session, tenant)).values()) == [300, 4900, 25020]
    lots = (await session.scalars(select(StockLot))).all()
    assert {lot.counted_on for lot in lots} == {NOW.date()}
    told = select(OutboxEvent).where(OutboxEvent.routing_key == StockMoved.routing_key)
    kinds = [event.payload["kind"] for event in await session.scalars(told)]
    assert kinds.count("count") == 1
    moved = (await buyer.get(f"{url}/stock/movements?kind=count")).json()["items"]
    assert sorted(each["quantity"] for each in moved) == ["-100", "20", "300"]
    late = {"counted": "1"}
    closed = await buyer.put(f"{own}/lines/{sheet['items'][0]['id']}", json=late)
    assert closed.status_code == 409


async def test_what_happens_while_it_is_counted_is_reckoned_with(
    session: AsyncSession, tenant: TenantId
) -> None:
    """10 are expected and 9 counted at six; 4 are used at seven, and 1 that was used at half past
    five is entered only then."""
    milk = await add_milk(session, tenant)
    await post(session, tenant, milk, "receipt", 10)
    sheet = new_id()
    await counts.make(session, tenant, sheet, CountInput(), ANA)
    (line,) = (await session.scalars(select(CountLine))).all()
    at_six = Who(ANA.id, ANA.name, NOW + timedelta(minutes=30))
    entry = CountEntry(counted=Decimal(9))
    first = await counts.enter(session, tenant, sheet, line.id, entry, at_six)
    repeated = CountEntry(counted=Decimal(9), counted_at=at_six.at)
    later = Who(ANA.id, ANA.name, NOW + timedelta(hours=2))
    assert await counts.enter(session, tenant, sheet, line.id, repeated, later) == first
    older = CountEntry(counted=Decimal(3), counted_at=NOW)
    assert await counts.enter(session, tenant, sheet, line.id, older, later) == first

    await post(session, tenant, milk, "consumption", 4, now=NOW + timedelta(hours=1, minutes=30))
    await post(session, tenant, milk, "consumption", 1, occurred_at=NOW)
    await count_approval.approve(session, tenant, sheet, later, is_owner=False)

    assert sum((await reconcile(session, tenant)).values()) == 5
    assert line.posted == 0


async def test_there_is_no_less_than_nothing(session: AsyncSession, tenant: TenantId) -> None:
    milk = await add_milk(session, tenant)
    await post(session, tenant, milk, "receipt", 10)
    sheet = new_id()
    await counts.make(session, tenant, sheet, CountInput(), ANA)
    (line,) = (await session.scalars(select(CountLine))).all()
    await counts.enter(session, tenant, sheet, line.id, CountEntry(counted=Decimal(2)), ANA)
    hour = timedelta(hours=1)
    await post(session, tenant, milk, "consumption", 7, now=NOW + hour)

    by = Who(ANA.id, ANA.name, NOW + hour)
    await count_approval.approve(session, tenant, sheet, by, is_owner=False)

    assert sum((await reconcile(session, tenant)).values()) == 0
    assert (line.expected, line.posted) == (Decimal(10), Decimal(-3))


async def test_large_differences_are_for_an_owner(
    buyer: AsyncClient, owner: AsyncClient, url: str, flour: str
) -> None:
    await owner.patch(url, json={"policy": {"count_limit": 4}})
    sheet = await make(buyer, url, scope="category", category="SECOS")
    own = f"{url}/inventory/counts/{sheet['id']}"
    assert (await buyer.post(f"{own}/approve")).status_code == 409, "nothing is counted"
    await enter(buyer, url, sheet, 0, "0")

    refused = await buyer.post(f"{own}/approve")
    assert refused.status_code == 403
    assert "5.00 EUR" in refused.json()["detail"]
    assert (await owner.post(f"{own}/approve")).json()["value"] == "-5"


async def test_recount_comes_before_approval(buyer: AsyncClient, url: str, flour: str) -> None:
    sheet = await make(buyer, url)
    own = f"{url}/inventory/counts/{sheet['id']}"
    first, second = (line["id"] for line in sheet["items"])
    await enter(buyer, url, sheet, 0, "4000")
    not_counted = await buyer.post(f"{own}/recount", json={"line_ids": [second]})
    await buyer.post(f"{own}/recount", json={"line_ids": [first]})
    refused = await buyer.post(f"{own}/approve")
    await enter(buyer, url, sheet, 0, "5000")
    approved = await buyer.post(f"{own}/approve")

    assert (not_counted.status_code, refused.status_code) == (422, 409)
    assert (approved.json()["items"], approved.json()["not_counted"]) == ([], 1)


async def test_a_blind_sheet_keeps_to_itself_what_it_expects(
    buyer: AsyncClient, viewer: AsyncClient, url: str, flour: str
) -> None:
    sheet = await make(buyer, url, is_blind=True)
    own = f"{url}/inventory/counts/{sheet['id']}"
    assert [line["expected"] for line in sheet["items"]] == [None, None]
    printed = list(csv.reader(StringIO((await viewer.get(f"{own}/sheet.csv?lang=es")).text)))
    assert printed[0][0] == "\ufeffArtículo"
    assert [row[5] for row in printed[1:]] == ["", ""]
    assert (await viewer.get(f"{own}/differences")).status_code == 403

    await buyer.post(f"{own}/cancel", json={"reason": "tomorrow"})
    assert (await buyer.post(f"{own}/cancel")).status_code == 200
    assert (await buyer.post(f"{own}/approve")).json()["type"].endswith(WrongState.type)
    shown = (await viewer.get(own)).json()
    assert [line["expected"] for line in shown["items"]] == ["5000", "25000"]
    listed = (await viewer.get(f"{url}/inventory/counts?status=cancelled")).json()["items"]
    assert [(each["lines"], each["counted"]) for each in listed] == [(2, 0)]


async def test_what_is_found_becomes_a_lot(
    session: AsyncSession, tenant: TenantId, buyer: AsyncClient, baker: AsyncClient, url: str
) -> None:
    loaf = (await added(baker, f"{url}/products", {"name": "Loaf", "shelf_life_days": 2}))["id"]
    await added(buyer, f"{url}/ingredients", FLOUR)
    sheet = await make(buyer, url)
    own = f"{url}/inventory/counts/{sheet['id']}"
    found = {"item_id": loaf, "counted": 3}
    for _ in range(2):
        answer = await buyer.post(f"{own}/lines", json=found, headers={"Idempotency-Key": "shelf"})
        assert answer.status_code == 201, answer.text
    unknown = {"item_id": str(new_id()), "counted": 3}
    assert (await buyer.post(f"{own}/lines", json=unknown)).status_code == 422
    await buyer.post(f"{own}/approve")

    assert sum((await reconcile(session, tenant)).values()) == 3
    (lot,) = (await buyer.get(f"{url}/stock/lots")).json()["items"]
    assert (lot["product_id"], lot["expires_on"]) == (loaf, "2026-03-04")


async def test_what_was_just_counted_is_not_due(buyer: AsyncClient, url: str, flour: str) -> None:
    sheet = await make(buyer, url, scope="due")
    assert len(sheet["items"]) == 2
    for at in range(2):
        await enter(buyer, url, sheet, at, sheet["items"][at]["expected"])
    await buyer.post(f"{url}/inventory/counts/{sheet['id']}/approve")

    nothing = await buyer.post(f"{url}/inventory/counts", json={"scope": "due"})
    assert nothing.status_code == 409

"""Goods in over HTTP: what came becomes stock, and everything else is kept and told."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import StockLot
from obrador.kit.outbox import OutboxEvent
from obrador.plan_changes import changes_of
from obrador.procurement.models import PurchaseOrder, PurchaseOrderLine
from obrador.suppliers import service as suppliers
from obrador.suppliers.history_models import SupplierDelivery
from tests.procurement.desk import a_plan, furnish, save, say, show, the_plan
from tests.procurement.orders import TUESDAY, WEDNESDAY, Stocked, ordered, stocked

YESTERDAY = (TUESDAY - timedelta(days=1)).isoformat()


@pytest.fixture
async def things(session: AsyncSession, tenant: TenantId) -> Stocked:
    return await stocked(session, tenant)


@pytest.fixture
async def order(session: AsyncSession, buyer: AsyncClient, url: str, things: Stocked) -> str:
    """Where an order is that was placed by telephone."""
    own_id = await ordered(session, things)
    path = f"{url}/procurement/orders/{own_id}"
    answer = await buyer.post(f"{path}/send", json={"via": "phone", "note": "to Ana"})
    assert answer.json()["status"] == "sent", answer.text
    return path


def flour(quantity: str, **other: Any) -> dict[str, Any]:
    return {"position": 0, "lots": [{"quantity": quantity, "unit": "kg"} | other]}


async def _lots(session: AsyncSession) -> list[tuple[float, str, Any]]:
    rows = await session.scalars(select(StockLot).order_by(StockLot.code, StockLot.remaining))
    return [(float(row.remaining), row.code, row.expires_on) for row in rows]


async def _told(session: AsyncSession, key: str) -> list[dict[str, Any]]:
    found = await session.scalars(
        select(OutboxEvent.payload).where(OutboxEvent.routing_key == key).order_by(OutboxEvent.id)
    )
    return list(found)


async def test_all_of_it_came_as_it_was_ordered(
    buyer: AsyncClient, session: AsyncSession, order: str, things: Stocked
) -> None:
    answer = await buyer.post(f"{order}/receive", json={})

    assert answer.status_code == 201, answer.text
    assert answer.json()["order_status"] == "received"
    assert answer.json()["outstanding"] == {}
    keeps = TUESDAY + timedelta(days=89)
    assert sorted(await _lots(session), key=str) == [(100_000, "", keeps), (360, "", None)]
    (event,) = await _told(session, "procurement.order.received")
    assert event["accepted"] == {str(things.flour): 100_000, str(things.eggs): 360}
    assert event["is_ended"]


async def test_part_of_it_in_several_lots_and_the_rest_later(
    buyer: AsyncClient, session: AsyncSession, order: str
) -> None:
    lots = [
        {"quantity": "25", "unit": "kg", "code": "A1", "expires_on": "2026-05-01"},
        {"quantity": "50", "unit": "kg", "code": "A2"},
    ]
    first = await buyer.post(
        f"{order}/receive", json={"lines": [{"position": 0, "lots": lots}], "document": "ALB-7"}
    )

    assert first.json()["order_status"] == "partially_received"
    assert first.json()["outstanding"] == {"0": "25000.000", "1": "360.000"}
    assert [(left, code) for left, code, _ in await _lots(session)] == [
        (25_000, "A1"),
        (50_000, "A2"),
    ]

    rest = [flour("25"), {"position": 1, "rest_will_not_come": True}]
    second = await buyer.post(f"{order}/receive", json={"lines": rest})

    assert second.json()["order_status"] == "received"
    receipts = (await buyer.get(f"{order}/receipts")).json()
    assert [each["document"] for each in receipts] == ["ALB-7", ""]
    assert receipts[1]["lines"][1]["will_not_come"] == "360.000"
    assert (await buyer.post(f"{order}/receive", json={})).status_code == 409


async def test_the_same_key_receives_once(
    buyer: AsyncClient, session: AsyncSession, order: str
) -> None:
    key = {"Idempotency-Key": "scan-17"}
    answers = [
        await buyer.post(f"{order}/receive", json={"lines": [flour("25")]}, headers=key)
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert [left for left, *_ in await _lots(session)] == [25_000]
    assert len(await _told(session, "procurement.order.received")) == 1


async def test_more_than_ordered_needs_a_word_and_is_never_lost(
    buyer: AsyncClient, session: AsyncSession, order: str
) -> None:
    given = {"lines": [flour("125")]}
    refused = await buyer.post(f"{order}/receive", json=given)

    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {
            "where": "lines.0.lots",
            "message": "Line 0: 125000.000 g came, and only 100000.000 g are still to come. If it"
            " is right, send accept_surplus: true.",
        }
    ]
    assert await _lots(session) == []

    taken = await buyer.post(f"{order}/receive", json=given | {"accept_surplus": True})

    assert taken.json()["receipt"]["lines"][0]["surplus"] == "25000.000"
    assert [left for left, *_ in await _lots(session)] == [125_000]


async def test_what_expired_yesterday_is_refused_or_confirmed(
    buyer: AsyncClient, session: AsyncSession, order: str
) -> None:
    given = {"lines": [flour("25", expires_on=YESTERDAY)]}
    answer = await buyer.post(f"{order}/receive", json=given)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "lines.0.lots.0.expires_on"
    assert "Count it as refused" in answer.json()["errors"][0]["message"]

    line = {"position": 0, "refused": "25", "refused_unit": "kg"}
    no_reason = await buyer.post(f"{order}/receive", json={"lines": [line]})
    assert no_reason.json()["errors"][0]["where"] == "lines.0.refused_reason"

    why = {"refused_reason": "expired yesterday"}
    refused = await buyer.post(f"{order}/receive", json={"lines": [line | why]})
    assert refused.json()["order_status"] == "sent"
    assert refused.json()["outstanding"]["0"] == "100000.000"
    assert await _lots(session) == []

    taken = await buyer.post(f"{order}/receive", json=given | {"accept_expired": True})
    assert taken.json()["order_status"] == "partially_received"


async def test_another_price_is_kept_and_taken_over_on_wish(
    buyer: AsyncClient, order: str, things: Stocked, url: str
) -> None:
    given = {"lines": [flour("50") | {"pack_price": "21.50"}], "update_prices": True}
    receipt = (await buyer.post(f"{order}/receive", json=given)).json()["receipt"]

    line = receipt["lines"][0]
    assert (line["ordered_pack_price"], line["invoiced_pack_price"]) == ("19.00", "21.50")
    of_mill = f"{url}/suppliers/{things.mill}/prices"
    listed = (await buyer.get(of_mill)).json()["prices"]
    prices = [
        (each["min_packs"], each["pack_price"])
        for each in listed
        if each["ingredient_id"] == str(things.flour)
    ]
    assert prices == [(1, "20"), (4, "21.5")]
    (note,) = (await buyer.get(f"{of_mill}/history")).json()["items"]
    assert (note["pack_price"], note["source"]) == ("21.5", "invoice")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"lines": [flour("1") | {"position": 9}]}, "lines.0.position"),
        ({"lines": [flour("1", unit="l")]}, "lines.0.lots.0.quantity"),
        ({"lines": [{"position": 0}]}, "lines.0"),
        ({"lines": [flour("1"), flour("1")]}, "body"),
        ({"received_on": "2026-03-09"}, "received_on"),
        ({"received_on": "2025-03-03"}, "received_on"),
        ({"lines": [flour("1") | {"pack_price": "1.234"}]}, "lines.0.pack_price"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_place(
    buyer: AsyncClient, order: str, given: dict[str, Any], where: str
) -> None:
    answer = await buyer.post(f"{order}/receive", json=given)

    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["errors"]] == [where]


async def test_an_order_that_nobody_has_sent_is_not_received(
    buyer: AsyncClient, session: AsyncSession, things: Stocked, url: str
) -> None:
    own_id = await ordered(session, things)

    answer = await buyer.post(f"{url}/procurement/orders/{own_id}/receive", json={})

    assert answer.status_code == 409
    assert "send it, or say how it was ordered" in answer.json()["detail"]


async def test_nothing_of_it_will_come(
    buyer: AsyncClient, session: AsyncSession, order: str, things: Stocked
) -> None:
    lines = [{"position": position, "rest_will_not_come": True} for position in (0, 1)]

    answer = await buyer.post(f"{order}/receive", json={"lines": lines, "note": "out of stock"})

    assert answer.json()["order_status"] == "cancelled"
    own_id = UUID(order.rsplit("/", 1)[1])
    history = await changes_of(session, things.tenant, own_id)
    assert [(each.to_status, each.reason) for each in history] == [
        ("sent", "to Ana"),
        ("cancelled", "out of stock"),
    ]
    rows = await session.scalars(select(PurchaseOrderLine).order_by(PurchaseOrderLine.position))
    assert [row.cancelled for row in rows] == [100_000, 360]


async def test_receipts_tell_how_a_supplier_delivers(
    buyer: AsyncClient, session: AsyncSession, order: str, things: Stocked, url: str
) -> None:
    late = [flour("75") | {"refused": "25", "refused_unit": "kg", "refused_reason": "wet"}]
    await buyer.post(f"{order}/receive", json={"lines": late})

    path = f"{url}/suppliers/{things.mill}/performance"
    told = (await buyer.get(path)).json()

    assert (told["deliveries"], told["arrived"]) == (1, 1)
    assert (told["lead_days"], told["delay_days"]) == (0, -1)
    assert told["reliability"] == 0
    assert told["refused_share"] == 0.25
    assert not told["is_measured"]


async def test_planning_goes_by_what_was_measured_after_five_deliveries(
    buyer: AsyncClient, session: AsyncSession, things: Stocked, url: str
) -> None:
    for number in range(5):
        due = WEDNESDAY - timedelta(days=7 * number + 7)
        session.add(
            SupplierDelivery(
                tenant_id=things.tenant,
                id=await ordered(session, things, "received", due),
                supplier_id=things.mill,
                ordered_on=due - timedelta(days=1),
                due_on=due,
                arrived_on=due + timedelta(days=2),
                is_ended=True,
                ordered_minor=100,
                accepted_minor=100,
            )
        )
        await session.flush()
        (mill,) = (await suppliers.load_suppliers(session, [things.tenant]))[things.tenant]
        assert mill.lead_time_days == (2 if number == 4 else 1)

    told = (await buyer.get(f"{url}/suppliers/{things.mill}/performance")).json()

    assert told["given"]["mean"] == 1
    assert told["planned_with"] == {"mean": 2, "deviation": round(0.5**0.5, 2)}
    assert told["reliability"] == 0


async def test_others_receive_nothing(
    viewer: AsyncClient, outsider: AsyncClient, order: str, session: AsyncSession
) -> None:
    assert (await viewer.post(f"{order}/receive", json={})).status_code == 403
    assert (await outsider.post(f"{order}/receive", json={})).status_code == 404
    statuses = await session.scalars(select(PurchaseOrder.status))
    assert statuses.all() == ["sent"]


async def test_a_plan_ends_with_the_last_of_its_orders(
    owner: AsyncClient, session: AsyncSession, tenant: TenantId, url: str
) -> None:
    await furnish(session, tenant)
    await save(session, tenant, a_plan())
    plan = await the_plan(owner, url)
    assert (await say(owner, url, plan, "approve")).status_code == 200
    *others, last = (f"{url}/procurement/orders/{each['id']}" for each in plan["orders"])

    for path in (*others, last):
        sent = await owner.post(f"{path}/send", json={"via": "person"})
        assert sent.status_code == 202, sent.text
    for path in others:
        assert (await owner.post(f"{path}/receive", json={})).status_code == 201
    assert (await show(owner, url, plan["id"]))["status"] == "in_progress"

    nothing = {"lines": [{"position": 0, "rest_will_not_come": True}]}
    await owner.post(f"{last}/receive", json=nothing)

    ended = await show(owner, url, plan["id"])
    assert ended["status"] == "completed"
    assert {each["status"] for each in ended["orders"]} == {"received", "cancelled"}

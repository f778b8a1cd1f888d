"""Purchase plans and orders over the API: who may do what when, and what is told and kept of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.domain import Lot
from obrador.kit.outbox import OutboxEvent
from obrador.plan_changes import PLAN_STATES
from obrador.procurement import service
from obrador.procurement.life import ORDER_STATES
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from tests.procurement.bakery import FLOUR
from tests.procurement.desk import (
    DAY,
    IN_STOCK,
    PRICES,
    a_plan,
    furnish,
    morning,
    save,
    say,
    show,
    the_plan,
)


@pytest.fixture
async def planned(session: AsyncSession, tenant: TenantId) -> None:
    """Today's purchases are planned."""
    await furnish(session, tenant)
    await save(session, tenant, a_plan())


async def limit(owner: AsyncClient, url: str, **limits: int | None) -> None:
    changed = await owner.patch(url, json={"policy": {"approval_limits": limits}})
    assert changed.status_code == 200, changed.text


def statuses(plan: dict[str, Any]) -> list[str]:
    return [order["status"] for order in plan["orders"]]


async def told(session: AsyncSession) -> list[str]:
    keys = await session.scalars(select(OutboxEvent.routing_key).order_by(OutboxEvent.id))
    return [key for key in keys if key.startswith("procurement.")]


async def test_a_plan_shows_what_is_bought_and_why(
    viewer: AsyncClient, url: str, planned: None
) -> None:
    shown = await the_plan(viewer, url)

    assert (shown["status"], shown["version"], shown["revision"]) == ("draft", 1, 0)
    assert shown["order_counts"]["draft"] == len(shown["orders"]) > 1
    line = shown["orders"][0]["lines"][0]
    assert line["reason"]["demand"] > 0
    assert (line["edited"], line["received"], line["position"]) == (None, 0, 0)
    assert shown["orders"][0]["may_be_approved_by"] == ["procurement_manager", "owner"]
    assert (shown["changes"], shown["history"]) == (None, [])


async def test_orders_are_listed_in_pages_by_the_day_to_place_them(
    viewer: AsyncClient, url: str, planned: None
) -> None:
    shown = await the_plan(viewer, url)

    seen: list[str] = []
    cursor = None
    while True:
        asked = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await viewer.get(f"{url}/procurement/orders", params=asked)).json()
        seen += [each["id"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    one = (await viewer.get(f"{url}/procurement/orders/{seen[0]}")).json()
    none = await viewer.get(f"{url}/procurement/orders", params={"status": "sent"})

    assert sorted(seen) == sorted(order["id"] for order in shown["orders"])
    assert one["lines"] == next(o["lines"] for o in shown["orders"] if o["id"] == seen[0])
    assert none.json()["items"] == []


async def test_a_plan_is_submitted_and_approved_with_its_orders(
    session: AsyncSession, buyer: AsyncClient, url: str, planned: None
) -> None:
    waiting = (await say(buyer, url, await the_plan(buyer, url), "submit")).json()
    answer = await say(buyer, url, waiting, "approve")

    done = answer.json()["plan"]
    assert (done["status"], set(statuses(done))) == ("approved", {"approved"})
    assert answer.json()["approved"] == [order["id"] for order in done["orders"]]
    assert answer.headers["etag"] == f'"{done["version"]}"'
    steps = [(c["from_status"], c["to_status"]) for c in done["history"] if not c["order_id"]]
    assert steps == [("draft", "pending_approval"), ("pending_approval", "approved")]
    orders = len(done["orders"])
    assert (await told(session)).count("procurement.order.status_changed") == orders
    assert (await told(session)).count("procurement.plan.status_changed") == 2


async def test_only_what_is_to_be_placed_soon_may_be_approved(
    buyer: AsyncClient, url: str, planned: None
) -> None:
    shown = await the_plan(buyer, url)
    first = shown["orders"][0]["order_on"]

    done = (await say(buyer, url, shown, "approve", {"until": first})).json()["plan"]

    assert done["status"] == "approved"
    for order in done["orders"]:
        assert order["status"] == ("approved" if order["order_on"] <= first else "draft")


async def test_what_costs_more_than_a_role_may_approve_waits_for_who_may(
    buyer: AsyncClient, owner: AsyncClient, url: str, planned: None
) -> None:
    shown = await the_plan(buyer, url)
    costs = sorted(float(o["goods"]) + float(o["fee"]) for o in shown["orders"])
    assert costs[0] < costs[-1]
    await limit(owner, url, procurement_manager=round(costs[-1] * 100) - 1)

    partly = (await say(buyer, url, shown, "approve")).json()
    again = await say(buyer, url, partly["plan"], "approve")
    dear = next(o for o in partly["plan"]["orders"] if o["id"] == partly["waiting"][0])
    alone = await say(buyer, url, dear, "approve")
    done = (await say(owner, url, partly["plan"], "approve")).json()["plan"]

    assert partly["plan"]["status"] == "pending_approval"
    assert (dear["status"], dear["may_be_approved_by"]) == ("draft", ["owner"])
    assert partly["plan"]["history"][-1]["facts"] == {"waiting": partly["waiting"]}
    for answer in (again, alone):
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:obrador:problem:over-limit"
        assert "this needs the role owner" in answer.json()["detail"]
    assert (done["status"], set(statuses(done))) == ("approved", {"approved"})


async def test_of_two_who_decide_at_once_one_is_told_that_the_other_was_quicker(
    buyer: AsyncClient, owner: AsyncClient, url: str, planned: None
) -> None:
    read_by_both = await the_plan(buyer, url)
    order = read_by_both["orders"][0]

    assert (await say(buyer, url, order, "approve")).status_code == 200
    assert (await say(owner, url, order, "cancel", {"reason": "no"})).status_code == 412
    assert (await say(buyer, url, read_by_both, "approve")).status_code == 200
    assert (await say(owner, url, read_by_both, "approve")).status_code == 412


async def test_who_may_only_look_or_bake_decides_nothing(
    viewer: AsyncClient, baker: AsyncClient, url: str, planned: None
) -> None:
    shown = await the_plan(viewer, url)

    for client in (viewer, baker):
        for word in ("submit", "approve", "reject", "regenerate"):
            assert (await say(client, url, shown, word, {"reason": "x"})).status_code == 403
        for word in ("approve", "cancel"):
            answer = await say(client, url, shown["orders"][0], word, {"reason": "x"})
            assert answer.status_code == 403


@pytest.mark.parametrize("state", sorted(ORDER_STATES.follows))
async def test_decisions_on_orders_are_checked_against_their_state(
    session: AsyncSession, buyer: AsyncClient, url: str, planned: None, state: str
) -> None:
    await session.execute(update(PurchaseOrder).values(status=state))
    order = (await the_plan(buyer, url))["orders"][0]

    for word, wanted in (("approve", "approved"), ("cancel", "cancelled")):
        await session.execute(update(PurchaseOrder).values(status=state, version=1))
        answer = await say(buyer, url, order, word, {"reason": "x"})
        expected = 200 if ORDER_STATES.may(state, wanted) else 409
        assert answer.status_code == expected, answer.text


@pytest.mark.parametrize("state", sorted(PLAN_STATES.follows))
async def test_decisions_on_plans_are_checked_against_their_state(
    session: AsyncSession, buyer: AsyncClient, url: str, planned: None, state: str
) -> None:
    shown = await the_plan(buyer, url)
    words = {"submit": "pending_approval", "approve": "approved", "reject": "rejected"}
    for word, wanted in words.items():
        await session.execute(update(ProcurementPlan).values(status=state, version=1))
        body = {"reason": "too dear"} if word == "reject" else None
        answer = await say(buyer, url, shown, word, body)
        expected = 200 if PLAN_STATES.may(state, wanted) else 409
        assert answer.status_code == expected, answer.text


async def test_a_plan_that_is_turned_down_keeps_what_is_approved(
    session: AsyncSession, buyer: AsyncClient, url: str, planned: None
) -> None:
    shown = await the_plan(buyer, url)
    await say(buyer, url, shown["orders"][0], "approve")

    outcome = (await say(buyer, url, shown, "reject", {"reason": "too dear"})).json()

    assert (outcome["says_stale"], outcome["regeneration"]) == (False, None)
    after = outcome["plan"]
    assert after["status"] == "rejected"
    assert statuses(after) == ["approved", *["cancelled"] * (len(after["orders"]) - 1)]
    assert "procurement.plan.rejected" in await told(session)
    assert "procurement.plan.regeneration_requested" not in await told(session)


async def test_a_plan_made_anew_says_what_it_orders_otherwise(
    session: AsyncSession, buyer: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    first = await the_plan(buyer, url)
    await say(buyer, url, first["orders"][0], "approve")
    ordered = (await service.load_open_orders(session, [tenant]))[tenant]
    await save(session, tenant, a_plan(ordered), revision=1)

    second = await the_plan(buyer, url)
    before = await show(buyer, url, first["id"])

    assert second["replaces_id"] == first["id"]
    assert second["changes"]["kept"] == [first["orders"][0]["id"]]
    assert statuses(before) == ["approved", *["cancelled"] * (len(first["orders"]) - 1)]
    own = [change for change in before["history"] if not change["order_id"]]
    assert (own[-1]["to_status"], own[-1]["by"]) == ("superseded", "system")
    assert before["history"][-1]["reason"] == "planned again"
    # It is planned around: what was ordered is not ordered twice, and the rest is as it was.
    assert [changed for changed in second["changes"]["lines"] if changed["packs_before"]] == []


async def test_other_packs_are_put_down_to_what_else_is_different(
    session: AsyncSession, buyer: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    more = Lot(FLOUR, IN_STOCK + 60_000, DAY - timedelta(days=1))
    dearer = [replace(price, pack_price_minor=price.pack_price_minor + 10) for price in PRICES]
    await save(session, tenant, a_plan(lots=[more], prices=dearer), revision=1)

    changes = (await the_plan(buyer, url))["changes"]

    assert changes["lines"]
    for line in changes["lines"]:
        assert line["packs_before"] != line["packs_after"]
        assert "stock" in line["because"]
        both = line["packs_before"] and line["packs_after"]
        assert ("price" in line["because"]) == bool(both)
    assert float(changes["cost_after"]) < float(changes["cost_before"])


async def test_unchanged_inputs_give_the_same_plan(
    session: AsyncSession, buyer: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    await save(session, tenant, a_plan(), revision=1)

    changes = (await the_plan(buyer, url))["changes"]

    assert (changes["added"], changes["removed"], changes["lines"]) == ([], [], [])
    assert changes["cost_before"] == changes["cost_after"]


async def test_when_the_new_plan_fails_the_old_one_stands_again_with_its_drafts(
    session: AsyncSession, buyer: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    first = await the_plan(buyer, url)
    await save(session, tenant, a_plan(), revision=1)

    await service.withdraw(session, [morning(tenant, 1)])
    session.expire_all()

    after = await show(buyer, url, first["id"])
    assert (after["status"], set(statuses(after))) == ("draft", {"draft"})


async def test_another_bakery_sees_none_of_it(
    outsider: AsyncClient, viewer: AsyncClient, url: str, other_tenant: TenantId, planned: None
) -> None:
    shown = await the_plan(viewer, url)
    own = f"/api/v1/tenants/{other_tenant}/procurement"

    assert (await outsider.get(f"{own}/plans")).json()["items"] == []
    assert (await outsider.get(f"{own}/orders")).json()["items"] == []
    assert (await outsider.get(f"{own}/plans/{shown['id']}")).status_code == 404
    order_id = shown["orders"][0]["id"]
    assert (await outsider.get(f"{own}/orders/{order_id}")).status_code == 404

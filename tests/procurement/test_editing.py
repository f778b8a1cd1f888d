"""Edits of a purchase plan over the API, and what they are said to lead to."""

from datetime import date, timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.outbox import OutboxEvent
from tests.procurement.bakery import CASH_AND_CARRY, FLOUR, MILL
from tests.procurement.desk import DAY, a_plan, edit, furnish, save, say, the_plan


@pytest.fixture
async def planned(session: AsyncSession, tenant: TenantId) -> None:
    """Today's purchases are planned."""
    await furnish(session, tenant)
    await save(session, tenant, a_plan())


async def projected(client: AsyncClient, url: str) -> list[float]:
    items = (await client.get(f"{url}/stock/projection")).json()["items"]
    return [day["receipts"] for day in items[0]["days"]]


async def test_fewer_packs_are_told_to_run_out_and_are_kept_with_who_wanted_them(
    session: AsyncSession, buyer: AsyncClient, url: str, planned: None
) -> None:
    plan = await the_plan(buyer, url)
    order = plan["orders"][0]
    line = order["lines"][0]
    few = [{"order_id": each["id"], "position": 0, "packs": 1} for each in plan["orders"]]

    tried = await edit(buyer, url, plan, lines=few, dry_run=True)
    assert (await the_plan(buyer, url)) == plan
    done = await edit(buyer, url, plan, lines=few, reason="the store is full")

    assert tried["consequences"] == done["consequences"]
    assert (tried["is_saved"], done["is_saved"]) == (False, True)
    (out,) = done["consequences"]["stock_outs"]
    assert (out["ingredient_id"], out["is_new"]) == (str(FLOUR), True)
    after = done["plan"]["orders"][0]["lines"][0]
    assert after["packs"] == 1
    assert after["reason"] == line["reason"]
    assert after["edited"]["reason"] == "the store is full"
    assert after["edited"]["planned"] == {
        "packs": line["packs"],
        "supplier_id": order["supplier_id"],
        "delivery_on": order["delivery_on"],
    }
    assert done["plan"]["version"] == plan["version"] + 1
    assert float(done["plan"]["cost"]) - float(plan["cost"]) == pytest.approx(
        float(done["consequences"]["cost_difference"])
    )
    (kept,) = done["plan"]["history"]
    assert kept["facts"]["edited"] == sorted(each["id"] for each in plan["orders"])
    day = (date.fromisoformat(order["delivery_on"]) - DAY).days
    assert (await projected(buyer, url))[day] == line["pack_size"]
    keys = list(await session.scalars(select(OutboxEvent.routing_key)))
    assert "procurement.plan.edited" in keys


async def test_no_packs_take_a_line_out_and_an_order_without_lines_is_called_off(
    buyer: AsyncClient, url: str, planned: None
) -> None:
    plan = await the_plan(buyer, url)
    first = plan["orders"][0]

    done = await edit(
        buyer, url, plan, lines=[{"order_id": first["id"], "position": 0, "packs": 0}]
    )

    assert done["drafts"][0]["lines"] == []
    assert done["plan"]["orders"][0]["status"] == "cancelled"
    assert done["plan"]["orders"][0]["lines"] == first["lines"]
    costs = float(first["goods"]) + float(first["fee"])
    assert float(done["consequences"]["cost_difference"]) == -costs
    assert float(done["plan"]["cost"]) == pytest.approx(float(plan["cost"]) - costs)


async def test_a_line_moves_to_another_supplier_as_much_of_it(
    buyer: AsyncClient, url: str, planned: None
) -> None:
    plan = await the_plan(buyer, url)
    order = next(o for o in plan["orders"] if o["supplier_id"] == str(MILL))
    line = order["lines"][0]

    done = await edit(
        buyer,
        url,
        plan,
        lines=[{"order_id": order["id"], "position": 0, "supplier_id": str(CASH_AND_CARRY)}],
    )

    moved = next(
        o
        for o in done["plan"]["orders"]
        if o["supplier_id"] == str(CASH_AND_CARRY) and o["delivery_on"] == order["delivery_on"]
    )
    (there,) = moved["lines"]
    assert there["packs"] * there["pack_size"] >= line["packs"] * line["pack_size"]
    assert there["edited"]["planned"]["supplier_id"] == str(MILL)
    assert there["reason"]["demand"] > 0
    statuses = {o["id"]: o["status"] for o in done["plan"]["orders"]}
    assert (statuses[order["id"]], statuses[moved["id"]]) == ("cancelled", "draft")
    # What was edited can be edited and approved like anything else.
    again = await edit(
        buyer, url, done["plan"], lines=[{"order_id": moved["id"], "position": 0, "packs": 90}]
    )
    assert again["plan"]["version"] == plan["version"] + 2
    assert (await say(buyer, url, again["plan"], "approve")).json()["waiting"] == []


async def test_an_order_moves_to_a_day_on_which_nobody_delivers_and_that_is_told(
    buyer: AsyncClient, url: str, planned: None
) -> None:
    plan = await the_plan(buyer, url)
    order = next(o for o in plan["orders"] if o["supplier_id"] == str(MILL))
    sunday = DAY + timedelta(days=5)

    done = await edit(
        buyer, url, plan, orders=[{"id": order["id"], "delivery_on": sunday.isoformat()}]
    )

    (told,) = done["consequences"]["cannot_come"]
    assert (told["order_id"], told["because"]) == (order["id"], "no_delivery")
    after = next(o for o in done["plan"]["orders"] if o["id"] == order["id"])
    assert after["delivery_on"] == sunday.isoformat()
    assert after["lines"][0]["edited"]["planned"]["delivery_on"] == order["delivery_on"]


async def test_what_is_added_joins_the_suppliers_order_of_the_day_and_reaches_a_price_break(
    buyer: AsyncClient, url: str, planned: None
) -> None:
    plan = await the_plan(buyer, url)
    order = next(o for o in plan["orders"] if o["supplier_id"] == str(MILL))
    new = {
        "ingredient_id": str(FLOUR),
        "supplier_id": str(MILL),
        "delivery_on": order["delivery_on"],
        "packs": 60,
    }

    done = await edit(buyer, url, plan, add=[new])

    after = next(o for o in done["plan"]["orders"] if o["id"] == order["id"])
    assert after["lines"][0]["packs"] == order["lines"][0]["packs"] + 60
    assert after["lines"][0]["pack_price"] == "19.00"
    assert len(done["plan"]["orders"]) == len(plan["orders"])


async def test_a_new_order_for_a_day_whose_cut_off_has_passed_below_moq_and_near_a_break(
    buyer: AsyncClient, url: str, planned: None
) -> None:
    plan = await the_plan(buyer, url)
    add = [
        {
            "ingredient_id": str(FLOUR),
            "supplier_id": str(CASH_AND_CARRY),
            "delivery_on": DAY.isoformat(),
            "packs": 1,
        },
        {
            "ingredient_id": str(FLOUR),
            "supplier_id": str(MILL),
            "delivery_on": (DAY + timedelta(days=1)).isoformat(),
            "packs": 58,
        },
    ]

    told = (await edit(buyer, url, plan, add=add, dry_run=True))["consequences"]

    late = next(each for each in told["cannot_come"] if each["delivery_on"] == DAY.isoformat())
    assert (late["because"], late["earliest"]) == ("cut_off", "2026-03-04")
    (small,) = told["below_moq"]
    assert (small["packs"], small["least"]) == (1, 2)
    assert 60 in [each["cheaper_from"] for each in told["breaks_in_reach"]]


async def test_what_is_approved_is_not_edited_and_what_is_not_there_is_refused(
    buyer: AsyncClient, url: str, planned: None
) -> None:
    plan = await the_plan(buyer, url)
    order = plan["orders"][0]
    line = {"order_id": order["id"], "position": 7, "packs": 1}
    new = {"supplier_id": str(MILL), "packs": 1, "delivery_on": DAY.isoformat()}

    await edit(buyer, url, plan, 422, lines=[line])
    await edit(buyer, url, plan, 422, add=[new | {"ingredient_id": order["id"]}])
    far = (DAY + timedelta(days=60)).isoformat()
    await edit(buyer, url, plan, 422, orders=[{"id": order["id"], "delivery_on": far}])
    await say(buyer, url, order, "approve")
    await edit(buyer, url, plan, 409, lines=[line | {"position": 0}])
    await edit(buyer, url, plan | {"version": 9}, 412, lines=[line])


async def test_an_order_that_is_called_off_leaves_the_projection(
    buyer: AsyncClient, url: str, planned: None
) -> None:
    plan = await the_plan(buyer, url)
    order = plan["orders"][0]

    answer = await say(buyer, url, order, "cancel", {"reason": "they have none"})

    assert answer.json()["status"] == "cancelled"
    assert answer.json()["history"][0]["reason"] == "they have none"
    day = (date.fromisoformat(order["delivery_on"]) - DAY).days
    assert (await projected(buyer, url))[day] == 0

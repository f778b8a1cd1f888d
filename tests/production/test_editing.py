"""Edits of a schedule: what is put where stays there, the rest makes room, all of it is told."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.models import Equipment
from obrador.kit.ids import new_id
from obrador.sales.models import CustomerOrder, CustomerOrderLine
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
    """A busy day: several batches of rolls, and flour enough."""
    await furnish(session, tenant)
    await add_lot(session, tenant, 100_000)
    await plan_day(session, tenant, rolls=300)


async def edit(
    client: AsyncClient, url: str, schedule: dict[str, Any], *batches: dict[str, Any], **more: Any
) -> dict[str, Any]:
    headers = {"If-Match": f'"{schedule["version"]}"'}
    answer = await client.patch(
        f"{url}/production/schedules/{schedule['id']}",
        json={"batches": batches, **more},
        headers=headers,
    )
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def rolls(schedule: dict[str, Any]) -> list[dict[str, Any]]:
    return [batch for batch in schedule["batches"] if batch["product_id"]]


def start_of(batch: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(batch["starts_at"])


def times(schedule: dict[str, Any]) -> dict[str, str]:
    return {batch["id"]: batch["starts_at"] for batch in schedule["batches"]}


async def test_a_plan_as_it_was_made_breaks_no_rule(
    viewer: AsyncClient, url: str, planned: None
) -> None:
    schedule = await the_schedule(viewer, url)

    told = (await viewer.get(f"{url}/production/schedules/{schedule['id']}/check")).json()

    assert len(rolls(schedule)) == 4
    assert told == {"late": [], "conflicts": [], "moved": [], "short": [], "late_orders": []}


async def test_another_quantity_keeps_the_ready_time_and_tells_that_dough_is_short(
    baker: AsyncClient, url: str, planned: None
) -> None:
    schedule = await the_schedule(baker, url)
    batch = rolls(schedule)[0]

    outcome = await edit(baker, url, schedule, {"id": batch["id"], "quantity": "90"})

    after = next(b for b in outcome["schedule"]["batches"] if b["id"] == batch["id"])
    assert (after["quantity"], after["planned_yield"], after["is_pinned"]) == (90, 90, True)
    assert after["ends_at"] == batch["ends_at"]
    assert start_of(after) < start_of(batch)
    shape = after["steps"][0]
    length = datetime.fromisoformat(shape["ends_at"]) - datetime.fromisoformat(shape["starts_at"])
    assert length == timedelta(minutes=5 + 23)  # ⌈90 / 4⌉
    (short,) = outcome["consequences"]["short"]
    more = (90 - batch["quantity"]) * 100
    assert short["item_id"] == str(DOUGH)
    assert short["needed"] - short["there"] == pytest.approx(more)
    assert await the_schedule(baker, url) == outcome["schedule"]


async def test_what_is_put_somewhere_stays_and_its_dough_makes_room(
    baker: AsyncClient, url: str, planned: None
) -> None:
    schedule = await the_schedule(baker, url)
    first = rolls(schedule)[0]
    earlier = (start_of(first) - timedelta(hours=1)).isoformat()

    outcome = await edit(baker, url, schedule, {"id": first["id"], "starts_at": earlier})

    told, after = outcome["consequences"], outcome["schedule"]
    assert told["conflicts"] == []
    moved = next(b for b in after["batches"] if b["id"] == first["id"])
    assert start_of(moved) == start_of(first) - timedelta(hours=1)
    for dough in (b for b in after["batches"] if b["id"] in moved["doughs"]):
        assert dough["ends_at"] <= moved["starts_at"]
    unmoved = times(schedule).keys() - {each["batch_id"] for each in told["moved"]}
    assert unmoved >= {batch["id"] for batch in rolls(schedule)[1:]}
    assert all(times(after)[own_id] == times(schedule)[own_id] for own_id in unmoved)
    assert after["version"] == schedule["version"] + 1
    assert after["history"][-1]["facts"]["edited"] == [first["id"]]


async def test_a_dry_run_tells_the_same_and_saves_nothing(
    baker: AsyncClient, url: str, planned: None
) -> None:
    schedule = await the_schedule(baker, url)
    change = {"id": rolls(schedule)[0]["id"], "quantity": "96"}
    path = f"{url}/production/schedules/{schedule['id']}"

    tried = await baker.patch(path, json={"batches": [change], "dry_run": True})
    still = await the_schedule(baker, url)
    done = await edit(baker, url, schedule, change)

    assert tried.status_code == 200, tried.text
    assert (tried.json()["is_saved"], done["is_saved"]) == (False, True)
    assert still == schedule
    assert tried.json()["consequences"] == done["consequences"]
    assert tried.json()["schedule"]["batches"] == done["schedule"]["batches"]


async def test_what_cannot_be_avoided_is_told_with_what_is_in_the_way(
    baker: AsyncClient, url: str, planned: None
) -> None:
    schedule = await the_schedule(baker, url)
    at = "2026-03-03T04:00:00Z"
    pinned = [{"id": batch["id"], "starts_at": at} for batch in rolls(schedule)]

    outcome = await edit(baker, url, schedule, *pinned)

    told = outcome["consequences"]["conflicts"]
    kinds = {each["kind"] for each in told}
    assert kinds == {"capacity", "people"}  # four at once, for three people and two ovens
    ids = {batch["id"] for batch in schedule["batches"]}
    for each in told:
        assert each["batch_id"] in ids
        assert set(each["in_the_way"]) <= ids - {each["batch_id"]}
        assert each["in_the_way"]
    people = next(each for each in told if each["kind"] == "people")
    assert (people["at"], people["facts"]["missing"]) == ("2026-03-03T04:00:00Z", 1)


async def test_a_late_batch_and_the_customer_who_waits_for_it_are_told(
    session: AsyncSession, baker: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    schedule = await the_schedule(baker, url)
    order = {"tenant_id": tenant, "id": new_id(), "customer": "Bar Sol"}
    session.add(CustomerOrder(**order, due_date=DAY, due_time=time(7, 0)))
    await session.flush()
    line = {"tenant_id": tenant, "order_id": order["id"], "product_id": ROLL, "quantity": 300}
    session.add(CustomerOrderLine(**line))
    await session.flush()
    batch = rolls(schedule)[0]

    outcome = await edit(
        baker, url, schedule, {"id": batch["id"], "starts_at": "2026-03-03T07:00:00Z"}
    )

    told = outcome["consequences"]
    assert [each["batch_id"] for each in told["late"]] == [batch["id"]]
    assert (told["late"][0]["because"], told["late"][0]["minutes"] > 120) == ("by_hand", True)
    (waits,) = told["late_orders"]
    made = sum(each["quantity"] for each in rolls(schedule))
    assert waits["product_id"] == str(ROLL)
    assert waits["due_at"] == "2026-03-03T06:00:00Z"
    assert waits["missing"] == pytest.approx(300 - (made - batch["quantity"]))


async def test_what_is_begun_is_not_edited_and_does_not_move(
    baker: AsyncClient, url: str, planned: None
) -> None:
    schedule = await approve(baker, url)
    await work(baker, url, dough_of(schedule), "start")
    schedule = await the_schedule(baker, url)
    begun = dough_of(schedule)

    refused = await baker.patch(
        f"{url}/production/schedules/{schedule['id']}",
        json={"batches": [{"id": begun["id"], "quantity": "1"}]},
        headers={"If-Match": f'"{schedule["version"]}"'},
    )
    outcome = await edit(
        baker,
        url,
        schedule,
        {"id": rolls_of(schedule)["id"], "starts_at": "2026-03-02T20:00:00Z"},
    )

    assert (refused.status_code, "not begun" in refused.json()["detail"]) == (409, True)
    assert dough_of(outcome["schedule"]) == begun
    assert "dough_after" in {each["kind"] for each in outcome["consequences"]["conflicts"]}


async def test_an_oven_that_is_out_of_order_is_told_of_the_schedule_as_it_is(
    session: AsyncSession, viewer: AsyncClient, url: str, planned: None
) -> None:
    schedule = await the_schedule(viewer, url)
    await session.execute(
        update(Equipment)
        .where(Equipment.kind == "oven")
        .values(out_of_order_from=datetime.fromisoformat("2026-03-03T05:00:00Z"))
    )

    told = (await viewer.get(f"{url}/production/schedules/{schedule['id']}/check")).json()

    assert {each["kind"] for each in told["conflicts"]} == {"unavailable"}
    assert {each["facts"]["equipment"] for each in told["conflicts"]} == {"oven"}


@pytest.mark.parametrize(
    ("change", "status", "where"),
    [
        ({"id": str(FLOUR), "quantity": "1"}, 422, "batches.0.id"),
        ({"quantity": "0"}, 422, "batches.0.quantity"),
        ({"starts_at": "2026-03-05T04:00:00Z"}, 422, "batches.0.starts_at"),
        ({"starts_at": "2026-03-02T10:00:00Z"}, 422, "batches.0.starts_at"),
        ({"starts_at": "2026-03-02T10:00:00"}, 422, "batches.0.starts_at"),
    ],
)
async def test_an_edit_that_makes_no_sense_is_refused(
    baker: AsyncClient,
    url: str,
    planned: None,
    change: dict[str, str],
    status: int,
    where: str,
) -> None:
    schedule = await the_schedule(baker, url)

    answer = await baker.patch(
        f"{url}/production/schedules/{schedule['id']}",
        json={"batches": [{"id": rolls_of(schedule)["id"]} | change]},
        headers={"If-Match": '"1"'},
    )

    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["where"] == where
    assert await the_schedule(baker, url) == schedule


async def test_of_two_edits_of_the_same_version_one_is_refused(
    baker: AsyncClient, url: str, planned: None
) -> None:
    schedule = await the_schedule(baker, url)
    change = {"id": rolls_of(schedule)["id"], "quantity": "50"}
    await edit(baker, url, schedule, change)

    path = f"{url}/production/schedules/{schedule['id']}"
    late = await baker.patch(path, json={"batches": [change]}, headers={"If-Match": '"1"'})
    blind = await baker.patch(path, json={"batches": [change]})

    assert (late.status_code, blind.status_code) == (412, 428)

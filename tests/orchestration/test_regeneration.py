"""A day on the floor, through the API: approved, begun, an oven fails, planned again, explained."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr
from sqlalchemy import func, select

from obrador.app import create_app
from obrador.inventory.models import StockLot, StockMovement
from obrador.kit.db import Database
from obrador.orchestration import instances
from obrador.orchestration.chunks import ChunkDriver
from obrador.orchestration.definitions import steps_of
from obrador.orchestration.models import Run
from obrador.production import service as production
from obrador.settings import Settings
from tests.fixtures.installation import NOW, Installation
from tests.fixtures.people import KEY
from tests.procurement.desk import say, show, the_plan
from tests.production.shop import approve, the_schedule, work

DAY = NOW.date()


@dataclass
class Floor:
    """The bakery's API on its own database, at a time that tests set, and a worker."""

    installation: Installation
    client: AsyncClient
    url: str
    now: datetime

    def at(self, hour: int, minute: int = 0) -> datetime:
        """A moment of the day in Madrid, which becomes now."""
        self.now = datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=UTC)
        self.now -= timedelta(hours=1)
        return self.now

    async def post(self, path: str, status: int = 202, **body: Any) -> dict[str, Any]:
        headers = {"If-Match": f'"{body.pop("version")}"'} if "version" in body else {}
        answer = await self.client.post(f"{self.url}/{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def get(self, path: str) -> dict[str, Any]:
        answer = await self.client.get(f"{self.url}/{path}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def plan(self, execution: str) -> None:
        """As a worker plans what was asked for."""
        tools = self.installation.tools(self.now)
        async with self.installation.database.transaction() as session:
            await instances.join(session, tools.instance, "worker")
        driver, key = ChunkDriver(tools), (UUID(execution), 0)
        specs = steps_of(await driver._open(key))
        for position, spec in enumerate(specs, start=1):
            await driver._stage(key, spec, position)
        await driver._close(key, len(specs))

    async def schedule(self) -> dict[str, Any]:
        """The newest."""
        return await the_schedule(self.client, self.url)


@asynccontextmanager
async def _api(installation: Installation, floor: list[Floor]) -> AsyncIterator[AsyncClient]:
    settings = Settings(_env_file=None, secret_key=SecretStr(KEY))
    app = create_app(Database(installation.database.url), settings, clock=lambda: floor[0].now)
    transport = ASGITransport(app)
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client
    app.state.engine.close()
    await app.state.database.close()


@pytest.fixture
async def floor(installation: Installation) -> AsyncIterator[Floor]:
    """The day is planned at one in the night, and approved."""
    floors: list[Floor] = []
    async with _api(installation, floors) as client:
        url = f"/api/v1/tenants/{installation.bakery}"
        floors.append(Floor(installation, client, url, NOW))
        floor = floors[0]
        await _furnish(floor)
        floor.at(1)
        started = await floor.post("plan", business_date=DAY.isoformat())
        await floor.plan(started["execution_id"])
        await approve(client, url)
        yield floor


async def _furnish(floor: Floor) -> None:
    """A second oven, and dough that is made on the day."""
    oven = {"name": "Horno pequeño", "kind": "oven", "capacity": "10"}
    await floor.post("equipment", 201, **oven)
    for recipe in (await floor.get("recipes"))["items"]:
        if recipe["kind"] == "semi_finished":
            path = f"{floor.url}/recipes/{recipe['id']}"
            changed = await floor.client.patch(path, json={"lead_days": 0})
            assert changed.status_code == 200, changed.text


def doughs(schedule: dict[str, Any]) -> list[dict[str, Any]]:
    return [b for b in schedule["batches"] if not b["product_id"] and not _is_later(b)]


def products(schedule: dict[str, Any]) -> list[dict[str, Any]]:
    return [b for b in schedule["batches"] if b["product_id"]]


def _is_later(batch: dict[str, Any]) -> bool:
    return bool(batch["reason"]["for_next_day"])


async def test_an_oven_fails_at_ten_past_five_and_the_rest_is_planned_around_what_is_begun(
    floor: Floor,
) -> None:
    before = await floor.schedule()
    first = products(before)[0]
    floor.at(4)
    for dough in [b for b in before["batches"] if b["id"] in first["doughs"]]:
        await work(floor.client, floor.url, dough, "start")
        await work(floor.client, floor.url, dough, "complete")
    await work(floor.client, floor.url, first, "start")
    short = round(first["quantity"] - 3, 3)
    floor.at(5)
    await work(floor.client, floor.url, first, "complete", made=str(short), note="three burnt")

    broke = floor.at(5, 10)
    equipment = (await floor.get("equipment"))["items"]
    oven = next(each for each in equipment if each["name"] == "Piso de horno")
    changed = await floor.client.patch(
        f"{floor.url}/equipment/{oven['id']}", json={"out_of_order_from": broke.isoformat()}
    )
    assert changed.status_code == 200, changed.text
    told = await floor.get(f"production/schedules/{before['id']}/check")
    hit = {each["batch_id"] for each in told["conflicts"] if each["kind"] == "unavailable"}
    bakes_later = {
        batch["id"]
        for batch in before["batches"]
        for step in batch["steps"]
        if batch["status"] == "planned"
        and batch["id"] != first["id"]
        and step["equipment_id"] == oven["id"]
        and datetime.fromisoformat(step["ends_at"]) > broke
    }
    assert hit & bakes_later == bakes_later

    run = await floor.post(f"production/schedules/{before['id']}/regenerate")
    again = await floor.post(f"production/schedules/{before['id']}/regenerate")
    assert (run["is_new"], again["is_new"], again["run_id"]) == (True, False, run["run_id"])
    await floor.plan(run["execution_id"])

    after = await floor.schedule()
    assert (after["revision"], after["replaces_id"], after["status"]) == (1, before["id"], "draft")
    old = await floor.get(f"production/schedules/{before['id']}")
    assert old["status"] == "superseded"
    done = next(b for b in after["batches"] if b["id"] == first["id"])
    assert (done["status"], done["made"], done["note"]) == ("completed", short, "three burnt")
    assert done["reason"] == first["reason"]
    # Nothing that is still to do lies in the past, or in the oven that is broken.
    for batch in after["batches"]:
        if batch["status"] == "planned":
            assert datetime.fromisoformat(batch["starts_at"]) >= broke
            assert oven["id"] not in {step["equipment_id"] for step in batch["steps"]}
    # What was baked is not baked again; the others are late or cannot be made, and it says why.
    unplaced = sum(b["good_units"] for b in after["unplaced"] if b["product_id"])
    wanted = sum(target["quantity"] for target in before["targets"])
    planned = sum(b["quantity"] for b in products(after) if b["id"] != done["id"])
    assert planned + short + unplaced == pytest.approx(wanted, rel=0.05)
    for batch in products(after):
        assert batch["id"] == done["id"] or not batch["late_minutes"] or batch["late_because"]
    reasons = {each["because"] for each in after["unplaced"]}
    assert reasons <= {"no_equipment:oven", "no_time", "too_big:oven"}
    assert reasons or len(products(after)) == len(products(before))

    approved = await approve(floor.client, floor.url)
    assert approved["status"] == "in_progress"  # work has begun already
    history = [(c["from_status"], c["to_status"]) for c in approved["history"]]
    assert history[-2:] == [("draft", "approved"), ("approved", "in_progress")]


async def test_what_is_in_hand_keeps_its_place_and_its_dough_is_not_made_again(
    floor: Floor,
) -> None:
    before = await floor.schedule()
    dough = doughs(before)[0]
    begun_at = datetime.fromisoformat(dough["starts_at"])
    floor.now = max(floor.now, begun_at)
    await work(floor.client, floor.url, dough, "start")

    run = await floor.post(f"production/schedules/{before['id']}/regenerate")
    await floor.plan(run["execution_id"])

    after = await floor.schedule()
    same = next(b for b in after["batches"] if b["id"] == dough["id"])
    assert (same["status"], same["steps"]) == ("in_progress", dough["steps"])
    of_its_kind = [b for b in doughs(after) if b["recipe_id"] == dough["recipe_id"]]
    before_kind = [b for b in doughs(before) if b["recipe_id"] == dough["recipe_id"]]
    made = sum(b["quantity"] for b in of_its_kind)
    assert made == pytest.approx(sum(b["quantity"] for b in before_kind), rel=0.05)
    users = [b for b in products(after) if dough["id"] in b["doughs"]]
    assert users
    assert all(b["starts_at"] >= dough["ends_at"] for b in users)
    # The floor goes on: what was begun under the old revision ends under the new one.
    floor.now = datetime.fromisoformat(dough["ends_at"])
    await work(floor.client, floor.url, dough, "complete")
    assert (await floor.schedule())["history"][-1]["batch_id"] == dough["id"]


async def test_a_reason_that_says_that_the_data_is_stale_has_the_day_planned_again_at_once(
    floor: Floor,
) -> None:
    for round_ in range(4):
        shown = await floor.schedule()
        outcome = await floor.post(
            f"production/schedules/{shown['id']}/reject",
            200,
            version=shown["version"],
            reason="los DATOS están desactualizádos" if round_ % 2 else "this data is stale",
        )
        assert outcome["says_stale"]
        assert outcome["schedule"]["status"] == "rejected"
        if round_ == 3:  # three times a day is enough
            assert outcome["regeneration"] is None
            return
        await floor.plan(outcome["regeneration"]["execution_id"])
        after = await floor.schedule()
        assert (after["revision"], after["replaces_id"]) == (round_ + 1, shown["id"])
        assert after["status"] == "draft"


async def test_a_purchase_plan_of_stale_data_is_made_again_around_what_is_ordered(
    floor: Floor,
) -> None:
    before = await the_plan(floor.client, floor.url)
    assert (await say(floor.client, floor.url, before["orders"][0], "approve")).status_code == 200

    outcome = await floor.post(
        f"procurement/plans/{before['id']}/reject",
        200,
        version=before["version"],
        reason="El inventario está OBSOLETO",
    )
    again = await floor.post(f"procurement/plans/{before['id']}/regenerate")
    assert again["run_id"] == outcome["regeneration"]["run_id"]
    await floor.plan(outcome["regeneration"]["execution_id"])

    after = await the_plan(floor.client, floor.url)
    assert (after["revision"], after["replaces_id"], after["status"]) == (1, before["id"], "draft")
    assert after["changes"]["kept"] == [before["orders"][0]["id"]]
    kept, *rest = (await show(floor.client, floor.url, before["id"]))["orders"]
    assert kept["status"] == "approved"
    assert {order["status"] for order in rest} <= {"cancelled"}


async def test_another_reason_waits_for_a_person(floor: Floor) -> None:
    shown = await floor.schedule()

    outcome = await floor.post(
        f"production/schedules/{shown['id']}/reject",
        200,
        version=shown["version"],
        reason="too much rye",
    )

    assert (outcome["says_stale"], outcome["regeneration"]) == (False, None)


async def test_a_day_that_is_over_is_not_planned_again(floor: Floor) -> None:
    shown = await floor.schedule()
    floor.now = NOW + timedelta(days=1)

    await floor.post(f"production/schedules/{shown['id']}/regenerate", 409)


async def test_when_the_new_plan_fails_the_old_one_stands_again(floor: Floor) -> None:
    before = await floor.schedule()
    dough = doughs(before)[0]
    floor.now = datetime.fromisoformat(dough["starts_at"])
    await work(floor.client, floor.url, dough, "start")
    run = await floor.post(f"production/schedules/{before['id']}/regenerate")
    await floor.plan(run["execution_id"])
    async with floor.installation.database.transaction() as session:
        failed = (await session.scalars(select(Run).where(Run.revision == 1))).one()
        bakery = floor.installation.bakery

        await production.withdraw(session, [_Key(bakery, failed.business_date, 1)])

    shown = await floor.get(f"production/schedules/{before['id']}")
    assert shown["status"] == "in_progress"
    assert next(b for b in shown["batches"] if b["id"] == dough["id"])["status"] == "in_progress"
    steps = [(c["from_status"], c["to_status"]) for c in shown["history"] if not c["batch_id"]]
    assert steps[-2:] == [("in_progress", "superseded"), ("superseded", "in_progress")]


async def test_stock_agrees_with_its_movements_after_all_that(floor: Floor) -> None:
    before = await floor.schedule()
    for batch in before["batches"]:
        floor.now = max(floor.now, datetime.fromisoformat(batch["ends_at"]))
        await work(floor.client, floor.url, batch, "start")
        await work(floor.client, floor.url, batch, "complete")

    assert (await floor.schedule())["status"] == "completed"
    async with floor.installation.database.transaction() as session:
        moved = select(func.sum(StockMovement.quantity)).where(
            StockMovement.tenant_id == StockLot.tenant_id, StockMovement.lot_id == StockLot.id
        )
        wrong = select(func.count()).where(
            StockLot.remaining != func.coalesce(moved.scalar_subquery(), 0)
        )
        assert await session.scalar(wrong) == 0


@dataclass(frozen=True)
class _Key:
    tenant: Any
    business_date: Any
    revision: int

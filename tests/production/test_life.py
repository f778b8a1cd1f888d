"""Schedules over the API: who may do what when, and what is told and kept of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.production.service import save_plans
from obrador.tenants.domain import Morning
from tests.production.builders import MONDAY, bakery
from tests.production.test_service import a_plan


def morning(tenant: TenantId, day: date = MONDAY, revision: int = 0) -> Morning:
    return Morning(tenant, bakery(), day, revision, datetime(2026, 3, 2, 4, tzinfo=UTC))


@pytest.fixture
async def planned(session: AsyncSession, tenant: TenantId) -> None:
    """Monday is planned."""
    await save_plans(session, [(morning(tenant), a_plan())])


async def the_schedule(client: AsyncClient, url: str) -> dict[str, Any]:
    items = (await client.get(f"{url}/production/schedules")).json()["items"]
    shown: dict[str, Any] = (
        await client.get(f"{url}/production/schedules/{items[0]['id']}")
    ).json()
    return shown


async def test_a_schedule_shows_what_is_made_and_why(
    viewer: AsyncClient, url: str, planned: None
) -> None:
    shown = await the_schedule(viewer, url)

    assert (shown["status"], shown["version"], shown["revision"]) == ("draft", 1, 0)
    assert shown["targets"][0]["reason"]["expected"] == 50
    rolls = next(batch for batch in shown["batches"] if batch["product_id"])
    dough = next(batch for batch in shown["batches"] if not batch["product_id"])
    assert rolls["doughs"] == [dough["id"]]
    assert rolls["reason"]["batch_count"] == 1
    assert [step["kind"] for step in rolls["steps"]] == ["shape", "proof", "bake"]
    assert rolls["steps"][0]["starts_at"] == rolls["starts_at"]
    assert shown["unplaced"][0]["because"] == "no_equipment:wood oven"
    assert shown["batch_counts"]["planned"] == 2
    assert shown["history"] == []


async def test_the_etag_is_the_version(viewer: AsyncClient, url: str, planned: None) -> None:
    shown = await the_schedule(viewer, url)

    answer = await viewer.get(f"{url}/production/schedules/{shown['id']}")

    assert answer.headers["etag"] == '"1"'


async def test_schedules_are_listed_by_day_in_pages(
    session: AsyncSession, viewer: AsyncClient, url: str, tenant: TenantId
) -> None:
    days = [MONDAY + timedelta(days=n) for n in range(5)]
    await save_plans(session, [(morning(tenant, day), a_plan(day)) for day in days])
    await save_plans(session, [(morning(tenant, days[2], 1), a_plan(days[2]))])

    seen: list[tuple[str, int, str]] = []
    cursor: str | None = None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await viewer.get(f"{url}/production/schedules", params=asked)).json()
        seen += [(i["business_date"], i["revision"], i["status"]) for i in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    expected = [(day.isoformat(), 0, "draft") for day in reversed(days)]
    expected[2:3] = [
        (days[2].isoformat(), 1, "draft"),
        (days[2].isoformat(), 0, "superseded"),
    ]
    assert seen == expected
    only = await viewer.get(
        f"{url}/production/schedules",
        params={"first": days[2].isoformat(), "last": days[2].isoformat(), "status": "superseded"},
    )
    assert [item["revision"] for item in only.json()["items"]] == [0]


async def test_a_revision_knows_what_it_replaces_and_that_is_kept(
    session: AsyncSession, viewer: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    first = await the_schedule(viewer, url)
    await save_plans(session, [(morning(tenant, revision=1), a_plan())])

    second = await the_schedule(viewer, url)
    before = (await viewer.get(f"{url}/production/schedules/{first['id']}")).json()

    assert second["replaces_id"] == first["id"]
    assert (before["status"], before["version"]) == ("superseded", 2)
    (change,) = before["history"]
    assert (change["from_status"], change["to_status"]) == ("draft", "superseded")
    assert change["reason"] == "planned again"


async def test_batches_are_listed_by_start_and_only_those_that_stand(
    session: AsyncSession, viewer: AsyncClient, url: str, tenant: TenantId, planned: None
) -> None:
    first = await the_schedule(viewer, url)
    await save_plans(session, [(morning(tenant, revision=1), a_plan())])
    second = await the_schedule(viewer, url)

    standing = (await viewer.get(f"{url}/production/batches")).json()["items"]
    replaced = await viewer.get(f"{url}/production/batches?schedule_id={first['id']}")
    start = await viewer.get(f"{url}/production/batches?limit=1")
    rest = await viewer.get(
        f"{url}/production/batches?limit=1&cursor={start.json()['next_cursor']}"
    )

    assert [batch["id"] for batch in standing] == [batch["id"] for batch in second["batches"]]
    assert {batch["schedule_id"] for batch in replaced.json()["items"]} == {first["id"]}
    paged = [*start.json()["items"], *rest.json()["items"]]
    assert [batch["id"] for batch in paged] == [batch["id"] for batch in standing]
    one = (await viewer.get(f"{url}/production/batches/{standing[1]['id']}")).json()
    assert one["doughs"] == [standing[0]["id"]]


async def test_another_bakery_sees_none_of_it(
    outsider: AsyncClient, viewer: AsyncClient, url: str, other_tenant: TenantId, planned: None
) -> None:
    shown = await the_schedule(viewer, url)
    own = f"/api/v1/tenants/{other_tenant}/production"

    assert (await outsider.get(f"{own}/schedules")).json()["items"] == []
    assert (await outsider.get(f"{own}/schedules/{shown['id']}")).status_code == 404
    assert (await outsider.get(f"{own}/batches/{shown['batches'][0]['id']}")).status_code == 404

"""Schedules over the API: who may do what when, and what is told and kept of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.outbox import OutboxEvent
from obrador.kit.states import WrongState
from obrador.production.life import SCHEDULE_STATES
from obrador.production.models import Schedule
from obrador.production.service import save_plans
from obrador.rejection import says_stale
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


async def say(
    client: AsyncClient,
    url: str,
    schedule: dict[str, Any],
    word: str,
    body: dict[str, Any] | None = None,
    version: int | None = None,
) -> Any:
    """Submit, approve or reject a schedule as it was read."""
    return await client.post(
        f"{url}/production/schedules/{schedule['id']}/{word}",
        headers={"If-Match": f'"{version or schedule["version"]}"'},
        json=body,
    )


async def approved(client: AsyncClient, url: str) -> dict[str, Any]:
    """The schedule, once it is approved."""
    answer = await say(client, url, await the_schedule(client, url), "approve")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def told(session: AsyncSession) -> list[str]:
    keys = await session.scalars(select(OutboxEvent.routing_key).order_by(OutboxEvent.id))
    return [key for key in keys if key.startswith("production.")]


async def test_a_draft_is_submitted_and_approved_and_that_is_kept_and_told(
    session: AsyncSession, baker: AsyncClient, url: str, planned: None
) -> None:
    draft = await the_schedule(baker, url)

    waiting = (await say(baker, url, draft, "submit")).json()
    done = await say(baker, url, waiting, "approve")

    assert (done.json()["status"], done.json()["version"]) == ("approved", 3)
    assert done.headers["etag"] == '"3"'
    steps = [(c["from_status"], c["to_status"]) for c in done.json()["history"]]
    assert steps == [("draft", "pending_approval"), ("pending_approval", "approved")]
    assert all("@" in change["by"] for change in done.json()["history"])
    assert await told(session) == [
        "production.schedule.created",
        "production.schedule.status_changed",
        "production.schedule.status_changed",
        "production.schedule.approved",
    ]


async def test_of_two_who_decide_at_once_one_is_told_that_the_other_was_quicker(
    baker: AsyncClient, owner: AsyncClient, url: str, planned: None
) -> None:
    read_by_both = await the_schedule(baker, url)

    first = await say(baker, url, read_by_both, "approve")
    second = await say(owner, url, read_by_both, "reject", {"reason": "too much rye"})

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["type"] == "urn:obrador:problem:version-changed"
    assert (await the_schedule(baker, url))["status"] == "approved"


@pytest.mark.parametrize(
    ("header", "status"), [(None, 428), ("*", 422), ("x", 422), ('W/"1"', 200)]
)
async def test_a_decision_says_what_it_is_about(
    baker: AsyncClient, url: str, planned: None, header: str | None, status: int
) -> None:
    shown = await the_schedule(baker, url)

    answer = await baker.post(
        f"{url}/production/schedules/{shown['id']}/approve",
        headers={"If-Match": header} if header else {},
    )

    assert answer.status_code == status, answer.text
    assert status == 200 or answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("word", ["submit", "approve", "reject", "start", "complete", "cancel"])
async def test_who_may_only_look_or_buy_decides_nothing(
    viewer: AsyncClient, buyer: AsyncClient, url: str, planned: None, word: str
) -> None:
    shown = await the_schedule(viewer, url)
    is_of_batch = word in {"start", "complete", "cancel"}
    thing = shown["batches"][0] if is_of_batch else shown
    path = f"{url}/production/{'batches' if is_of_batch else 'schedules'}/{thing['id']}/{word}"

    for client in (viewer, buyer):
        answer = await client.post(path, json={"reason": "x"}, headers={"If-Match": '"1"'})
        assert answer.status_code == 403, answer.text


STATES = set(SCHEDULE_STATES.follows)
WORDS = {"submit": "pending_approval", "approve": "approved", "reject": "rejected"}


@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize("word", sorted(WORDS))
async def test_every_decision_is_checked_against_the_state(
    session: AsyncSession, baker: AsyncClient, url: str, planned: None, state: str, word: str
) -> None:
    await session.execute(update(Schedule).values(status=state))
    shown = await the_schedule(baker, url)

    answer = await say(baker, url, shown, word, {"reason": "too much rye"})

    after = await the_schedule(baker, url)
    if SCHEDULE_STATES.may(state, WORDS[word]):
        assert answer.status_code == 200, answer.text
        assert after["status"] == WORDS[word]
        assert after["version"] == shown["version"] + 1
    else:
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:obrador:problem:wrong-state"
        assert (after["status"], after["history"]) == (state, [])


def test_what_ends_a_schedule_ends_it() -> None:
    ends = {state for state, after in SCHEDULE_STATES.follows.items() if not after}

    assert ends == {"completed", "superseded", "archived"}
    for state, after in SCHEDULE_STATES.follows.items():
        assert after <= STATES - {state, "draft"}
    with pytest.raises(WrongState, match="cannot become approved: it can become nothing"):
        SCHEDULE_STATES.check("completed", "approved")


@pytest.mark.parametrize(
    ("reason", "is_stale"),
    [
        ("The data is STALE", True),
        ("Stock figures are outdated.", True),
        ("that is old data", True),
        ("son datos ANTIGUOS", True),
        ("está desactualizada", True),
        ("Inventario obsoleto", True),
        ("  Désactualizado ", True),
        ("demasiado pan de centeno", False),
        ("freshly installed", False),
        ("viejísimo", True),
    ],
)
def test_a_reason_may_say_that_the_data_is_stale(reason: str, is_stale: bool) -> None:
    assert says_stale(reason, ["viejisimo"]) is is_stale


async def test_nothing_that_became_of_a_plan_can_be_altered(
    session: AsyncSession, baker: AsyncClient, url: str, planned: None
) -> None:
    await approved(baker, url)

    with pytest.raises(DBAPIError, match="never altered"):
        await session.execute(text("update plan_changes set reason = 'another'"))

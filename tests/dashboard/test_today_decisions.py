"""What Today says and approves: in one tap, all or nothing, as far as the role goes."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts.models import AlertRow
from obrador.authz import TenantId
from obrador.kit.ids import new_id
from obrador.onboarding import demo
from obrador.orchestration import due
from obrador.orchestration.definitions import default_workflows
from obrador.orchestration.service import run_mornings
from tests.fixtures.people import NOW

FIELDS = ("schedule", "schedule_version", "plan", "plan_version")


@pytest.fixture
async def tenant(session: AsyncSession) -> TenantId:
    """A bakery that has planned today, and has an order to place."""
    (made,) = await demo.load(session, NOW, seed=1, products=6, days=60)
    await run_mornings(session, [made], NOW)
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
    await session.execute(
        text("update purchase_orders set order_on = :day where status = 'draft'"),
        {"day": NOW.date()},
    )
    return made


@pytest.fixture
def today(tenant: TenantId) -> str:
    """The page's address."""
    return f"/bakeries/{tenant}/today"


async def _read(client: AsyncClient, url: str) -> str:
    answer = await client.get(url, headers={"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.text


def _offer(page: str) -> dict[str, str]:
    """The fields of the form that approves, without the token."""
    form = page.split("today/approve", 1)[1].split("</form>", 1)[0]
    fields = re.findall(r'name="(\w+)" value="([^"]+)"', form)
    return {name: value for name, value in fields if name != "csrf"}


async def _approve(client: AsyncClient, today: str, **fields: str) -> Response:
    return await client.post(f"{today}/approve", data=fields, headers={"Accept-Language": "en"})


async def _states(session: AsyncSession) -> tuple[set[str], set[str]]:
    """Of schedules and of orders."""
    schedules = await session.scalars(text("select status from production_schedules"))
    orders = await session.scalars(
        text("select status from purchase_orders where status in ('draft', 'approved')")
    )
    return set(schedules), set(orders)


async def test_one_tap_approves_the_bake_and_the_orders(
    session: AsyncSession, owner: AsyncClient, today: str
) -> None:
    page = await _read(owner, today)
    assert re.search(r"Approve the bake and \d+ orders?, [\d,.]+\xa0€", page)
    given = _offer(page)
    assert set(given) == set(FIELDS)

    done = await _approve(owner, today, **given)
    twice = await _approve(owner, today, **given)

    assert done.status_code == 303
    assert twice.status_code == 303
    assert await _states(session) == ({"approved"}, {"approved"})
    after = await _read(owner, done.headers["location"])
    assert "Approved: bake by it." in after
    assert re.search(r"Send \d+ orders?", after)
    assert "Start baking" in after
    assert "today/approve" not in after


@pytest.mark.parametrize(
    ("role", "words", "fields", "states"),
    [
        ("baker", "Approve the bake<", FIELDS[:2], ({"approved"}, {"draft"})),
        ("buyer", r"Approve \d+ orders?, ", FIELDS[2:], ({"draft"}, {"approved"})),
    ],
)
async def test_each_role_approves_what_is_theirs(
    request: pytest.FixtureRequest,
    session: AsyncSession,
    baker: AsyncClient,
    buyer: AsyncClient,
    today: str,
    role: str,
    words: str,
    fields: tuple[str, ...],
    states: tuple[set[str], set[str]],
) -> None:
    client = {"baker": baker, "buyer": buyer}[role]
    page = await _read(client, today)

    assert re.search(words, page)
    assert set(_offer(page)) == set(fields)
    await _approve(client, today, **_offer(page))

    assert await _states(session) == states


async def test_what_is_not_theirs_is_refused_with_all_of_it(
    session: AsyncSession, owner: AsyncClient, baker: AsyncClient, today: str
) -> None:
    given = _offer(await _read(owner, today))

    answer = await _approve(baker, today, **given)

    assert answer.status_code == 403
    assert "Your role does not allow this." in answer.text
    assert await _states(session) == ({"draft"}, {"draft"})


async def test_what_has_changed_since_is_shown_and_nothing_approved(
    session: AsyncSession, owner: AsyncClient, today: str
) -> None:
    given = _offer(await _read(owner, today))
    await session.execute(text("update procurement_plans set version = version + 1"))

    answer = await _approve(owner, today, **given)

    assert answer.status_code == 412
    assert "Somebody has changed this since" in answer.text
    assert await _states(session) == ({"draft"}, {"draft"})
    assert _offer(answer.text)["plan_version"] != given["plan_version"]


async def test_orders_beyond_a_limit_wait_for_the_owner(
    session: AsyncSession, buyer: AsyncClient, owner: AsyncClient, tenant: TenantId, today: str
) -> None:
    limits = {"policy": {"approval_limits": {"procurement_manager": 1}}}
    assert (await owner.patch(f"/api/v1/tenants/{tenant}", json=limits)).status_code == 200

    assert "today/approve" not in await _read(buyer, today)
    assert "Approve the bake and" in await _read(owner, today)


async def test_viewers_see_the_state_and_no_buttons(viewer: AsyncClient, today: str) -> None:
    page = await _read(viewer, today)

    assert "The plan is ready." in page
    assert "It waits to be approved." in page
    assert "<form" not in page
    assert (await _approve(viewer, today)).status_code == 403


async def test_a_day_that_is_over_is_only_looked_at(
    session: AsyncSession, owner: AsyncClient, tenant: TenantId, today: str
) -> None:
    await run_mornings(session, [tenant], NOW - timedelta(days=1))

    page = await _read(owner, f"{today}?date=2026-03-02")

    assert "Monday, 2 March" in page
    assert "<form" not in page


async def _alert(session: AsyncSession, tenant: TenantId, status: str) -> UUID:
    facts = {"id": str(UUID(int=1)), "day": "2026-03-04", "quantity": 500, "unit": "g"}
    own_id = new_id()
    session.add(
        AlertRow(
            tenant_id=tenant,
            id=own_id,
            business_date=NOW.date(),
            kind="lot_expiring",
            severity="critical",
            key=f"lot_expiring:{status}",
            facts=facts | {"name": f"Butter {status}"},
            status=status,
            raised_at=NOW,
        )
    )
    await session.flush()
    return own_id


async def test_alerts_and_counts_lead_to_where_they_are_settled(
    session: AsyncSession, owner: AsyncClient, tenant: TenantId, today: str
) -> None:
    await _alert(session, tenant, "open")
    await _alert(session, tenant, "resolved")
    await owner.post(
        f"{today.removesuffix('today')}stock/counts",
        data={"count_id": str(UUID(int=3)), "scope": "all"},
    )

    page = await _read(owner, today)

    matters = page.split('id="attention"')[1].split("</section>")[0]
    assert "Butter open" in matters
    assert "Butter resolved" not in matters
    assert "stock?show=expiring" in matters
    assert "The count of Tue 3 Mar is open: 0 of" in matters
    assert f"stock/counts/{UUID(int=3)}" in matters


async def test_what_somebody_looks_after_presses_no_more(
    session: AsyncSession, owner: AsyncClient, viewer: AsyncClient, tenant: TenantId, today: str
) -> None:
    alert = {"alert": str(await _alert(session, tenant, "open"))}
    before = await _read(owner, today)

    refused = await viewer.post(f"{today}/seen", data=alert)
    done = [await owner.post(f"{today}/seen", data=alert) for _ in range(2)]
    after = await _read(owner, today)
    gone = await owner.post(f"{today}/seen", data={"alert": str(new_id())})

    assert "today/seen" not in await _read(viewer, today)
    assert refused.status_code == 403
    assert [each.status_code for each in done] == [303, 303]
    assert before.count(alert["alert"]) == 1
    assert alert["alert"] not in after
    assert "Butter open" in after.split("to know</summary>")[1].split("</details>")[0]
    assert gone.status_code == 404


async def test_yesterday_says_what_was_sold_and_how_good_the_forecast_was(
    session: AsyncSession, owner: AsyncClient, tenant: TenantId, today: str
) -> None:
    await session.execute(
        text(
            "update daily_sales set sold_out_at = time '10:40' where business_date = :day"
            " and product_id = (select min(product_id::text)::uuid from daily_sales)"
        ),
        {"day": NOW.date() - timedelta(days=1)},
    )
    page = await _read(owner, today)
    told = page.split('id="yesterday"')[1]

    assert re.search(r"<b>[\d.]+</b> sold\b", told)
    assert "10:40" in told
    assert "wasted" in told


async def test_without_a_plan_one_can_ask_for_it(
    session: AsyncSession, owner: AsyncClient, viewer: AsyncClient, today: str
) -> None:
    tomorrow = f"{today}?date=2026-03-04"
    assert "There is no plan for Wednesday, 4 March yet." in await _read(owner, tomorrow)
    assert "<form" not in await _read(viewer, tomorrow)

    asked = await owner.post(f"{today}/plan?date=2026-03-04")

    assert asked.status_code == 303
    page = await _read(viewer, tomorrow)
    assert "The plan of this day is being made." in page
    assert "<progress" in page


async def test_a_plan_that_failed_says_why(
    session: AsyncSession, owner: AsyncClient, today: str
) -> None:
    await owner.post(f"{today}/plan?date=2026-03-04")
    await session.execute(
        text("update runs set status = 'failed', error = 'No flour.' where status = 'pending'")
    )

    page = await _read(owner, f"{today}?date=2026-03-04")

    assert "The plan could not be made." in page
    assert "No flour." in page
    assert "Plan the day again" in page

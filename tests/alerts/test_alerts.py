"""Alerts: raised once, looked after by people, gone when they have lost their point."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import repository, service
from obrador.alerts.detection import alerts_of
from obrador.alerts.domain import Alert, MorningFacts
from obrador.alerts.models import AlertRow
from obrador.alerts.stock import planned, stock_alerts
from obrador.alerts.wording import SENTENCES, sentence
from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.kit.i18n import speech
from obrador.plan_changes import changes_of
from obrador.production.domain import Unplaced
from obrador.production.models import Batch, Schedule
from tests.factories.mornings import TODAY, YESTERDAY, facts_today, mornings_of, planned_yesterday
from tests.fixtures.people import NOW
from tests.statements import counted

OF_THE_DAY = {
    "order_not_sent",
    "order_overdue",
    "schedule_waiting",
    "batch_delayed",
    "equipment_out",
    "yield_off",
    "yield_trend",
    "stock_short_on_completion",
}
"""What no morning knows of."""
OVEN = Alert("batch_late", "warning", "batch_late:1", {"name": "Barra", "minutes": 20}, TODAY)
FLOUR = Alert("ingredient_unsupplied", "critical", "unsupplied:1", {"name": "Harina"})


@pytest.fixture
async def facts(session: AsyncSession) -> MorningFacts:
    """A morning on which every kind of trouble is found."""
    bakery = (await planned_yesterday(session))[0]
    known = (await facts_today(session, [bakery]))[0]
    schedule, purchases = known.production.schedule, known.purchases
    first = replace(
        purchases.projections[0],
        is_critical=True,
        stock_out_day=1,
        expired=(0.0, 500.0, *purchases.projections[0].expired[2:]),
    )
    second = purchases.projections[1]
    second = replace(
        second,
        is_critical=False,
        closing=(0.0, *second.closing[1:]),
        safety=replace(second.safety, quantity=100.0),
    )
    products = (replace(known.catalogue.products[0], recipe_id=None), *known.catalogue.products[1:])
    return replace(
        known,
        catalogue=replace(known.catalogue, products=products),
        production=replace(
            known.production,
            schedule=replace(
                schedule,
                scheduled=(
                    replace(schedule.scheduled[0], late_minutes=20, late_because="time"),
                    replace(schedule.scheduled[1], late_minutes=5, late_because="equipment:oven"),
                    *schedule.scheduled[2:],
                ),
                unplaced=(Unplaced(schedule.scheduled[1].batch, "no_time"),),
            ),
        ),
        purchases=replace(
            purchases,
            projections=(first, second, *purchases.projections[2:]),
            unsupplied=(first.ingredient_id,),
            orders=(
                replace(purchases.orders[0], is_urgent=True, order_on=TODAY),
                *purchases.orders[1:],
            ),
        ),
    )


def test_all_that_is_wrong_is_found_once_and_can_be_said(facts: MorningFacts) -> None:
    found = (*alerts_of(facts), *_of_stock(facts))

    assert {alert.kind for alert in found} == set(SENTENCES) - OF_THE_DAY
    assert len({alert.key for alert in found}) == len(found)
    assert all(len(alert.key) <= 160 for alert in found)
    assert found == (*alerts_of(facts), *_of_stock(facts))
    for language in ("es", "en"):
        say = speech(language, "es_ES", "EUR")
        assert all(sentence(say, alert.kind, alert.facts) for alert in found)


def _of_stock(facts: MorningFacts) -> tuple[Alert, ...]:
    ingredients = {each.id: each for each in facts.ingredients}
    ahead = [
        planned(each, ingredients[each.ingredient_id], 2) for each in facts.purchases.projections
    ]
    return tuple(stock_alerts(TODAY, ahead))


async def test_a_morning_raises_its_alerts_once(session: AsyncSession, facts: MorningFacts) -> None:
    first = await service.from_morning(session, [facts])

    assert await service.from_morning(session, [facts]) == first
    assert first[facts.morning.tenant] == await _count(session)
    assert await service.from_morning(session, []) == {}


async def test_an_alert_whose_day_has_passed_resolves_itself(
    session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    today = await mornings_of(session, [tenant, other_tenant])
    await service.raise_alerts(session, [(each, [OVEN, FLOUR]) for each in today])
    tomorrow = await mornings_of(session, [tenant], TODAY + timedelta(days=1))

    await repository.lapse(session, tomorrow)

    assert await service.count_active(session, [tenant, other_tenant]) == {
        tenant: {"critical": 1},
        other_tenant: {"critical": 1, "warning": 1},
    }
    assert await service.count_raised(session, [tenant], TODAY, TODAY) == {tenant: (2, 1)}


async def test_people_look_after_alerts(
    session: AsyncSession, tenant: TenantId, baker: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    await service.raise_alerts(
        session, [((await mornings_of(session, [tenant]))[0], [OVEN, FLOUR])]
    )
    listed = (await viewer.get(f"{url}/alerts?lang=en")).json()["items"]
    assert [each["kind"] for each in listed] == ["ingredient_unsupplied", "batch_late"]
    assert listed[1]["message"] == "Barra will be ready 20 minutes late."
    spanish = (await viewer.get(f"{url}/alerts?severity=critical")).json()["items"]
    assert [each["message"] for each in spanish] == [
        "Ningún proveedor ofrece Harina, y hace falta."
    ]

    own = f"{url}/alerts/{listed[0]['id']}"
    seen = (await baker.post(f"{own}/acknowledge")).json()
    again = (await baker.post(f"{own}/acknowledge")).json()
    done = (await baker.post(f"{own}/resolve")).json()

    assert seen == again
    assert (seen["status"], done["status"]) == ("acknowledged", "resolved")
    assert UUID(done["resolved_by"])
    assert (await baker.post(f"{own}/acknowledge")).status_code == 409
    assert (await baker.post(f"{own}/resolve")).json() == done
    assert len((await viewer.get(f"{url}/alerts")).json()["items"]) == 1
    resolved = (await viewer.get(f"{url}/alerts?status=resolved")).json()["items"]
    assert [each["id"] for each in resolved] == [done["id"]]


async def test_pages_of_alerts_are_newest_first(
    session: AsyncSession, tenant: TenantId, viewer: AsyncClient, url: str
) -> None:
    morning = (await mornings_of(session, [tenant]))[0]
    many = [replace(OVEN, key=f"late:{number}") for number in range(5)]
    await service.raise_alerts(session, [(morning, many)])

    page = (await viewer.get(f"{url}/alerts?limit=3")).json()
    rest = (await viewer.get(f"{url}/alerts?limit=3&cursor={page['next_cursor']}")).json()

    ids = [each["id"] for each in (*page["items"], *rest["items"])]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 5
    assert rest["next_cursor"] is None


async def test_what_was_resolved_long_ago_is_archived_in_small_steps(
    session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    both = await mornings_of(session, [tenant, other_tenant])
    await service.raise_alerts(session, [(each, [OVEN, FLOUR]) for each in both])
    await session.execute(
        update(AlertRow).values(status="resolved", resolved_at=NOW - timedelta(days=40))
    )
    limit = NOW - timedelta(days=30)

    steps = [await service.archive_resolved(session, [tenant], limit, 1) for _ in range(3)]

    assert steps == [1, 1, 0]
    query = select(AlertRow.tenant_id, AlertRow.status).distinct()
    assert {tuple(row) for row in await session.execute(query)} == {
        (tenant, "archived"),
        (other_tenant, "resolved"),
    }


async def test_nobody_looked_at_the_schedule(session: AsyncSession) -> None:
    bakery = (await planned_yesterday(session))[0]
    yesterday = await mornings_of(session, [bakery], YESTERDAY)
    today = await mornings_of(session, [bakery])

    escalated = await service.escalate_stale(session, yesterday)
    assert (escalated[bakery].archived, escalated[bakery].waiting) == (0, 1)
    archived = await service.escalate_stale(session, today)
    assert archived == await service.escalate_stale(session, today)

    assert (archived[bakery].archived, archived[bakery].waiting) == (1, 0)
    assert (await session.scalars(select(Schedule.status))).all() == ["archived"]
    assert (await session.scalars(select(AlertRow.kind))).all() == ["schedule_waiting"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("draft", "nobody acted on it"),
        ("pending_approval", "nobody acted on it"),
        ("approved", "approved, but never started"),
    ],
)
async def test_a_schedule_whose_day_passed_is_archived_with_a_reason(
    session: AsyncSession, status: str, reason: str
) -> None:
    bakery = (await planned_yesterday(session))[0]
    await session.execute(update(Schedule).values(status=status))
    await session.execute(update(Batch).values(ends_at=NOW - timedelta(minutes=1)))

    stale = await service.escalate_stale(session, await mornings_of(session, [bakery]))

    assert (stale[bakery].archived, stale[bakery].waiting) == (1, 0)
    plan_id = (await session.scalars(select(Schedule.id))).one()
    (change,) = await changes_of(session, bakery, plan_id)
    assert (change.from_status, change.to_status) == (status, "archived")
    assert (change.by, change.by_id, change.reason) == ("system", None, reason)
    assert await service.escalate_stale(session, []) == {}


async def test_what_is_approved_and_still_to_be_made_is_left_alone(session: AsyncSession) -> None:
    bakery = (await planned_yesterday(session))[0]
    await session.execute(update(Schedule).values(status="approved"))
    await session.execute(update(Batch).values(ends_at=NOW + timedelta(minutes=1)))

    stale = await service.escalate_stale(session, await mornings_of(session, [bakery]))

    assert stale[bakery].archived == 0
    assert (await session.scalars(select(Schedule.status))).all() == ["approved"]


async def test_more_bakeries_need_no_more_statements(
    database: Database, session: AsyncSession
) -> None:
    facts = await facts_today(session, await planned_yesterday(session, 3))
    with counted(database) as for_one:
        await service.from_morning(session, facts[:1])
    with counted(database) as for_three:
        await service.from_morning(session, facts)

    assert len(for_three) <= max(len(for_one), 2)


async def _count(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(AlertRow)) or 0

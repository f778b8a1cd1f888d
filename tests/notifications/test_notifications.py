"""Notifications: each role once a day, in the reader's language, unless they do not want them."""

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts.domain import MorningFacts
from obrador.authz import TenantId
from obrador.authz.roles import Role
from obrador.forecasting import service as forecasting
from obrador.kit.db import Database
from obrador.kit.i18n import speech
from obrador.kit.ids import new_id
from obrador.notifications import service
from obrador.notifications.domain import Wishes
from obrador.notifications.models import NotificationRow
from obrador.notifications.wording import lines, title
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from tests.factories.mornings import TODAY, YESTERDAY, facts_today, mornings_of, planned_yesterday
from tests.statements import counted

ES, EN = (speech(language, "es_ES", "EUR") for language in ("es", "en"))


@pytest.fixture
async def bakery(session: AsyncSession) -> TenantId:
    return (await planned_yesterday(session))[0]


@pytest.fixture
async def facts(session: AsyncSession, bakery: TenantId) -> MorningFacts:
    return (await facts_today(session, [bakery]))[0]


async def _rows(session: AsyncSession) -> list[NotificationRow]:
    return list(await session.scalars(select(NotificationRow).order_by(NotificationRow.role)))


async def test_each_role_is_told_once(session: AsyncSession, facts: MorningFacts) -> None:
    first = await service.summarise(session, [facts])

    assert first == {facts.morning.tenant: 3}
    assert await service.summarise(session, [facts]) == first
    assert [row.role for row in await _rows(session)] == [
        "owner",
        "procurement_manager",
        "production_manager",
    ]
    assert await service.summarise(session, []) == {}


async def test_a_summary_says_to_each_what_is_theirs(
    session: AsyncSession, facts: MorningFacts
) -> None:
    await service.summarise(session, [facts])
    stored = (await _rows(session))[0].facts

    owner, buyer, baker = (
        lines(EN, "daily_summary", role, stored)
        for role in (Role.OWNER, Role.PROCUREMENT_MANAGER, Role.PRODUCTION_MANAGER)
    )
    assert set(owner) == {*buyer, *baker}
    assert any("the first starts at" in line for line in baker)
    assert not any("first starts" in line for line in buyer)
    assert title(ES, "daily_summary", TODAY, stored) == "El plan del martes, 3 de marzo"
    assert len(lines(ES, "daily_summary", Role.OWNER, stored)) == len(owner)


def test_wishes_differ_from_defaults_by_role_and_mute_by_person() -> None:
    wishes = Wishes({(Role.VIEWER, "daily_summary"): True, (Role.OWNER, "daily_summary"): False})

    assert wishes.roles_for("daily_summary") == (
        Role.PRODUCTION_MANAGER,
        Role.PROCUREMENT_MANAGER,
        Role.VIEWER,
    )
    assert Wishes().roles_for("weekly_digest") == (Role.OWNER,)
    assert wishes.muted(new_id()) == set()


async def test_a_week_on_one_page(session: AsyncSession, bakery: TenantId) -> None:
    await forecasting.validate(session, await mornings_of(session, [bakery]))
    await session.execute(update(PurchaseOrder).values(status="sent", order_on=YESTERDAY))
    morning = await mornings_of(session, [bakery])

    first = await service.weekly_digests(session, morning)

    assert first == await service.weekly_digests(session, morning) == {bakery: 1}
    (row,) = await _rows(session)
    assert row.facts["days"] == 1
    assert row.facts["orders"] > 0
    assert row.facts["cost_minor"] > 0
    assert row.facts["sold"]["piece"] > 0
    assert row.facts["planned"]["piece"] > 0
    assert 0 < len(row.facts["products"]) <= 5
    for say in (ES, EN):
        assert title(say, "weekly_digest", TODAY, row.facts)
        assert len(lines(say, "weekly_digest", Role.OWNER, row.facts)) >= 6


async def test_a_week_without_anything_is_told_as_well(
    session: AsyncSession, tenant: TenantId
) -> None:
    await service.weekly_digests(session, await mornings_of(session, [tenant]))

    (row,) = await _rows(session)
    assert row.facts["accuracy"] is None
    assert "No day's forecast" in lines(EN, "weekly_digest", Role.OWNER, row.facts)[0]


async def test_a_plan_that_nobody_looks_at_is_reminded_of_then_archived(
    session: AsyncSession, bakery: TenantId
) -> None:
    reminded = await service.remind_stale(session, await mornings_of(session, [bakery], YESTERDAY))
    assert (reminded[bakery].archived, reminded[bakery].waiting) == (0, 1)
    assert [(row.kind, row.role) for row in await _rows(session)] == [
        ("plan_waiting", "owner"),
        ("plan_waiting", "procurement_manager"),
    ]

    today = await mornings_of(session, [bakery])
    archived = await service.remind_stale(session, today)

    assert archived == await service.remind_stale(session, today)
    assert (archived[bakery].archived, archived[bakery].waiting) == (1, 0)
    assert (await session.scalars(select(ProcurementPlan.status))).all() == ["archived"]
    orders = select(PurchaseOrder.status).where(PurchaseOrder.plan_id.is_not(None)).distinct()
    assert (await session.scalars(orders)).all() == ["cancelled"]


async def test_people_read_what_their_role_was_told(
    session: AsyncSession, tenant: TenantId, owner: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    await service.weekly_digests(session, await mornings_of(session, [tenant]))
    assert (await viewer.get(f"{url}/notifications")).json()["items"] == []

    (item,) = (await owner.get(f"{url}/notifications?unread=true&lang=en")).json()["items"]
    assert item["title"].startswith("The week from")
    own = f"{url}/notifications/{item['id']}/read"
    assert (await viewer.post(own)).status_code == 404
    read = (await owner.post(own)).json()
    assert read["read_at"] is not None
    assert (await owner.post(own)).json() == read
    assert (await owner.get(f"{url}/notifications?unread=true")).json()["items"] == []
    assert len((await owner.get(f"{url}/notifications")).json()["items"]) == 1


async def test_who_hears_of_what_is_the_bakerys_choice(
    session: AsyncSession, tenant: TenantId, owner: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    wishes = f"{url}/notification-preferences"
    more = {"role": "viewer", "kind": "weekly_digest", "wanted": True}
    kept = (await owner.put(wishes, json=more)).json()
    assert more in kept["roles"]
    morning = await mornings_of(session, [tenant])
    assert await service.weekly_digests(session, morning) == {tenant: 2}

    assert len((await viewer.get(f"{url}/notifications")).json()["items"]) == 1
    mute = {"kind": "weekly_digest", "wanted": False}
    assert mute in (await viewer.put(f"{wishes}/me", json=mute)).json()["own"]
    assert (await viewer.get(f"{url}/notifications")).json()["items"] == []
    assert mute in (await viewer.get(wishes)).json()["own"]
    assert mute not in (await owner.get(wishes)).json()["own"]


async def test_more_bakeries_need_no_more_statements(
    database: Database, session: AsyncSession
) -> None:
    bakeries = await planned_yesterday(session, 3)
    facts = await facts_today(session, bakeries)
    mornings = await mornings_of(session, bakeries)
    with counted(database) as for_three:
        await service.summarise(session, facts)
    assert len(for_three) == 4
    with counted(database) as for_weeks:
        await service.weekly_digests(session, mornings)
    assert len(for_weeks) <= 12
    count = await session.scalar(select(func.count()).select_from(NotificationRow))
    assert count == 3 * 4

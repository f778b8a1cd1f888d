"""Insights in the database and over HTTP: told once, judged by people."""

from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting.domain import Decision
from obrador.insights import service
from obrador.insights.domain import Counts
from obrador.insights.models import InsightRow
from obrador.kit.db import Database
from tests.factories.mornings import TODAY, facts_today, mornings_of, planned_yesterday
from tests.statements import counted

DUE = Decision(True, "inaccurate", 30, 42.0, None, 27.0, 15.0)


@pytest.fixture
async def told(session: AsyncSession, tenant: TenantId) -> TenantId:
    """A bakery with one insight."""
    mornings = await mornings_of(session, [tenant])
    await service.from_decisions(session, mornings, {tenant: DUE})
    return tenant


async def test_an_insight_is_posted_once_a_week(session: AsyncSession, told: TenantId) -> None:
    today = await mornings_of(session, [told])
    tomorrow = await mornings_of(session, [told], TODAY + timedelta(days=1))
    next_week = await mornings_of(session, [told], TODAY + timedelta(days=7))

    async def counts(mornings: list[object]) -> Counts:
        return (await service.from_decisions(session, mornings, {told: DUE}))[told]  # type: ignore[arg-type]

    assert await counts([*today]) == Counts(1, 1)
    assert await counts([*today]) == Counts(1, 1)
    assert await counts([*tomorrow]) == Counts(1, 0)
    assert await counts([*next_week]) == Counts(1, 1)
    assert await session.scalar(select(func.count()).select_from(InsightRow)) == 2


async def test_mornings_and_reviews_change_nothing_when_repeated(session: AsyncSession) -> None:
    facts = await facts_today(session, await planned_yesterday(session, 2))

    first = (
        await service.from_morning(session, facts),
        await service.review_purchasing(session, facts),
    )
    second = (
        await service.from_morning(session, facts),
        await service.review_purchasing(session, facts),
    )

    assert first == second
    assert all(each.posted <= each.generated for part in first for each in part.values())
    assert await service.from_morning(session, []) == {}


async def test_people_say_what_they_think(
    told: TenantId, buyer: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    (item,) = (await viewer.get(f"{url}/insights?kind=forecast_drift")).json()["items"]
    assert "42" in item["message"]
    assert (item["value"], item["currency"], item["feedback"]) == (None, "EUR", None)

    own = f"{url}/insights/{item['id']}/feedback"
    judged = (await buyer.post(own, json={"feedback": "useful", "comment": "Gracias"})).json()

    assert (judged["feedback"], judged["comment"]) == ("useful", "Gracias")
    assert (await buyer.post(own, json={"feedback": "meh"})).status_code == 422
    assert (await viewer.get(f"{url}/insights?kind=dead_stock")).json()["items"] == []


async def test_more_bakeries_need_no_more_statements(
    database: Database, session: AsyncSession
) -> None:
    facts = await facts_today(session, await planned_yesterday(session, 3))
    with counted(database) as for_three:
        await service.from_morning(session, facts)
        await service.review_purchasing(session, facts)

    assert len(for_three) <= 5

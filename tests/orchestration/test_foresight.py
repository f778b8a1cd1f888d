"""What is foreseen, as people and programs look at it."""

from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.forecasting.models import Forecast
from obrador.kit.errors import Invalid, NotFound
from obrador.kit.i18n import Speech
from obrador.orchestration.foresight import look_ahead
from obrador.orchestration.foresight_days import Wanted
from obrador.orchestration.service import run_mornings
from tests.factories.mornings import TODAY, YESTERDAY, planned_yesterday
from tests.fixtures.people import NOW

SAY = Speech("en", "en")


@pytest.fixture
async def bakery(session: AsyncSession) -> TenantId:
    return (await planned_yesterday(session))[0]


async def test_the_newest_morning_is_shown(session: AsyncSession, bakery: TenantId) -> None:
    stored = await forecasting.newest_forecast(session, bakery, TODAY)
    seen = await look_ahead(session, bakery, Wanted(TODAY, 7), SAY, NOW, make=False)

    assert stored is not None
    assert (seen.made_for, seen.is_stored) == (YESTERDAY, True)
    assert len(seen.products) == 6
    assert [each.total for each in seen.products] == sorted(
        (each.total for each in seen.products), reverse=True
    )
    first = seen.products[0]
    row = stored.product_ids.index(first.product_id)
    assert [day.day for day in first.ahead] == [TODAY + timedelta(days=n) for n in range(7)]
    assert [day.mean for day in first.ahead] == stored.mean[row, 1:8].tolist()
    assert all(0 <= day.low <= day.high for day in first.ahead)
    assert first.past[-1].day == YESTERDAY
    assert first.past[-1].sold is not None
    assert "Lately" in first.ahead[0].why


async def test_a_past_day_is_as_its_morning_foresaw_it_beside_what_came(
    session: AsyncSession, bakery: TenantId
) -> None:
    await run_mornings(session, [bakery], NOW)
    wanted = Wanted(YESTERDAY, 3, past_days=10)
    seen = await look_ahead(session, bakery, wanted, SAY, NOW, make=False)

    assert seen.made_for == YESTERDAY
    past = [day.day for day in seen.products[0].past]
    assert past == [YESTERDAY - timedelta(days=10 - n) for n in range(11)]


async def test_without_a_morning_one_can_be_made_to_look_at(
    session: AsyncSession, bakery: TenantId
) -> None:
    long_ago = YESTERDAY - timedelta(days=5)
    with pytest.raises(NotFound, match="planned first"):
        await look_ahead(session, bakery, Wanted(long_ago, 7), SAY, NOW, make=False)

    seen = await look_ahead(session, bakery, Wanted(long_ago, 7), SAY, NOW, make=True)

    assert (seen.made_for, seen.is_stored) == (long_ago, False)
    kept = await session.scalars(select(Forecast.business_date))
    assert kept.all() == [YESTERDAY]


async def test_the_far_future_is_refused(session: AsyncSession, bakery: TenantId) -> None:
    far = Wanted(TODAY + timedelta(days=40), 7)
    with pytest.raises(Invalid, match="reach until"):
        await look_ahead(session, bakery, far, SAY, NOW, make=True)


async def test_the_chart_is_data(
    session: AsyncSession, admin: AsyncClient, bakery: TenantId
) -> None:
    stored = await forecasting.newest_forecast(session, bakery, TODAY)
    assert stored is not None
    url = f"/api/v1/tenants/{bakery}/forecasts/{stored.product_ids[0]}/chart"

    answer = await admin.get(url, params={"days": 5, "past_days": 30, "lang": "es"})

    assert answer.status_code == 200, answer.text
    chart = answer.json()
    assert (len(chart["ahead"]), len(chart["past"])) == (5, 30)
    assert chart["model"] == "profile"
    assert "Últimamente" in chart["ahead"][0]["why"]
    assert (await admin.get(url, params={"date": "1995-01-01"})).status_code == 404
    assert (await admin.get(url, params={"days": 99})).status_code == 422

"""Overrides on the real database, over HTTP, and in what mornings plan."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.models import User
from obrador.authz import TenantId
from obrador.forecasting import service
from obrador.forecasting.models import ForecastOverride, ValidationRun
from obrador.kit.db import Database
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.orchestration.briefing import brief
from obrador.orchestration.service import run_mornings
from obrador.sales.models import DailySale
from tests.factories.mornings import TODAY, YESTERDAY, mornings_of, planned_yesterday
from tests.fixtures.people import NOW
from tests.statements import counted

SATURDAY = TODAY + timedelta(days=4)
ROUTE = "/forecasts/overrides"


@pytest.fixture
async def product(owner: AsyncClient, url: str) -> str:
    answer = await owner.post(f"{url}/products", json={"name": "Baguette"})
    return str(answer.json()["id"])


def said(product: str, **fields: Any) -> dict[str, Any]:
    return {
        "product_id": product,
        "business_date": str(SATURDAY),
        "kind": "add",
        "value": "12",
        "reason": "school trip",
    } | fields


async def listed(client: AsyncClient, url: str, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"{url}{ROUTE}", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_newest_counts_and_nothing_is_forgotten(
    session: AsyncSession, baker: AsyncClient, viewer: AsyncClient, url: str, product: str
) -> None:
    for user in await session.scalars(select(User)):
        user.name = "Ana"
    await session.flush()
    first = await baker.put(f"{url}{ROUTE}", json=said(product))
    again = await baker.put(f"{url}{ROUTE}", json=said(product))
    second = await baker.put(f"{url}{ROUTE}", json=said(product, kind="set", value="80"))

    assert first.status_code == second.status_code == 200, first.text
    assert again.json() == first.json()
    assert (first.json()["by"], first.json()["at"]) == ("Ana", "2026-03-03T05:30:00Z")
    assert await listed(viewer, url) == [second.json()]

    gone = await baker.delete(f"{url}{ROUTE}/{second.json()['id']}")
    assert gone.status_code == 204
    assert await listed(viewer, url) == []
    history = await listed(viewer, url, history=True, product_id=product, first=str(SATURDAY))
    assert [each["kind"] for each in history] == ["withdrawn", "set", "add"]
    assert await listed(viewer, url, history=True, last=str(TODAY)) == []


async def test_what_does_not_count_cannot_be_withdrawn(
    baker: AsyncClient, url: str, product: str
) -> None:
    first = (await baker.put(f"{url}{ROUTE}", json=said(product))).json()["id"]
    second = (await baker.put(f"{url}{ROUTE}", json=said(product, value="5"))).json()["id"]

    statuses = [
        (await baker.delete(f"{url}{ROUTE}/{each}")).status_code for each in (first, second, second)
    ]
    assert statuses == [404, 204, 404]
    assert (await baker.put(f"{url}{ROUTE}", json=said(product, value="5"))).status_code == 200


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"business_date": str(YESTERDAY)}, "business_date"),
        ({"product_id": str(new_id())}, "product_id"),
        ({"kind": "set", "value": "-1"}, ""),
        ({"kind": "percent", "value": "-101"}, ""),
        ({"value": "1e9"}, "value"),
        ({"reason": "  "}, "reason"),
        ({"kind": "times"}, "kind"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    session: AsyncSession,
    baker: AsyncClient,
    url: str,
    product: str,
    fields: dict[str, Any],
    where: str,
) -> None:
    answer = await baker.put(f"{url}{ROUTE}", json=said(product, **fields))

    assert answer.status_code == 422
    assert where in [fault["where"] for fault in answer.json()["errors"]] or not where
    assert await session.scalar(select(func.count()).select_from(ForecastOverride)) == 0


async def test_another_bakery_neither_sees_nor_changes_them(
    baker: AsyncClient, outsider: AsyncClient, url: str, other_tenant: TenantId, product: str
) -> None:
    kept = (await baker.put(f"{url}{ROUTE}", json=said(product))).json()["id"]
    elsewhere = f"/api/v1/tenants/{other_tenant}"

    assert await listed(outsider, elsewhere, history=True) == []
    assert (await outsider.delete(f"{elsewhere}{ROUTE}/{kept}")).status_code == 404
    refused = await outsider.put(f"{elsewhere}{ROUTE}", json=said(product))
    assert refused.status_code == 422
    assert len(await listed(baker, url)) == 1


async def override(
    session: AsyncSession, bakery: TenantId, product_id: Any, day: Any, kind: str, value: float
) -> None:
    session.add(
        ForecastOverride(
            tenant_id=bakery,
            product_id=product_id,
            business_date=day,
            kind=kind,
            value=value,
            reason="school trip",
            said_by=new_id(),
            said_by_name="Ana",
            said_at=NOW,
        )
    )
    await session.flush()


async def test_the_next_plan_is_made_with_it_and_says_who(session: AsyncSession) -> None:
    bakery = (await planned_yesterday(session))[0]
    await run_mornings(session, [bakery], NOW)
    before = await service.newest_forecast(session, bakery, TODAY)
    assert before is not None
    await override(session, bakery, before.product_ids[0], TODAY, "set", 300)

    await run_mornings(session, [bakery], NOW, again=True)

    after = await service.newest_forecast(session, bakery, TODAY)
    assert after is not None
    assert after.mean[0, 0] == 300
    assert after.overridden[0].mean == before.mean[0, 0]
    assert after.overridden[0].quantiles == tuple(before.quantiles[0, 0])
    seen = await brief(session, bakery, TODAY, Speech("en", "en"))
    assert seen is not None
    told = [line for line in seen.bake if line.expected == 300]
    assert len(told) == 1
    assert "set to 300 by Ana: school trip." in told[0].moved_by
    assert told[0].quantity >= 250


async def test_validation_tells_whether_people_knew_better(
    session: AsyncSession, database: Database
) -> None:
    bakery = (await planned_yesterday(session))[0]
    await run_mornings(session, [bakery], NOW)
    made = await service.newest_forecast(session, bakery, TODAY)
    assert made is not None
    await override(session, bakery, made.product_ids[0], TODAY, "set", 300)
    await run_mornings(session, [bakery], NOW, again=True)
    session.add_all(
        DailySale(
            tenant_id=bakery, product_id=each, business_date=TODAY, quantity=310, is_total=True
        )
        for each in made.product_ids
    )
    await session.flush()

    tomorrow = await mornings_of(session, [bakery], TODAY + timedelta(days=1))
    await service.validate(session, tomorrow)

    of_today = select(ValidationRun).where(ValidationRun.business_date == TODAY)
    run = (await session.scalars(of_today)).one()
    assert (run.overridden, run.overridden_sold, run.overridden_off) == (1, 310, 10)
    assert run.overridden_wape == pytest.approx(1000 / 310)
    assert run.statistical_wape == pytest.approx((310 - made.mean[0, 0]) / 3.1, rel=1e-5)


async def test_more_bakeries_need_no_more_statements(
    session: AsyncSession, database: Database, tenant: TenantId, other_tenant: TenantId
) -> None:
    with counted(database) as statements:
        found = await service.read_overrides(session, [tenant, other_tenant], TODAY, SATURDAY)

    assert found == {tenant: (), other_tenant: ()}
    assert len(statements) == 1

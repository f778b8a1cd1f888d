"""The projection of stock over HTTP."""

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.onboarding import demo
from obrador.orchestration.service import run_mornings
from tests.fixtures.people import NOW


async def test_without_a_plan_there_is_no_projection(viewer: AsyncClient, url: str) -> None:
    assert (await viewer.get(f"{url}/stock/projection")).status_code == 404


async def test_a_projection_adds_up(session: AsyncSession, admin: AsyncClient) -> None:
    planned: TenantId = (await demo.load(session, NOW, products=6, days=60))[0]
    await run_mornings(session, [planned], NOW)

    answer = await admin.get(f"/api/v1/tenants/{planned}/stock/projection?days=7")

    assert answer.status_code == 200
    for item in answer.json()["items"]:
        stock = item["opening"]
        assert len(item["days"]) == 7
        for day in item["days"]:
            stock += day["receipts"] - day["requirement"] + day["unmet"] - day["expired"]
            assert abs(stock - day["closing"]) <= 1e-3 * max(stock, 1)

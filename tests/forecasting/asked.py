"""A bakery that is asked for forecasts, over HTTP."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import load_products
from obrador.forecasting import registry
from obrador.forecasting.challenge import challenge
from obrador.forecasting.domain import (
    Champion,
    DemandHistory,
)
from obrador.forecasting.history import HISTORY_DAYS, demand_history
from obrador.kit.ids import derived_id
from obrador.sales import service as sales
from obrador.sales.models import DailySale
from obrador.tenants import service as tenants
from tests.fixtures.people import NOW

BREAD, ROLL, NEW = derived_id("bread"), derived_id("roll"), derived_id("new")
TODAY = date(2026, 3, 3)
DAYS = 70


async def add_sales(session: AsyncSession, tenant: TenantId, first: date, count: int) -> None:
    """Of two products, more on Saturdays."""
    session.add_all(
        DailySale(
            tenant_id=tenant,
            product_id=product,
            business_date=day,
            quantity=Decimal(level + (20 if day.weekday() == 5 else 0)),
            is_total=True,
        )
        for day in (first + timedelta(days=index) for index in range(count))
        for product, level in ((BREAD, 60), (ROLL, 12))
    )
    await session.flush()


async def single(client: AsyncClient, url: str, product: UUID = BREAD, **more: Any) -> Any:
    body = {"product_id": str(product), "days": 7, **more}
    answer = await client.post(f"{url}/forecasts/single", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def generate(client: AsyncClient, url: str, **body: Any) -> Any:
    answer = await client.post(f"{url}/forecasts/generate", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["forecasts"]


async def known_demand(session: AsyncSession, shop: TenantId) -> DemandHistory:
    bakery = (await tenants.load_bakeries(session, [shop]))[shop]
    products = (await load_products(session, [shop]))[shop]
    first = TODAY - timedelta(days=HISTORY_DAYS)
    known = (await sales.load_history(session, [shop], first, TODAY - timedelta(days=1)))[shop]
    return demand_history(bakery, products, known, TODAY, 28)


async def train(session: AsyncSession, shop: TenantId) -> Champion:
    """Train a model that forecasts from now on, however it compares."""
    trial = challenge(await known_demand(session, shop), None)
    assert trial is not None
    promoted = replace(trial, verdict="no_worse")
    await registry.add(session, [registry.Made(shop, "first_model", promoted)], NOW)
    return (await registry.read_champions(session, [shop]))[shop]

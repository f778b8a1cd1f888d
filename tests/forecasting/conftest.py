"""What several tests of forecasts start from."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from tests.forecasting.asked import BREAD, DAYS, NEW, ROLL, TODAY, add_sales


@pytest.fixture
async def shop(session: AsyncSession, tenant: TenantId) -> TenantId:
    """A bakery with two products that it has sold for ten weeks, and one that is new."""
    await add_named_products(session, tenant, {BREAD: "Barra", ROLL: "Bollo", NEW: "Roscón"})
    await add_sales(session, tenant, TODAY - timedelta(days=DAYS), DAYS)
    return tenant

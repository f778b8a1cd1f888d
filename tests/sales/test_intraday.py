"""When in the day products are sold."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from obrador.kit.db import Database
from obrador.kit.ids import derived_id
from obrador.sales.models import DailySale, SaleLine
from obrador.sales.service import IntradayQuestion, load_intraday
from tests.statements import counted

BREAD, ROLL = derived_id("bread"), derived_id("roll")
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)
ASKED = IntradayQuestion("Europe/Madrid", [BREAD, ROLL], FIRST, LAST)


def line(tenant: TenantId, day: date, hour: int, quantity: int, product: object) -> SaleLine:
    """Sold at the full hour, UTC."""
    sold_at = datetime.combine(day, time(hour), UTC)
    return SaleLine(
        tenant_id=tenant, sold_at=sold_at, product_id=product, quantity=Decimal(quantity),
        occurrence=0, business_date=day,
    )  # fmt: skip


@pytest.fixture
async def shop(session: AsyncSession, tenant: TenantId) -> TenantId:
    """Bread sells a quarter in the morning; on the last day it sold out at noon."""
    await add_named_products(session, tenant, {BREAD: "Bread", ROLL: "Roll"})
    days = [FIRST + timedelta(days=number) for number in range(7)]
    for day in days[:-1]:
        session.add_all([line(tenant, day, 7, 10, BREAD), line(tenant, day, 16, 30, BREAD)])
    session.add_all([line(tenant, LAST, 7, 99, BREAD), line(tenant, LAST, 7, 5, ROLL)])
    session.add(line(tenant, FIRST - timedelta(days=1), 7, 99, BREAD))
    session.add(
        DailySale(
            tenant_id=tenant, product_id=BREAD, business_date=LAST, quantity=Decimal(99),
            sold_out_at=time(12), is_total=True,
        )
    )  # fmt: skip
    await session.flush()
    return tenant


async def test_hours_are_the_shops_and_of_days_that_did_not_sell_out(
    session: AsyncSession, shop: TenantId
) -> None:
    found = await load_intraday(session, {shop: ASKED})

    assert found[shop].keys() == {BREAD}  # too few rolls to say
    hours = found[shop][BREAD]
    assert (hours[8], hours[17], sum(hours)) == (0.25, 0.75, 1)


async def test_nobody_asked_nothing_is_read(
    session: AsyncSession, database: Database, shop: TenantId, other_tenant: TenantId
) -> None:
    assert await load_intraday(session, {other_tenant: ASKED}) == {}
    with counted(database) as statements:
        assert await load_intraday(session, {}) == {}
    assert not statements

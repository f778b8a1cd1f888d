"""What is assumed for a bakery of which only sales are known."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.kit.ids import new_id
from obrador.onboarding import assume
from obrador.sales import service as sales
from obrador.sales.domain import SalesHistory
from tests.factories import make_tenant

DAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 4, 30, tzinfo=UTC)


async def bakery(session: AsyncSession, sold: list[float]) -> TenantId:
    """A bakery that sold so many croissants on the days up to yesterday."""
    tenant, product = await make_tenant(session), new_id()
    await catalogue.add_named_products(session, tenant, {product: "Croissant"})
    history = np.array([sold])
    first = DAY - timedelta(days=len(sold))
    known = SalesHistory((product,), first, history, np.full_like(history, np.nan))
    await sales.add_history(session, {tenant: known})
    return tenant


async def test_eight_weeks_tell_how_much_is_sold(session: AsyncSession) -> None:
    tenant = await bakery(session, [9999.0] + [20.0] * 56)

    assert await assume._daily_sales(session, tenant, DAY) == {"Croissant": 20.0}


async def test_an_old_export_tells_as_much(session: AsyncSession) -> None:
    tenant = await bakery(session, [9999.0] + [20.0] * 56)
    later = DAY + timedelta(days=270)

    assert await assume._daily_sales(session, tenant, later) == {"Croissant": 20.0}
    await assume.assume_missing(session, tenant, later, NOW)
    assert (await catalogue.load_catalogues(session, [tenant]))[tenant].shifts


async def test_what_is_assumed_is_marked_and_assumed_once(session: AsyncSession) -> None:
    tenant = await bakery(session, [20.0] * 30)

    await assume.assume_missing(session, tenant, DAY, NOW)
    first = (await catalogue.load_catalogues(session, [tenant]))[tenant]
    await assume.assume_missing(session, tenant, DAY, NOW)
    second = (await catalogue.load_catalogues(session, [tenant]))[tenant]

    assert "recipe" in first.products[0].assumed
    assert first.shifts
    assert first.equipment
    assert second == first


async def test_a_price_is_what_the_product_was_last_sold_at(session: AsyncSession) -> None:
    tenant = await bakery(session, [20.0] * 30)
    paid = "update daily_sales set price_minor = 100 + extract(day from business_date)"
    await session.execute(text(f"{paid} where tenant_id = :tenant"), {"tenant": tenant})

    await assume.assume_missing(session, tenant, DAY, NOW)

    (product,) = (await catalogue.load_catalogues(session, [tenant]))[tenant].products
    assert product.price_minor == 109
    assert "price_minor" in product.assumed

"""Changes of days that are watched have a new state, and no others."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from obrador.kit.ids import derived_id
from obrador.sales.models import DailySale
from obrador.sales.service import watch, watched

BREAD = derived_id("bread")
YESTERDAY, TODAY = date(2026, 3, 9), date(2026, 3, 10)


@pytest.fixture(autouse=True)
async def _bread(session: AsyncSession, tenant: TenantId, other_tenant: TenantId) -> None:
    for each in (tenant, other_tenant):
        await add_named_products(session, each, {BREAD: "Barra"})


async def _sell(session: AsyncSession, tenant: TenantId, day: date) -> None:
    session.add(
        DailySale(
            tenant_id=tenant, product_id=BREAD, business_date=day, quantity=Decimal(9),
            is_total=True,
        )
    )  # fmt: skip
    await session.flush()


async def _state(session: AsyncSession, tenant: TenantId) -> tuple[date | None, UUID | None]:
    until, state = (
        await session.execute(watched(bindparam("tenant", type_=Uuid)), {"tenant": tenant})
    ).one()
    return until, state


async def test_nothing_is_watched_at_first(session: AsyncSession, tenant: TenantId) -> None:
    await _sell(session, tenant, YESTERDAY)

    assert await _state(session, tenant) == (None, None)


async def test_a_change_of_a_watched_day_is_told_and_one_of_a_later_day_is_not(
    session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    await _sell(session, tenant, YESTERDAY)
    first = await watch(session, tenant, YESTERDAY)
    assert first is not None
    await _sell(session, tenant, TODAY)
    await _sell(session, other_tenant, YESTERDAY)
    assert await _state(session, tenant) == (YESTERDAY, first)

    of_yesterday = DailySale.tenant_id == tenant, DailySale.business_date == YESTERDAY
    await session.execute(update(DailySale).where(*of_yesterday).values(quantity=Decimal(3)))
    _, second = await _state(session, tenant)
    session.expunge_all()
    await session.execute(delete(DailySale).where(*of_yesterday))
    _, third = await _state(session, tenant)
    await _sell(session, tenant, YESTERDAY - timedelta(days=400))
    _, fourth = await _state(session, tenant)

    assert len({first, second, third, fourth}) == 4


async def test_to_watch_what_is_watched_changes_nothing(
    session: AsyncSession, tenant: TenantId
) -> None:
    first = await watch(session, tenant, YESTERDAY)

    assert await watch(session, tenant, YESTERDAY) == first
    assert await watch(session, tenant, YESTERDAY - timedelta(days=3)) == first
    assert await watch(session, tenant, TODAY) != first
    assert (await _state(session, tenant))[0] == TODAY

"""Folded sales are what the rows say, whatever happens to the rows."""

from datetime import date, time, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from obrador.kit.db import Database
from obrador.kit.ids import derived_id
from obrador.sales.domain import SalesHistory
from obrador.sales.folding import fold, unfold
from obrador.sales.history import load_history
from obrador.sales.models import DailySale, SalesFold
from tests.statements import counted

BREAD, ROLL = sorted([derived_id("bread"), derived_id("roll")])
FIRST, LAST = date(2026, 1, 20), date(2026, 3, 10)

quantities = st.one_of(
    st.none(), st.integers(0, 400), st.integers(0, 5000).map(lambda n: n / 8), st.just(99_999.125)
)


@given(data=st.data(), last_folded=st.integers(-1, 80))
@settings(max_examples=60, deadline=None)
def test_folded_months_and_recent_rows_make_the_history(
    data: st.DataObject, last_folded: int
) -> None:
    days = data.draw(st.integers(1, 80))
    rows = st.lists(quantities, min_size=days, max_size=days)
    sold = np.array([data.draw(rows), data.draw(rows)], dtype=np.float64)
    minutes = np.where(sold == 400, 700.0, np.nan)
    whole = SalesHistory((BREAD, ROLL), FIRST, sold, minutes)
    last = FIRST + timedelta(days=days - 1)
    until = min(FIRST + timedelta(days=last_folded), last)
    split = (until - FIRST).days + 1
    recent = SalesHistory(
        (BREAD, ROLL), until + timedelta(days=1), sold[:, split:], minutes[:, split:]
    )

    months = fold(whole).values()
    array = b"\xdd" + len(months).to_bytes(4, "big") + b"".join(months)

    read = unfold(array, recent, FIRST, last, until)

    known = ~np.isnan(sold).all(axis=1)
    assert read.product_ids == tuple(np.array([BREAD, ROLL], dtype=object)[known])
    np.testing.assert_array_equal(read.sold, sold[known])
    np.testing.assert_array_equal(read.sold_out_minute, minutes[known])


@pytest.fixture
async def shop(session: AsyncSession, tenant: TenantId) -> TenantId:
    await add_named_products(session, tenant, {BREAD: "Bread", ROLL: "Roll"})
    session.add_all(
        _sale(tenant, FIRST + timedelta(days=day), 10 + day, product)
        for day in range((LAST - FIRST).days)
        for product in (BREAD, ROLL)
    )
    await session.flush()
    return tenant


def _sale(
    tenant: TenantId, day: date, quantity: float, product: object = BREAD, location: str = ""
) -> DailySale:
    return DailySale(
        tenant_id=tenant,
        product_id=product,
        business_date=day,
        location=location,
        quantity=Decimal(str(quantity)),
        sold_out_at=time(13) if quantity == 17 else None,
        is_total=True,
    )


async def _read(session: AsyncSession, shop: TenantId, last: date = LAST) -> SalesHistory:
    return (await load_history(session, [shop], FIRST, last))[shop]


async def _from_rows(session: AsyncSession, shop: TenantId) -> SalesHistory:
    """As if nothing had ever been folded."""
    await session.execute(update(SalesFold).values(folded_until=None))
    return await _read(session, shop)


async def _is_true(session: AsyncSession, shop: TenantId) -> None:
    read, rows = await _read(session, shop), await _from_rows(session, shop)
    assert read.product_ids == rows.product_ids
    np.testing.assert_array_equal(read.sold, rows.sold)
    np.testing.assert_array_equal(read.sold_out_minute, rows.sold_out_minute)


async def test_what_was_folded_is_not_read_as_rows_again(
    session: AsyncSession, database: Database, shop: TenantId
) -> None:
    first = await _read(session, shop)
    with counted(database) as statements:
        second = await _read(session, shop)

    np.testing.assert_array_equal(first.sold, second.sold)
    assert not [each for each in statements if "daily_sales" in each]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(["add", "change", "remove"]), st.integers(0, 60)), max_size=4
    )
)
async def test_any_change_of_a_folded_day_is_seen(
    session: AsyncSession, shop: TenantId, changes: list[tuple[str, int]]
) -> None:
    async with session.begin_nested() as savepoint:
        await _read(session, shop)
        for what, number in changes:
            day = FIRST + timedelta(days=number)
            if what == "add":
                await session.merge(_sale(shop, day, 3.5, location="Sol"))
                await session.flush()
            elif what == "change":
                await session.execute(
                    update(DailySale)
                    .where(DailySale.tenant_id == shop, DailySale.business_date == day)
                    .values(quantity=DailySale.quantity + Decimal("0.125"))
                )
            else:
                await session.execute(
                    delete(DailySale).where(
                        DailySale.tenant_id == shop, DailySale.business_date == day
                    )
                )
            await _read(session, shop, day)
        await _is_true(session, shop)
        await savepoint.rollback()
        session.expunge_all()


async def test_a_longer_look_back_reads_rows(session: AsyncSession, shop: TenantId) -> None:
    await load_history(session, [shop], FIRST + timedelta(days=30), LAST)

    await _is_true(session, shop)


async def test_every_change_counts_the_version_up(session: AsyncSession, shop: TenantId) -> None:
    """Whoever read before it finds another version, and keeps no fold."""
    query = select(SalesFold.version).where(SalesFold.tenant_id == shop)
    before = await session.scalar(query)
    session.add(_sale(shop, LAST, 5))
    await session.flush()

    assert (before or 0) < (await session.scalar(query) or 0)
    await _is_true(session, shop)

"""How planning reads sales and firm orders."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from obrador.kit.ids import derived_id
from obrador.sales.domain import FirmOrder, SalesHistory
from obrador.sales.models import CustomerOrder, CustomerOrderLine, DailySale, SaleLine
from obrador.sales.service import add_history, last_sale_date, load_firm_orders, load_history
from obrador.tenants.models import Tenant

BREAD, ROLL = derived_id("bread"), derived_id("roll")
FIRST, LAST = date(2026, 2, 1), date(2026, 2, 5)


@pytest.fixture(autouse=True)
async def products(session: AsyncSession, tenant: TenantId, other_tenant: TenantId) -> None:
    for each in (tenant, other_tenant):
        await add_named_products(session, each, {BREAD: "Bread", ROLL: "Roll"})


def sale(tenant: UUID, day: int, quantity: float, **other: object) -> DailySale:
    values = {"product_id": BREAD, "location": "", "is_total": True} | other
    return DailySale(
        tenant_id=tenant,
        business_date=date(2026, 2, day),
        quantity=Decimal(str(quantity)),
        **values,
    )


async def test_history_is_dense_with_locations_added_up(
    session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    session.add_all(
        [
            sale(tenant, 1, 3.5),
            sale(tenant, 3, 2, location="Sol", sold_out_at=time(13)),
            sale(tenant, 3, 4, location="Atocha", sold_out_at=time(17, 30)),
            sale(tenant, 4, 0, product_id=ROLL),
            sale(tenant, 9, 7),
            sale(other_tenant, 2, 8),
        ]
    )
    await session.flush()

    histories = await load_history(session, [tenant, other_tenant], FIRST, LAST)

    mine = histories[tenant]
    order = [mine.product_ids.index(BREAD), mine.product_ids.index(ROLL)]
    nan = np.nan
    assert mine.first == FIRST
    np.testing.assert_array_equal(
        mine.sold[order], [[3.5, nan, 6, nan, nan], [nan, nan, nan, 0, nan]]
    )
    np.testing.assert_array_equal(
        mine.sold_out_minute[order], [[nan, nan, 1050, nan, nan], [nan] * 5]
    )
    np.testing.assert_array_equal(histories[other_tenant].sold, [[nan, 8, nan, nan, nan]])


async def test_history_that_was_added_is_read_back(session: AsyncSession, tenant: TenantId) -> None:
    products = tuple(sorted([BREAD, ROLL]))
    sold = np.array([[1.5, np.nan, 0, 3, 4], [np.nan, 2, 2, 2, 2]])
    minutes = np.array([[np.nan, np.nan, 480, 0, 1439], [np.nan] * 5])

    await add_history(session, {tenant: SalesHistory(products, FIRST, sold, minutes)})
    read = (await load_history(session, [tenant], FIRST, LAST))[tenant]

    assert read.product_ids == products
    np.testing.assert_array_equal(read.sold, sold)
    np.testing.assert_array_equal(read.sold_out_minute, minutes)
    assert await last_sale_date(session, tenant) == LAST


async def test_sales_go_with_their_bakery(
    session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    for each in (tenant, other_tenant):
        session.add(sale(each, 1, 3))
        session.add(
            SaleLine(
                tenant_id=each,
                product_id=BREAD,
                sold_at=datetime(2026, 2, 1, 9, tzinfo=UTC),
                quantity=Decimal(3),
                occurrence=1,
                business_date=FIRST,
            )
        )
    await session.flush()

    await session.execute(delete(Tenant).where(Tenant.id == tenant))

    for table in (DailySale, SaleLine):
        assert list(await session.scalars(select(table.tenant_id))) == [other_tenant]


async def test_a_bakery_without_sales_has_an_empty_history(
    session: AsyncSession, tenant: TenantId
) -> None:
    history = (await load_history(session, [tenant], FIRST, LAST))[tenant]

    assert history.sold.shape == history.sold_out_minute.shape == (0, 5)
    assert await last_sale_date(session, tenant) is None


async def test_firm_orders_that_are_due_are_read(
    session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    def order(day: int, at: time | None = None, **other: bool) -> CustomerOrder:
        lines = [CustomerOrderLine(product_id=BREAD, quantity=Decimal(12))]
        return CustomerOrder(
            tenant_id=tenant,
            customer="Café Central",
            due_date=date(2026, 2, day),
            due_time=at,
            lines=lines,
            **other,
        )

    session.add_all(
        [order(5), order(1, time(7, 30), in_forecast=True), order(2, is_cancelled=True), order(6)]
    )
    await session.flush()

    assert await load_firm_orders(session, [tenant, other_tenant], FIRST, LAST) == {
        tenant: (
            FirmOrder(BREAD, FIRST, time(7, 30), 12.0, True),
            FirmOrder(BREAD, LAST, None, 12.0, False),
        ),
        other_tenant: (),
    }

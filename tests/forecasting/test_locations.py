"""Accuracy location by location: a product's forecast shared out as it sold of late."""

from datetime import timedelta

import numpy as np
import pytest
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.forecasting import service
from obrador.forecasting.domain import DayForecast
from obrador.forecasting.locations import added_up, by_location
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.sales.domain import LocationSales
from tests.factories.mornings import YESTERDAY, mornings_of, planned_yesterday
from tests.statements import counted

BREAD, ROLL, NEW = new_id(), new_id(), new_id()


def _foreseen(*mean: float) -> DayForecast:
    return DayForecast((BREAD, ROLL, NEW), np.array(mean), np.zeros((3, 11)))


def _location(name: str, sold: tuple[float, ...], before: tuple[float, ...]) -> LocationSales:
    return LocationSales(name, (BREAD, ROLL, NEW), np.array(sold), np.array(before))


def test_a_location_answers_for_its_share_of_each_product() -> None:
    """By hand: the market sold a quarter of the bread, no rolls, and 300 of 2,000 in all."""
    market = _location("market", (30, 0, 2), (300, 0, 0))
    shop = _location("shop", (60, 40, 8), (900, 800, 0))

    first, second = by_location(_foreseen(100, 50, 10), [market, shop])

    assert (first.location, first.products, first.sold) == ("market", 2, 32)
    assert first.forecast == pytest.approx(25 + 0 + 1.5)
    assert first.off == pytest.approx(5 + 0.5)
    assert second.forecast == pytest.approx(75 + 50 + 8.5)
    assert second.wape == pytest.approx(100 * (15 + 10 + 0.5) / 108)


def test_days_add_up_and_the_worst_location_comes_first() -> None:
    market = _location("market", (30, 0, 0), (100, 0, 0))
    shop = _location("shop", (10, 10, 0), (100, 100, 0))
    day = by_location(_foreseen(40, 10, 0), [market, shop])

    worst, other = added_up([day, day, ()])

    assert (worst.location, other.location) == ("market", "shop")
    assert (worst.products, worst.sold, worst.forecast) == (2, 60, 40)
    assert worst.mae == 10
    assert worst.bias == -10
    assert other.wape == pytest.approx(50)


units = st.floats(0, 1000)


@given(
    mean=arrays(float, 3, elements=units),
    sold=arrays(float, (2, 3), elements=units),
    before=arrays(float, (2, 3), elements=units),
)
def test_locations_share_out_the_whole_forecast(
    mean: np.ndarray, sold: np.ndarray, before: np.ndarray
) -> None:
    given = [
        LocationSales(name, (BREAD, ROLL, NEW), own, past)
        for name, own, past in zip("ab", sold, before, strict=True)
    ]

    found = by_location(DayForecast((BREAD, ROLL, NEW), mean, np.zeros((3, 11))), given)

    assert sum(each.sold for each in found) == pytest.approx(sold.sum())
    if before.sum() > 1e-6:
        assert sum(each.forecast for each in found) == pytest.approx(mean.sum())
    assert all(abs(each.forecast - each.sold) <= each.off + 1e-6 for each in found)


async def test_accuracy_by_location_is_kept_and_told(
    session: AsyncSession, admin: AsyncClient, database: Database
) -> None:
    tenant, alone = await planned_yesterday(session, 2)
    # A third of everything was sold at a second shop.
    await session.execute(
        text("""
            with moved as (
                update daily_sales set quantity = quantity * 2 / 3
                where tenant_id = :tenant returning *
            )
            insert into daily_sales (
                tenant_id, product_id, business_date, location, quantity, is_total
            )
            select tenant_id, product_id, business_date, 'market', quantity / 2, is_total from moved
        """),
        {"tenant": tenant},
    )

    with counted(database) as statements:
        found = await service.validate(session, await mornings_of(session, [tenant, alone]))
    url = f"/api/v1/tenants/{tenant}"
    run = (await admin.get(f"{url}/validation-runs")).json()["items"][0]
    shown = (await admin.get(f"{url}/validation-runs/{run['id']}")).json()["by_location"]
    accuracy = (await admin.get(f"{url}/accuracy", params={"days": 366})).json()["by_location"]
    summary = (await admin.get(f"{url}/accuracy/summary", params={"days": 366})).json()

    mine, others = found[tenant], found[alone]
    assert mine is not None
    assert others is not None
    assert others.locations == ()
    market, shop = sorted(mine.locations, key=lambda each: each.sold)
    assert (market.location, shop.location) == ("market", "")
    assert market.forecast == pytest.approx(shop.forecast / 2, rel=1e-3)
    assert market.wape == pytest.approx(shop.wape, rel=1e-2)
    assert shown == accuracy
    assert {each["location"]: each["sold"] for each in shown}["market"] == market.sold
    assert {each["location"] for each in summary["locations"]} == {"", "market"}
    assert len([each for each in statements if "daily_sales" in each]) == 2

    # Sales that turn out to have been made elsewhere are a change.
    await session.execute(
        text("update daily_sales set location = 'fair' where location = 'market'")
    )
    days = await service.validate_days(session, tenant, [YESTERDAY, YESTERDAY - timedelta(days=1)])
    assert {each.location for each in days[YESTERDAY].locations} == {"", "fair"}

"""Validation on the real database: once a day, late data again."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest
from httpx import AsyncClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service
from obrador.forecasting.models import Forecast as StoredForecast
from obrador.forecasting.models import ValidationRun
from obrador.kit.db import Database
from obrador.kit.errors import Invalid
from obrador.kit.outbox import OutboxEvent
from obrador.orchestration.service import run_mornings
from obrador.sales.models import DailySale
from obrador.tenants.domain import Morning
from tests.factories.mornings import TODAY, YESTERDAY, mornings_of, planned_yesterday
from tests.fixtures.people import NOW
from tests.statements import counted


@pytest.fixture
async def bakery(session: AsyncSession) -> TenantId:
    return (await planned_yesterday(session))[0]


async def _told(session: AsyncSession) -> int:
    query = select(func.count()).where(
        OutboxEvent.routing_key == "forecasting.validation.completed"
    )
    return await session.scalar(query) or 0


async def test_yesterday_is_validated_once(session: AsyncSession, bakery: TenantId) -> None:
    mornings = await mornings_of(session, [bakery])

    first = (await service.validate(session, mornings))[bakery]
    second = (await service.validate(session, mornings))[bakery]

    assert first is not None
    assert second is not None
    assert (first.day, first.accuracy.products) == (YESTERDAY, 6)
    assert first.accuracy.wape < 60
    assert second.products.tobytes() == first.products.tobytes()
    assert second.accuracy.wape == pytest.approx(first.accuracy.wape, rel=1e-6)
    assert await session.scalar(select(func.count()).select_from(ValidationRun)) == 1
    assert await _told(session) == 1


async def test_the_newest_revision_is_what_counts(session: AsyncSession, bakery: TenantId) -> None:
    await run_mornings(session, [bakery], NOW - timedelta(days=1), again=True)

    found = (await service.validate(session, await mornings_of(session, [bakery])))[bakery]

    assert found is not None
    assert found.revision == 1


async def test_without_sales_or_forecast_there_is_nothing_to_compare(
    session: AsyncSession, bakery: TenantId
) -> None:
    tomorrow = await mornings_of(session, [bakery], TODAY + timedelta(days=1))
    assert await service.validate(session, tomorrow) == {bakery: None}

    await session.execute(delete(DailySale).where(DailySale.business_date == YESTERDAY))
    today = await mornings_of(session, [bakery])
    assert await service.validate(session, today) == {bakery: None}
    assert await service.validate(session, []) == {}


async def test_late_sales_are_validated_again_and_told_when_they_change_something(
    session: AsyncSession, bakery: TenantId
) -> None:
    before = (await service.validate(session, await mornings_of(session, [bakery])))[bakery]
    await service.validate_days(session, bakery, [YESTERDAY])
    assert await _told(session) == 1

    await session.execute(
        update(DailySale)
        .where(DailySale.business_date == YESTERDAY)
        .values(quantity=DailySale.quantity * 3)
    )
    after = await service.validate_days(session, bakery, [YESTERDAY, TODAY])

    assert before is not None
    assert set(after) == {YESTERDAY}
    assert after[YESTERDAY].accuracy.bias < before.accuracy.bias
    assert await _told(session) == 2
    kept = await session.scalars(select(ValidationRun.bias_percent))
    assert kept.one() == pytest.approx(after[YESTERDAY].accuracy.bias_percent, rel=1e-5)


async def test_sales_of_forty_days_that_come_late_are_all_validated(
    session: AsyncSession, bakery: TenantId
) -> None:
    (morning,) = await mornings_of(session, [bakery])
    days = [TODAY - timedelta(days=back) for back in range(1, 41)]
    foreseen = {day: await _foreseen(session, morning, day) for day in days}
    rows = await session.execute(
        select(DailySale.business_date, DailySale.product_id, DailySale.quantity).where(
            DailySale.business_date.in_(days)
        )
    )
    sold = {day: {} for day in days}  # type: dict[date, dict[UUID, float]]
    for day, product, quantity in rows:
        sold[day][product] = float(quantity)
    await session.execute(
        update(DailySale)
        .where(DailySale.business_date.in_(days))
        .values(business_date=DailySale.business_date + 1000)
    )
    assert await service.validate_days(session, bakery, days) == {}

    await session.execute(
        update(DailySale)
        .where(DailySale.business_date > TODAY)
        .values(business_date=DailySale.business_date - 1000)
    )
    found = await service.validate_days(session, bakery, days)

    assert sorted(found) == sorted(day for day in days if sold[day])
    assert len(found) >= 30
    for day, each in found.items():
        wanted = _computed(foreseen[day], sold[day])
        assert each.accuracy.mae == pytest.approx(wanted["mae"])
        assert each.accuracy.wape == pytest.approx(wanted["wape"])
        assert each.accuracy.rmse == pytest.approx(wanted["rmse"])
        assert each.accuracy.bias == pytest.approx(wanted["bias"])
        assert each.accuracy.mape == pytest.approx(wanted["mape"])
        assert each.accuracy.interval_coverage == pytest.approx(wanted["coverage"])


async def _foreseen(session: AsyncSession, morning: Morning, day: date) -> dict[UUID, list[float]]:
    """Store a forecast of a day alone, as its morning would; low, mean and high by product."""
    forecast = await service.read_forecast(session, morning.tenant, YESTERDAY, 0)
    assert forecast is not None
    rng = np.random.default_rng(day.toordinal())
    values = np.sort(np.round(rng.gamma(4, 5, (*forecast.mean.shape, 11)), 2), axis=2)
    made = replace(forecast, first_day=day, mean=values[..., 5], quantiles=values)
    await session.execute(
        delete(StoredForecast).where(
            StoredForecast.tenant_id == morning.tenant, StoredForecast.business_date == day
        )
    )
    await service.save_forecasts(session, [(replace(morning, business_date=day), made)])
    return {
        product: [float(own[0, level]) for level in (1, 5, 9)]
        for product, own in zip(made.product_ids, values, strict=True)
    }


def _computed(foreseen: dict[UUID, list[float]], sold: dict[UUID, float]) -> dict[str, float]:
    """The figures by the textbook; what has no record on a day that sold was sold 0 times."""
    pairs = [(low, mean, high, sold.get(each, 0.0)) for each, (low, mean, high) in foreseen.items()]
    off = [mean - real for _, mean, _, real in pairs]
    some = [(mean, real) for _, mean, _, real in pairs if real > 0]
    return {
        "mae": sum(map(abs, off)) / len(off),
        "wape": 100 * sum(map(abs, off)) / sum(real for *_, real in pairs),
        "rmse": (sum(each**2 for each in off) / len(off)) ** 0.5,
        "bias": sum(off) / len(off),
        "mape": 100 * sum(abs(mean - real) / real for mean, real in some) / len(some),
        "coverage": sum(low <= real <= high for low, _, high, real in pairs) / len(pairs),
    }


async def test_too_many_days_at_once_are_refused(session: AsyncSession, bakery: TenantId) -> None:
    days = [TODAY - timedelta(days=back) for back in range(93)]
    with pytest.raises(Invalid, match="ask for fewer"):
        await service.validate_days(session, bakery, days)


async def test_a_row_is_small(session: AsyncSession) -> None:
    bakery = (await planned_yesterday(session, products=24, seed=3))[0]
    await service.validate(session, await mornings_of(session, [bakery]))

    size = await session.scalar(select(func.pg_column_size(ValidationRun.by_product)))
    assert size is not None
    assert size <= 24 * 40


async def test_more_bakeries_need_no_more_statements(
    database: Database, session: AsyncSession, bakery: TenantId
) -> None:
    others = await planned_yesterday(session, 3, seed=5)
    one, three = await mornings_of(session, [bakery]), await mornings_of(session, others)
    with counted(database) as for_one:
        await service.validate(session, one)
    with counted(database) as for_three:
        await service.validate(session, three)

    assert len(for_three) <= len(for_one)


async def test_accuracy_is_read_over_http(session: AsyncSession, admin: AsyncClient) -> None:
    bakery = (await planned_yesterday(session))[0]
    url = f"/api/v1/tenants/{bakery}"
    span = {"first": YESTERDAY.isoformat(), "last": TODAY.isoformat()}

    done = (await admin.post(f"{url}/validation/backfill", json=span)).json()
    assert done == {"validated": [span["first"]], "nothing_to_compare": [span["last"]]}

    runs = (await admin.get(f"{url}/validation-runs")).json()
    run = (await admin.get(f"{url}/validation-runs/{runs['items'][0]['id']}")).json()
    assert runs["next_cursor"] is None
    assert len(run["by_product"]) == run["products"] == 6
    assert len(run["best"]) == len(run["worst"]) == 3
    after = {"cursor": run["id"]}
    assert (await admin.get(f"{url}/validation-runs", params=after)).json()["items"] == []

    accuracy = (await admin.get(f"{url}/accuracy", params={"days": 366})).json()
    assert [day["business_date"] for day in accuracy["trend"]] == [span["first"]]
    assert accuracy["trend"][0]["wape"] == run["wape"]
    assert len(accuracy["by_product"]) == 6


async def test_backfill_wants_days_in_order(buyer: AsyncClient, url: str) -> None:
    span = {"first": "2026-03-02", "last": "2026-03-01"}

    assert (await buyer.post(f"{url}/validation/backfill", json=span)).status_code == 422

"""A bakery whose promotions move its sales: trained, shown, planned from."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.drivers import service as drivers
from obrador.drivers.domain import WeatherDay
from obrador.drivers.models import StoredPromotion
from obrador.forecasting.domain import DemandHistory
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.kit.wire import decode
from obrador.onboarding import demo
from obrador.orchestration.definitions import MORNING, RETRAINING
from obrador.orchestration.plausible import check_history
from obrador.orchestration.run_state import RunKey, RunState
from obrador.orchestration.service import run_mornings
from obrador.orchestration.services import services
from obrador.orchestration.stages.at_hand import forecast_of
from obrador.orchestration.stages.planning import Forecasting, TakeSnapshot
from obrador.orchestration.stages.training import RetrainingEvaluation
from obrador.sales import service as sales
from obrador.settings import Settings
from tests.factories.mornings import TODAY, YESTERDAY, mornings_of
from tests.fixtures.people import NOW
from tests.fixtures.scripted import scripted
from tests.statements import counted

DAYS = 300


async def _run(session: AsyncSession, bakery: TenantId, workflow: str) -> RunState:
    (morning,) = await mornings_of(session, [bakery])
    key = RunKey(bakery, TODAY, workflow, 0)
    return RunState(key, new_id(), None, "normal", morning, 60)


async def _promote(session: AsyncSession, bakery: TenantId, first: date, days: int) -> None:
    session.add(
        StoredPromotion(
            tenant_id=bakery,
            id=new_id(),
            name="Oferta",
            first_day=first,
            last_day=first + timedelta(days=days - 1),
            percent_off=Decimal(20),
        )
    )
    await session.flush()


@pytest.fixture
async def bakery(session: AsyncSession) -> TenantId:
    """It sells nearly twice as much on three days out of thirteen; of its weather, which moves
    nothing, everything is known."""
    (made,) = await demo.load(session, NOW, products=4, days=DAYS)
    for number in range(0, DAYS + 14, 13):
        first = TODAY + timedelta(days=number - DAYS + 12)
        await _promote(session, made, first, 3)
        await session.execute(
            text(
                "update daily_sales set quantity = ceil(quantity * 1.8) where tenant_id = :tenant"
                " and business_date between :first and cast(:first as date) + 2"
            ),
            {"tenant": made, "first": first},
        )
    weather = [
        WeatherDay(
            TODAY + timedelta(days=n), 15.0 + (n * 7919) % 11, None, (n * 31) % 5, 9.0, n >= 0
        )
        for n in range(-DAYS, 14)
    ]
    await drivers.save_weather(session, {made: weather}, "file")
    return made


async def _trained(session: AsyncSession, bakery: TenantId) -> RunState:
    stage = RetrainingEvaluation(lambda: datetime.combine(TODAY, time(22), UTC))
    run = await _run(session, bakery, RETRAINING)
    await stage.read(session, [run])
    stage.plan(run)
    await stage.write(session, [run])
    return run


async def _foreseen(session: AsyncSession, bakery: TenantId) -> RunState:
    run = await _run(session, bakery, MORNING)
    taking, foreseeing = TakeSnapshot(lambda: NOW), Forecasting()
    await taking.read(session, [run])
    await foreseeing.read(session, [run])
    foreseeing.plan(run)
    return run


async def test_promotions_that_move_sales_are_used_and_weather_that_does_not_is_refused(
    session: AsyncSession, bakery: TenantId, admin: AsyncClient
) -> None:
    await _trained(session, bakery)
    shown = (await admin.get(f"/api/v1/tenants/{bakery}/models/1")).json()
    run = await _foreseen(session, bakery)

    assert shown["status"] == "champion"
    promotion, weather = shown["drivers"]
    assert (weather["group"], weather["is_used"]) == ("weather", False)
    assert "weather: not used" in weather["summary"]
    assert (promotion["group"], promotion["is_used"]) == ("promotion", True)
    assert promotion["gain"] > 0.1
    assert "% better on" in promotion["summary"]
    assert run.champion is not None
    assert run.champion.drivers == ("promotion",)
    assert run.drivers is not None
    assert run.drivers.weather == ()

    generate = f"/api/v1/tenants/{bakery}/forecasts/generate"
    answered = (await admin.post(generate, json={"days_ahead": 28})).json()
    assert (await admin.post(generate, json={"days_ahead": 28})).json()["forecasts"][0][
        "cached"
    ] is True

    # Promotions to come move the forecast; called off, they do not.
    await session.execute(text("delete from promotions where first_day > :today"), {"today": TODAY})
    made = forecast_of(run).mean.sum(axis=0)
    plain = forecast_of(await _foreseen(session, bakery)).mean.sum(axis=0)
    again = (await admin.post(generate, json={"days_ahead": 28})).json()
    assert again["forecasts"] != answered["forecasts"]
    assert again["forecasts"][0]["cached"] is False
    begins = [(each.first_day - TODAY).days for each in run.drivers.promotions]
    coming = next(day for day in begins if day > 0)
    is_open = plain > 0
    assert made[:coming] == pytest.approx(plain[:coming])
    promoted = slice(coming, coming + 3)
    moved = made[promoted][is_open[promoted]] / plain[promoted][is_open[promoted]]
    assert len(moved)
    assert moved == pytest.approx(1.8, abs=0.2)


async def test_a_forecaster_elsewhere_is_told_of_all_drivers(
    session: AsyncSession, bakery: TenantId
) -> None:
    with scripted() as service:
        service.answer = lambda before: Response(status_code=503)
        settings = Settings(_env_file=None, forecasting_service_url=service.url)
        async with services(settings) as away:
            await run_mornings(session, [bakery], NOW, services=away)
        sent = decode(await service.requests[0].body(), DemandHistory)

    check_history(sent)
    assert {each.group for each in sent.covariates} >= {"promotion", "weather"}


async def test_a_bakery_without_drivers_asks_for_none(
    session: AsyncSession, database: Database
) -> None:
    (made,) = await demo.load(session, NOW, products=2, days=30)
    with counted(database) as statements:
        run = await _foreseen(session, made)

    assert run.drivers is None
    assert not [each for each in statements if "weather_days" in each or "promotions" in each]


async def test_prices_are_read_as_they_were(session: AsyncSession, tenant: TenantId) -> None:
    bread = new_id()
    await catalogue.add_named_products(session, tenant, {bread: "Pan"})
    rows = [
        (YESTERDAY, "a", 30, 100), (YESTERDAY, "b", 10, 200), (TODAY, "a", 5, None),
        (TODAY, "b", 0, 90),
    ]  # fmt: skip
    for day, location, quantity, price in rows:
        await session.execute(
            text(
                "insert into daily_sales (tenant_id, product_id, business_date, location,"
                " quantity, price_minor, is_total) values (:t, :p, :d, :l, :q, :m, true)"
            ),
            {"t": tenant, "p": bread, "d": day, "l": location, "q": quantity, "m": price},
        )

    found = (await sales.load_prices(session, [tenant], YESTERDAY, TODAY))[tenant]

    assert found.product_ids == (bread,)
    assert found.minor[0, 0] == pytest.approx(125.0)
    assert found.minor[0, 1] != found.minor[0, 1]  # unknown

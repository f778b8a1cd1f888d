"""Forecasts for who asks again: when they come from the cache, and what makes them go."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.tokens import access_token
from obrador.authz import TenantId
from obrador.authz.roles import Role
from obrador.catalogue.models import Product
from obrador.forecasting.champion import foreseen
from obrador.forecasting.forecast_cache import ForecastCache
from obrador.forecasting.models import ForecastOverride
from obrador.integrations.redis.cache import redis_store
from obrador.kit.cache import Cache
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.observability import metrics
from obrador.sales.models import DailySale
from obrador.tenants.models import CalendarEvent, Closure, Tenant
from tests.factories import make_member
from tests.fixtures.people import KEY, NOW
from tests.fixtures.redis_servers import RedisServer
from tests.forecasting.asked import (
    BREAD,
    DAYS,
    ROLL,
    TODAY,
    add_sales,
    generate,
    known_demand,
    single,
    train,
)
from tests.statements import counted


async def test_a_second_asker_is_served_from_the_cache_in_few_statements(
    database: Database, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    first = await single(viewer, url)
    with counted(database) as statements:
        second = await single(viewer, url)
    other = await single(viewer, url, ROLL)

    assert (first.pop("cached"), second.pop("cached"), other["cached"]) == (False, True, True)
    assert first == second
    reads = [each for each in statements if "savepoint" not in each.lower()]
    assert len(reads) == 4, "the account, for whom, the role, and what the forecast depends on"


async def test_one_making_is_for_all_products(
    app: FastAPI, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    await single(viewer, url)
    told = await generate(viewer, url)

    assert all(each["cached"] for each in told)
    assert app.state.forecast_cache.counts(shop).misses == 1


Change = Callable[[AsyncSession, TenantId], Awaitable[object]]


async def _correct_yesterday(session: AsyncSession, shop: TenantId) -> None:
    await session.execute(
        update(DailySale)
        .where(DailySale.tenant_id == shop, DailySale.business_date == TODAY - timedelta(days=1))
        .values(quantity=DailySale.quantity + 40)
    )


async def _sell_late(session: AsyncSession, shop: TenantId) -> None:
    await add_sales(session, shop, TODAY - timedelta(days=DAYS + 30), 30)


async def _remove_a_day(session: AsyncSession, shop: TenantId) -> None:
    day = TODAY - timedelta(days=10)
    await session.execute(
        delete(DailySale).where(DailySale.tenant_id == shop, DailySale.business_date == day)
    )


async def _rename(session: AsyncSession, shop: TenantId) -> None:
    await session.execute(
        update(Product).where(Product.tenant_id == shop, Product.id == BREAD).values(name="Pan")
    )


async def _close_on_tuesdays(session: AsyncSession, shop: TenantId) -> None:
    hours = [{"opens": "07:00", "closes": "20:00"}] * 7
    await session.execute(
        update(Tenant).where(Tenant.id == shop).values(opening_hours=[hours[0], None, *hours[2:]])
    )


async def _close_for_a_day(session: AsyncSession, shop: TenantId) -> None:
    session.add(Closure(id=new_id(), tenant_id=shop, first_day=TODAY, last_day=TODAY))
    await session.flush()


async def _be_corrected(session: AsyncSession, shop: TenantId) -> None:
    session.add(
        ForecastOverride(
            tenant_id=shop, id=new_id(), product_id=BREAD, business_date=TODAY, kind="set",
            value=Decimal(5), reason="", said_by=new_id(), said_by_name="", said_at=NOW,
        )
    )  # fmt: skip
    await session.flush()


def _invalidated(shop: TenantId, reason: str) -> float:
    label = metrics.tenant_labels.of(shop)
    return float(metrics.CACHE_INVALIDATIONS.labels(label, reason)._value.get())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_correct_yesterday, "sales"), (_sell_late, "sales"), (_remove_a_day, "sales"),
        (_rename, "products"), (_close_on_tuesdays, "bakery"), (_close_for_a_day, "bakery"),
        (_be_corrected, "overrides"),
    ],
)  # fmt: skip
async def test_a_change_of_what_it_was_made_from_is_seen_at_once(
    session: AsyncSession,
    shop: TenantId,
    viewer: AsyncClient,
    url: str,
    change: Change,
    reason: str,
) -> None:
    before = await single(viewer, url)
    counted_before = _invalidated(shop, reason)

    await change(session, shop)
    after, again = await single(viewer, url), await single(viewer, url)

    assert (after["cached"], again["cached"]) == (False, True)
    assert (after["product"], after["days"]) != (before["product"], before["days"])
    assert _invalidated(shop, reason) == counted_before + 1


async def test_a_calendar_that_changes_is_seen_at_once(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    await single(viewer, url)
    before = _invalidated(shop, "bakery")

    fair = CalendarEvent(
        id=new_id(), tenant_id=shop, kind="event", name="Feria", name_key="feria",
        first_day=TODAY, last_day=TODAY, is_yearly=False,
    )  # fmt: skip
    session.add(fair)
    await session.flush()
    added = await single(viewer, url)
    await session.delete(fair)
    await session.flush()
    removed = await single(viewer, url)

    assert (added["cached"], removed["cached"]) == (False, True)
    assert _invalidated(shop, "bakery") == before + 2


async def test_todays_sales_and_other_bakeries_change_nothing(
    session: AsyncSession, shop: TenantId, other_tenant: TenantId, viewer: AsyncClient, url: str
) -> None:
    await single(viewer, url)

    await add_sales(session, shop, TODAY, 1)
    await _rename(session, other_tenant)

    assert (await single(viewer, url))["cached"]


async def test_the_next_day_is_another_forecast(
    app: FastAPI, session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    before = await single(viewer, url)
    await add_sales(session, shop, TODAY, 1)
    tomorrow = NOW + timedelta(days=1)
    app.state.clock = lambda: tomorrow
    member = await make_member(session, shop, Role.VIEWER)
    viewer.headers["Authorization"] = f"Bearer {access_token(member, KEY, tomorrow)}"
    after = await single(viewer, url)

    assert before["origin"]["business_date"] == "2026-03-03"
    assert after["origin"]["history_until"] == "2026-03-03"
    assert not after["cached"]


async def test_a_retrained_model_is_used_at_once(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    assert (await single(viewer, url))["model_version"] is None
    before = _invalidated(shop, "retraining")

    champion = await train(session, shop)
    first, second = await single(viewer, url), await single(viewer, url)

    made = foreseen(await known_demand(session, shop), champion)
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["model_version"] == second["model_version"] == champion.version == 1
    row = made.product_ids.index(BREAD)
    assert [day["mean"] for day in first["days"]] == pytest.approx(made.mean[row, :7])
    assert _invalidated(shop, "retraining") == before + 1


async def test_it_is_forgotten_by_hand(
    app: FastAPI, shop: TenantId, baker: AsyncClient, admin: AsyncClient, url: str
) -> None:
    stats = f"{url}/forecasts/cache/stats"
    await generate(baker, url)
    assert (await baker.get(stats)).json() == {
        "hits": 0, "misses": 3, "hit_rate": 0.0, "entries": 3, "store": "memory",
    }  # fmt: skip

    gone = await baker.delete(f"{url}/forecasts/cache/product/{BREAD}")
    assert gone.json() == {"invalidated_keys": 1}
    assert (await baker.get(stats)).json()["entries"] == 2
    assert (await single(baker, url, ROLL))["cached"]
    assert not (await single(baker, url, BREAD))["cached"]

    assert (await baker.delete(f"{url}/forecasts/cache")).json() == {"invalidated_keys": 3}
    assert (await baker.delete(f"{url}/forecasts/cache")).json() == {"invalidated_keys": 0}
    assert not (await single(baker, url, ROLL))["cached"]

    everything = "/api/v1/admin/forecasting/cache/all"
    assert (await baker.delete(everything)).status_code == 403
    assert (await admin.delete(everything)).json() == {"invalidated_keys": 3}
    assert (await baker.get(stats)).json()["entries"] == 0


async def test_reads_are_counted(shop: TenantId, viewer: AsyncClient, url: str) -> None:
    label = metrics.tenant_labels.of(shop)
    hits, misses = metrics.CACHE_HITS.labels(label), metrics.CACHE_MISSES.labels(label)
    before = hits._value.get(), misses._value.get()

    await generate(viewer, url)
    await single(viewer, url)

    assert (hits._value.get(), misses._value.get()) == (before[0] + 1, before[1] + 3)
    assert metrics.CACHE_ENTRIES.labels("memory")._value.get() >= 3


@pytest.mark.parametrize("harm", [RedisServer.kill, RedisServer.freeze])
async def test_without_redis_answers_stay_right(
    app: FastAPI,
    redis_server: RedisServer,
    shop: TenantId,
    baker: AsyncClient,
    url: str,
    harm: Callable[[RedisServer], None],
) -> None:
    cache = Cache(redis_store(redis_server.url, 1), answer_seconds=1)
    app.state.forecast_cache = ForecastCache(cache, "redis")
    before, kept = await single(baker, url), await single(baker, url)

    harm(redis_server)
    away, still = await single(baker, url), await single(baker, url)
    forgotten = await baker.delete(f"{url}/forecasts/cache")
    stats = (await baker.get(f"{url}/forecasts/cache/stats")).json()

    assert kept["cached"]
    assert not away["cached"]
    assert before["days"] == kept["days"] == away["days"] == still["days"]
    assert forgotten.json() == {"invalidated_keys": 0}
    assert (stats["entries"], stats["store"]) == (0, "redis")
    await cache.close()

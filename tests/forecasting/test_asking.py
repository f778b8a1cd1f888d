"""Forecasts for who asks: what they say, when they come from the cache, and what makes them go."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.tokens import access_token
from obrador.authz import TenantId
from obrador.authz.roles import Role
from obrador.catalogue.models import Product
from obrador.catalogue.service import add_named_products, load_products
from obrador.forecasting import domain, registry
from obrador.forecasting.challenge import challenge
from obrador.forecasting.champion import foreseen
from obrador.forecasting.domain import (
    FALLBACK_LEVELS,
    QUANTILE_LEVELS,
    Champion,
    DemandHistory,
    Model,
)
from obrador.forecasting.forecast_cache import ForecastCache
from obrador.forecasting.history import HISTORY_DAYS, demand_history
from obrador.forecasting.models import Forecast, ForecastOverride
from obrador.forecasting.profile import forecast
from obrador.integrations.redis.cache import redis_store
from obrador.kit.cache import Cache
from obrador.kit.db import Database
from obrador.kit.ids import derived_id, new_id
from obrador.kit.wire import decode, encode
from obrador.observability import metrics
from obrador.orchestration.service import run_mornings
from obrador.sales import service as sales
from obrador.sales.models import DailySale
from obrador.tenants import service as tenants
from obrador.tenants.models import CalendarEvent, Closure, Tenant
from tests.factories import make_member
from tests.fixtures.people import KEY, NOW
from tests.fixtures.redis_servers import RedisServer
from tests.statements import counted

BREAD, ROLL, NEW = derived_id("bread"), derived_id("roll"), derived_id("new")
TODAY = date(2026, 3, 3)
DAYS = 70


@pytest.fixture
async def shop(session: AsyncSession, tenant: TenantId) -> TenantId:
    """A bakery with two products that it has sold for ten weeks, and one that is new."""
    await add_named_products(session, tenant, {BREAD: "Barra", ROLL: "Bollo", NEW: "Roscón"})
    await _add_sales(session, tenant, TODAY - timedelta(days=DAYS), DAYS)
    return tenant


async def _add_sales(session: AsyncSession, tenant: TenantId, first: date, count: int) -> None:
    session.add_all(
        DailySale(
            tenant_id=tenant,
            product_id=product,
            business_date=day,
            quantity=Decimal(level + (20 if day.weekday() == 5 else 0)),
            is_total=True,
        )
        for day in (first + timedelta(days=index) for index in range(count))
        for product, level in ((BREAD, 60), (ROLL, 12))
    )
    await session.flush()


async def _single(client: AsyncClient, url: str, product: UUID = BREAD, **more: Any) -> Any:
    body = {"product_id": str(product), "days": 7, **more}
    answer = await client.post(f"{url}/forecasts/single", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _generate(client: AsyncClient, url: str, **body: Any) -> Any:
    answer = await client.post(f"{url}/forecasts/generate", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["forecasts"]


async def _known(session: AsyncSession, shop: TenantId) -> DemandHistory:
    bakery = (await tenants.load_bakeries(session, [shop]))[shop]
    products = (await load_products(session, [shop]))[shop]
    first = TODAY - timedelta(days=HISTORY_DAYS)
    known = (await sales.load_history(session, [shop], first, TODAY - timedelta(days=1)))[shop]
    return demand_history(bakery, products, known, TODAY, 28)


async def _train(session: AsyncSession, shop: TenantId) -> Champion:
    """Train a model that forecasts from now on, however it compares."""
    trial = challenge(await _known(session, shop), None)
    assert trial is not None
    promoted = replace(trial, verdict="no_worse")
    await registry.add(session, [registry.Made(shop, "first_model", promoted)], NOW)
    return (await registry.read_champions(session, [shop]))[shop]


async def test_it_is_what_planning_foresees(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    told = await _generate(viewer, url, days_ahead=28)

    made = forecast(await _known(session, shop))
    assert [each["product"] for each in told] == ["Barra", "Bollo", "Roscón"]
    for row, each in enumerate(told):
        assert each["product_id"] == str(made.product_ids[row])
        assert each["model"] == made.models[row]
        assert each["fallback_level"] == FALLBACK_LEVELS[made.models[row]]
        assert each["origin"] == {
            "business_date": "2026-03-03",
            "history_until": "2026-03-02",
            "revision": None,
        }
        for ahead, day in enumerate(each["days"]):
            assert day["date"] == str(TODAY + timedelta(days=ahead))
            assert day["mean"] == pytest.approx(made.mean[row, ahead], abs=1e-9)
            assert list(map(float, day["quantiles"])) == list(QUANTILE_LEVELS)
            assert list(day["quantiles"].values()) == pytest.approx(made.quantiles[row, ahead])


async def test_the_sentence_is_in_the_bakerys_language_or_the_one_asked_for(
    shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    spanish = (await _single(viewer, url))["days"][4]
    answer = await viewer.post(
        f"{url}/forecasts/single?lang=en", json={"product_id": str(BREAD), "first": "2026-03-07"}
    )
    (english,) = answer.json()["days"]

    assert spanish["date"] == english["date"] == "2026-03-07"
    assert "sábado +" in spanish["explanation"]
    assert "Saturday +" in english["explanation"]
    assert english["drivers"]["weekday"] > 1.2
    assert english["mean"] == spanish["mean"]


async def test_a_holiday_is_named_and_a_closed_day_says_so(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    closed = TODAY + timedelta(days=2)
    session.add(Closure(id=new_id(), tenant_id=shop, first_day=closed, last_day=closed))
    holiday = date(2026, 3, 19)  # San José, in Madrid in 2026
    await session.execute(
        update(Tenant).where(Tenant.id == shop).values(subdivision="VC", open_on_holidays=True)
    )

    days = {day["date"]: day for day in (await _single(viewer, url, days=28))["days"]}

    assert days[str(closed)]["mean"] == 0
    assert days[str(closed)]["explanation"] == "La tienda está cerrada."
    assert days[str(holiday)]["drivers"]["holiday_name"]


async def test_a_second_asker_is_served_from_the_cache_in_few_statements(
    database: Database, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    first = await _single(viewer, url)
    with counted(database) as statements:
        second = await _single(viewer, url)
    other = await _single(viewer, url, ROLL)

    assert (first.pop("cached"), second.pop("cached"), other["cached"]) == (False, True, True)
    assert first == second
    reads = [each for each in statements if "savepoint" not in each.lower()]
    assert len(reads) == 3, "the account, the role, and what the forecast depends on"


async def test_one_making_is_for_all_products(
    app: FastAPI, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    await _single(viewer, url)
    told = await _generate(viewer, url)

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
    await _add_sales(session, shop, TODAY - timedelta(days=DAYS + 30), 30)


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
    before = await _single(viewer, url)
    counted_before = _invalidated(shop, reason)

    await change(session, shop)
    after, again = await _single(viewer, url), await _single(viewer, url)

    assert (after["cached"], again["cached"]) == (False, True)
    assert (after["product"], after["days"]) != (before["product"], before["days"])
    assert _invalidated(shop, reason) == counted_before + 1


async def test_a_calendar_that_changes_is_seen_at_once(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    await _single(viewer, url)
    before = _invalidated(shop, "bakery")

    fair = CalendarEvent(
        id=new_id(), tenant_id=shop, kind="event", name="Feria", name_key="feria",
        first_day=TODAY, last_day=TODAY, is_yearly=False,
    )  # fmt: skip
    session.add(fair)
    await session.flush()
    added = await _single(viewer, url)
    await session.delete(fair)
    await session.flush()
    removed = await _single(viewer, url)

    assert (added["cached"], removed["cached"]) == (False, True)
    assert _invalidated(shop, "bakery") == before + 2


async def test_todays_sales_and_other_bakeries_change_nothing(
    session: AsyncSession, shop: TenantId, other_tenant: TenantId, viewer: AsyncClient, url: str
) -> None:
    await _single(viewer, url)

    await _add_sales(session, shop, TODAY, 1)
    await _rename(session, other_tenant)

    assert (await _single(viewer, url))["cached"]


async def test_the_next_day_is_another_forecast(
    app: FastAPI, session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    before = await _single(viewer, url)
    await _add_sales(session, shop, TODAY, 1)
    tomorrow = NOW + timedelta(days=1)
    app.state.clock = lambda: tomorrow
    member = await make_member(session, shop, Role.VIEWER)
    viewer.headers["Authorization"] = f"Bearer {access_token(member, KEY, tomorrow)}"
    after = await _single(viewer, url)

    assert before["origin"]["business_date"] == "2026-03-03"
    assert after["origin"]["history_until"] == "2026-03-03"
    assert not after["cached"]


async def test_a_retrained_model_is_used_at_once(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    assert (await _single(viewer, url))["model_version"] is None
    before = _invalidated(shop, "retraining")

    champion = await _train(session, shop)
    first, second = await _single(viewer, url), await _single(viewer, url)

    made = foreseen(await _known(session, shop), champion)
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["model_version"] == second["model_version"] == champion.version == 1
    row = made.product_ids.index(BREAD)
    assert [day["mean"] for day in first["days"]] == pytest.approx(made.mean[row, :7])
    assert _invalidated(shop, "retraining") == before + 1


async def test_another_installation_is_told_what_the_bakerys_model_foresees(
    session: AsyncSession, shop: TenantId, owner: AsyncClient, url: str
) -> None:
    champion, known = await _train(session, shop), await _known(session, shop)

    answer = await owner.post(f"{url}/forecasts/generate", content=encode(known))

    assert answer.status_code == 200, answer.text
    told = decode(answer.content, domain.Forecast)
    assert encode(told) == encode(foreseen(known, champion))
    assert told.model_version == 1


async def test_what_a_person_says_counts_at_once_and_both_numbers_are_told(
    session: AsyncSession, shop: TenantId, baker: AsyncClient, url: str
) -> None:
    before = await _single(baker, url)
    said = {"product_id": str(BREAD), "business_date": "2026-03-07", "kind": "add", "value": "12"}
    answer = await baker.put(
        f"{url}/forecasts/overrides", json=said | {"reason": "excursión del colegio"}
    )
    after, other = await _single(baker, url), await _single(baker, url, ROLL)

    assert (after["cached"], other["cached"]) == (False, True)
    was, is_now = before["days"].pop(4), after["days"].pop(4)
    assert is_now["mean"] == pytest.approx(was["mean"] + 12)
    assert (was["statistical"], is_now["statistical"]) == (None, was["mean"])
    assert is_now["explanation"].startswith(was["explanation"])
    assert is_now["explanation"].endswith("excursión del colegio.")
    assert after["days"] == before["days"]

    await run_mornings(session, [shop], NOW)
    (listed,) = (await baker.get(f"{url}/forecasts?product_id={BREAD}&day=2026-03-07")).json()[
        "items"
    ]
    assert listed["days"] == [is_now]

    await baker.delete(f"{url}/forecasts/overrides/{answer.json()['id']}")
    assert (await _single(baker, url))["days"][4] == was


async def test_what_a_morning_foresaw_is_listed_and_never_written_over(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    assert (await viewer.get(f"{url}/forecasts")).json() == {"items": [], "next_cursor": None}
    await run_mornings(session, [shop], NOW)
    stored = await session.scalar(select(Forecast.content).where(Forecast.tenant_id == shop))

    made = {each["product_id"]: each for each in await _generate(viewer, url, days_ahead=28)}
    page = (await viewer.get(f"{url}/forecasts")).json()["items"]
    again = (await viewer.get(f"{url}/forecasts")).json()["items"]

    assert [each["product_id"] for each in page] == sorted(map(str, (BREAD, ROLL, NEW)))
    assert not any(each["cached"] for each in page)
    assert all(each["cached"] for each in again)
    for each in page:
        assert each["origin"] == {
            "business_date": "2026-03-03", "history_until": "2026-03-02", "revision": 0,
        }  # fmt: skip
        same = made[each["product_id"]]["days"]
        assert [day["mean"] for day in each["days"][:7]] == [day["mean"] for day in same[:7]]
    now = await session.scalar(select(Forecast.content).where(Forecast.tenant_id == shop))
    assert now == stored


async def test_lists_are_filtered_and_paged(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    await run_mornings(session, [shop], NOW)
    first = (await viewer.get(f"{url}/forecasts?limit=2")).json()
    rest = (await viewer.get(f"{url}/forecasts?cursor={first['next_cursor']}")).json()
    one = await viewer.get(f"{url}/forecasts?product_id={ROLL}&day=2026-03-05")
    past = await viewer.get(f"{url}/forecasts?day=2026-03-02")

    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    ((item,), (day,)) = (one.json()["items"], one.json()["items"][0]["days"])
    assert (item["product"], day["date"]) == ("Bollo", "2026-03-05")
    assert past.json()["items"] == []


async def test_what_is_asked_for_wrongly_is_named(
    shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    async def faults(path: str, **body: Any) -> list[str]:
        answer = await viewer.post(f"{url}/forecasts/{path}", json=body)
        assert answer.status_code == 422, answer.text
        return [fault["where"] for fault in answer.json()["errors"]]

    stranger = str(new_id())
    assert await faults("generate", days_ahead=29) == ["days_ahead"]
    assert await faults("generate", days_ahead=0) == ["days_ahead"]
    assert await faults("generate", product_ids=[str(BREAD), stranger]) == ["product_ids.1"]
    assert await faults("single", product_id=str(BREAD), first="2026-03-02") == ["first"]
    assert await faults("single", product_id=str(BREAD), first="2026-03-30", days=2) == ["first"]
    missing = await viewer.post(f"{url}/forecasts/single", json={"product_id": stranger})
    assert missing.status_code == 404


async def test_a_bakery_without_products_or_sales_is_answered(
    session: AsyncSession, tenant: TenantId, viewer: AsyncClient, url: str
) -> None:
    assert await _generate(viewer, url) == []
    await add_named_products(session, tenant, {BREAD: "Barra"})

    (told,) = await _generate(viewer, url)

    assert (told["model"], told["fallback_level"]) == ("none", 5)
    assert told["origin"]["history_until"] is None
    assert [day["mean"] for day in told["days"]] == [0.0] * 7


async def test_it_is_forgotten_by_hand(
    app: FastAPI, shop: TenantId, baker: AsyncClient, admin: AsyncClient, url: str
) -> None:
    stats = f"{url}/forecasts/cache/stats"
    await _generate(baker, url)
    assert (await baker.get(stats)).json() == {
        "hits": 0, "misses": 3, "hit_rate": 0.0, "entries": 3, "store": "memory",
    }  # fmt: skip

    gone = await baker.delete(f"{url}/forecasts/cache/product/{BREAD}")
    assert gone.json() == {"invalidated_keys": 1}
    assert (await baker.get(stats)).json()["entries"] == 2
    assert (await _single(baker, url, ROLL))["cached"]
    assert not (await _single(baker, url, BREAD))["cached"]

    assert (await baker.delete(f"{url}/forecasts/cache")).json() == {"invalidated_keys": 3}
    assert (await baker.delete(f"{url}/forecasts/cache")).json() == {"invalidated_keys": 0}
    assert not (await _single(baker, url, ROLL))["cached"]

    everything = "/api/v1/admin/forecasting/cache/all"
    assert (await baker.delete(everything)).status_code == 403
    assert (await admin.delete(everything)).json() == {"invalidated_keys": 3}
    assert (await baker.get(stats)).json()["entries"] == 0


async def test_reads_are_counted(shop: TenantId, viewer: AsyncClient, url: str) -> None:
    label = metrics.tenant_labels.of(shop)
    hits, misses = metrics.CACHE_HITS.labels(label), metrics.CACHE_MISSES.labels(label)
    before = hits._value.get(), misses._value.get()

    await _generate(viewer, url)
    await _single(viewer, url)

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
    before, kept = await _single(baker, url), await _single(baker, url)

    harm(redis_server)
    away, still = await _single(baker, url), await _single(baker, url)
    forgotten = await baker.delete(f"{url}/forecasts/cache")
    stats = (await baker.get(f"{url}/forecasts/cache/stats")).json()

    assert kept["cached"]
    assert not away["cached"]
    assert before["days"] == kept["days"] == away["days"] == still["days"]
    assert forgotten.json() == {"invalidated_keys": 0}
    assert (stats["entries"], stats["store"]) == (0, "redis")
    await cache.close()


def test_every_model_has_its_place_among_fallbacks() -> None:
    assert set(FALLBACK_LEVELS) == set(get_args(Model))

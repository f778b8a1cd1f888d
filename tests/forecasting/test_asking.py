"""Forecasts for who asks: what they say, and of what."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from obrador.forecasting import domain
from obrador.forecasting.champion import foreseen
from obrador.forecasting.domain import (
    FALLBACK_LEVELS,
    QUANTILE_LEVELS,
    Model,
)
from obrador.forecasting.models import Forecast
from obrador.forecasting.profile import forecast
from obrador.kit.ids import new_id
from obrador.kit.wire import decode, encode
from obrador.orchestration.service import run_mornings
from obrador.tenants.models import Closure, Tenant
from tests.fixtures.people import NOW
from tests.forecasting.asked import BREAD, NEW, ROLL, TODAY, generate, known_demand, single, train


async def test_it_is_what_planning_foresees(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    told = await generate(viewer, url, days_ahead=28)

    made = forecast(await known_demand(session, shop))
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
    spanish = (await single(viewer, url))["days"][4]
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

    days = {day["date"]: day for day in (await single(viewer, url, days=28))["days"]}

    assert days[str(closed)]["mean"] == 0
    assert days[str(closed)]["explanation"] == "La tienda está cerrada."
    assert days[str(holiday)]["drivers"]["holiday_name"]


async def test_another_installation_is_told_what_the_bakerys_model_foresees(
    session: AsyncSession, shop: TenantId, owner: AsyncClient, url: str
) -> None:
    champion, known = await train(session, shop), await known_demand(session, shop)

    answer = await owner.post(f"{url}/forecasts/generate", content=encode(known))

    assert answer.status_code == 200, answer.text
    told = decode(answer.content, domain.Forecast)
    assert encode(told) == encode(foreseen(known, champion))
    assert told.model_version == 1


async def test_what_a_person_says_counts_at_once_and_both_numbers_are_told(
    session: AsyncSession, shop: TenantId, baker: AsyncClient, url: str
) -> None:
    before = await single(baker, url)
    said = {"product_id": str(BREAD), "business_date": "2026-03-07", "kind": "add", "value": "12"}
    answer = await baker.put(
        f"{url}/forecasts/overrides", json=said | {"reason": "excursión del colegio"}
    )
    after, other = await single(baker, url), await single(baker, url, ROLL)

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
    assert (await single(baker, url))["days"][4] == was


async def test_what_a_morning_foresaw_is_listed_and_never_written_over(
    session: AsyncSession, shop: TenantId, viewer: AsyncClient, url: str
) -> None:
    assert (await viewer.get(f"{url}/forecasts")).json() == {"items": [], "next_cursor": None}
    await run_mornings(session, [shop], NOW)
    stored = await session.scalar(select(Forecast.content).where(Forecast.tenant_id == shop))

    made = {each["product_id"]: each for each in await generate(viewer, url, days_ahead=28)}
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
    assert await generate(viewer, url) == []
    await add_named_products(session, tenant, {BREAD: "Barra"})

    (told,) = await generate(viewer, url)

    assert (told["model"], told["fallback_level"]) == ("none", 5)
    assert told["origin"]["history_until"] is None
    assert [day["mean"] for day in told["days"]] == [0.0] * 7


def test_every_model_has_its_place_among_fallbacks() -> None:
    assert set(FALLBACK_LEVELS) == set(get_args(Model))

"""Weather and promotions over HTTP."""

from typing import Any

import pytest
from httpx import AsyncClient

from obrador.authz import TenantId
from tests.factories.things import added

OFFER: dict[str, Any] = {
    "name": "Semana del pan",
    "product_id": None,
    "first_day": "2026-03-09",
    "last_day": "2026-03-15",
    "price": None,
    "percent_off": "15",
}
FILE = (
    "Fecha;Temperatura media (°C);Temperatura máxima;Lluvia;Viento\n"
    "01/03/2026;9,1;14,2;0;12,6\n"
    "02/03/2026;8,4;;4,3;\n"
    "03/03/2026;7;12;0;10\n"
    "04/03/2026;;;;\n"
    "05/03/2026;71;;0;\n"
    "nunca;7;12;0;10\n"
    "02/03/2026;8,4;;4,3;\n"
    "01/03/2026;0;0;0;0\n"
)


async def upload(client: AsyncClient, url: str, content: str, **form: Any) -> Any:
    files = {"file": ("tiempo.csv", content.encode("cp1252"))}
    return await client.post(f"{url}/weather/import", files=files, data=form)


async def test_a_file_is_imported_and_shown(
    baker: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    dry = (await upload(baker, url, FILE, dry_run=True)).json()
    nothing = (await viewer.get(f"{url}/weather")).json()
    real = (await upload(baker, url, FILE)).json()
    again = (await upload(baker, url, FILE)).json()
    shown = (await viewer.get(f"{url}/weather")).json()["items"]

    assert nothing == {"items": []}
    assert dry == real | {"dry_run": True}
    assert again == real
    assert (real["days"], real["rejected"]) == (3, 4)
    assert (real["first_day"], real["last_day"]) == ("2026-03-01", "2026-03-03")
    assert [(each["where"], each["message"]) for each in real["faults"]] == [
        ("line 5", "says nothing of the weather"),
        ("line 6", "temperature: '71' is no number between -70 and 60"),
        ("line 7", "'nunca' is no day between 1990 and 2099"),
        ("line 9", "says something else of 2026-03-01 than a line before"),
    ]
    assert [each["is_forecast"] for each in shown] == [False, False, True]
    assert shown[1] == {
        "day": "2026-03-02",
        "is_forecast": False,
        "temperature": pytest.approx(8.4),
        "temperature_max": None,
        "precipitation": pytest.approx(4.3),
        "wind": None,
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("fecha;humor\n01/03/2026;bueno\n", "temperature, precipitation or wind"),
        ("cuando;lluvia\n01/03/2026;3\n", "No column looks like day"),
        ("fecha;lluvia\nayer;3\n", "Days are written as 'ayer'"),
    ],
)
async def test_a_file_that_is_no_weather_is_refused(
    baker: AsyncClient, url: str, content: str, words: str
) -> None:
    answer = await upload(baker, url, content)

    assert answer.status_code == 422
    assert words in answer.json()["detail"]


async def test_a_year_of_weather_is_the_most(viewer: AsyncClient, url: str) -> None:
    asked = {"first": "2024-01-01", "last": "2026-01-01"}

    assert (await viewer.get(f"{url}/weather", params=asked)).status_code == 422


async def test_a_promotion_is_kept_shown_changed_and_removed(
    baker: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    bread = await added(baker, f"{url}/products", {"name": "Pan", "unit": "piece"})
    offer = await added(baker, f"{url}/promotions", OFFER)
    own = f"{url}/promotions/{offer['id']}"

    assert offer == OFFER | {"id": offer["id"]}
    assert (await viewer.get(f"{url}/promotions")).json()["items"] == [offer]
    change = {"product_id": bread["id"], "percent_off": None, "price": "1.2"}
    changed = await baker.patch(own, json=change)
    assert changed.json() == offer | change
    assert (await viewer.patch(own, json=change)).status_code == 403
    assert (await baker.delete(f"{url}/products/{bread['id']}")).status_code == 409
    assert (await baker.delete(own)).status_code == 204


@pytest.mark.parametrize(
    "change",
    [
        {"last_day": "2026-03-08"},
        {"last_day": "2028-03-08"},
        {"price": "1.20"},
        {"price": "1.20", "percent_off": None},
        {"percent_off": "100"},
        {"percent_off": "0"},
    ],
)
async def test_a_promotion_that_cannot_be_is_refused(
    baker: AsyncClient, url: str, change: dict[str, Any]
) -> None:
    offer = await added(baker, f"{url}/promotions", OFFER)

    for answer in (
        await baker.post(f"{url}/promotions", json=OFFER | change),
        await baker.patch(f"{url}/promotions/{offer['id']}", json=change),
    ):
        assert answer.status_code == 422


async def test_a_promotion_of_another_bakerys_product_is_refused(
    baker: AsyncClient, url: str, other_tenant: TenantId
) -> None:
    answer = await baker.post(f"{url}/promotions", json=OFFER | {"product_id": str(other_tenant)})

    assert answer.status_code == 422


async def test_a_bakery_says_where_it_is(owner: AsyncClient, url: str) -> None:
    where = {"latitude": 40.4168, "longitude": -3.7038}

    half = await owner.patch(url, json={"latitude": 40.4168})
    whole = await owner.patch(url, json=where)
    nowhere = await owner.patch(url, json={"latitude": None, "longitude": None})

    assert half.status_code == 422
    assert "Give latitude and longitude" in half.json()["detail"]
    assert whole.json() | where == whole.json()
    assert nowhere.json()["latitude"] is None
    assert (await owner.patch(url, json={"latitude": 91, "longitude": 0})).status_code == 422

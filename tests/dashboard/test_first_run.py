"""The first run, page by page: where the bakery is, its sales, its hours, the first plan."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.ids import new_id
from obrador.kit.places import countries, country_of_zone, customs_of, parts_of
from obrador.orchestration import due
from obrador.orchestration.definitions import default_workflows
from obrador.tenants.domain import check_place
from tests.dashboard.messy import messy_file
from tests.fixtures.people import NOW

TODAY = NOW.date()
PLACE = {
    "name": "Pan de Ana",
    "country": "ES",
    "shown_for": "ES",
    "subdivision": "MD",
    "time_zone": "Europe/Madrid",
    "locale": "es_ES",
    "currency": "EUR",
}
HOURS = {
    key: value
    for day in range(1, 6)
    for key, value in (
        (f"open.{day}", "1"),
        (f"opens.{day}", "07:30"),
        (f"closes.{day}", "14:00"),
    )
}


@pytest.fixture
async def home(session: AsyncSession, newcomer: AsyncClient) -> str:
    """The pages of a bakery that somebody has just made."""
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
    answer = await newcomer.post("/welcome", data=PLACE | {"id": str(new_id())})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].removesuffix("/setup/start"))


async def _next(client: AsyncClient, home: str) -> str:
    """Where somebody who comes back is sent."""
    answer = await client.get("/", follow_redirects=False)
    assert answer.headers["location"] == f"{home}/setup/start"
    location: str = (await client.get(f"{home}/setup/start")).headers["location"]
    return location.removeprefix(home)


async def test_a_place_is_guessed_from_the_browser(newcomer: AsyncClient) -> None:
    page = (await newcomer.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"})).text

    assert 'value="GB" selected' in page
    assert "Scotland" in page
    for value in ("Europe/London", "en_GB", "GBP"):
        assert value in page


async def test_another_country_is_shown_with_what_goes_with_it(newcomer: AsyncClient) -> None:
    given = PLACE | {"id": str(new_id()), "country": "DE"}
    page = await newcomer.post("/welcome", params={"lang": "en"}, data=given)

    assert page.status_code == 200
    assert "Is it right?" in page.text
    assert 'value="Pan de Ana"' in page.text
    assert "Schleswig-Holstein" in page.text
    assert "Europe/Berlin" in page.text
    assert (await newcomer.get("/api/v1/tenants")).json()["items"] == []
    part = (await newcomer.get("/welcome/place", params={"country": "DE"})).text
    assert "Schleswig-Holstein" in part
    assert "<html" not in part


async def test_a_bakery_is_made_once(newcomer: AsyncClient) -> None:
    given = PLACE | {"id": str(new_id())}
    places = {(await newcomer.post("/welcome", data=given)).headers["location"] for _ in range(2)}

    assert len(places) == 1
    made = (await newcomer.get("/api/v1/tenants")).json()["items"]
    assert [each["name"] for each in made] == ["Pan de Ana"]


async def test_what_is_wrong_with_a_place_is_told_beside_what_was_entered(
    newcomer: AsyncClient,
) -> None:
    given = PLACE | {"id": str(new_id()), "name": "  ", "currency": "EUROS"}
    page = await newcomer.post("/welcome", params={"lang": "en"}, data=given)

    assert page.status_code == 422
    assert "name: " in page.text
    assert 'value="EUROS"' in page.text


async def test_who_comes_back_goes_on_where_it_was(
    newcomer: AsyncClient, app: FastAPI, home: str
) -> None:
    assert await _next(newcomer, home) == "/setup/start/sales"

    file = messy_file(TODAY - timedelta(days=1))
    sent = await newcomer.post(f"{home}/setup/import", files={"file": ("ventas.csv", file)})
    where = sent.headers["location"]
    assert await _next(newcomer, home) == where.removeprefix(home)

    imported = await newcomer.post(where, data={"do": "import"})
    assert imported.headers["location"].startswith(f"{home}/setup/start/hours")
    assert await _next(newcomer, home) == "/setup/start/hours"

    planned = await newcomer.post(f"{home}/setup/start/hours", data=HOURS)
    assert planned.headers["location"] == f"{home}/setup/planning?date={TODAY}"
    assert await _next(newcomer, home) == f"/setup/planning?date={TODAY}"
    page = (await newcomer.get(planned.headers["location"], params={"date": str(TODAY)})).text
    assert '<meta http-equiv="refresh"' in page
    assert "<progress" in page


async def test_sales_tell_the_hours_and_people_correct_them(
    newcomer: AsyncClient, home: str
) -> None:
    file = messy_file(TODAY - timedelta(days=1))
    sent = await newcomer.post(f"{home}/setup/import", files={"file": ("ventas.csv", file)})
    await newcomer.post(sent.headers["location"], data={"do": "import"})
    page = (await newcomer.get(f"{home}/setup/start/hours", params={"lang": "en"})).text

    ticked = re.findall(r'name="open\.(\d)" value="1" checked', page)
    assert ticked == ["1", "2", "3", "4", "5", "6"]  # never on Mondays
    assert "Monday 0 of" in page

    await newcomer.post(f"{home}/setup/start/hours", data=HOURS)
    bakery = (await newcomer.get(home.replace("/bakeries/", "/api/v1/tenants/"))).json()
    assert [day and day["opens"] for day in bakery["opening_hours"]] == [
        None,
        *["07:30"] * 5,
        None,
    ]
    assert bakery["assumed"] == []


async def test_an_old_file_is_planned_for_the_day_after_it(
    newcomer: AsyncClient, home: str
) -> None:
    last = date(2024, 5, 11)
    sent = await newcomer.post(f"{home}/setup/import", files={"file": ("a.csv", messy_file(last))})
    await newcomer.post(sent.headers["location"], data={"do": "import"})
    page = (await newcomer.get(f"{home}/setup/start/hours")).text

    assert 'value="2024-05-12"' in page
    planned = await newcomer.post(f"{home}/setup/start/hours", data=HOURS | {"day": "2024-05-14"})
    assert planned.headers["location"].endswith("date=2024-05-14")


async def test_hours_that_cannot_be_leave_nothing(
    session: AsyncSession, newcomer: AsyncClient, home: str
) -> None:
    never = await newcomer.post(
        f"{home}/setup/start/hours", params={"lang": "en"}, data={"day": str(TODAY)}
    )
    backwards = await newcomer.post(
        f"{home}/setup/start/hours", params={"lang": "en"}, data=HOURS | {"closes.2": "06:00"}
    )

    assert (never.status_code, backwards.status_code) == (422, 422)
    assert "Tick at least one day." in never.text
    assert "the shop closes after it opens" in backwards.text
    assert 'value="06:00"' in backwards.text
    assert await session.scalar(text("select count(*) from runs")) == 0


async def test_without_sales_a_normal_day_is_enough(newcomer: AsyncClient, home: str) -> None:
    page = f"{home}/setup/start/products"
    nothing = await newcomer.post(page, data={})
    wrong = await newcomer.post(
        page, params={"lang": "en"}, data={"name.u1": "Barra", "units.u1": "many"}
    )
    assert (nothing.status_code, wrong.status_code) == (422, 422)
    assert "Barra: many is no number of pieces" in wrong.text

    said = {"name.u1": "Barra", "units.u1": "80", "name.u2": "Croissant", "units.u2": ""}
    taken = await newcomer.post(page, data=said | {"name.f0": "Coca", "units.f0": "6"})

    assert taken.headers["location"] == f"{home}/setup/start/hours"
    url = home.replace("/bakeries/", "/api/v1/tenants/")
    products = (await newcomer.get(f"{url}/products")).json()["items"]
    assert {each["name"]: each["par_levels"][0] for each in products} == {
        "Barra": "80",
        "Coca": "6",
    }


async def test_everybody_has_a_demo_bakery_of_their_own(
    session: AsyncSession, newcomer: AsyncClient, outsider: AsyncClient
) -> None:
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
    first = (await newcomer.post("/welcome/demo")).headers["location"]
    again = (await newcomer.post("/welcome/demo")).headers["location"]
    other = (await outsider.post("/welcome/demo")).headers["location"]

    assert first == again != other
    assert (await newcomer.get(first)).status_code == 200
    assert (await outsider.get(first)).status_code == 404


async def test_only_owners_make_the_first_run(
    baker: AsyncClient, outsider: AsyncClient, anonymous: AsyncClient, tenant: UUID
) -> None:
    for path in ("start", "start/sales", "start/hours", "start/products"):
        where = f"/bakeries/{tenant}/setup/{path}"
        assert (await baker.get(where)).status_code == 403
        assert (await outsider.get(where)).status_code == 404
        assert (await anonymous.get(where)).status_code == 401
    assert (await anonymous.get("/")).status_code == 401
    assert (await anonymous.post("/welcome", data=PLACE)).status_code == 403  # not our form


@pytest.mark.parametrize("country", ["ES", "GB", "DE", "FR", "CH", "US", "MX", "AR", "JP", "CW"])
def test_what_goes_with_a_country_is_valid(country: str) -> None:
    customs, parts = customs_of(country), parts_of(country)
    for locale in customs.locales:
        check_place(customs.time_zones[0], country, None, locale, customs.currency)
    for part, _ in parts:
        check_place(customs.time_zones[0], country, part, customs.locales[0], customs.currency)


def test_what_goes_with_a_country_is_what_most_people_have() -> None:
    assert customs_of("US").time_zones[0] == "America/New_York"
    assert customs_of("GB").locales[0] == "en_GB"
    assert country_of_zone("Europe/Lisbon") == "PT"
    assert ("MD", "Madrid") in parts_of("ES")
    assert ("ES", "España") in countries("es")

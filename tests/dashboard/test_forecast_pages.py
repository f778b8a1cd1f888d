"""The forecast pages: a week of all products, one of them with its reasons, and what people say."""

import re
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import httpx
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from obrador.dashboard.forecast_small import small_svg
from obrador.dashboard.forecast_words import headline, listed, pattern_words
from obrador.forecasting import service as forecasting
from obrador.forecasting.models import Forecast
from obrador.kit.db import Database
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.orchestration.foresight import Foresight
from obrador.orchestration.foresight_days import DayAhead, PastDay, ProductForesight
from tests.factories.mornings import TODAY, mornings_of, planned_yesterday
from tests.statements import counted

SAY = Speech("en", "es")
MONDAY = date(2026, 3, 2)
SATURDAY = TODAY + timedelta(days=4)


@pytest.fixture
async def tenant(session: AsyncSession) -> TenantId:
    """The demo bakery, which planned yesterday."""
    return (await planned_yesterday(session))[0]


@pytest.fixture
def pages(tenant: TenantId) -> str:
    """Where the forecast pages are."""
    return f"/bakeries/{tenant}/forecast"


@pytest.fixture
async def product(session: AsyncSession, tenant: TenantId, pages: str) -> str:
    """Where the page of a product is."""
    stored = await forecasting.newest_forecast(session, tenant, TODAY)
    assert stored is not None
    row = int(stored.mean.sum(axis=1).argmax())
    return f"{pages}/{stored.product_ids[row]}"


async def _read(client: AsyncClient, url: str, **query: str) -> str:
    answer = await client.get(httpx.URL(url).copy_merge_params({"lang": "en"} | query))
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\xa0", " ")


async def _say(client: AsyncClient, product: str, **fields: str) -> Response:
    said = {"day": str(SATURDAY), "how": "set", "value": "80", "reason": "School trip"}
    return await client.post(f"{product}/overrides", data=said | fields, params={"lang": "en"})


async def test_only_its_people_see_forecasts_and_only_who_bakes_changes_them(
    anonymous: AsyncClient,
    outsider: AsyncClient,
    viewer: AsyncClient,
    buyer: AsyncClient,
    baker: AsyncClient,
    pages: str,
    product: str,
) -> None:
    for url in (pages, product):
        assert (await anonymous.get(url)).status_code == 401
        assert (await outsider.get(url)).status_code == 404
        assert 'method="post"' not in await _read(viewer, url)
    for client in (viewer, buyer):
        assert (await _say(client, product)).status_code == 403
    assert (await _say(outsider, product)).status_code == 404
    assert 'method="post"' in await _read(baker, product)
    assert (await baker.get(f"{pages}/{new_id()}")).status_code == 404


async def test_all_products_with_what_is_expected(
    viewer: AsyncClient, database: Database, pages: str
) -> None:
    with counted(database) as statements:
        page = await _read(viewer, pages)
    spanish = await _read(viewer, pages, lang="es")

    assert len(statements) < 20
    assert page.count('class="chart spark"') == 6
    assert re.search(r"Tomorrow, Wednesday: about \d+ pieces, \d+ % (more|fewer)", page)
    assert "All together" in page
    assert "Mañana, miércoles" in spanish
    assert "Todo junto" in spanish
    assert "style=" not in page


async def test_products_are_found_by_name(viewer: AsyncClient, pages: str) -> None:
    page = await _read(viewer, pages)
    name = re.findall(r'forecast/[0-9a-f-]{36}">([^<]+)</a>', page)[0]

    found = await _read(viewer, pages, q=name[:4].upper())

    assert f">{name}</a>" in found
    assert found.count("chart spark") < 6
    assert "No product is like that." in await _read(viewer, pages, q="nonsense")
    assert "<script>" not in await _read(viewer, pages, q="<script>")
    assert (await viewer.get(pages, params={"show": "nonsense"})).status_code == 422


async def test_a_product_with_its_reasons(
    viewer: AsyncClient, database: Database, product: str
) -> None:
    with counted(database) as statements:
        page = await _read(viewer, product)
    assert len(statements) < 30

    for size in ("large", "small"):
        picture = re.search(rf'<svg class="chart {size}".*?</svg>', page, re.DOTALL)
        assert picture is not None
        assert ElementTree.fromstring(picture[0])[0].text  # noqa: S314  we drew it ourselves
        assert "<style" not in picture[0]
    assert "Lately" in page
    assert "Made from what it has sold itself" in page
    assert "No model has been trained here yet." in page
    assert "Nobody has changed this forecast." in page


async def test_what_a_baker_says_is_shown_at_once_and_taken_back(
    baker: AsyncClient, viewer: AsyncClient, pages: str, product: str
) -> None:
    saved = await _say(baker, product, value="80,4")
    again = await _say(baker, product, value="80,4")
    page = await _read(baker, saved.headers["location"])

    assert (saved.status_code, again.status_code) == (303, 303)
    assert "Saved." in page
    assert "Sat 7 Mar: exactly 80</b> – School trip" in page
    assert page.count("/withdraw") == 1
    assert "was " in page
    assert "Changed since the plan was made: Sat 7 Mar." in page
    assert "changed by a person" in await _read(viewer, pages)
    changed = await _read(viewer, pages, show="changed")
    assert changed.count("chart spark") == 1
    other = set(re.findall(r"forecast/[0-9a-f-]{36}", await _read(viewer, pages)))
    other -= {product.removeprefix(pages.removesuffix("forecast"))}
    assert "Changed since" not in await _read(viewer, pages.removesuffix("forecast") + min(other))

    form = re.search(r'action="([^"]+/withdraw)"', page)
    assert form is not None
    assert (await viewer.post(form[1])).status_code == 403
    taken = await baker.post(form[1])
    assert taken.status_code == 303
    page = await _read(baker, taken.headers["location"])
    assert "Taken back" in page
    assert "Changed since" not in page
    assert "What was said before" in page
    assert (await baker.post(form[1])).status_code == 404


@pytest.mark.parametrize(
    ("how", "value", "shown"),
    [("more", "12", "12 more"), ("percent_fewer", "20", "20 % fewer"), ("fewer", "5", "5 fewer")],
)
async def test_more_and_fewer(
    baker: AsyncClient, product: str, how: str, value: str, shown: str
) -> None:
    answer = await _say(baker, product, how=how, value=value)

    assert answer.status_code == 303
    assert f": {shown}</b>" in await _read(baker, product)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "many"),
        ("value", "-5"),
        ("value", "nan"),
        ("day", "2026-03-02"),
        ("how", ""),
        ("reason", ""),
    ],
)
async def test_what_cannot_be_is_said_in_place_and_kept(
    baker: AsyncClient, product: str, field: str, value: str
) -> None:
    entered = {"value": "77", "reason": "Fiesta <b>"} | {field: value}

    refused = await _say(baker, product, **entered)

    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert f'value="{entered["value"]}"' in refused.text
    assert "Fiesta <b>" not in refused.text
    assert "/withdraw" not in refused.text


async def test_how_good_it_has_been(
    session: AsyncSession, viewer: AsyncClient, tenant: TenantId, product: str
) -> None:
    await forecasting.validate(session, await mornings_of(session, [tenant]))

    assert re.search(r"Compared on 1 day: \d+ % off", await _read(viewer, product))


async def test_a_product_that_nothing_is_known_of(
    session: AsyncSession, viewer: AsyncClient, baker: AsyncClient, tenant: TenantId, pages: str
) -> None:
    new = new_id()
    await add_named_products(session, tenant, {new: "Roscón"})

    page = await _read(viewer, f"{pages}/{new}")

    assert "Nothing foreseen yet" in page
    assert "Nothing expected" in await _read(viewer, pages)
    assert (await _say(baker, f"{pages}/{new}")).status_code == 303
    assert "exactly 80" in await _read(baker, f"{pages}/{new}")


async def test_names_are_never_markup(
    session: AsyncSession, viewer: AsyncClient, tenant: TenantId, pages: str
) -> None:
    new = new_id()
    await add_named_products(session, tenant, {new: "<script>{{ 7 * 7 }}</script>"})

    for url in (pages, f"{pages}/{new}"):
        page = await _read(viewer, url)
        assert "&lt;script&gt;{{ 7 * 7 }}" in page
        assert "<script>{{" not in page


async def test_without_a_plan_it_is_made_to_be_looked_at(
    session: AsyncSession, viewer: AsyncClient, pages: str, product: str
) -> None:
    await session.execute(delete(Forecast))

    assert "Made just now from all your sales" in await _read(viewer, pages)
    assert "Lately" in await _read(viewer, product)


async def test_without_sales_it_says_what_to_do(
    outsider: AsyncClient, other_tenant: TenantId
) -> None:
    page = await _read(outsider, f"/bakeries/{other_tenant}/forecast")

    assert "Nothing to foresee yet" in page
    assert f'href="/bakeries/{other_tenant}/setup"' in page


def _product(levels: dict[int, float], usual: float = 40.0, weeks: int = 4) -> ProductForesight:
    """Weeks of sales, and a week to come; levels by weekday."""
    days = [MONDAY + timedelta(days=place) for place in range(7 * weeks + 7)]
    amounts = [levels.get(day.weekday(), usual) for day in days]
    past = tuple(
        PastDay(day, amount, False, True, None)
        for day, amount in zip(days[: 7 * weeks], amounts, strict=False)
    )
    ahead = tuple(
        DayAhead(day, amount, 0.8 * amount, 1.2 * amount, True, None, None, "")
        for day, amount in zip(days[7 * weeks :], amounts[7 * weeks :], strict=True)
    )
    return ProductForesight(new_id(), "Barra", "piece", "profile", None, past, ahead)


def test_a_picture_says_one_thing() -> None:
    flat = _product({})
    rising = replace(
        flat, past=tuple(replace(day, sold=40.0 + place) for place, day in enumerate(flat.past))
    )

    assert pattern_words(SAY, _product({5: 60.0})) == (
        "Barra sells 50\xa0% more on a Saturday than on other days"
    )
    assert "more than some weeks ago" in pattern_words(SAY, rising)
    assert pattern_words(SAY, flat) == "Barra sells about 40 a day"
    assert pattern_words(SAY, replace(flat, past=())) == "Barra has not sold lately"


def test_the_day_to_come_is_compared_with_the_week_before() -> None:
    product = _product({})
    today = product.ahead[0].day
    seen = Foresight("Pan", today, True, (product,))
    closed = replace(
        product, ahead=tuple(replace(day, mean=0.0, is_open=False) for day in product.ahead)
    )

    assert headline(SAY, seen, today) == "Tomorrow, Tuesday: about 40 pieces, as last Tuesday."
    assert headline(SAY, replace(seen, products=(closed,)), today) == ""
    by_weight = replace(product, unit="g")
    assert headline(SAY, replace(seen, products=(by_weight,)), today) == ""


def test_long_lists_come_in_pages() -> None:
    products = [replace(_product({}), product=f"Barra {n:03}") for n in range(95)]

    first, last = (listed(SAY, products, "", "all", page) for page in (1, 99))

    assert (len(first.rows), first.pages, first.found) == (40, 3, 95)
    assert (len(last.rows), last.page) == (15, 3)
    assert sum(len(picture) for _, picture in first.rows) < 100_000


def test_a_small_picture_stays_within_its_frame() -> None:
    picture = ElementTree.fromstring(small_svg(_product({5: 60.0}), "<Barra>"))  # noqa: S314

    assert picture[0].text == "<Barra>"
    numbers = [float(each) for each in re.findall(r"V(\S+?)[hz]", picture[1].get("d", ""))]
    assert min(numbers) >= 0
    assert max(numbers) <= 44
    assert len(ElementTree.tostring(picture)) < 2_500

"""The Today page, as the server gives it and as a browser shows it."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient
from playwright.async_api import Browser, Page, Response
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.tenants.models import Tenant
from tests.fixtures.served import Served


@pytest.fixture
async def planned(session: AsyncSession, tenant: TenantId, owner: AsyncClient) -> str:
    """The address of a bakery that has been planned; the owner belongs to another."""
    return f"/bakeries/{tenant}/today"


async def test_a_day_without_a_plan_says_how_to_make_one(owner: AsyncClient, planned: str) -> None:
    page = await owner.get(planned, headers={"Accept-Language": "es"})

    assert page.status_code == 200
    assert "Aún no hay plan" in page.text
    assert "obrador plan --date 2026-03-03" in page.text


@pytest.mark.parametrize("status", ["suspended", "cancelled"])
async def test_every_page_of_a_bakery_that_is_not_served_says_so(
    admin: AsyncClient, viewer: AsyncClient, tenant: TenantId, status: str
) -> None:
    await admin.patch(f"/api/v1/tenants/{tenant}", json={"status": status})

    for page in ("today", "stock", "setup"):
        shown = await viewer.get(f"/bakeries/{tenant}/{page}?lang=en")
        assert f"This bakery is {status}: no morning is planned." in shown.text


async def test_the_demo_says_that_it_waits_to_be_asked(
    session: AsyncSession, viewer: AsyncClient, tenant: TenantId
) -> None:
    await session.execute(update(Tenant).values(is_demo=True))

    shown = await viewer.get(f"/bakeries/{tenant}/today?lang=en")

    assert "planned only when somebody asks" in shown.text


async def test_only_its_people_see_a_bakery(
    anonymous: AsyncClient, outsider: AsyncClient, viewer: AsyncClient, planned: str
) -> None:
    assert (await anonymous.get(planned)).status_code == 401
    assert (await outsider.get(planned)).status_code == 404
    assert (await viewer.get(planned)).status_code == 200


async def test_names_are_never_markup(
    session: AsyncSession, owner: AsyncClient, tenant: TenantId
) -> None:
    url = f"/api/v1/tenants/{tenant}"
    await owner.patch(url, json={"name": "<script>alert(1)</script>{{ 7 * 7 }}"})

    page = await owner.get(f"/bakeries/{tenant}/today")

    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "{{ 7 * 7 }}" in page.text


@pytest.mark.parametrize("query", ["date=soon", "date=2026-02-30", "date=99999-01-01"])
async def test_a_date_that_is_none_is_refused(owner: AsyncClient, planned: str, query: str) -> None:
    assert (await owner.get(f"{planned}?{query}")).status_code == 422


async def test_who_has_no_bakery_is_welcomed_in_the_language_asked_for(
    newcomer: AsyncClient,
) -> None:
    page = await newcomer.get("/?lang=es")

    assert "Le damos la bienvenida" in page.text
    assert page.cookies["language"] == "es"


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": 360, "height": 800}, locale="es-ES", java_script_enabled=False
    )
    yield await context.new_page()
    await context.close()


async def test_a_phone_shows_the_morning_without_scripts_or_sideways_scrolling(
    page: Page, site: Served
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    await page.goto(site.url)

    assert await page.locator("h2").all_inner_texts() == [
        "Requiere atención",
        "Hornear",
        "Pedir",
        "Ayer",
    ]
    assert await page.locator("table.bake tbody tr").count() >= 20
    box = await page.locator("table.bake").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360
    assert all(url.startswith(site.url) for url in asked)


async def test_every_number_says_why(page: Page, site: Served) -> None:
    await page.goto(site.url)
    why = page.locator("table.bake details").first

    await why.locator("summary").click()

    assert "Se esperan" in await why.locator("p").inner_text()


async def test_the_language_is_a_link_and_is_remembered(page: Page, site: Served) -> None:
    await page.goto(site.url)
    await page.get_by_text("Más", exact=True).click()
    await page.get_by_role("link", name="English").click()
    assert await page.locator("h2").first.inner_text() == "Needs attention"

    await page.goto(site.url)

    assert await page.locator("html").get_attribute("lang") == "en"


async def test_a_page_is_small(page: Page, site: Served) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  playwright marks it

    await page.goto(site.url, wait_until="networkidle")

    sizes = [len(await answer.body()) for answer in answers if answer.ok]
    assert 10_000 < sum(sizes) < 300_000

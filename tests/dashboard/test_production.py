"""The production page and the baking sheet, as the server gives them and a browser shows them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient
from playwright.async_api import Browser, Page
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from tests.factories.mornings import YESTERDAY, planned_yesterday
from tests.fixtures.served import Served

PAGES = ("production", "production/sheet")


async def test_only_its_people_see_a_bakerys_production(
    anonymous: AsyncClient, outsider: AsyncClient, viewer: AsyncClient, tenant: TenantId
) -> None:
    for path in (*PAGES, "production/sheet.pdf"):
        url = f"/bakeries/{tenant}/{path}"
        assert (await anonymous.get(url)).status_code == 401
        assert (await outsider.get(url)).status_code == 404
    for path in PAGES:
        assert (await viewer.get(f"/bakeries/{tenant}/{path}")).status_code == 200


async def test_a_day_without_a_plan_says_how_to_make_one(
    owner: AsyncClient, tenant: TenantId
) -> None:
    for path in PAGES:
        page = await owner.get(f"/bakeries/{tenant}/{path}?lang=es")
        assert "Aún no hay plan" in page.text
    file = await owner.get(f"/bakeries/{tenant}/production/sheet.pdf")
    assert file.status_code == 404
    assert "plan that day first" in file.json()["detail"]


@pytest.mark.parametrize("path", [*PAGES, "production/sheet.pdf"])
async def test_a_date_that_is_none_is_refused(
    owner: AsyncClient, tenant: TenantId, path: str
) -> None:
    assert (await owner.get(f"/bakeries/{tenant}/{path}?date=2026-02-30")).status_code == 422


async def test_every_batch_is_on_the_picture_in_the_list_and_on_the_sheet(
    session: AsyncSession, admin: AsyncClient
) -> None:
    bakery = (await planned_yesterday(session))[0]
    count = await session.scalar(
        text("select count(*) from production_batches where tenant_id = :id"), {"id": bakery}
    )
    query = f"?date={YESTERDAY}&lang=en"

    plan = (await admin.get(f"/bakeries/{bakery}/production{query}")).text
    sheet = (await admin.get(f"/bakeries/{bakery}/production/sheet{query}")).text
    file = await admin.get(f"/bakeries/{bakery}/production/sheet.pdf{query}")

    assert count
    for number in range(1, count + 1):
        assert f'<g role="cell"><title>{number} ' in plan
        assert f"<b>{number} " in plan
        assert f"<h3>{number} " in sheet
    assert sheet.count('class="blanks"') == count
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-disposition"] == f'inline; filename="{YESTERDAY}.pdf"'
    assert file.content.startswith(b"%PDF-")


async def test_what_is_gone_since_is_still_called_by_its_name(
    session: AsyncSession, admin: AsyncClient
) -> None:
    bakery = (await planned_yesterday(session))[0]
    url = f"/bakeries/{bakery}/production?date={YESTERDAY}&lang=en"
    before = (await admin.get(url)).text.count("<title>")
    await session.execute(
        text("update products set recipe_id = null where tenant_id = :id"), {"id": bakery}
    )
    await session.execute(
        text("delete from recipe_components where tenant_id = :id"), {"id": bakery}
    )
    await session.execute(text("delete from recipes where tenant_id = :id"), {"id": bakery})

    after = (await admin.get(url)).text

    assert after.count("<title>") == before > 20
    assert "?," not in after


@pytest.fixture(params=[("light", 360), ("dark", 360), ("light", 1440), ("dark", 1440)])
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    scheme, width = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        locale="es-ES",
        java_script_enabled=False,
    )
    yield await context.new_page()
    await context.close()


def _width(page: Page) -> int:
    assert page.viewport_size is not None
    return page.viewport_size["width"]


async def test_a_phone_has_the_list_and_a_wide_screen_the_picture_as_well(
    page: Page, site: Served
) -> None:
    await page.goto(site.url)
    await page.get_by_role("link", name="Producción").click()

    await page.locator("ol.batches > li").first.wait_for()
    assert await page.locator("ol.batches > li").count() >= 15
    assert await page.locator("figure.gantt").is_visible() is (_width(page) > 900)
    assert await _inside(page, "ol.batches > li, figure.gantt:visible svg, .door")
    why = page.locator("ol.batches details.why").first
    await why.locator("summary").click()
    assert await why.locator("p").last.is_visible()


async def test_the_sheet_is_reached_from_there_and_fits(page: Page, site: Served) -> None:
    await page.goto(site.url)
    await page.get_by_role("link", name="Producción").click()
    await page.get_by_role("link", name="Hoja de obrador").click()
    await page.locator(".weights li").first.wait_for()

    assert await page.locator("h2").all_inner_texts() == [
        "Amasado",
        "Mesa",
        "Fermentación",
        "Horno",
    ]
    assert await page.locator(".weights li").count() > 20
    assert await _inside(page, ".job, .weights li, .blanks")


async def _inside(page: Page, selector: str) -> bool:
    """Whether everything that is seen of it is within the width of the page."""
    boxes = [await each.bounding_box() for each in await page.locator(selector).all()]
    seen = [box for box in boxes if box is not None]
    return bool(seen) and all(
        box["x"] >= 0 and box["x"] + box["width"] <= _width(page) for box in seen
    )


async def test_it_is_understood_by_screen_readers(browser: Browser, site: Served) -> None:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = await context.new_page()
    await page.goto(site.url)
    await page.get_by_role("link", name="Production").click()

    table = page.get_by_role("table", name="Production of")
    rows = await table.get_by_role("row").count()
    cells = await table.get_by_role("cell").all()
    names: list[Any] = [await cell.locator("title").text_content() for cell in cells]
    await context.close()

    assert rows >= 5
    assert len(cells) > 50
    assert all((name and "ready by" in name) or "for tomorrow" in name for name in names)


async def test_a_job_is_never_divided_by_a_page_break(browser: Browser, site: Served) -> None:
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(site.url)
    await page.get_by_role("link", name="Production").click()
    await page.get_by_role("link", name="Baking sheet").click()
    await page.wait_for_load_state("networkidle")
    await page.emulate_media(media="print")

    styles = await page.locator(".job").evaluate_all(
        "all => all.map(each => getComputedStyle(each).breakInside)"
    )
    breaks = await page.locator(".station").evaluate_all(
        "all => all.map(each => getComputedStyle(each).breakBefore)"
    )
    hidden = await page.locator(".masthead").is_visible()
    await context.close()

    assert set(styles) == {"avoid"}
    assert breaks[1:] == ["page"] * (len(breaks) - 1)
    assert not hidden

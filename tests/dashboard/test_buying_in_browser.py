"""Purchasing and stock as a browser shows them: small and wide, light and dark, without scripts,
and to everybody."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.fixtures.served import Served

MOST_BYTES = 300_000


@pytest.fixture(params=[("light", 360), ("dark", 1440)], ids=["phone", "wide"])
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Spanish, and without scripts but for the checks."""
    scheme, width = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="es-ES"
    )
    yield await context.new_page()
    await context.close()


async def _check(page: Page, site: Served) -> None:
    """Nothing is wider than the screen, comes from elsewhere, weighs much or shuts anybody out."""
    answer = await page.reload()
    assert answer is not None
    assert len(await answer.body()) < MOST_BYTES
    width: Any = await page.evaluate("document.documentElement.scrollWidth")
    assert page.viewport_size is not None
    assert width <= page.viewport_size["width"], page.url
    sources: Any = await page.evaluate(
        "performance.getEntriesByType('resource').map(each => each.name)"
    )
    assert all(source.startswith(site.url) for source in sources)
    found = await Axe().run(page)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []


async def test_purchasing_and_its_parts_are_for_everybody(page: Page, site: Served) -> None:
    await page.goto(site.url)
    await page.get_by_role("link", name="Compras").click()
    await _check(page, site)
    await page.locator("article details summary").first.click()
    assert "Se necesitan" in await page.locator("article details p").first.inner_text()

    await page.get_by_role("link", name="Cambiar cantidades").click()
    await _check(page, site)
    await page.locator("input[type=number]").first.fill("0")
    await page.get_by_role("button", name="Ver las consecuencias").click()
    await page.get_by_role("heading", name="Consecuencias").wait_for()

    await page.go_back()
    await page.go_back()
    await page.get_by_role("link", name="Recibir").first.click()
    await page.get_by_text("Más lotes").first.click()
    await _check(page, site)


async def test_stock_and_its_parts_are_for_everybody(page: Page, site: Served) -> None:
    await page.goto(site.url)
    await page.get_by_role("link", name="Existencias").click()
    await _check(page, site)
    assert await page.locator("svg.course").count() > 20
    await page.get_by_role("navigation", name="Mostrar").get_by_role("link").nth(1).click()
    assert await page.locator("ul.levels > li").count() < 20

    await page.locator("ul.levels a").first.click()
    await page.locator("svg.course.large").wait_for()
    await _check(page, site)

    await page.go_back()
    await page.get_by_role("link", name="Contar existencias").click()
    await _check(page, site)
    await page.get_by_label("Todo lo que hay").check()
    await page.get_by_role("button", name="Hacer una hoja").click()
    await page.locator("ul.counting").wait_for()
    await _check(page, site)


async def test_a_plan_is_approved_and_counted_without_scripts(
    browser: Browser, site: Served
) -> None:
    context = await browser.new_context(
        viewport={"width": 360, "height": 800}, locale="es-ES", java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto(site.url)
    await page.get_by_role("link", name="Existencias").click()
    await page.get_by_role("link", name="Contar existencias").click()
    await page.get_by_label("Todo lo que hay").check()
    await page.get_by_role("button", name="Hacer una hoja").click()
    await page.locator("ul.counting input[name=counted]").first.fill("1,5")
    await page.locator("ul.counting").get_by_role("button").first.click()
    assert await page.locator("ul.counting li.counted").count() == 1

    await page.get_by_role("link", name="Compras").click()
    await page.get_by_role("button", name="Aprobar todo").click()

    status = await page.get_by_role("status").inner_text()
    badges = await page.locator(".freshness .badge").all_inner_texts()
    await context.close()
    assert status.startswith("Aprobado.")
    assert badges == ["aprobado"]

"""Purchasing and stock as a browser shows them: small and wide, light and dark, without scripts,
and to everybody."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.fixtures.browser import is_for_everybody
from tests.fixtures.served import Served


@pytest.fixture(params=[("light", 360), ("dark", 1440)], ids=["phone", "wide"])
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Spanish, and without scripts but for the checks."""
    scheme, width = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="es-ES"
    )
    yield await context.new_page()
    await context.close()


async def test_purchasing_and_its_parts_are_for_everybody(page: Page, site: Served) -> None:
    await page.goto(site.url)
    await page.get_by_role("link", name="Compras").click()
    await is_for_everybody(page)
    await page.locator("article details summary").first.click()
    assert "Se necesitan" in await page.locator("article details p").first.inner_text()

    await page.get_by_role("link", name="Cambiar cantidades").click()
    await is_for_everybody(page)
    await page.locator("input[type=number]").first.fill("0")
    await page.get_by_role("button", name="Ver las consecuencias").click()
    await page.get_by_role("heading", name="Consecuencias").wait_for()

    await page.go_back()
    await page.go_back()
    await page.get_by_role("link", name="Recibir").first.click()
    await page.get_by_text("Más lotes").first.click()
    await is_for_everybody(page)


async def test_stock_and_its_parts_are_for_everybody(page: Page, site: Served) -> None:
    await page.goto(site.url)
    await page.get_by_role("link", name="Existencias").click()
    await is_for_everybody(page)
    await page.locator("svg.course").nth(20).wait_for()
    await page.get_by_role("navigation", name="Mostrar").get_by_role("link").nth(2).click()
    await expect(page.locator("ul.levels > li").nth(19)).not_to_be_attached()

    await page.locator("ul.levels a").first.click()
    await page.locator("svg.course.large").wait_for()
    await is_for_everybody(page)

    await page.go_back()
    await page.get_by_role("link", name="Contar existencias").click()
    await is_for_everybody(page)
    await page.get_by_label("Todo lo que hay").check()
    await page.get_by_role("button", name="Hacer una hoja").click()
    await page.locator("ul.counting").wait_for()
    await is_for_everybody(page)


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
    await expect(page.locator("ul.counting li.counted")).to_have_count(1)

    await page.get_by_role("link", name="Compras").click()
    await page.get_by_role("button", name="Aprobar todo").click()

    status = await page.get_by_role("status").inner_text()
    badges = await page.locator(".freshness .badge").all_inner_texts()
    await context.close()
    assert status.startswith("Aprobado.")
    assert badges == ["aprobado"]

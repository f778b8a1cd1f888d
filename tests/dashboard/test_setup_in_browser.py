"""Set up as a browser shows it: small and wide, light and dark, and without scripts."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.fixtures.browser import is_for_everybody
from tests.fixtures.served import Served

PAGES = (
    "", "/products", "/recipes", "/recipes/new", "/ingredients", "/suppliers", "/equipment/new",
    "/shifts/new", "/calendar", "/bakery", "/hours", "/notices", "/people", "/keys", "/webhooks",
)  # fmt: skip


@pytest.fixture(params=[("light", 360), ("dark", 1440)], ids=["phone", "wide"])
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Spanish, and without scripts but for the checks."""
    scheme, width = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="es-ES"
    )
    yield await context.new_page()
    await context.close()


async def test_all_of_it_is_for_everybody(page: Page, site: Served) -> None:
    await page.goto(site.url)
    home = page.url.rpartition("/")[0]
    for path in PAGES:
        answer = await page.goto(f"{home}/setup{path}")
        assert answer is not None
        assert answer.ok, path
        await is_for_everybody(page)
    for thing in ("products", "recipes", "ingredients", "suppliers", "equipment"):
        await page.goto(f"{home}/setup/{thing}")
        await page.locator("table.things th a").first.click()
        await is_for_everybody(page)
    await page.goto(f"{home}/setup/suppliers")
    await page.locator("table.things th a").first.click()
    await page.get_by_role("link", name="precio").click()
    await is_for_everybody(page)


async def test_a_baker_adds_a_recipe_and_a_product_and_sees_what_a_piece_costs(
    browser: Browser, site: Served
) -> None:
    context = await browser.new_context(
        viewport={"width": 360, "height": 800}, locale="es-ES", java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto(site.url)
    await page.goto(f"{page.url.rpartition('/')[0]}/setup")
    await page.get_by_role("link", name="Recetas").click()
    await page.get_by_role("link", name="Añadir una receta").click()
    await page.get_by_label("Nombre").fill("Pan de prueba")
    await page.get_by_label("Lo que sale").fill("20")
    await page.get_by_label("Harina en total").fill("10")
    await page.get_by_label("Ingrediente, masa o relleno, 1").fill("harina de trigo")
    await page.get_by_label("% de la harina, 1").fill("100")
    await page.get_by_label("Ingrediente, masa o relleno, 2").fill("Sal")
    await page.get_by_label("% de la harina, 2").fill("2")
    await page.get_by_role("button", name="Guardar").click()

    assert await page.locator("#flour-fault").inner_text() == "Escríbalo así: 500 g, 25 kg"
    assert await page.get_by_label("% de la harina, 2").input_value() == "2"
    await page.get_by_label("Harina en total").fill("10 kg")
    await page.get_by_role("button", name="Guardar").click()

    assert await page.get_by_label("Cantidad, 2").input_value() == "200 g"
    cost = await page.locator(".cost .figures b").inner_text()
    assert "€" in cost
    await page.get_by_role("link", name="Añadir un producto").click()
    await page.get_by_label("Precio").fill("2,50")
    await page.get_by_role("button", name="Guardar").click()
    assert await page.locator(".cost .figures b").first.inner_text() == cost
    assert "%" in await page.locator(".cost .figures b").nth(1).inner_text()
    await context.close()


async def test_a_key_is_made_and_revoked(browser: Browser, site: Served) -> None:
    context = await browser.new_context(locale="es-ES", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.url)
    await page.goto(f"{page.url.rpartition('/')[0]}/setup/keys")
    await page.get_by_label("Qué programa").fill("Caja")
    await page.get_by_role("button", name="Crear una clave").click()
    assert len(await page.locator(".secret code").inner_text()) > 20

    await page.get_by_role("button", name="Anular: Caja").click()

    assert await page.get_by_role("status").inner_text() == "Anulada: ya no abre nada."
    assert await page.locator(".people .badge").inner_text() == "anulado"
    await context.close()

"""Forecast and accuracy as a browser shows them: small and wide, light and dark, without scripts,
and to everybody."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from obrador.forecasting import service as forecasting
from obrador.kit.clock import system_clock
from obrador.onboarding.demo import loading as demo_bakery
from obrador.orchestration import due
from obrador.orchestration.definitions import default_workflows
from obrador.orchestration.service import run_mornings
from obrador.settings import Settings
from obrador.tenants import service as tenants
from obrador.tenants.domain import Morning
from tests.conftest import new_database
from tests.fixtures.browser import is_for_everybody
from tests.fixtures.served import Served, served


@pytest.fixture(scope="module")
def site(server_url: str, template: str) -> Iterator[Served]:
    """A server with the demo bakery's last two mornings, of which the first is compared."""

    async def plan(running: Served) -> None:
        now = system_clock()
        async with running.database.transaction() as session:
            made = await demo_bakery.load(session, now, days=60)
            await run_mornings(session, made, now - timedelta(days=1))
            await run_mornings(session, made, now)
            await due.create_workflows(session, default_workflows("30 5 * * *", "0 4 * * 0"))
            known = await tenants.load_bakeries(session, made)
            mornings = [Morning(each, known[each], now.date(), 0, now) for each in made]
            await forecasting.validate(session, mornings)

    for url in new_database(server_url, template):
        with served(url, Settings(_env_file=None, secret_key="k" * 32)) as running:
            running.run(plan(running))
            yield running


@pytest.fixture(
    params=[("light", 360), ("dark", 360), ("light", 1440), ("dark", 1440)],
    ids=["phone", "phone-dark", "wide", "wide-dark"],
)
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Spanish, and without scripts but for the checks."""
    scheme, width = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="es-ES"
    )
    yield await context.new_page()
    await context.close()


async def test_forecasts_are_for_everybody(page: Page, site: Served) -> None:
    await page.goto(site.url)
    await page.goto(page.url.replace("/today", "/forecast"))
    await is_for_everybody(page)
    assert await page.locator("svg.spark").count() > 15

    await page.locator("table.days a").first.click()
    await page.locator("figure svg.chart:visible").wait_for()
    await page.get_by_text("Lo vendido, en una tabla").click()
    await is_for_everybody(page)


async def test_accuracy_is_for_everybody(page: Page, site: Served) -> None:
    await page.goto(site.url)
    await page.goto(page.url.replace("/today", "/accuracy"))

    await page.locator("figure svg.chart:visible").wait_for()
    await is_for_everybody(page)
    await page.get_by_text("Los días, en una tabla").click()


async def test_a_training_is_followed_to_its_end(browser: Browser, site: Served) -> None:
    context = await browser.new_context(locale="es-ES")
    page = await context.new_page()
    await page.goto(site.url)
    await page.goto(page.url.replace("/today", "/accuracy"))
    await page.get_by_role("button", name="Volver a entrenar ahora").click()
    await page.get_by_role("button", name="Anular").wait_for()

    site.run(_trained(site))

    await page.get_by_role("button", name="Volver a entrenar ahora").wait_for(timeout=25_000)
    await context.close()


async def _trained(site: Served) -> None:
    async with site.database.transaction() as session:
        made = await demo_bakery.load(session, system_clock(), days=60)
        await forecasting.give_up_training(session, dict.fromkeys(made, "no"), system_clock())


async def test_a_day_is_changed_and_taken_back_without_scripts(
    browser: Browser, site: Served
) -> None:
    context = await browser.new_context(
        viewport={"width": 360, "height": 800}, locale="es-ES", java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto(site.url)
    await page.goto(page.url.replace("/today", "/forecast"))
    await page.get_by_label("Buscar un producto").fill("croiss")
    await page.get_by_role("button", name="Buscar").click()
    await page.get_by_role("link", name="Croissant").click()

    await page.get_by_role("link", name="Cambiar", exact=False).nth(3).click()
    day = await page.get_by_label("Día", exact=True).input_value()
    await page.get_by_label("Se espera").fill("muchos")
    await page.get_by_label("Porque").fill("Excursión")
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.get_by_role("alert")).to_have_count(1)
    assert await page.get_by_label("Porque").input_value() == "Excursión"
    assert await page.get_by_label("Día", exact=True).input_value() == day

    await page.get_by_label("Se espera").fill("12,5")
    await page.get_by_label("Cómo se cuenta").select_option("percent_more")
    await page.get_by_role("button", name="Guardar").click()
    status = await page.get_by_role("status").inner_text()
    said = await page.locator("ul.said li b").inner_text()
    await page.get_by_role("button", name="Retirar").click()
    await expect(page.locator("ul.said li")).to_have_count(0)
    await context.close()

    assert status.startswith("Guardado.")
    assert "más" in said

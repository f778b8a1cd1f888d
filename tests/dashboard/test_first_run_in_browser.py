"""From an empty install to the first plan, as a browser goes through it: small and wide, light and
dark, with and without scripts.

`OBRADOR_SALES_FILE=FILE pytest -s tests/dashboard/test_first_run_in_browser.py -k measured` tells
how many clicks and seconds any other file takes.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from obrador.kit.clock import system_clock
from obrador.kit.workflow import Engine
from obrador.orchestration import due
from obrador.orchestration.definitions import default_workflows
from obrador.orchestration.worker import Workers
from obrador.settings import Settings
from tests.conftest import new_database
from tests.dashboard.messy import messy_file
from tests.fixtures.browser import is_for_everybody
from tests.fixtures.served import Served, served

SETTINGS = Settings(_env_file=None, secret_key="k" * 32, workers=1)


@pytest.fixture(scope="module")
def empty_site(server_url: str, template: str) -> Iterator[Served]:
    """A server that plans, and knows no bakery yet."""
    for url in new_database(server_url, template):
        with served(url, SETTINGS) as running, _planning(running, url):
            yield running


@contextmanager
def _planning(site: Served, url: str) -> Iterator[None]:
    """Have what is asked for planned, in a process beside, until the block ends."""
    stop, engine = asyncio.Event(), Engine(url)

    async def begin() -> "asyncio.Task[None]":
        async with site.database.transaction() as session:
            specs = default_workflows("30 5 * * *", "0 9 * * 1")
            await due.create_workflows(session, specs)
        return asyncio.create_task(Workers(site.database, engine, SETTINGS).run(stop))

    async def end(working: "asyncio.Task[None]") -> None:
        stop.set()
        await working

    working = site.run(begin())
    yield
    site.run(end(working))
    engine.close()


@pytest.fixture
def sales_file(tmp_path: Path) -> Path:
    """A messy one, up to yesterday; or the one that is to be measured."""
    if given := os.environ.get("OBRADOR_SALES_FILE"):
        return Path(given)
    path = tmp_path / "ventas.csv"
    path.write_bytes(messy_file(system_clock().date() - timedelta(days=1)))
    return path


@pytest.fixture(params=[("light", 360, False), ("dark", 1440, True)], ids=["phone", "wide"])
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Spanish; the phone without scripts but for the checks."""
    scheme, width, scripts = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="es-ES"
    )
    if not scripts:
        await context.route("**/vendor/*.js*", lambda route: route.abort())
    yield await context.new_page()
    await context.close()


async def _planned(page: Page) -> None:
    """Wait, as the page does, until the plan is there."""
    await page.wait_for_url("**/today*", timeout=240_000)


async def test_three_questions_lead_to_a_plan(
    page: Page, empty_site: Served, sales_file: Path
) -> None:
    await page.goto(f"{empty_site.url}/welcome")
    await is_for_everybody(page)
    await page.get_by_label("¿Cómo se llama su panadería?").fill("Pan de Ana")
    await page.get_by_role("button", name="Siguiente: sus ventas").click()
    await is_for_everybody(page)
    await page.get_by_label("El archivo que exporta su caja").set_input_files(sales_file)
    await page.get_by_role("button", name="Ver qué contiene").click()
    await is_for_everybody(page)
    assert "es una fecha como las de las otras filas" in await page.locator(".faults").inner_text()
    assert await page.get_by_label("dejar fuera").first.is_checked()
    await page.get_by_role("button", name="Importar").click()
    await is_for_everybody(page)
    assert not await page.get_by_role("checkbox", name="lunes").is_checked()
    await page.get_by_role("button", name="Hacer mi primer plan").click()
    await _planned(page)
    home = page.url.partition("/today")[0]
    assert "Pan de Ana" in await page.locator("main").inner_text()

    await page.goto(f"{home}/setup/assumed")
    await is_for_everybody(page)
    assert await page.get_by_label("Croissant: Precio, EUR").input_value() == "1.40"
    products = page.locator("form", has=page.get_by_role("link", name="Croissant").first).first
    await products.get_by_role("button", name="Todo esto es correcto").click()
    assert (await page.get_by_role("status").inner_text()).startswith("Guardado.")
    assert await page.locator("#products").count() == 0

    await page.goto(f"{home}/setup/import")
    await is_for_everybody(page)


async def test_a_country_brings_its_customs_at_once(browser: Browser, empty_site: Served) -> None:
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{empty_site.url}/welcome")
    await page.get_by_label("Where is it?").select_option("DE")
    await (
        page.get_by_label("Region").get_by_role("option", name="Bayern").wait_for(state="attached")
    )
    zone = await page.get_by_label("Time zone").input_value()
    await context.close()

    assert zone == "Europe/Berlin"


async def test_the_demo_is_one_click(browser: Browser, empty_site: Served) -> None:
    context = await browser.new_context(locale="en-GB", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{empty_site.url}/welcome")
    await page.get_by_role("button", name="Show me the demo bakery").click()
    await _planned(page)
    batches = await page.locator("main").inner_text()
    await context.close()

    assert "La Espiga" in batches


@pytest.mark.skipif(
    "OBRADOR_SALES_FILE" not in os.environ, reason="says how long OBRADOR_SALES_FILE takes"
)
async def test_a_file_is_measured(browser: Browser, empty_site: Served, sales_file: Path) -> None:
    context = await browser.new_context(locale="en-GB", java_script_enabled=False)
    page = await context.new_page()
    began = time.monotonic()
    told: list[str] = []

    async def click(button: str) -> None:
        clicked = time.monotonic()
        await page.get_by_role("button", name=button).first.click()
        told.append(f"{button}: {time.monotonic() - clicked:.1f} s")

    await page.goto(f"{empty_site.url}/welcome")
    await page.get_by_label("What is your bakery called?").fill("Edinburgh")
    await click("Next: your sales")
    await page.locator("#file").set_input_files(sales_file)
    await click("See what is in it")
    await click("Import")
    await click("Make my first plan")
    planning = time.monotonic()
    await _planned(page)
    told.append(f"planned and shown: {time.monotonic() - planning:.1f} s")
    await context.close()
    print(f"\n5 clicks, {time.monotonic() - began:.1f} s in all; {'; '.join(told)}")

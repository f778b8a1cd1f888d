"""The morning as a browser shows it: approved in one tap, edited, worked by; small and wide, light
and dark, with scripts and without, and for everybody."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from obrador.kit.clock import system_clock
from obrador.onboarding.demo import loading as demo_bakery
from obrador.orchestration.service import run_mornings
from obrador.settings import Settings
from tests.conftest import new_database
from tests.fixtures.browser import is_for_everybody
from tests.fixtures.served import Served, served


@pytest.fixture(scope="module")
def kitchen(server_url: str, template: str) -> Iterator[Served]:
    """A server with a small bakery's morning, which tests change."""

    async def plan(running: Served) -> None:
        async with running.database.transaction() as session:
            now = system_clock()
            tenants = await demo_bakery.load(session, now, products=6, days=60)
            await run_mornings(session, tenants, now)

    for url in new_database(server_url, template):
        with served(url, Settings(_env_file=None, secret_key="k" * 32)) as running:
            running.run(plan(running))
            yield running


@pytest.fixture
def draft(kitchen: Served) -> Served:
    """The same with the morning as it was planned."""

    async def back() -> None:
        async with kitchen.database.transaction() as session:
            await session.execute(text("update production_schedules set status = 'draft'"))
            await session.execute(
                text("update production_batches set status = 'planned', started_at = null")
            )
            await session.execute(text("update procurement_plans set status = 'draft'"))
            await session.execute(
                text("update purchase_orders set status = 'draft', order_on = current_date")
            )

    kitchen.run(back())
    return kitchen


@pytest.fixture(params=[("light", 360, 640), ("dark", 1440, 900)], ids=["phone", "wide"])
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Spanish, with scripts."""
    scheme, width, height = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="es-ES"
    )
    yield await context.new_page()
    await context.close()


async def test_one_tap_approves_what_is_on_the_first_screen(page: Page, draft: Served) -> None:
    await page.goto(draft.url)
    button = page.get_by_role("button", name="Aprobar el horneado y")
    box, size = await button.bounding_box(), page.viewport_size
    assert box is not None
    assert size is not None
    assert box["height"] >= 44
    assert box["y"] + box["height"] < size["height"]
    attention = await page.get_by_role("heading", name="Requiere atención").bounding_box()
    assert attention is not None
    assert attention["y"] < size["height"] - 100
    await is_for_everybody(page)

    await button.click()

    await page.get_by_text("Aprobado: a hornear.").wait_for()
    await page.get_by_role("link", name="Enviar").wait_for()
    assert await button.count() == 0
    await is_for_everybody(page)


async def test_a_batch_is_started_and_completed_where_it_stands(page: Page, draft: Served) -> None:
    await page.goto(draft.url)
    await page.get_by_role("link", name="Producción").click()
    await page.get_by_role("button", name="Aprobar el horneado").click()
    await page.get_by_role("button", name="Empezar").first.wait_for()
    await is_for_everybody(page)
    asked: list[str] = []
    page.on("framenavigated", lambda frame: asked.append(frame.url))

    await page.get_by_role("button", name="Empezar").first.click()
    row = page.locator("ol.batches > li.in_progress")
    await row.wait_for()
    await is_for_everybody(page)
    await row.get_by_label("Merma").fill("1")
    await row.get_by_role("button", name="Hecho").click()

    await page.locator("ol.batches > li.completed").wait_for()
    assert "1 de merma" in await page.locator("ol.batches > li.completed").inner_text()
    await page.locator("#far").get_by_text("1 de ").wait_for()
    assert asked == []


async def test_what_somebody_else_does_is_seen(page: Page, browser: Browser, draft: Served) -> None:
    await page.goto(draft.url)
    await page.get_by_role("link", name="Producción").click()
    other = await browser.new_page(locale="es-ES")
    await other.goto(page.url)
    await other.get_by_role("button", name="Aprobar el horneado").click()
    await other.get_by_role("button", name="Empezar").first.click()
    await other.locator("ol.batches > li.in_progress").wait_for()

    await page.locator("ol.batches > li.in_progress").wait_for(timeout=15_000)

    await other.close()


async def test_edits_say_at_once_what_follows(page: Page, draft: Served) -> None:
    await page.goto(draft.url)
    await page.get_by_role("link", name="Producción").click()
    await page.get_by_role("link", name="Cambiar cantidades u horas").click()
    await is_for_everybody(page)
    quantity = page.locator("input[name^='quantity.']").first
    more = f"{float(await quantity.input_value()) + 40:g}"

    await quantity.fill(more)
    await quantity.blur()
    await page.get_by_text("Los ingredientes cuestan").wait_for(timeout=120_000)
    assert await quantity.input_value() == more
    await is_for_everybody(page)
    await page.get_by_role("button", name="Guardar").click()

    await page.get_by_text("Guardado.").wait_for()


async def test_without_scripts_the_same_is_done(browser: Browser, draft: Served) -> None:
    context = await browser.new_context(
        viewport={"width": 360, "height": 640}, locale="es-ES", java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto(draft.url)
    await page.get_by_role("button", name="Aprobar el horneado y").click()
    await page.get_by_role("link", name="Empezar a hornear").click()
    await page.get_by_role("button", name="Empezar").first.click()
    await expect(page).to_have_url(re.compile("#batch-"))
    row = page.locator("ol.batches > li.in_progress")
    await row.get_by_role("button", name="Hecho").click()
    done = await page.locator("ol.batches > li.completed").inner_text()

    await page.get_by_role("link", name="Cambiar cantidades u horas").click()
    await page.locator("input[name^='quantity.']").first.fill("201")
    await page.get_by_role("button", name="Ver las consecuencias").click()
    told = await page.locator("main").inner_text()
    await context.close()

    assert "hecha a las" in done
    assert "Los ingredientes cuestan" in told


async def test_a_plan_is_turned_down_with_a_reason(page: Page, draft: Served) -> None:
    await page.goto(draft.url)
    await page.get_by_role("link", name="Producción").click()
    await page.get_by_text("Rechazar", exact=True).click()
    await is_for_everybody(page)
    await page.get_by_label("Demasiado", exact=True).check()
    await page.get_by_role("button", name="Rechazar").click()

    assert await page.locator(".badge").first.inner_text() == "rechazado"
    await page.get_by_role("link", name="Hoy").click()
    await page.get_by_text("Este plan se rechazó.").wait_for()
    await is_for_everybody(page)

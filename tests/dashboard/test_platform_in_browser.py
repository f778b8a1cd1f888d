"""The platform's pages as a browser shows them: they move while something runs, and work without
scripts, small and wide, light and dark, for everybody."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import update

from obrador.kit.clock import system_clock
from obrador.onboarding import demo
from obrador.orchestration import due
from obrador.orchestration.definitions import MORNING, default_workflows
from obrador.orchestration.models import Chunk, Execution, Run
from obrador.orchestration.triggering import trigger
from obrador.settings import Settings
from tests.conftest import new_database
from tests.fixtures.browser import is_for_everybody
from tests.fixtures.served import Served, served

SETTINGS = Settings(_env_file=None, secret_key="k" * 32)
HOME = "/platform"


@dataclass(frozen=True)
class Site:
    """A server where a morning runs that nobody drives."""

    served: Served
    execution: str
    bakery: str

    async def _advance(self, steps: int) -> None:
        async with self.served.database.transaction() as session:
            now = system_clock()
            await session.execute(update(Chunk).values(status="running", steps_done=steps))
            await session.execute(update(Run).values(status="running", started_at=now))
            await session.execute(update(Execution).values(status="running", started_at=now))

    def advance(self, steps: int) -> None:
        """Take all runs so many of their eight steps ahead."""
        self.served.run(self._advance(steps))


@pytest.fixture(scope="module")
def site(server_url: str, template: str) -> Iterator[Site]:
    async def start(running: Served) -> Site:
        async with running.database.transaction() as session:
            now = system_clock()
            tenants = await demo.load(session, now, products=2, days=20)
            await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
            engine = running.app.state.engine
            asked = await trigger(session, engine, SETTINGS, MORNING, now, tenants=tenants)
            return Site(running, str(asked.execution_id), str(tenants[0]))

    for url in new_database(server_url, template):
        with served(url, SETTINGS) as running:
            yield running.run(start(running))


@pytest.fixture(params=[("light", 360), ("dark", 1440)], ids=["phone", "wide"])
async def page(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    scheme, width = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="es-ES"
    )
    yield await context.new_page()
    await context.close()


async def test_pages_are_for_everybody(page: Page, site: Site) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    site.advance(1)
    await page.goto(f"{site.served.url}{HOME}/executions/{site.execution}")
    run = await page.locator("ul.runs a").first.get_attribute("href")
    for path in (
        f"{HOME}/live", f"{HOME}/executions", f"{HOME}/executions/{site.execution}", run,
        f"{HOME}/schedule", f"{HOME}/health", f"{HOME}/health/takes",
    ):  # fmt: skip
        await page.goto(f"{site.served.url}{path}")
        await is_for_everybody(page)
    assert complaints == []


@pytest.mark.parametrize("path", ["live", "executions/{execution}"])
async def test_a_progress_bar_moves_by_itself(page: Page, site: Site, path: str) -> None:
    site.advance(1)
    await page.goto(f"{site.served.url}{HOME}/{path.format(execution=site.execution)}")
    bar = page.locator("progress")
    assert await bar.get_attribute("value") == "125"
    await page.evaluate("window.stays = document.querySelector('progress')")
    await page.locator("section h2").first.wait_for()

    site.advance(4)
    await page.locator("progress[value='500']").wait_for()

    assert await page.evaluate("window.stays === document.querySelector('progress')"), "is merged"
    await page.get_by_text("50 %").first.wait_for()


async def test_what_it_takes_comes_by_itself(page: Page, site: Site) -> None:
    await page.goto(f"{site.served.url}{HOME}/health")

    await page.get_by_text("por panadería y día").wait_for()


async def test_a_workflow_is_run_and_cancelled_without_scripts(
    browser: Browser, site: Site
) -> None:
    context = await browser.new_context(
        viewport={"width": 360, "height": 800}, locale="es-ES", java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto(f"{site.served.url}{HOME}/schedule")
    morning = page.locator("ul.schedule > li", has_text="Plan de la mañana")
    await morning.get_by_text("Ejecutar ahora…").click()
    await morning.get_by_label("Panaderías").fill("Nadie")
    await morning.get_by_role("button", name="Ejecutar ahora").click()
    assert await morning.get_by_label("Panaderías").input_value() == "Nadie"
    await morning.get_by_role("alert").wait_for()

    await morning.get_by_label("Panaderías").fill(site.bakery)
    await morning.get_by_label("Día").fill(f"{system_clock():%Y-%m-%d}")
    await morning.get_by_role("button", name="Ejecutar ahora").click()
    await expect(page).to_have_url(re.compile("/platform/executions/"))
    await page.get_by_text("Cancelar", exact=True).click()
    await page.get_by_role("button", name="Cancelar ahora").click()

    status = await page.get_by_role("status").inner_text()
    await context.close()
    assert status.startswith("Cancelado.")

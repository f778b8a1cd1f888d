"""From the open house of one person to accounts, codes and invitations, in a real browser and
without scripts."""

import re
from collections.abc import AsyncIterator, Iterator

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from obrador.kit.clock import system_clock
from obrador.settings import Settings
from tests.conftest import new_database
from tests.fixtures.browser import is_for_everybody
from tests.fixtures.served import Served, served

EMAIL, PASSWORD = "ana@panaderia.example", "pan con tomate"


@pytest.fixture
def house(server_url: str, template: str) -> Iterator[Served]:
    """An installation in which nobody has an account."""
    for url in new_database(server_url, template):
        with served(url, Settings(_env_file=None, secret_key="k" * 32)) as running:
            yield running


@pytest.fixture(params=[(360, 740), (1440, 900)], ids=["phone", "wide"])
async def page(request: pytest.FixtureRequest, browser: Browser) -> AsyncIterator[Page]:
    width, height = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="en", java_script_enabled=False
    )
    yield await context.new_page()
    await context.close()


async def _with_scripts_too(page: Page, browser: Browser) -> None:
    """What is asked of each page, of a copy that may run what asks."""
    size = page.viewport_size
    assert size is not None
    context = await browser.new_context(viewport=size, locale="en")
    await context.add_cookies(await page.context.cookies())  # type: ignore[arg-type]
    copy = await context.new_page()
    await copy.goto(page.url)
    await is_for_everybody(copy)
    await context.close()


async def _enter(page: Page, **fields: str) -> None:
    for label, value in fields.items():
        await page.get_by_label(label.replace("_", " ")).first.fill(value)


async def test_from_the_open_house_to_accounts_with_codes(
    page: Page, browser: Browser, house: Served
) -> None:
    await page.goto(f"{house.url}/account")
    await _with_scripts_too(page, browser)
    await _enter(page, Your_name="Ana", Mail_address=EMAIL)
    await page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    await page.get_by_role("button", name="Set the password").click()

    await page.goto(f"{house.url}/account")
    await _with_scripts_too(page, browser)
    await page.get_by_role("link", name="Turn codes on").click()
    await _with_scripts_too(page, browser)
    secret = (await page.locator("code").inner_text()).replace(" ", "")
    await page.get_by_label("Code from your telephone").fill(pyotp.TOTP(secret).at(system_clock()))
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Turn codes on").click()
    recovery = await page.locator(".recovery code").first.inner_text()
    await page.get_by_role("link", name="I have kept them").click()
    await page.get_by_role("button", name="Sign out", exact=True).click()

    await page.goto(f"{house.url}/account")
    assert "/sign-in?next=" in page.url
    await _with_scripts_too(page, browser)
    await _enter(page, Mail_address=EMAIL, Password="pan sin tomate")
    await page.get_by_role("button", name="Sign in").click()
    assert "Address or password is wrong" in await page.get_by_role("alert").inner_text()
    await _enter(page, Password=PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Code from your telephone").fill(recovery)
    await page.get_by_role("button", name="Go on").click()

    await expect(page).to_have_url(f"{house.url}/account")
    assert "9 recovery codes are left." in await page.locator("#main").inner_text()

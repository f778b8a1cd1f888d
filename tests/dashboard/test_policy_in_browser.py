"""Every page under the policy that it is sent with: a browser has nothing to complain of."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page

from tests.fixtures.served import Served

_FILES = re.compile(r"\.(pdf|csv|xlsx)(\?|$)")
_HREFS = "all => all.map(each => each.href.split('#')[0])"


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="es-ES")
    yield await context.new_page()
    await context.close()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the console says of policies, and what goes wrong in scripts."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in message.text:
            found.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    return found


async def test_no_page_asks_for_more_than_the_policy_allows(
    page: Page, complaints: list[str], site: Served
) -> None:
    to_visit, seen = [f"{site.url}/"], {_kind(f"{site.url}/")}
    for url in to_visit:
        answer = await page.goto(url)
        assert answer is not None
        assert answer.status < 400, url
        assert "unsafe" not in (await answer.all_headers())["content-security-policy"]
        assert await page.locator("[style]").count() == 0, url
        assert await page.locator("style").count() == 0, url
        for link in await page.locator("a[href]").evaluate_all(_HREFS):
            is_page = link.startswith(f"{site.url}/") and not _FILES.search(link)
            if is_page and _kind(link) not in seen:
                seen.add(_kind(link))
                to_visit.append(link)

    assert complaints == []
    assert len(to_visit) > 30, seen


async def test_a_picture_shows_by_itself(page: Page, complaints: list[str], site: Served) -> None:
    await page.goto(f"{site.url}/")
    home = page.url.split("/bakeries/")[1].split("/")[0]

    await page.goto(f"{site.url}/api/v1/tenants/{home}/accuracy/trend.svg")

    assert complaints == []
    fill = await page.locator("rect.paper").evaluate("each => getComputedStyle(each).fill")
    assert fill not in {"rgb(0, 0, 0)", "none"}


async def test_the_reference_reads_and_asks(
    page: Page, complaints: list[str], site: Served
) -> None:
    await page.goto(f"{site.url}/docs")
    await page.locator("#operations-tag-health button").first.click()
    await page.locator("#operations-health-live_health_live_get button").first.click()
    await page.get_by_role("button", name="Try it out").click()
    await page.get_by_role("button", name="Execute").click()

    await page.locator(".live-responses-table").get_by_text("200").first.wait_for()
    sources = await page.evaluate("performance.getEntriesByType('resource').map(each => each.name)")
    assert all(source.startswith(site.url) or source.startswith("data:") for source in sources)
    assert complaints == []


def _kind(url: str) -> str:
    """The page, whatever it is about: digits and ids are left out."""
    path = url.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].split("/", 3)[3]
    return "/".join("…" if any(c.isdigit() for c in part) else part for part in path.split("/"))

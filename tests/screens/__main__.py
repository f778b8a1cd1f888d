"""Every page, narrow to wide, light and dark, in every language: `make screens` makes the pictures.

`index.html` of the folder shows them side by side; docs/reference/design.md says what to look for.
What a machine can see is told at once: what is wider than the screen, what the browser complains
about, what axe-core finds, how long the server took and how much went over the wire.
"""

import argparse
import asyncio
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from itertools import product
from pathlib import Path
from typing import Any

import structlog
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Response, async_playwright

from obrador.authz import TenantId
from obrador.kit import postgres
from obrador.kit.clock import system_clock
from obrador.kit.db import Database
from obrador.migrations.apply import migrate
from obrador.onboarding.demo import loading as demo_bakery
from obrador.orchestration.service import run_mornings
from obrador.settings import Settings
from tests.fixtures.browser import ARGUMENTS
from tests.fixtures.homes import temporary_home
from tests.fixtures.served import Served, served

OUT = Path(".screens")
HOME = "/bakeries/{tenant}"
PAGES = {
    "today": f"{HOME}/today",
    "production": f"{HOME}/production",
    "sheet": f"{HOME}/production/sheet",
    "purchasing": f"{HOME}/purchasing",
    "stock": f"{HOME}/stock",
    "counts": f"{HOME}/stock/counts",
    "forecast": f"{HOME}/forecast",
    "accuracy": f"{HOME}/accuracy",
    "account": "/account",
    "forgotten": "/forgotten",
    "welcome": "/welcome",
    "start": f"{HOME}/setup/start/hours",
    "nothing": "/nothing",
}
PAGES |= {"setup": f"{HOME}/setup"} | {
    f"setup-{name}": f"{HOME}/setup/{name}"
    for name in (
        "import", "assumed", "products", "recipes", "ingredients", "suppliers", "equipment",
        "shifts", "bakery", "hours", "calendar", "people", "keys", "webhooks", "notices", "audit",
    )
}  # fmt: skip
PAGES |= {name: f"/platform/{name}" for name in ("live", "executions", "schedule", "health")}
_STREAM = "text/event-stream; charset=utf-8"
"""Of parts that move, which go on until the page is left."""
WIDTHS = {360: 740, 768: 1024, 1440: 900}
SCHEMES = ("light", "dark")
LOCALES = {"es": "es-ES", "en": "en-GB"}


@dataclass
class Seen:
    """A page in one of its forms."""

    name: str
    form: str
    file: str
    wrong: list[str] = field(default_factory=list)
    kilobytes: float = 0.0
    milliseconds: float = 0.0


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(prog="make screens ARGUMENTS=…", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PAGES)}; none: all")
    parser.add_argument("--products", type=int, default=24, help="that the bakery has")
    given = parser.parse_args()
    names = given.names or list(PAGES)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with _bakery(given.products) as (site, tenant):
        seen = asyncio.run(_look(site, tenant, names))
    (OUT / "index.html").write_text(_sheet(seen))
    for name in names:
        forms = [each for each in seen if each.name == name]
        print(
            f"{name:16} {min(each.milliseconds for each in forms):6.0f} ms"
            f" {max(each.kilobytes for each in forms):6.0f} kB"
        )
    for each in seen:
        for sentence in each.wrong:
            print(f"{each.name} {each.form}: {sentence}")
    print(f"Look at {OUT / 'index.html'}")


@contextmanager
def _bakery(products: int) -> Iterator[tuple[Served, TenantId]]:
    """The demo bakery's morning, served."""
    with temporary_home() as home:
        url = postgres.start(home, durable=False)
        settings = Settings(_env_file=None, obrador_home=home)

        async def prepare() -> TenantId:
            database = Database(url)
            await migrate(database)
            async with database.transaction() as session:
                now = system_clock()
                tenants = await demo_bakery.load(session, now, days=400, products=products)
                # Yesterday's morning too, so that there is something to look back on.
                await run_mornings(session, tenants, now - timedelta(days=1))
                await run_mornings(session, tenants, now)
            await database.close()
            return tenants[0]

        tenant = asyncio.run(prepare())
        with served(url, settings) as site:
            yield site, tenant


async def _look(site: Served, tenant: TenantId, names: list[str]) -> list[Seen]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        seen = [
            await _seen(browser, site, name, PAGES[name].format(tenant=tenant), *form)
            for name in names
            for form in product(WIDTHS, SCHEMES, LOCALES)
        ]
        await browser.close()
    return seen


async def _seen(
    browser: Browser, site: Served, name: str, path: str, width: int, scheme: Any, language: str
) -> Seen:
    context = await browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme=scheme,
        locale=LOCALES[language],
    )
    page = await context.new_page()
    form = f"{width}-{scheme}-{language}"
    found = Seen(name, form, f"{name}-{form}.png")
    page.on("console", lambda message: found.wrong.append(message.text))
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  playwright marks it
    answer = await page.goto(site.url + path, wait_until="load")
    whole = [each for each in answers if each.headers.get("content-type") != _STREAM]
    sizes = [await each.request.sizes() for each in whole]
    found.kilobytes = sum(each["responseBodySize"] for each in sizes) / 1000
    assert answer is not None
    timing = answer.request.timing
    found.milliseconds = timing["responseStart"] - timing["requestStart"]
    if not answer.ok:
        found.wrong.clear()  # of which the browser complains, though it is meant
    await page.screenshot(path=OUT / found.file, full_page=True)
    found.wrong += await _wrong(page, width)
    await context.close()
    return found


async def _wrong(page: Page, width: int) -> list[str]:
    own: int = await page.evaluate("document.documentElement.scrollWidth")
    too_wide = [f"{own} px wide"] if own > width else []
    found = await Axe().run(page)
    return too_wide + [
        f"{each['id']}: {each['nodes'][0]['html']}" for each in found.response["violations"]
    ]


def _sheet(seen: list[Seen]) -> str:
    figures = "\n".join(_figure(each) for each in seen)
    return (
        "<!doctype html><meta charset=utf-8><title>Pages</title><style>"
        "body{font:14px sans-serif;display:flex;flex-wrap:wrap;gap:1rem}img{width:20rem}"
        f"figure{{margin:0;max-width:20rem}}b{{color:#a00}}</style>{figures}"
    )


def _figure(seen: Seen) -> str:
    wrong = "".join(f"<br><b>{escape(sentence)}</b>" for sentence in seen.wrong)
    return (
        f'<figure><a href="{seen.file}"><img src="{seen.file}" alt=""></a>'
        f"<figcaption>{escape(seen.name)} {escape(seen.form)}{wrong}</figcaption></figure>"
    )


if __name__ == "__main__":
    main()

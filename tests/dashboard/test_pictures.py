"""Pictures of forecasts and accuracy: complete, readable by everybody, and safe to show."""

import re
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from typing import Any
from xml.etree import ElementTree

import pytest
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.dashboard.forecast_picture import forecast_svg
from obrador.dashboard.forecast_terminal import plot_forecast, show_forecast
from obrador.forecasting import service as forecasting
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.svg import ticks
from obrador.orchestration.foresight import Foresight
from obrador.orchestration.foresight_days import DayAhead, PastDay, ProductForesight
from tests.factories.mornings import TODAY, mornings_of, planned_yesterday

SAY = Speech("en", "en")
MONDAY = date(2026, 3, 2)
SVG = "{http://www.w3.org/2000/svg}"


def _past(place: int) -> PastDay:
    day = MONDAY + timedelta(days=place)
    is_open = day.weekday() != 6
    return PastDay(day, 40.0 + place if is_open else None, place == 4, is_open, None)


def _ahead(place: int) -> DayAhead:
    day = MONDAY + timedelta(days=place)
    is_open = day.weekday() != 6
    mean = 60.0 if is_open else 0.0
    return DayAhead(
        day, mean, 0.8 * mean, 1.2 * mean, is_open, "San José" if place == 17 else None,
        50.0 if place == 15 else None, "Lately 60 a day.",
    )  # fmt: skip


BAGUETTE = ProductForesight(
    new_id(), "Baguette", "piece", "profile", None, tuple(map(_past, range(14))),
    tuple(map(_ahead, range(14, 21))),
)  # fmt: skip
SEEN = Foresight("Pan de Ana", MONDAY + timedelta(days=14), True, (BAGUETTE,))


def _parsed(content: str) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314  we drew it ourselves


def _classes(picture: ElementTree.Element) -> list[str]:
    return [each.get("class", "") for each in picture.iter()]


def _texts(picture: ElementTree.Element) -> str:
    return " ".join(each.text or "" for each in picture.iter(f"{SVG}text"))


def test_a_forecast_shows_what_was_sold_and_what_is_expected() -> None:
    picture = _parsed(forecast_svg(SAY, BAGUETTE))
    classes = _classes(picture)

    bars = [each for each in picture.iter(f"{SVG}rect") if each.find(f"{SVG}title") is not None]
    assert len(bars) == 12 + 6
    assert classes.count("ahead") == 6 + 1
    assert classes.count("alone") == 1 + 1
    assert classes.count("out") == 1 + 1
    assert "★ Thu 19 Mar San José" in _texts(picture)
    assert "Mon 16 Mar: 60 expected" in _texts(picture)


def test_everybody_can_read_it() -> None:
    content = forecast_svg(SAY, BAGUETTE)
    picture = _parsed(content)

    assert (picture.get("role"), picture[0].tag, picture[1].tag) == (
        "img", f"{SVG}title", f"{SVG}desc",
    )  # fmt: skip
    assert picture[0].text == "Baguette"
    assert "60 expected" in (picture[1].text or "")
    assert "prefers-color-scheme: dark" in content


def test_a_name_is_never_markup() -> None:
    name = "<script>alert('x')</script> & \"Brot\""
    picture = _parsed(forecast_svg(SAY, replace(BAGUETTE, product=name)))

    assert picture.find(f".//{SVG}script") is None
    assert name in _texts(picture)


@pytest.mark.parametrize("part", ["past", "ahead"])
def test_a_picture_needs_only_one_of_past_and_future(part: str) -> None:
    only = replace(BAGUETTE, **{"past": (), "ahead": ()} | {part: getattr(BAGUETTE, part)})

    assert len(_parsed(forecast_svg(SAY, only))) > 10


def test_nothing_is_drawn_outside() -> None:
    picture = _parsed(forecast_svg(SAY, BAGUETTE))
    for bar in picture.iter(f"{SVG}rect"):
        x, width = float(bar.get("x", 0)), float(bar.get("width", 0))
        y, height = float(bar.get("y", 0)), float(bar.get("height", 0))
        assert min(x, y, width, height) >= 0
        assert x + width <= 960
        assert y + height <= 400


@given(st.floats(0, 1e9))
def test_an_axis_has_few_round_steps_and_reaches_the_top(most: float) -> None:
    steps = ticks(most)

    assert steps[0] == 0
    assert steps[-1] >= most * (1 - 1e-9)
    assert 2 <= len(steps) <= 6


def _printed(show: Any, *arguments: Any, **options: Any) -> str:
    file = StringIO()
    show(Console(width=100, file=file), SAY, *arguments, **options)
    return file.getvalue()


def test_a_table_of_products_and_days() -> None:
    text = _printed(show_forecast, SEEN, why=False)

    assert re.search(r"Mon +Tue .*★ Thu.*\n +Product +16 Mar ", text)
    assert re.search(r"Baguette +60 +\* 60 ", text)
    assert "48–72" in text
    assert "★: Thu 19 Mar, San José" in text
    assert "Lately" not in text
    assert "Lately 60 a day." in _printed(show_forecast, SEEN, why=True)


def test_a_plot_of_blocks() -> None:
    lines = _printed(plot_forecast, BAGUETTE).splitlines()
    columns = [line[8:29] for line in lines if "┤" in line]

    assert len(columns) == 8
    assert columns[-1].startswith("██████ ██████ ")
    assert any("━" in line for line in columns)
    assert lines[10][8:29] == "    ▲ ·      ·   ★  ·".rstrip()
    assert lines[11].strip() == "2 Mar  9 Mar  16 Mar"


async def test_pictures_are_served(session: AsyncSession, admin: AsyncClient) -> None:
    product, url = await _validated(session)
    for path in (
        f"forecasts/{product}/chart.svg", "accuracy/trend.svg", "accuracy/products.svg",
    ):  # fmt: skip
        answer = await admin.get(f"{url}/{path}", params={"lang": "es"})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/svg+xml"
        assert len(answer.content) < 60_000
        _parsed(answer.text)
    summary = (await admin.get(f"{url}/accuracy/summary")).json()
    assert summary["overall"]["days"] == 1
    assert len(summary["best"]) == 5


async def test_without_a_validation_the_pictures_say_so(
    session: AsyncSession, owner: AsyncClient, url: str
) -> None:
    answer = await owner.get(f"{url}/accuracy/trend.svg", params={"lang": "en"})

    assert "could be compared" in _texts(_parsed(answer.text))
    assert (await owner.get(f"{url}/accuracy/products.svg")).status_code == 200


async def _validated(session: AsyncSession) -> tuple[Any, str]:
    bakery = (await planned_yesterday(session))[0]
    await forecasting.validate(session, await mornings_of(session, [bakery]))
    stored = await forecasting.newest_forecast(session, bakery, TODAY)
    assert stored is not None
    return stored.product_ids[0], f"/api/v1/tenants/{bakery}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_words_stand_out_and_do_not_overlap(browser: Browser, scheme: Any) -> None:
    page = await browser.new_page(color_scheme=scheme, viewport={"width": 960, "height": 400})
    await page.set_content(f"<body style='margin:0'>{forecast_svg(SAY, BAGUETTE)}")
    boxes = await page.eval_on_selector_all(
        "text", "all => all.map(t => t.getBoundingClientRect().toJSON())"
    )
    await page.close()

    assert all(box["left"] >= 0 and box["right"] <= 960 for box in boxes)
    crossing = [
        (one, other)
        for place, one in enumerate(boxes)
        for other in boxes[place + 1 :]
        if one["left"] < other["right"] - 1
        and other["left"] < one["right"] - 1
        and one["top"] < other["bottom"] - 3
        and other["top"] < one["bottom"] - 3
    ]
    assert crossing == []

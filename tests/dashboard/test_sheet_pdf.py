"""The baking sheet as a file for a printer, and the words it shares with the page."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from obrador.dashboard import sheet_pdf as module
from obrador.dashboard.sheet_pdf import sheet_pages, sheet_pdf
from obrador.dashboard.sheet_words import SheetWords
from obrador.kit.i18n import Speech, speech
from obrador.orchestration.production_day import Job, Sheet, Weighed
from obrador.production.sheet import sheet_of
from tests.production.builders import bakery, dough_recipe
from tests.production.days import INGREDIENTS, busy_bakery, schedule
from tests.production.days import batch as made

EN, ES = speech("en", "en_GB", "GBP"), speech("es", "es_ES", "EUR")


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    catalogue, planned = busy_bakery()
    return sheet_of(planned, catalogue, INGREDIENTS, bakery(name="Pan & <Ana>"))


def _read(content: bytes, tmp_path: Path) -> list[str]:
    """The text of each page."""
    if shutil.which("pdftotext") is None:
        pytest.skip("service: pdftotext (poppler-utils) is not installed")
    file = tmp_path / "sheet.pdf"
    file.write_bytes(content)
    done = subprocess.run(
        ["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True
    )
    return done.stdout.split("\f")[:-1]


def test_every_job_is_on_one_page_and_every_page_is_of_one_station(sheet: Sheet) -> None:
    pages = sheet_pages(sheet)

    shown = [job for page in pages for job in page.jobs]
    assert shown == [
        job for shift in sheet.shifts for station in shift.stations for job in station.jobs
    ]
    assert all(page.jobs for page in pages)
    for page in pages:
        assert set(page.jobs) <= set(page.station.jobs)
        used = sum(module._height(job) for job in page.jobs)
        assert used <= module._FIRST_LINE - module._BOTTOM


def test_it_is_a_pdf_with_those_pages(sheet: Sheet) -> None:
    content = sheet_pdf(sheet, EN)

    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", content)) == len(sheet_pages(sheet)) > 5
    assert len(content) < 300_000
    assert sheet_pdf(sheet, EN) == content


def test_its_text_can_be_read_and_searched(sheet: Sheet, tmp_path: Path) -> None:
    pages = _read(sheet_pdf(sheet, EN), tmp_path)

    first, _, _ = pages[0].partition("\n")
    assert re.fullmatch("Mixing +Pan & <Ana> · Monday, 2 March 2026", first)
    assert f"page 1 of {len(pages)}" in pages[0]
    everything = "\n".join(pages)
    for name in ("Žemlovka", "Pączek", "Κουλούρι", "Strong flour", "Waste", "230 °C"):
        assert name in everything
    assert "revision 1 · draft" in everything
    assert re.search(r"\d\d,\d{3} g", everything)


def test_it_speaks_spanish(sheet: Sheet, tmp_path: Path) -> None:
    everything = "\n".join(_read(sheet_pdf(sheet, ES), tmp_path))

    for words in ("Amasado", "Mesa", "Fermentación", "Horno", "lunes, 2 de marzo 2026",
                  "borrador", "Merma", "Firma", "bandejas", "piezas"):  # fmt: skip
        assert words in everything
    assert re.search(r"\d\d\.\d{3} g", everything)


def test_long_words_are_cut_and_not_written_over_others(sheet: Sheet, tmp_path: Path) -> None:
    station = sheet.shifts[0].stations[0]
    long = replace(station.jobs[0], name="Wholemeal sourdough " * 9)
    only = replace(sheet, shifts=(replace(
        sheet.shifts[0], stations=(replace(station, jobs=(long,)),)
    ),))  # fmt: skip

    (page,) = _read(sheet_pdf(only, EN), tmp_path)

    assert re.search(r"1 Wholemeal sourdough \w*… +[\d.]+ kg", page)


def test_a_day_without_batches_is_a_page_that_says_so(tmp_path: Path) -> None:
    catalogue, _ = busy_bakery()
    empty = sheet_of(schedule([]), catalogue, {}, bakery())

    assert sheet_pages(empty) == ()
    assert "Nothing to bake." in "".join(_read(sheet_pdf(empty, EN), tmp_path))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_whatever_a_job_takes_is_written(sheet: Sheet, tmp_path: Path, count: int) -> None:
    bags = Weighed("Bread bags", "piece", 36.3, False, True, None)
    things = [Weighed(f"Thing {n}", "g", 1000 + n, False, False, None) for n in range(count)]
    first, last = sheet.shifts[0].stations[0].jobs[0], _last_job(sheet)
    jobs = (
        replace(first, trays=None, temperature=None, components=tuple(things)),
        replace(first, trays=3, temperature=220, components=tuple(things)),
        replace(last, components=(*things[1:], bags)),
    )
    station = replace(sheet.shifts[0].stations[0], jobs=jobs)
    only = replace(sheet, shifts=(replace(sheet.shifts[0], stations=(station,)),))

    (page,) = _read(sheet_pdf(only, EN), tmp_path)

    for thing in things[1:]:
        assert page.count(thing.name) == 3
    assert page.count("Thing 0") == page.count("1,000 g") == 2
    assert re.search("Bread bags +37", page)
    assert "220 °C · 3 trays" in page


def _last_job(sheet: Sheet) -> Job:
    jobs = (job for shift in sheet.shifts for station in shift.stations for job in station.jobs)
    return next(job for job in jobs if job.is_last)


@pytest.mark.parametrize(
    ("quantity", "unit", "english", "spanish"),
    [
        (20_850.4, "g", "20,850 g", "20.850 g"),
        (5.54, "g", "5.5 g", "5,5 g"),
        (9.96, "g", "10 g", "10 g"),
        (1155, "ml", "1,155 ml", "1.155 ml"),
        (25.3, "piece", "25.3", "25,3"),
    ],
)
def test_weights_are_grams_as_people_write_them(
    quantity: float, unit: str, english: str, spanish: str
) -> None:
    weighed = Weighed("Salt", unit, quantity, False, False, None)
    recipe = dough_recipe()
    own = sheet_of(
        schedule([made(recipe, 100, datetime(2026, 3, 2, 5, tzinfo=UTC), (15,))]),
        busy_bakery()[0], {}, bakery(),
    )  # fmt: skip

    def written(say: Speech) -> str:
        return SheetWords(say, own).weight(weighed)

    assert (written(EN), written(ES)) == (english, spanish)


def test_another_day_than_the_sheets_is_named() -> None:
    own = sheet_of(schedule([]), busy_bakery()[0], {}, bakery())

    assert SheetWords(EN, own).clock(datetime(2026, 3, 1, 21, tzinfo=UTC)) == "Sun 22:00"
    assert SheetWords(EN, own).clock(datetime(2026, 3, 2, 5, tzinfo=UTC)) == "06:00"

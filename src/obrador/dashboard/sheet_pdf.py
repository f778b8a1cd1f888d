"""The baking sheet as a PDF for an A4 printer: each shift's stations on pages of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from obrador.dashboard.sheet_words import SheetWords
from obrador.kit.i18n import Speech
from obrador.orchestration.production_day import Job, Sheet, ShiftSheet, StationSheet, Weighed

_FONTS = Path(__file__).parent / "fonts"
_PLAIN, _BOLD = "NotoSans-Regular", "NotoSans-Bold"
_MM = 72 / 25.4
_LEFT, _RIGHT, _BOTTOM = 14 * _MM, 196 * _MM, 16 * _MM
_TOP, _FIRST_LINE = 283 * _MM, 272 * _MM
_TIME, _NAME, _AMOUNT = 23 * _MM, 47 * _MM, 124 * _MM
_HEAD_ROW, _WEIGHT_ROW, _BLANK_ROW = 12.8 * _MM, 6.4 * _MM, 9.5 * _MM
_WEIGHTS = ((23 * _MM, 107 * _MM), (113 * _MM, 196 * _MM))
"""Left and right of the two columns of what is weighed,"""
_BESIDE = (124 * _MM, _RIGHT + 11 * _MM)
"""and of a single thing that is."""
_LARGE, _SMALL = 13.0, 9.0
_SOFT, _LINE = 0.35, 0.65
"""Greys, from black 0 to white 1."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """What one page holds."""

    shift: ShiftSheet
    station: StationSheet
    jobs: tuple[Job, ...]


def sheet_pdf(sheet: Sheet, say: Speech) -> bytes:
    """The sheet in the reader's language. The same sheet gives the same bytes.

    Words are text, in a font that is part of the file and knows Latin, Greek and Cyrillic letters;
    of other scripts only boxes are seen.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    _register_fonts()
    words, content, pages = SheetWords(say, sheet), BytesIO(), sheet_pages(sheet)
    canvas = Canvas(content, pagesize=A4, invariant=1, lang=say.language, pageCompression=1)
    canvas.setTitle(f"{words.title} · {words.day} · {sheet.bakery}")
    canvas.setAuthor(sheet.bakery)
    for number, page in enumerate(pages, 1):
        _Pen(canvas, words).page(page, say.phrase("page {n} of {m}", n=number, m=len(pages)))
        canvas.showPage()
    if not pages:
        _Pen(canvas, words).empty_page(say.phrase("Nothing to bake."))
        canvas.showPage()
    canvas.save()
    return content.getvalue()


def sheet_pages(sheet: Sheet) -> tuple[SheetPage, ...]:
    """The pages: a station begins a new one, and a job is never divided."""
    return tuple(
        SheetPage(shift, station, jobs)
        for shift in sheet.shifts
        for station in shift.stations
        for jobs in _pages_of(station.jobs)
    )


def _pages_of(jobs: Sequence[Job]) -> Iterator[tuple[Job, ...]]:
    page: list[Job] = []
    free = _FIRST_LINE - _BOTTOM
    for job in jobs:
        if page and _height(job) > free:
            yield tuple(page)
            page, free = [], _FIRST_LINE - _BOTTOM
        page.append(job)
        free -= _height(job)
    yield tuple(page)


def _height(job: Job) -> float:
    return _HEAD_ROW + _rows(job) * _WEIGHT_ROW + job.is_last * _BLANK_ROW


def _rows(job: Job) -> int:
    """Of what is weighed."""
    return 0 if _alone(job) else -(-len(job.components) // 2)


def _alone(job: Job) -> Weighed | None:
    """A single thing, which stands beside the step or the blanks and spares a row."""
    if len(job.components) != 1 or job.components[0].percent is not None:
        return None
    has_setting = job.trays is not None or job.temperature is not None
    return None if has_setting and not job.is_last else job.components[0]


@cache
def _register_fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (_PLAIN, _BOLD):
        pdfmetrics.registerFont(TTFont(name, _FONTS / f"{name}.ttf"))


class _Pen:
    """Writes one page. Points, from the lower left corner."""

    def __init__(self, canvas: Any, words: SheetWords) -> None:
        self.canvas = canvas
        self.words = words

    def page(self, page: SheetPage, number: str) -> None:
        self.heading(self.words.station(page.station.station), self.words.shift(page.shift))
        self.write(number, _RIGHT, 9 * _MM, _SMALL, grey=_SOFT, right=True)
        y = _FIRST_LINE
        for job in page.jobs:
            self.job(job, y)
            y -= _height(job)

    def empty_page(self, why: str) -> None:
        self.heading(self.words.title, "")
        self.write(why, _LEFT, _FIRST_LINE - 20, _LARGE)

    def heading(self, title: str, shift: str) -> None:
        """Station, bakery, day, shift and revision: a page off the wall tells where it belongs."""
        words = self.words
        facts = " · ".join(filter(None, (shift, words.revision)))
        self.write(title, _LEFT, _TOP - 13, 22, bold=True)
        self.write(f"{words.sheet.bakery} · {words.day}", _RIGHT, _TOP - 3, 11, bold=True,
                   right=True, room=125 * _MM)  # fmt: skip
        self.write(facts, _RIGHT, _TOP - 16, 10, grey=_SOFT, right=True, room=125 * _MM)
        self.rule(_LEFT, _RIGHT, _TOP - 24, 1.2, 0)

    def job(self, job: Job, top: float) -> None:
        words, y = self.words, top - 17
        (start, end), late = words.times(job), job.late_minutes > 0
        self.rule(_LEFT, _RIGHT, top, 0.5, _LINE)
        self.box(_LEFT, y - 1.5, 4.4 * _MM)
        self.write(start, _TIME, y, _LARGE, bold=True, room=_NAME - _TIME - 2)
        self.write(f"– {end}", _TIME, y - 13, _SMALL, grey=_SOFT)
        self.write(f"{job.number} {job.name}", _NAME, y, _LARGE, bold=True,
                   room=_AMOUNT - _NAME - 4)  # fmt: skip
        self.write(words.step(job), _NAME, y - 13, _SMALL, grey=_SOFT, room=_AMOUNT - _NAME - 4)
        self.write(words.made(job), _AMOUNT, y, _LARGE, bold=True)
        self.write(words.due(job), _RIGHT, y, 10, bold=late, right=True,
                   room=_RIGHT - _AMOUNT - 20 * _MM)  # fmt: skip
        self.write(words.setting(job), _RIGHT, y - 13, 11, bold=True, right=True)
        for index, weighed in enumerate(job.components if _rows(job) else ()):
            column, row = divmod(index, _rows(job))
            self.weighed(weighed, _WEIGHTS[column], top - _HEAD_ROW - 12 - row * _WEIGHT_ROW)
        alone = _alone(job)
        if alone and not job.is_last:
            self.weighed(alone, _BESIDE, y - 13)
        if job.is_last:
            self.blanks(top - _height(job) + 8, alone)

    def weighed(self, weighed: Weighed, column: tuple[float, float], y: float) -> None:
        left, right = column
        share = 11 * _MM
        self.box(left, y - 1, 3.4 * _MM)
        name, room = self.words.component(weighed), right - left - share - 26 * _MM
        self.write(name, left + 6 * _MM, y, 11, room=room)
        self.write(self.words.weight(weighed), right - share, y, 12, bold=True, right=True)
        self.write(self.words.percent(weighed), right, y, 8, grey=_SOFT, right=True)

    def blanks(self, y: float, alone: Weighed | None) -> None:
        """Where yield, waste and a name are written, after the bags that are wanted."""
        if alone:
            words = f"{self.words.component(alone)} {self.words.weight(alone)}"
            self.write(words, _TIME, y, _SMALL, room=44 * _MM)
        ends = (107 * _MM, 147 * _MM, _RIGHT)
        for word, left, right in zip(self.words.blanks, (68 * _MM, *ends), ends, strict=False):
            self.write(word, left + 2 * _MM, y, _SMALL, grey=_SOFT)
            self.rule(left + 4 * _MM + self.width(word, _PLAIN, _SMALL), right, y - 2, 0.6, _SOFT)

    def write(
        self,
        words: str,
        x: float,
        y: float,
        size: float,
        *,
        bold: bool = False,
        grey: float = 0.0,
        right: bool = False,
        room: float | None = None,
    ) -> None:
        """Words at a place, which is their right end if `right`; cut if they need more `room`."""
        font = _BOLD if bold else _PLAIN
        if room is not None and self.width(words, font, size) > room:
            while words and self.width(f"{words}…", font, size) > room:
                words = words[:-1].rstrip()
            words = f"{words}…"
        self.canvas.setFont(font, size)
        self.canvas.setFillGray(grey)
        (self.canvas.drawRightString if right else self.canvas.drawString)(x, y, words)

    def width(self, words: str, font: str, size: float) -> float:
        length: float = self.canvas.stringWidth(words, font, size)
        return length

    def rule(self, left: float, right: float, y: float, thick: float, grey: float) -> None:
        self.canvas.setStrokeGray(grey)
        self.canvas.setLineWidth(thick)
        self.canvas.line(left, y, right, y)

    def box(self, x: float, y: float, size: float) -> None:
        self.canvas.setStrokeGray(0)
        self.canvas.setLineWidth(0.9)
        self.canvas.rect(x, y, size, size)

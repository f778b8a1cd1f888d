"""The baking sheet as a PDF for an A4 printer: each shift's stations on pages of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from obrador.dashboard.sheet_words import SheetWords
from obrador.kit.i18n import Speech
from obrador.kit.pdf import MM, PLAIN, Pen, new_canvas
from obrador.orchestration.production_day import Job, Sheet, ShiftSheet, StationSheet, Weighed

_LEFT, _RIGHT, _BOTTOM = 14 * MM, 196 * MM, 16 * MM
_TOP, _FIRST_LINE = 283 * MM, 272 * MM
_TIME, _NAME, _AMOUNT = 23 * MM, 47 * MM, 124 * MM
_HEAD_ROW, _WEIGHT_ROW, _BLANK_ROW = 12.8 * MM, 6.4 * MM, 9.5 * MM
_WEIGHTS = ((23 * MM, 107 * MM), (113 * MM, 196 * MM))
"""Left and right of the two columns of what is weighed,"""
_BESIDE = (124 * MM, _RIGHT + 11 * MM)
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
    """The sheet in the reader's language. The same sheet gives the same bytes."""
    words, content, pages = SheetWords(say, sheet), BytesIO(), sheet_pages(sheet)
    title = f"{words.title} · {words.day} · {sheet.bakery}"
    canvas = new_canvas(content, say.language, title, sheet.bakery)
    for number, page in enumerate(pages, 1):
        _SheetPen(canvas, words).page(page, say.phrase("page {n} of {m}", n=number, m=len(pages)))
        canvas.showPage()
    if not pages:
        _SheetPen(canvas, words).empty_page(say.phrase("Nothing to bake."))
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


class _SheetPen(Pen):
    """Writes one page."""

    def __init__(self, canvas: Any, words: SheetWords) -> None:
        super().__init__(canvas)
        self.words = words

    def page(self, page: SheetPage, number: str) -> None:
        self.heading(self.words.station(page.station.station), self.words.shift(page.shift))
        self.write(number, _RIGHT, 9 * MM, _SMALL, grey=_SOFT, right=True)
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
                   right=True, room=125 * MM)  # fmt: skip
        self.write(facts, _RIGHT, _TOP - 16, 10, grey=_SOFT, right=True, room=125 * MM)
        self.rule(_LEFT, _RIGHT, _TOP - 24, 1.2, 0)

    def job(self, job: Job, top: float) -> None:
        words, y = self.words, top - 17
        (start, end), late = words.times(job), job.late_minutes > 0
        self.rule(_LEFT, _RIGHT, top, 0.5, _LINE)
        self.box(_LEFT, y - 1.5, 4.4 * MM)
        self.write(start, _TIME, y, _LARGE, bold=True, room=_NAME - _TIME - 2)
        self.write(f"– {end}", _TIME, y - 13, _SMALL, grey=_SOFT)
        self.write(f"{job.number} {job.name}", _NAME, y, _LARGE, bold=True,
                   room=_AMOUNT - _NAME - 4)  # fmt: skip
        self.write(words.step(job), _NAME, y - 13, _SMALL, grey=_SOFT, room=_AMOUNT - _NAME - 4)
        self.write(words.made(job), _AMOUNT, y, _LARGE, bold=True)
        self.write(words.due(job), _RIGHT, y, 10, bold=late, right=True,
                   room=_RIGHT - _AMOUNT - 20 * MM)  # fmt: skip
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
        share = 11 * MM
        self.box(left, y - 1, 3.4 * MM)
        name, room = self.words.component(weighed), right - left - share - 26 * MM
        self.write(name, left + 6 * MM, y, 11, room=room)
        self.write(self.words.weight(weighed), right - share, y, 12, bold=True, right=True)
        self.write(self.words.percent(weighed), right, y, 8, grey=_SOFT, right=True)

    def blanks(self, y: float, alone: Weighed | None) -> None:
        """Where yield, waste and a name are written, after the bags that are wanted."""
        if alone:
            words = f"{self.words.component(alone)} {self.words.weight(alone)}"
            self.write(words, _TIME, y, _SMALL, room=44 * MM)
        ends = (107 * MM, 147 * MM, _RIGHT)
        for word, left, right in zip(self.words.blanks, (68 * MM, *ends), ends, strict=False):
            self.write(word, left + 2 * MM, y, _SMALL, grey=_SOFT)
            self.rule(left + 4 * MM + self.width(word, PLAIN, _SMALL), right, y - 2, 0.6, _SOFT)

    def box(self, x: float, y: float, size: float) -> None:
        self.canvas.setStrokeGray(0)
        self.canvas.setLineWidth(0.9)
        self.canvas.rect(x, y, size, size)

"""A product's sales and forecast as a picture: a file of its own, or within a page, where it comes
in two sizes, for wide screens and for phones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from math import ceil
from xml.sax.saxutils import escape

from obrador.kit.i18n import Speech
from obrador.kit.svg import document, drawing, element, label, number, ticks, told
from obrador.orchestration.foresight_days import DayAhead, PastDay, ProductForesight

_SIZE = (960.0, 400.0)
_STYLE = """
.shut { fill: var(--shut); } .past { fill: var(--past); } .band { fill: var(--band); }
.ahead { stroke: var(--ahead); stroke-width: 3; } .alone { stroke: var(--soft); stroke-width: 2;
  stroke-dasharray: 3 2; } .now { stroke: var(--soft); stroke-dasharray: 4 4; }
.out { fill: var(--bad); } text.feast { fill: var(--warn); } text.star { font-size: 14px; }
"""
_WIDE, _NARROW = 0.64, 0.3
"""Of a day: bars, and bars of sales before a band."""
_FEW_HOLIDAYS = 4
_FEW_PAST, _FEW_AHEAD = 21, 7
"""Days that a phone has room for."""
_DATE = 84.0
"""Pixels from one date to the next, at least."""
_LETTER = 6.4
"""Pixels of an average letter."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and quantities are."""

    first: date
    days: int
    most: float
    left: float = 56.0
    right: float = 944.0
    top: float = 84.0
    bottom: float = 312.0

    @property
    def step(self) -> float:
        return (self.right - self.left) / self.days

    def x(self, day: date) -> float:
        return self.left + (day - self.first).days * self.step

    def middle(self, day: date) -> float:
        return self.x(day) + self.step / 2

    def y(self, quantity: float) -> float:
        return self.bottom - quantity / self.most * (self.bottom - self.top)


def forecast_svg(say: Speech, seen: ProductForesight) -> str:
    """Bars of what was sold, bands of what is expected; closed, sold-out and holidays marked."""
    parts = [
        label(seen.product, 16, 30, "head"),
        label(_summary(say, seen), 16, 52),
        *_course(say, _frame(seen), seen),
        *_special_names(say, seen),
        *_legend(say, seen),
    ]
    return document(_SIZE, seen.product, _description(say, seen), _STYLE, parts)


def forecast_charts(say: Speech, seen: ProductForesight) -> tuple[str, str]:
    """The same within a page: for wide screens, and the last and the next days for phones."""
    few = replace(seen, past=seen.past[-_FEW_PAST:], ahead=seen.ahead[:_FEW_AHEAD])
    wide = replace(_frame(seen), left=44.0, right=752.0, top=24.0, bottom=228.0)
    small = replace(_frame(few), left=36.0, right=326.0, top=20.0, bottom=168.0)
    return (
        drawing((760, 256), _description(say, seen), "chart large", _course(say, wide, seen)),
        drawing((328, 196), _description(say, few), "chart small", _course(say, small, few)),
    )


def _course(say: Speech, frame: _Frame, seen: ProductForesight) -> Iterator[str]:
    yield from _closed(frame, seen)
    yield from _axes(say, frame)
    yield from (_band(say, frame, day, seen.unit) for day in seen.ahead if day.is_open)
    yield from chain.from_iterable(_past(say, frame, day, seen) for day in seen.past)
    yield from chain.from_iterable(_levels(frame, day) for day in seen.ahead if day.is_open)
    now = frame.x(seen.ahead[0].day) if seen.ahead else frame.right
    yield element("line", class_="now", x1=now, x2=now, y1=frame.top - 12, y2=frame.bottom)
    yield from _special_days(frame, seen)


def _frame(seen: ProductForesight) -> _Frame:
    days = [each.day for each in seen.days]
    quantities = [
        *(day.sold or 0.0 for day in seen.past),
        *(max(day.high, day.mean, day.statistical or 0.0) for day in seen.ahead),
    ]
    most = ticks(max(quantities, default=1.0))[-1]
    return _Frame(min(days), (max(days) - min(days)).days + 1, most)


def _summary(say: Speech, seen: ProductForesight) -> str:
    if not seen.ahead:
        return ""
    day = seen.ahead[0]
    return say.phrase(
        "{day}: {n} expected, on 8 days in 10 between {low} and {high}",
        day=say.short_day(day.day),
        n=say.estimate(day.mean, seen.unit),
        low=say.quantity(day.low, seen.unit),
        high=say.quantity(day.high, seen.unit),
    )


def _description(say: Speech, seen: ProductForesight) -> str:
    days = [each.day for each in seen.days]
    return (
        say.phrase(
            "Sales and forecast of {product} from {first} to {last}.",
            product=seen.product,
            first=say.short_day(min(days)),
            last=say.short_day(max(days)),
        )
        + f" {_summary(say, seen)}."
    )


def _closed(frame: _Frame, seen: ProductForesight) -> Iterator[str]:
    shut = {day.day for day in seen.days if not day.is_open}
    for day in sorted(shut):
        yield element(
            "rect",
            class_="shut",
            x=frame.x(day),
            y=frame.top,
            width=frame.step,
            height=frame.bottom - frame.top,
        )


def _axes(say: Speech, frame: _Frame) -> Iterator[str]:
    for tick in ticks(frame.most):
        y, class_ = frame.y(tick), "line" if tick else "axis"
        yield element("line", class_=class_, x1=frame.left, x2=frame.right, y1=y, y2=y)
        yield label(say.number(tick, 1), frame.left - 8, y + 4, "end")
    every = ceil(_DATE / (7 * frame.step))
    mondays = [
        day
        for ahead in range(frame.days)
        if (day := frame.first + timedelta(days=ahead)).weekday() == 0
    ]
    for day in mondays[::every]:
        x = frame.middle(day)
        yield element("line", class_="axis", x1=x, x2=x, y1=frame.bottom, y2=frame.bottom + 4)
        yield label(say.short_day(day), x, frame.bottom + 18, "mid")


def _band(say: Speech, frame: _Frame, day: DayAhead, unit: str) -> str:
    x, width = frame.middle(day.day), frame.step * _WIDE
    low, high = frame.y(day.low), frame.y(day.high)
    amounts = "–".join(say.quantity(value, unit) for value in (day.low, day.high))
    words = f"{say.short_day(day.day)}: {say.estimate(day.mean, unit)} ({amounts})"
    return told(
        "rect", words, class_="band", x=x - width / 2, y=high, width=width,
        height=max(low - high, 1.0), rx=2,
    )  # fmt: skip


def _levels(frame: _Frame, day: DayAhead) -> Iterator[str]:
    x = frame.middle(day.day)
    yield _level(frame, x, day.mean, "ahead")
    if day.statistical is not None:
        yield _level(frame, x, day.statistical, "alone")


def _level(frame: _Frame, x: float, quantity: float, class_: str) -> str:
    reach, y = frame.step * 0.45, frame.y(quantity)
    return element("line", class_=class_, x1=x - reach, x2=x + reach, y1=y, y2=y)


def _past(say: Speech, frame: _Frame, day: PastDay, seen: ProductForesight) -> Iterator[str]:
    if day.sold is None:
        return
    is_foreseen = bool(seen.ahead) and seen.ahead[0].day <= day.day <= seen.ahead[-1].day
    x, width = frame.middle(day.day), frame.step * (_NARROW if is_foreseen else _WIDE)
    top = frame.y(day.sold)
    words = f"{say.short_day(day.day)}: {say.quantity(day.sold, seen.unit)}"
    yield told(
        "rect",
        words,
        class_="past",
        x=x - width / 2,
        y=top,
        width=width,
        height=frame.bottom - top,
        rx=1,
    )
    if day.sold_out:
        yield _triangle(x, top - 4)


def _triangle(x: float, y: float) -> str:
    points = ((x - 4, y), (x + 4, y), (x, y - 7))
    return element(
        "polygon", class_="out", points=" ".join(f"{number(a)},{number(b)}" for a, b in points)
    )


def _special_days(frame: _Frame, seen: ProductForesight) -> Iterator[str]:
    for day, (mark, name) in _special(seen).items():
        title, x, y = element("title", escape(name)), frame.middle(day), frame.top - 4
        yield element("text", title, mark, x=x, y=y, class_="mid feast star")


def _special(seen: ProductForesight) -> dict[date, tuple[str, str]]:
    """Mark and name of holidays and events, in order."""
    holidays = {day.day: ("★", day.holiday) for day in seen.days if day.holiday is not None}
    events = {day.day: ("◆", day.event) for day in seen.days if day.event is not None}
    return dict(sorted((events | holidays).items()))


def _special_names(say: Speech, seen: ProductForesight) -> Iterator[str]:
    told_days = list(_special(seen).items())[-_FEW_HOLIDAYS:]
    words = " · ".join(f"{mark} {say.short_day(day)} {name}" for day, (mark, name) in told_days)
    if words:
        room = int((_SIZE[0] - 32) / _LETTER)
        short = words if len(words) <= room else f"{words[: room - 1]}…"
        yield label(short, 16, _SIZE[1] - 12, "feast")


def _legend(say: Speech, seen: ProductForesight) -> Iterator[str]:
    x, y = 16.0, _SIZE[1] - 38
    for mark, words in _marks(say, seen, y):
        yield element("g", mark, transform=f"translate({number(x)} 0)")
        yield label(words, x + 22, y)
        x += 22 + _LETTER * len(words) + 22


def _marks(say: Speech, seen: ProductForesight, y: float) -> Iterator[tuple[str, str]]:
    def box(class_: str) -> str:
        return element("rect", class_=class_, x=0, y=y - 11, width=14, height=14, rx=2)

    def stroke(class_: str) -> str:
        return element("line", class_=class_, x1=0, x2=14, y1=y - 4, y2=y - 4)

    yield box("past"), say.phrase("sold")
    yield box("band") + stroke("ahead"), say.phrase("expected, 8 days in 10 between")
    if any(day.statistical is not None for day in seen.ahead):
        yield stroke("alone"), say.phrase("before a person changed it")
    if any(day.sold_out for day in seen.past):
        yield _triangle(7, y), say.phrase("sold out")
    if not all(day.is_open for day in seen.days):
        yield box("shut"), say.phrase("closed")

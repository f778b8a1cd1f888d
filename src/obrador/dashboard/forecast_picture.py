"""A product's sales and forecast as a picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from obrador.kit.i18n import Speech
from obrador.kit.svg import document, element, label, number, ticks, told
from obrador.orchestration.foresight import DayAhead, PastDay, ProductForesight

_SIZE = (960.0, 400.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 944.0, 84.0, 312.0
_STYLE = """
.shut { fill: var(--shut); } .past { fill: var(--past); } .band { fill: var(--band); }
.ahead { stroke: var(--ahead); stroke-width: 3; } .alone { stroke: var(--soft); stroke-width: 2;
  stroke-dasharray: 3 2; } .now { stroke: var(--soft); stroke-dasharray: 4 4; }
.out { fill: var(--bad); } text.feast { fill: var(--warn); } text.star { font-size: 14px; }
"""
_WIDE, _NARROW = 0.64, 0.3
"""Of a day: bars, and bars of sales before a band."""
_FEW_HOLIDAYS = 4
_LETTER = 6.4
"""Pixels of an average letter."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and quantities are."""

    first: date
    days: int
    most: float

    @property
    def step(self) -> float:
        return (_RIGHT - _LEFT) / self.days

    def left(self, day: date) -> float:
        return _LEFT + (day - self.first).days * self.step

    def middle(self, day: date) -> float:
        return self.left(day) + self.step / 2

    def y(self, quantity: float) -> float:
        return _BOTTOM - quantity / self.most * (_BOTTOM - _TOP)


def forecast_svg(say: Speech, seen: ProductForesight) -> str:
    """Bars of what was sold, bands of what is expected; closed, sold-out and holidays marked."""
    frame = _frame(seen)
    now = frame.left(seen.ahead[0].day) if seen.ahead else _RIGHT
    parts = [
        label(seen.product, 16, 30, "head"),
        label(_summary(say, seen), 16, 52),
        *_closed(frame, seen),
        *_axes(say, frame),
        *(_band(say, frame, day, seen.unit) for day in seen.ahead if day.is_open),
        *chain.from_iterable(_past(say, frame, day, seen) for day in seen.past),
        *chain.from_iterable(_levels(frame, day) for day in seen.ahead if day.is_open),
        element("line", class_="now", x1=now, x2=now, y1=_TOP - 12, y2=_BOTTOM),
        *_holidays(say, frame, seen),
        *_legend(say, seen),
    ]
    return document(_SIZE, seen.product, _description(say, seen), _STYLE, parts)


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
            x=frame.left(day),
            y=_TOP,
            width=frame.step,
            height=_BOTTOM - _TOP,
        )


def _axes(say: Speech, frame: _Frame) -> Iterator[str]:
    for tick in ticks(frame.most):
        y = frame.y(tick)
        yield element("line", class_="line" if tick else "axis", x1=_LEFT, x2=_RIGHT, y1=y, y2=y)
        yield label(say.number(tick, 1), _LEFT - 8, y + 4, "end")
    every = 1 + frame.days // 90
    mondays = [
        day
        for ahead in range(frame.days)
        if (day := frame.first + timedelta(days=ahead)).weekday() == 0
    ]
    for day in mondays[::every]:
        x = frame.middle(day)
        yield element("line", class_="axis", x1=x, x2=x, y1=_BOTTOM, y2=_BOTTOM + 4)
        yield label(say.short_day(day), x, _BOTTOM + 18, "mid")


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
        height=_BOTTOM - top,
        rx=1,
    )
    if day.sold_out:
        yield _triangle(x, top - 4)


def _triangle(x: float, y: float) -> str:
    points = ((x - 4, y), (x + 4, y), (x, y - 7))
    return element(
        "polygon", class_="out", points=" ".join(f"{number(a)},{number(b)}" for a, b in points)
    )


def _holidays(say: Speech, frame: _Frame, seen: ProductForesight) -> Iterator[str]:
    names = {day.day: day.holiday for day in seen.days if day.holiday is not None}
    for day in sorted(names):
        yield label("★", frame.middle(day), _TOP - 4, "mid feast star")
    told_days = sorted(names)[-_FEW_HOLIDAYS:]
    words = " · ".join(f"{say.short_day(day)} {names[day]}" for day in told_days)
    if words:
        room = int((_SIZE[0] - 32) / _LETTER) - 2
        short = words if len(words) <= room else f"{words[: room - 1]}…"
        yield label(f"★ {short}", 16, _SIZE[1] - 12, "feast")


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

"""An ingredient's stock over the days ahead, as a picture: small in a list, large on its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from xml.sax.saxutils import escape

from obrador.kit.i18n import Speech
from obrador.kit.svg import element, label, number, ticks, told
from obrador.procurement.domain import Projection

DAYS = 14


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and quantities lie, in pixels."""

    width: float
    height: float
    left: float
    top: float
    bottom: float
    most: float
    days: int

    def x(self, day: float) -> float:
        return self.left + day * (self.width - self.left - 8) / self.days

    def y(self, quantity: float) -> float:
        return self.bottom - quantity / self.most * (self.bottom - self.top)


def small_svg(say: Speech, seen: Projection, name: str, unit: str, first: date) -> str:
    """The course of stock without numbers; a pointer over a mark, and a screen reader, learn
    them."""
    days = min(DAYS, len(seen.closing))
    frame = _Frame(220, 52, 4, 10, 48, _most(seen, days), days)
    return _picture(say, seen, name, unit, first, frame, [])


def large_svg(say: Speech, seen: Projection, name: str, unit: str, first: date) -> str:
    """The same with axes."""
    days = min(DAYS, len(seen.closing))
    scale = ticks(_most(seen, days))
    frame = _Frame(720, 260, 64, 20, 214, scale[-1], days)
    return _picture(
        say, seen, name, unit, first, frame, list(_axes(say, unit, first, frame, scale))
    )


def in_words(say: Speech, seen: Projection, name: str, unit: str, first: date) -> str:
    """What the picture shows: "Flour: 25 kg now, 4 kg in 14 days, runs out on Fri 6 Mar."."""
    days = min(DAYS, len(seen.closing))
    parts = [
        say.phrase(
            "{name}: {now} at first, {then} after {days} days",
            name=name,
            now=say.quantity(seen.opening, unit),
            then=say.quantity(seen.closing[days - 1], unit),
            days=days,
        )
    ]
    if seen.stock_out_day is not None and seen.stock_out_day < days:
        parts.append(say.phrase("runs out on {day}", day=_day(say, first, seen.stock_out_day)))
    parts += [
        say.phrase(
            "{quantity} expire on {day}",
            quantity=say.quantity(lost, unit),
            day=_day(say, first, day),
        )
        for day, lost in enumerate(seen.expired[:days])
        if lost > 0
    ]
    return ", ".join(parts) + "."


def _most(seen: Projection, days: int) -> float:
    return max(seen.opening, seen.safety.quantity, *seen.closing[:days], *_highs(seen, days), 1.0)


def _highs(seen: Projection, days: int) -> Iterator[float]:
    """Of each day, what there is once its delivery has come."""
    before = seen.opening
    for day in range(days):
        yield before + seen.receipts[day]
        before = seen.closing[day]


def _picture(
    say: Speech,
    seen: Projection,
    name: str,
    unit: str,
    first: date,
    frame: _Frame,
    axes: list[str],
) -> str:
    size = "large" if axes else "small"
    return element(
        "svg",
        element("title", escape(in_words(say, seen, name, unit, first))),
        *axes,
        *_course(seen, frame),
        *_marks(say, seen, unit, first, frame),
        class_=f"course {size}",
        viewBox=f"0 0 {number(frame.width)} {number(frame.height)}",
        role="img",
    )


def _course(seen: Projection, frame: _Frame) -> Iterator[str]:
    """Down with use during a day, up when a delivery comes in its morning."""
    points = [f"M{number(frame.x(0))} {number(frame.y(seen.opening))}"]
    for day, high in enumerate(_highs(seen, frame.days)):
        points.append(f"V{number(frame.y(high))}")
        points.append(f"L{number(frame.x(day + 1))} {number(frame.y(max(seen.closing[day], 0.0)))}")
    line = "".join(points)
    floor = number(frame.bottom)
    shut = f"V{floor}H{number(frame.x(0))}Z"
    yield element("path", class_="held", d=line + shut)
    yield element("path", class_="level", d=line)
    safety = frame.y(seen.safety.quantity)
    yield element(
        "line", class_="safety", x1=frame.x(0), x2=frame.x(frame.days), y1=safety, y2=safety
    )
    yield element(
        "line", class_="floor", x1=frame.x(0), x2=frame.x(frame.days), y1=frame.bottom,
        y2=frame.bottom,
    )  # fmt: skip


def _marks(say: Speech, seen: Projection, unit: str, first: date, frame: _Frame) -> Iterator[str]:
    for day in range(frame.days):
        x = number(frame.x(day + 0.5))
        if seen.expired[day] > 0:
            words = say.phrase(
                "{day}: {quantity} expire",
                day=_day(say, first, day),
                quantity=say.quantity(seen.expired[day], unit),
            )
            y = number(frame.bottom - 10)
            yield told("path", words, class_="gone", d=f"M{x} {y}l5 5l-5 5l-5 -5z")
        if seen.unmet[day] > 0:
            words = say.phrase(
                "{day}: {quantity} are missing",
                day=_day(say, first, day),
                quantity=say.quantity(seen.unmet[day], unit),
            )
            y = number(frame.bottom - 11)
            yield told("path", words, class_="out", d=f"M{x} {y}l5 9h-10z")


def _axes(say: Speech, unit: str, first: date, frame: _Frame, scale: list[float]) -> Iterator[str]:
    for tick in scale:
        y = frame.y(tick)
        yield element("line", class_="grid", x1=frame.left, x2=frame.width - 8, y1=y, y2=y)
        yield label(say.quantity(tick, unit), frame.left - 8, y + 4, "end")
    for day in range(0, frame.days, 2):
        shown = first + timedelta(days=day)
        x = frame.x(day + 0.5)
        yield label(say.short_weekday(shown), x, frame.bottom + 20, "mid")
        yield label(str(shown.day), x, frame.bottom + 36, "mid")


def _day(say: Speech, first: date, ahead: int) -> str:
    return say.short_day(first + timedelta(days=ahead))

"""How good forecasts have been, as pictures: files of their own, or within a page, where the trend
comes in two sizes, for wide screens and for phones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from obrador.forecasting.domain import Health
from obrador.forecasting.service import AccuracySummary, Period, ProductCard
from obrador.kit.i18n import Speech
from obrador.kit.svg import document, drawing, element, label, number, ticks, told

_TREND = (960.0, 340.0)
_MOST_SHOWN = 100.0
"""Per cent; one wild day shall not flatten all others."""
_DATE = 84.0
"""Pixels from one date to the next, at least."""
_ROW, _BAR_LEFT, _BAR_RIGHT = 26.0, 300.0, 830.0
_NAME = 38
"""Letters that a product's name has room for."""
_STYLE = """
.healthy { fill: var(--good); } .warning { fill: var(--warn); } .critical { fill: var(--bad); }
.week { stroke: var(--ahead); stroke-width: 3; fill: none; stroke-linejoin: round; }
.limit { stroke-width: 1.5; stroke-dasharray: 6 4; }
line.warning { stroke: var(--warn); } line.critical { stroke: var(--bad); }
"""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and per cents are."""

    first: date
    days: int
    scale: Sequence[float]
    left: float = 56.0
    right: float = 904.0
    top: float = 76.0
    bottom: float = 264.0

    def x(self, day: date) -> float:
        """The middle of a day."""
        return self.left + ((day - self.first).days + 0.5) * self.step

    @property
    def step(self) -> float:
        return (self.right - self.left) / self.days

    def y(self, wape: float) -> float:
        most = self.scale[-1]
        return self.bottom - min(wape, most) / most * (self.bottom - self.top)


def trend_svg(say: Speech, seen: AccuracySummary) -> str:
    """WAPE of every day as dots, of the weeks as a line, and the limits of what is healthy."""
    title = say.phrase("How far forecasts were off")
    summary = _in_words(say, seen)
    parts = [
        label(title, 16, 30, "head"),
        label(summary, 16, 52),
        *_trend(say, _framed(seen), seen),
        label(say.phrase("● a day, — its week, in % of what was sold"), 16, _TREND[1] - 16),
    ]
    return document(_TREND, title, summary, _STYLE, parts)


def trend_charts(say: Speech, seen: AccuracySummary) -> tuple[str, str]:
    """The same within a page: for wide screens, and for phones."""
    wide = replace(_framed(seen), left=48.0, right=708.0, top=12.0, bottom=208.0)
    small = replace(_framed(seen), left=40.0, right=286.0, top=12.0, bottom=158.0)
    words = _in_words(say, seen)
    return (
        drawing((760, 236), words, "chart large", _trend(say, wide, seen)),
        drawing((328, 186), words, "chart small", _trend(say, small, seen)),
    )


def _framed(seen: AccuracySummary) -> _Frame:
    most = max([seen.critical_wape * 1.2, *(min(day.wape, _MOST_SHOWN) for day in seen.days)])
    return _Frame(seen.first, (seen.last - seen.first).days + 1, ticks(most))


def _trend(say: Speech, frame: _Frame, seen: AccuracySummary) -> Iterator[str]:
    yield from _axes(say, frame)
    yield from _limits(say, frame, seen)
    yield from _week_line(frame, seen)
    yield from (_dot(say, frame, day) for day in seen.days)


def products_svg(say: Speech, seen: AccuracySummary) -> str:
    """WAPE of the best and of the worst products as bars."""
    blocks = (
        (say.phrase("Most units off"), seen.worst),
        (say.phrase("Nearest to what was sold"), seen.best),
    )
    height = 40 + sum(44 + _ROW * len(cards) for _, cards in blocks)
    most = max([seen.critical_wape, *(min(c.wape, _MOST_SHOWN) for _, b in blocks for c in b)])
    parts, y = [], 30.0
    for heading, cards in blocks:
        parts.append(label(heading, 16, y, "head"))
        parts += _bars(say, seen, cards, y + 14, most)
        y += 44 + _ROW * len(cards)
    parts.append(label(say.phrase("off in % of what was sold · in units a day"), 16, height - 14))
    title = say.phrase("Forecasts by product")
    words = "; ".join(
        f"{heading}: {', '.join(card.product for card in cards) or '–'}"
        for heading, cards in blocks
    )
    return document((_TREND[0], height), title, f"{words}.", _STYLE, parts)


def _in_words(say: Speech, seen: AccuracySummary) -> str:
    if seen.overall is None:
        return say.phrase("No forecast of these days could be compared with sales yet.")
    words = say.phrase(
        "{share} off over {days} days; {covered} of sales within the interval of 80 %.",
        share=say.percent(seen.overall.wape / 100),
        days=say.number(seen.overall.days),
        covered=say.percent(seen.overall.interval_coverage),
    )
    if seen.before is None:
        return words
    return f"{words} " + say.phrase(
        "Before that {share}.", share=say.percent(seen.before.wape / 100)
    )


def _axes(say: Speech, frame: _Frame) -> Iterator[str]:
    for tick in frame.scale:
        y, class_ = frame.y(tick), "line" if tick else "axis"
        yield element("line", class_=class_, x1=frame.left, x2=frame.right, y1=y, y2=y)
        yield label(say.percent(tick / 100), frame.left - 8, y + 4, "end")
    days = [frame.first + timedelta(days=ahead) for ahead in range(frame.days)]
    mondays = [day for day in days if day.weekday() == 0]
    for day in mondays[:: ceil(_DATE / (7 * frame.step))]:
        yield label(say.short_day(day), frame.x(day), frame.bottom + 18, "mid")


def _limits(say: Speech, frame: _Frame, seen: AccuracySummary) -> Iterator[str]:
    for limit, class_ in ((seen.warning_wape, "warning"), (seen.critical_wape, "critical")):
        y = frame.y(limit)
        yield element("line", class_=f"limit {class_}", x1=frame.left, x2=frame.right, y1=y, y2=y)
        yield label(say.percent(limit / 100), frame.right + 8, y + 4, class_)


def _week_line(frame: _Frame, seen: AccuracySummary) -> Iterator[str]:
    for week in seen.weeks:
        half, y = frame.step / 2, number(frame.y(week.wape))
        start, end = frame.x(week.first) - half, frame.x(week.last) + half
        yield element("path", class_="week", d=f"M{number(start + 2)} {y}H{number(end - 2)}")


def _dot(say: Speech, frame: _Frame, day: Period) -> str:
    words = f"{say.short_day(day.first)}: {say.percent(day.wape / 100)}"
    return told(
        "circle", words, class_=day.health, cx=frame.x(day.first), cy=frame.y(day.wape), r=4
    )


def _bars(
    say: Speech, seen: AccuracySummary, cards: Sequence[ProductCard], top: float, most: float
) -> Iterator[str]:
    for place, card in enumerate(cards):
        y = top + place * _ROW
        width = max(min(card.wape, most) / most * (_BAR_RIGHT - _BAR_LEFT), 1.0)
        name = card.product if len(card.product) <= _NAME else f"{card.product[: _NAME - 1]}…"
        health = _health(seen, card.wape)
        yield label(name, _BAR_LEFT - 12, y + 15, "ink end")
        yield element("rect", class_=health, x=_BAR_LEFT, y=y + 3, width=width, height=16, rx=2)
        words = f"{say.percent(card.wape / 100)} · {say.number(card.mae, 1)}"
        yield label(words, _BAR_LEFT + width + 8, y + 15, "ink")


def _health(seen: AccuracySummary, wape: float) -> Health:
    if wape > seen.critical_wape:
        return "critical"
    return "warning" if wape > seen.warning_wape else "healthy"

"""How good forecasts have been, as pictures."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from obrador.forecasting.domain import Health
from obrador.forecasting.service import AccuracySummary, Period, ProductCard
from obrador.kit.i18n import Speech
from obrador.kit.svg import document, element, label, number, ticks, told

_TREND = (960.0, 340.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 904.0, 76.0, 264.0
_MOST_SHOWN = 100.0
"""Per cent; one wild day shall not flatten all others."""
_ROW, _BAR_LEFT, _BAR_RIGHT = 26.0, 300.0, 830.0
_NAME = 38
"""Letters that a product's name has room for."""
_STYLE = """
.healthy { fill: var(--good); } .warning { fill: var(--warn); } .critical { fill: var(--bad); }
.week { stroke: var(--ahead); stroke-width: 3; fill: none; stroke-linejoin: round; }
.limit { stroke-width: 1.5; stroke-dasharray: 6 4; }
line.warning { stroke: var(--warn); } line.critical { stroke: var(--bad); }
"""


def trend_svg(say: Speech, seen: AccuracySummary) -> str:
    """WAPE of every day as dots, of the weeks as a line, and the limits of what is healthy."""
    most = max([seen.critical_wape * 1.2, *(min(day.wape, _MOST_SHOWN) for day in seen.days)])
    scale = ticks(most)
    title = say.phrase("How far forecasts were off")
    summary = _in_words(say, seen)
    parts = [
        label(title, 16, 30, "head"),
        label(summary, 16, 52),
        *_axes(say, seen, scale),
        *_limits(say, seen, scale[-1]),
        *_week_line(seen, scale[-1]),
        *(_dot(say, seen, day, scale[-1]) for day in seen.days),
        label(say.phrase("● a day, — its week, in % of what was sold"), 16, _TREND[1] - 16),
    ]
    return document(_TREND, title, summary, _STYLE, parts)


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


def _x(seen: AccuracySummary, day: date) -> float:
    count = (seen.last - seen.first).days + 1
    return _LEFT + ((day - seen.first).days + 0.5) * (_RIGHT - _LEFT) / count


def _y(wape: float, most: float) -> float:
    return _BOTTOM - min(wape, most) / most * (_BOTTOM - _TOP)


def _axes(say: Speech, seen: AccuracySummary, scale: Sequence[float]) -> Iterator[str]:
    for tick in scale:
        y = _y(tick, scale[-1])
        yield element("line", class_="line" if tick else "axis", x1=_LEFT, x2=_RIGHT, y1=y, y2=y)
        yield label(say.percent(tick / 100), _LEFT - 8, y + 4, "end")
    count = (seen.last - seen.first).days + 1
    days = [seen.first + timedelta(days=ahead) for ahead in range(count)]
    mondays = [day for day in days if day.weekday() == 0]
    for day in mondays[:: 1 + count // 90]:
        yield label(say.short_day(day), _x(seen, day), _BOTTOM + 18, "mid")


def _limits(say: Speech, seen: AccuracySummary, most: float) -> Iterator[str]:
    for limit, class_ in ((seen.warning_wape, "warning"), (seen.critical_wape, "critical")):
        y = _y(limit, most)
        yield element("line", class_=f"limit {class_}", x1=_LEFT, x2=_RIGHT, y1=y, y2=y)
        yield label(say.percent(limit / 100), _RIGHT + 8, y + 4, class_)


def _week_line(seen: AccuracySummary, most: float) -> Iterator[str]:
    for week in seen.weeks:
        half = (_x(seen, seen.first + timedelta(days=1)) - _x(seen, seen.first)) / 2
        y = number(_y(week.wape, most))
        start, end = _x(seen, week.first) - half, _x(seen, week.last) + half
        yield element("path", class_="week", d=f"M{number(start + 2)} {y}H{number(end - 2)}")


def _dot(say: Speech, seen: AccuracySummary, day: Period, most: float) -> str:
    words = f"{say.short_day(day.first)}: {say.percent(day.wape / 100)}"
    x, y = _x(seen, day.first), _y(day.wape, most)
    return told("circle", words, class_=day.health, cx=x, cy=y, r=4)


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

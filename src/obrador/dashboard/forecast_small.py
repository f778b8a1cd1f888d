"""A product's last and next days as a picture in a list: no axes, no words, little to send."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from obrador.kit.svg import drawing, element, number
from obrador.orchestration.foresight_days import ProductForesight

_SIZE = (168.0, 44.0)
_PAST, _AHEAD = 14, 7
"""Days: two weeks show what is usual, one what is to come, and a phone has room for them."""
_BAR = 0.7
"""Of a day."""


@dataclass(frozen=True, slots=True)
class _Frame:
    first: date
    step: float
    most: float

    def x(self, day: date) -> float:
        return (day - self.first).days * self.step

    def y(self, quantity: float) -> float:
        return _SIZE[1] - 1 - quantity / self.most * (_SIZE[1] - 3)


def small_svg(seen: ProductForesight, words: str) -> str:
    """Bars of what was sold; what is expected as a line, within the band of eight days in ten.

    Args:
        words: what it says, for who does not see it.
    """
    seen = replace(seen, past=seen.past[-_PAST:], ahead=seen.ahead[:_AHEAD])
    days = sorted({each.day for each in seen.days})
    sold = [day.sold or 0.0 for day in seen.past]
    most = max([*sold, *(max(day.high, day.mean) for day in seen.ahead)], default=0.0) or 1.0
    frame = _Frame(days[0], _SIZE[0] / len(days), most)
    return drawing(_SIZE, words, "chart spark", _parts(frame, seen))


def _parts(frame: _Frame, seen: ProductForesight) -> Iterator[str]:
    ahead = [day for day in seen.ahead if day.is_open]
    over = {day.day for day in seen.ahead}
    past = [(day.day, 0.0, day.sold) for day in seen.past if day.sold and day.day not in over]
    yield element("path", class_="past", d=_boxes(frame, past))
    yield element("path", class_="band", d=_boxes(frame, ((d.day, d.low, d.high) for d in ahead)))
    yield element("path", class_="ahead", d="".join(_level(frame, d.day, d.mean) for d in ahead))


def _boxes(frame: _Frame, boxes: Iterable[tuple[date, float, float]]) -> str:
    width = number(frame.step * _BAR)
    return "".join(
        f"M{number(frame.x(day))} {number(frame.y(low))}V{number(frame.y(high))}h{width}"
        f"V{number(frame.y(low))}z"
        for day, low, high in boxes
    )


def _level(frame: _Frame, day: date, mean: float) -> str:
    return f"M{number(frame.x(day))} {number(frame.y(mean))}h{number(frame.step * _BAR)}"

"""Forecasts as people read them: of all products for the next days, and of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean
from typing import Literal

from markupsafe import Markup

from obrador.dashboard.forecast_small import small_svg
from obrador.forecasting.domain import FALLBACK_LEVELS
from obrador.kit.i18n import Speech
from obrador.orchestration.foresight import Foresight
from obrador.orchestration.foresight_days import DayAhead, PastDay, ProductForesight

ON_A_PAGE = 40
_NOTABLE = 0.1
"""From so much on, a weekday or a trend is worth a title."""
_LATELY = 14
_FEWEST_SAMPLES = 3
Show = Literal["all", "changed", "assumed"]
SHOWN: tuple[Show, ...] = ("all", "changed", "assumed")


@dataclass(frozen=True, slots=True)
class Listed:
    """The products that a page shows, of those that somebody looks for."""

    rows: tuple[tuple[ProductForesight, Markup], ...]
    """With their pictures."""
    found: int
    page: int
    pages: int


def listed(
    say: Speech, products: Sequence[ProductForesight], name: str, show: Show, page: int
) -> Listed:
    """A page of the products whose name has these letters; a page too far is the last."""
    wanted = name.casefold()
    found = [
        each for each in products if wanted in each.product.casefold() and is_shown(each, show)
    ]
    pages = max(-(-len(found) // ON_A_PAGE), 1)
    page = min(page, pages)
    rows = tuple(
        (each, Markup(small_svg(each, pattern_words(say, each))))  # noqa: S704  it escapes
        for each in found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    )
    return Listed(rows, len(found), page, pages)


def is_shown(product: ProductForesight, show: Show) -> bool:
    """Whether it is among those asked for."""
    return {"all": True, "changed": is_changed(product), "assumed": is_assumed(product)}[show]


def is_changed(product: ProductForesight) -> bool:
    """Whether a person has changed any of the days ahead."""
    return any(day.statistical is not None for day in product.ahead)


def is_assumed(product: ProductForesight) -> bool:
    """Whether it has too little history for a forecast of its own."""
    return FALLBACK_LEVELS[product.model] > 0


def show_words(say: Speech, show: Show) -> str:
    """What a list is narrowed to."""
    return {
        "all": say.phrase("All"),
        "changed": say.phrase("Changed by people"),
        "assumed": say.phrase("Without history"),
    }[show]


def totals(products: Sequence[ProductForesight]) -> list[float]:
    """Pieces expected on each of the days ahead, all products together."""
    counted = [each.ahead for each in products if each.unit == "piece"]
    return [sum(day.mean for day in days) for days in zip(*counted, strict=True)]


def headline(say: Speech, seen: Foresight, today: date) -> str:
    """The next open day, beside the same weekday before: "Tomorrow, Wednesday: about 800 pieces,
    5 % more than last Wednesday."; empty: none is open."""
    pieces = [each for each in seen.products if each.unit == "piece"]
    sums = totals(pieces)
    place = next((n for n, total in enumerate(sums) if total and _later(pieces, n, today)), None)
    if place is None:
        return ""
    day, total = pieces[0].ahead[place].day, sums[place]
    when = say.day(day)
    if day == today + timedelta(days=1):
        when = say.phrase("Tomorrow, {weekday}", weekday=say.weekday(day))
    before = _sold_on(pieces, day - timedelta(days=7))
    about = say.phrase("{when}: about {n} pieces", when=when, n=say.number(total))
    if not before:
        return f"{about}."
    change = total / before - 1
    return f"{about}, {_compared(say, change, say.weekday(day))}."


def pattern_words(say: Speech, product: ProductForesight) -> str:
    """The one thing that a picture of a product says: its best weekday, else where it goes, else
    how much it sells."""
    sold = [day for day in product.past if _is_usual(day)]
    if not sold:
        return say.phrase("{product} has not sold lately", product=product.product)
    best, share = _best_weekday(sold)
    if best is not None and share >= _NOTABLE:
        return say.phrase(
            "{product} sells {share} more on a {weekday} than on other days",
            product=product.product,
            share=say.percent(share),
            weekday=say.weekday(best),
        )
    trend = _trend(sold)
    if abs(trend) >= _NOTABLE:
        return _moved(say, product.product, trend)
    usual = say.estimate(_mean(sold), product.unit)
    return say.phrase("{product} sells about {n} a day", product=product.product, n=usual)


def special_words(say: Speech, days: Sequence[PastDay | DayAhead]) -> list[str]:
    """Holidays and events among the days: "★ Tue 8 Dec: Immaculate Conception"."""
    known = {day.day: day for day in days if day.holiday or day.event}
    return [
        f"{'★' if day.holiday else '◆'} {say.short_day(day.day)}: {day.holiday or day.event}"
        for _, day in sorted(known.items())
    ]


def _later(products: Sequence[ProductForesight], place: int, today: date) -> bool:
    return products[0].ahead[place].day > today


def _sold_on(products: Sequence[ProductForesight], day: date) -> float:
    return sum(each.sold or 0.0 for one in products for each in one.past if each.day == day)


def _compared(say: Speech, change: float, weekday: str) -> str:
    if abs(change) < 0.01:
        return say.phrase("as last {weekday}", weekday=weekday)
    share = say.percent(abs(change))
    if change > 0:
        return say.phrase("{share} more than last {weekday}", share=share, weekday=weekday)
    return say.phrase("{share} fewer than last {weekday}", share=share, weekday=weekday)


def _moved(say: Speech, product: str, trend: float) -> str:
    share = say.percent(abs(trend))
    if trend > 0:
        return say.phrase(
            "{product} sells {share} more than some weeks ago", product=product, share=share
        )
    return say.phrase(
        "{product} sells {share} less than some weeks ago", product=product, share=share
    )


def _is_usual(day: PastDay) -> bool:
    return day.sold is not None and day.is_open and not day.holiday and not day.event


def _mean(days: Sequence[PastDay]) -> float:
    return fmean(day.sold or 0.0 for day in days) if days else 0.0


def _best_weekday(days: Sequence[PastDay]) -> tuple[date | None, float]:
    """A day of the weekday that sells most, and how much more than the others."""
    best, most = None, 0.0
    for own, others in _by_weekday(days):
        usual = _mean(others)
        if len(own) >= _FEWEST_SAMPLES and usual > 0 and _mean(own) / usual - 1 > most:
            best, most = own[0].day, _mean(own) / usual - 1
    return best, most


def _by_weekday(days: Sequence[PastDay]) -> Iterator[tuple[list[PastDay], list[PastDay]]]:
    """The days of each weekday, and the others."""
    for weekday in range(7):
        yield (
            [day for day in days if day.day.weekday() == weekday],
            [day for day in days if day.day.weekday() != weekday],
        )


def _trend(days: Sequence[PastDay]) -> float:
    """The last two weeks against those before, minus 1."""
    lately = days[-1].day - timedelta(days=_LATELY)
    before = _mean([day for day in days if day.day <= lately])
    return _mean([day for day in days if day.day > lately]) / before - 1 if before else 0.0

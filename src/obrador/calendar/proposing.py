"""What a bakery's sales say of its opening hours, public holidays and closures. Pure.

Axis: N days, from the first on which anything was sold to the last.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

import numpy as np
from numpy.typing import NDArray

from obrador.calendar.domain import Closing, HolidayRule, Proposal, Seen, Week
from obrador.sales.domain import SalesHistory
from obrador.tenants.domain import USUAL_HOURS, Bakery, Days, Hours, shop_days

Flags = NDArray[np.bool_]
Times = Mapping[int, tuple[time, time]]
"""When the first and the last sale of a weekday (0 is Monday) usually are."""
_RECENT_DAYS = 13 * 7
_ENOUGH_WEEKS = 3
_RARELY = 0.1
"""Days of a kind that sell on no larger a share of them are days on which the shop is closed."""
_ENOUGH_HOLIDAYS = 4
_LEAST_CLOSED = 3
"""So many open days in a row without a sale are a closure."""
_YEAR = timedelta(days=364)
"""Whole weeks, so that a closure keeps its weekdays."""
_SAME_TIME = timedelta(days=14)
_HALF_HOUR = 30


@dataclass(frozen=True)
class Record:
    """What a shop sold in all, day by day."""

    days: Days
    sold: NDArray[np.float64]
    """(N,) units; 0 where nothing was."""

    @property
    def sells(self) -> Flags:
        """(N,)"""
        return self.sold > 0

    @property
    def weekday(self) -> NDArray[np.int64]:
        """(N,) 0 is Monday."""
        return (self.days.first.weekday() + np.arange(len(self.sold))) % 7

    @property
    def is_holiday(self) -> Flags:
        """(N,)"""
        return np.array([name is not None for name in self.days.holiday], dtype=np.bool_)


def record_of(bakery: Bakery, history: SalesHistory) -> Record | None:
    """The shop's sales from the first day with any to the last; None if nothing was sold."""
    sold = np.nansum(history.sold, axis=0)
    selling = np.flatnonzero(sold > 0)
    if not selling.size:
        return None
    start, end = int(selling[0]), int(selling[-1]) + 1
    first = history.first + timedelta(days=start)
    return Record(shop_days(bakery, first, end - start), sold[start:end])


def propose_calendar(
    bakery: Bakery, record: Record, times: Times, today: date
) -> Iterator[Proposal]:
    """Opening hours, whether the shop opens on holidays, closures there were and are to come.

    What agrees with what a person has stated is not proposed; what agrees with an assumption is,
    so that it can be confirmed.
    """
    week, seen = _week(bakery, record, times)
    if _is_news(bakery, week, seen):
        yield Proposal(Week(week), seen)
    opens = np.array([hours is not None for hours in week])[record.weekday]
    yield from _holidays(bakery, record, opens)
    meant = opens if bakery.open_on_holidays else opens & ~record.is_holiday
    closed = list(_closed(record, meant))
    for closing, days in closed:
        if not _is_known(bakery, closing):
            yield Proposal(closing, (Seen(days, days),))
    yield from _to_come(bakery, [closing for closing, _ in closed], today)


def _week(
    bakery: Bakery, record: Record, times: Times
) -> tuple[tuple[Hours | None, ...], tuple[Seen, ...]]:
    """Opening hours, and on how many days of each weekday something was sold of late."""
    ordinary = ~record.is_holiday
    ordinary[: max(len(record.sold) - _RECENT_DAYS, 0)] = False
    kinds = [record.sells[ordinary & (record.weekday == day)] for day in range(7)]
    seen = tuple(Seen(int(sells.sum()), len(sells)) for sells in kinds)
    return tuple(_hours(bakery, day, seen[day], times) for day in range(7)), seen


def _hours(bakery: Bakery, day: int, seen: Seen, times: Times) -> Hours | None:
    """What is stated stays, but for whether the shop is open at all."""
    known = bakery.opening_hours[day]
    if seen.of < _ENOUGH_WEEKS:
        return known
    if seen.days < _RARELY * seen.of:
        return None
    if known is not None and "opening_hours" not in bakery.assumed:
        return known
    return _rounded(*times[day]) if day in times else known or _commonest(bakery.opening_hours)


def _rounded(first: time, last: time) -> Hours | None:
    """From the half hour before the first sale to that after the last."""
    opens = (first.hour * 60 + first.minute) // _HALF_HOUR * _HALF_HOUR
    closes = -(-(last.hour * 60 + last.minute + 1) // _HALF_HOUR) * _HALF_HOUR
    closes = min(closes, 24 * 60 - 1)
    return Hours(time(*divmod(opens, 60)), time(*divmod(closes, 60)))


def _commonest(week: Sequence[Hours | None]) -> Hours | None:
    counted = Counter(hours for hours in week if hours is not None)
    return counted.most_common(1)[0][0] if counted else USUAL_HOURS[0]


def _is_news(bakery: Bakery, week: Sequence[Hours | None], seen: Sequence[Seen]) -> bool:
    if all(each.of < _ENOUGH_WEEKS for each in seen):
        return False
    return "opening_hours" in bakery.assumed or tuple(week) != bakery.opening_hours


def _holidays(bakery: Bakery, record: Record, opens: Flags) -> Iterator[Proposal]:
    """Only where it is plain: a shop that opens on some holidays has no such rule."""
    sells = record.sells[record.is_holiday & opens]
    if len(sells) < _ENOUGH_HOLIDAYS or _RARELY < sells.mean() < 1 - _RARELY:
        return
    is_open = bool(sells.mean() > 0.5)
    if "open_on_holidays" in bakery.assumed or is_open is not bakery.open_on_holidays:
        yield Proposal(HolidayRule(is_open), (Seen(int(sells.sum()), len(sells)),))


def _closed(record: Record, meant: Flags) -> Iterator[tuple[Closing, int]]:
    """Runs of days meant to be open without any sale, and how many such days are in each."""
    selling = np.flatnonzero(record.sells)
    for place in np.flatnonzero(np.diff(selling) > _LEAST_CLOSED):
        before, after = int(selling[place]), int(selling[place + 1])
        missing = np.flatnonzero(meant[before + 1 : after]) + before + 1
        if len(missing) >= _LEAST_CLOSED:
            first, last = (record.days.date_of(int(index)) for index in missing[[0, -1]])
            yield Closing(first, last), len(missing)


def _is_known(bakery: Bakery, closing: Closing) -> bool:
    return any(
        first <= closing.first_day and closing.last_day <= last for first, last in bakery.closures
    )


def _to_come(bakery: Bakery, closed: Sequence[Closing], today: date) -> Iterator[Proposal]:
    """Closures of the last year that were there in an earlier one too, a year on."""
    for closing in closed:
        coming = Closing(closing.first_day + _YEAR, closing.last_day + _YEAR)
        is_planned = any(
            first <= coming.last_day and coming.first_day <= last for first, last in bakery.closures
        )
        if coming.last_day < today or is_planned:
            continue
        earlier = [each for each in closed if _is_same_time(each, closing)]
        if earlier:
            yield Proposal(coming, past=(*earlier, closing))


def _is_same_time(earlier: Closing, later: Closing) -> bool:
    """Whether it began at the same time of an earlier year."""
    years, rest = divmod(later.first_day - earlier.first_day + _SAME_TIME, _YEAR)
    return years > 0 and rest <= 2 * _SAME_TIME

"""What a record of sales proposes for the calendar."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from obrador.calendar.departures import special_days
from obrador.calendar.domain import (
    Change,
    Closing,
    FromEaster,
    HolidayRule,
    OnDate,
    OnWeekday,
    Proposal,
    Seen,
    SpecialDay,
    Week,
)
from obrador.calendar.proposing import propose_calendar, record_of
from obrador.kit.calendar import public_holidays
from obrador.sales.domain import SalesHistory
from obrador.tenants.domain import Bakery, Event, Hours
from tests.calendar.bakeries import BAKERY, FIRST, LAST, history, record

TODAY = LAST + timedelta(days=1)
OPEN = Hours(time(7), time(20))


def is_holiday(day: date) -> bool:
    return day in public_holidays("ES", "MD", day.year)


def six_days(day: date) -> bool:
    return day.weekday() != 6 and not is_holiday(day)


def proposed(
    bakery: Bakery,
    is_open: Callable[[date], bool],
    times: dict[int, tuple[time, time]] | None = None,
) -> dict[type[Change], list[Proposal]]:
    found: dict[type[Change], list[Proposal]] = {}
    for each in propose_calendar(bakery, record(bakery, history(is_open)), times or {}, TODAY):
        found.setdefault(type(each.change), []).append(each)
    return found


def test_an_assumed_week_is_proposed_as_sales_show_it_with_the_evidence() -> None:
    (week,) = proposed(BAKERY, lambda day: day.weekday() not in (0, 6))[Week]

    assert week.change == Week((None, *(OPEN,) * 5, None))
    assert week.seen[0] == Seen(0, 12)  # 12 October was a holiday
    assert week.seen[6] == Seen(0, 13)
    assert week.seen[3] == Seen(13, 13)


def test_hours_come_from_the_times_of_sales_where_there_are_any() -> None:
    times = {day: (time(7, 12), time(18, 40)) for day in range(6)} | {5: (time(8), time(13, 59))}

    (week,) = proposed(BAKERY, six_days, times)[Week]

    assert week.change == Week((*(Hours(time(7), time(19)),) * 5, Hours(time(8), time(14)), None))


def test_sales_until_midnight_close_on_the_same_day() -> None:
    (week,) = proposed(BAKERY, six_days, {0: (time(0), time(23, 59))})[Week]

    assert isinstance(week.change, Week)
    assert week.change.hours[0] == Hours(time(0), time(23, 59))


def test_a_stated_week_is_questioned_only_where_sales_contradict_it() -> None:
    stated = replace(BAKERY, assumed=())

    assert Week not in proposed(stated, six_days)
    (week,) = proposed(stated, lambda day: day.weekday() < 5 or day.weekday() == 6)[Week]
    assert week.change == Week((*(OPEN,) * 5, None, OPEN))


def test_a_shop_that_always_rests_on_holidays_is_said_to() -> None:
    (closed,) = proposed(BAKERY, six_days)[HolidayRule]
    (opened,) = proposed(BAKERY, lambda day: day.weekday() != 6)[HolidayRule]

    assert closed.change == HolidayRule(False)
    assert closed.seen[0].days == 0
    assert closed.seen[0].of > 20
    assert opened.change == HolidayRule(True)


def test_a_shop_that_opens_on_some_holidays_has_no_rule() -> None:
    some = proposed(BAKERY, lambda day: six_days(day) or (is_holiday(day) and day.month > 6))

    assert HolidayRule not in some


def test_a_run_of_days_without_sales_is_a_closure_unless_it_is_known() -> None:
    shut = (date(2025, 8, 4), date(2025, 8, 23))

    def is_open(day: date) -> bool:
        return six_days(day) and not shut[0] <= day <= shut[1]

    (closing,) = proposed(BAKERY, is_open)[Closing]

    assert closing.change == Closing(*shut)
    assert closing.seen == (Seen(17, 17),)  # without two Sundays and the 15th
    assert Closing not in proposed(replace(BAKERY, closures=(shut,)), is_open)


def test_the_same_weeks_closed_in_two_years_are_proposed_for_the_next() -> None:
    shut = ((date(2025, 8, 4), date(2025, 8, 23)), (date(2026, 8, 3), date(2026, 8, 22)))

    def is_open(day: date) -> bool:
        return six_days(day) and not any(first <= day <= last for first, last in shut)

    known = replace(BAKERY, closures=shut)
    (coming,) = proposed(known, is_open)[Closing]

    assert coming.change == Closing(date(2027, 8, 2), date(2027, 8, 21))
    assert coming.past == (Closing(*shut[0]), Closing(*shut[1]))
    planned = replace(known, closures=(*shut, (date(2027, 8, 1), date(2027, 8, 10))))
    assert Closing not in proposed(planned, is_open)


def test_the_same_is_proposed_under_the_same_id() -> None:
    first = [
        each.id for each in propose_calendar(BAKERY, record(BAKERY, history(six_days)), {}, TODAY)
    ]
    again = [
        each.id for each in propose_calendar(BAKERY, record(BAKERY, history(six_days)), {}, TODAY)
    ]

    assert first == again
    assert len(set(first)) == len(first) > 1


def found(*days: date, bakery: Bakery = BAKERY, effect: float = 1.62) -> list[Proposal]:
    return special_days("ES", record(bakery, history(six_days, days, effect)))


def test_a_day_that_sells_more_every_year_is_found_with_its_effect() -> None:
    # Fiesta of the quarter: no holiday, and not on a Sunday in these years.
    (day,) = found(date(2024, 9, 20), date(2025, 9, 20))[:1]

    assert day.change == SpecialDay(OnDate(9, 20))
    assert day.seen == (Seen(2, 2),)
    assert 0.5 < day.effect < 0.75
    assert [each.first_day for each in day.past] == [date(2024, 9, 20), date(2025, 9, 20)]


def test_a_day_that_sells_less_is_found_too() -> None:
    (day,) = found(date(2024, 9, 20), date(2025, 9, 20), effect=0.5)

    assert day.effect < -0.4


def test_a_day_that_moves_with_easter_or_the_weekday_is_found_by_its_rule() -> None:
    assert SpecialDay(FromEaster("ES", 24)) in [
        each.change for each in found(date(2024, 4, 24), date(2025, 5, 14), date(2026, 4, 29))
    ]
    assert SpecialDay(OnWeekday(6, 2, 5)) in [
        each.change for each in found(date(2024, 6, 8), date(2025, 6, 14), date(2026, 6, 13))
    ]


def test_once_is_not_enough_and_what_has_a_name_is_not_found() -> None:
    days = (date(2024, 9, 20), date(2025, 9, 20))
    fair = Event("event", "Fair", *days[:1] * 2, is_yearly=True)

    assert found() == []
    assert found(days[0]) == []
    assert found(*days, bakery=replace(BAKERY, events=(fair,))) == []
    assert found(date(2023, 12, 23), date(2024, 12, 24), date(2025, 12, 24)) == []


@given(st.integers(0, 2**32 - 1), st.integers(0, 500), st.sampled_from(["ES", "DE", "JP", "GR"]))
def test_any_record_at_all_gives_proposals_that_can_be(seed: int, days: int, country: str) -> None:
    generator = np.random.default_rng(seed)
    sold = np.where(generator.random((3, days)) < 0.4, np.nan, generator.lognormal(0, 3, (3, days)))
    sold[generator.random((3, days)) < 0.3] = 0
    bakery = replace(BAKERY, country=country, subdivision=None)
    history = SalesHistory(tuple(map(UUID, [f"{n:032}" for n in range(3)])), FIRST, sold, sold)
    found = record_of(bakery, history)
    if found is None:
        assert not (sold > 0).any()
        return

    for each in [*propose_calendar(bakery, found, {}, TODAY), *special_days(country, found)]:
        assert all(0 <= seen.days <= seen.of for seen in each.seen)
        assert np.isfinite(each.effect)
        if isinstance(each.change, Closing):
            assert each.change.first_day <= each.change.last_day
        if isinstance(each.change, Week):
            assert len(each.change.hours) == 7

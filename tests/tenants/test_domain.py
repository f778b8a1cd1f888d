"""What is known of a shop's days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from obrador.tenants.domain import Bakery, Days, Event, Hours, Policy, day_kinds, shop_days

OPEN = Hours(time(7), time(20))
BAKERY = Bakery(
    id=UUID(int=1),
    name="Obrador",
    time_zone="Europe/Madrid",
    country="ES",
    subdivision="MD",
    locale="es_ES",
    currency="EUR",
    opening_hours=(OPEN,) * 6 + (None,),
    open_on_holidays=False,
    closures=((date(2026, 8, 3), date(2026, 8, 23)),),
    policy=Policy(),
)
DATES = st.dates(date(2019, 1, 1), date(2029, 12, 31))
EVENTS = st.builds(
    lambda kind, name, first, days, yearly: Event(
        kind, name, first, first + timedelta(days=days), yearly
    ),
    st.sampled_from(["event", "school_holiday"]),
    st.sampled_from(["Feria", "Fair", "Market"]),
    DATES,
    st.integers(0, 60),
    st.booleans(),
)


def with_events(*events: Event) -> Bakery:
    return replace(BAKERY, events=events)


def named(bakery: Bakery, day: date) -> str | None:
    return shop_days(bakery, day, 1).special[0]


def on(name: str, first: date, last: date | None = None, *, is_yearly: bool = False) -> Event:
    return Event("event", name, first, last or first, is_yearly)


def test_days_without_more_have_no_special_days() -> None:
    days = Days(date(2026, 1, 1), np.ones(3, np.bool_), (None,) * 3)

    assert days.special == (None, None, None)
    assert_array_equal(days.school_holiday, [False] * 3)


def test_a_shop_is_closed_on_its_weekday_on_holidays_and_in_closures() -> None:
    days = shop_days(BAKERY, date(2026, 7, 31), 26)

    closed = [days.date_of(int(index)).day for index in np.flatnonzero(~days.is_open)]
    assert closed == list(range(2, 24))  # Sunday the 2nd, then the closure
    assert not shop_days(BAKERY, date(2026, 10, 12), 1).is_open[0]
    assert shop_days(replace(BAKERY, open_on_holidays=True), date(2026, 10, 12), 1).is_open[0]


def test_an_event_names_its_days_and_the_shortest_wins() -> None:
    market = on("Market", date(2026, 11, 25), date(2026, 12, 30))
    fair = on("Fair", date(2026, 12, 1), date(2026, 12, 3))
    bakery = with_events(market, fair, on("Our birthday", date(2026, 12, 2)))

    days = shop_days(bakery, date(2026, 11, 30), 4)

    assert days.special == ("Market", "Fair", "Our birthday", "Fair")
    assert named(bakery, date(2026, 12, 24)) == "Christmas Eve"
    assert named(with_events(on("Ours", date(2026, 12, 24))), date(2026, 12, 24)) == "Ours"


def test_a_yearly_event_is_on_its_dates_in_all_years() -> None:
    fair = with_events(on("Fair", date(2026, 5, 4), date(2026, 5, 5), is_yearly=True))
    winter = with_events(on("Lights", date(2025, 12, 27), date(2026, 1, 2), is_yearly=True))

    assert [named(fair, date(2023, 5, day)) for day in (3, 4, 5, 6)] == [None, "Fair", "Fair", None]
    assert [named(winter, date(2023, 12, day)) for day in (26, 27, 30)] == [
        None,
        "Lights",
        "Lights",
    ]
    assert [named(winter, date(2029, 1, day)) for day in (1, 2, 3)] == ["Lights", "Lights", None]


def test_the_29th_of_february_is_in_leap_years_only() -> None:
    bakery = with_events(on("Leap day", date(2024, 2, 29), is_yearly=True))

    found = [
        day
        for day in (date(2023, 1, 1) + timedelta(days=n) for n in range(6 * 366))
        if named(bakery, day) == "Leap day"
    ]
    assert found == [date(2024, 2, 29), date(2028, 2, 29)]


def test_school_holidays_of_the_bakery_add_to_those_of_its_state() -> None:
    kiel = replace(BAKERY, country="DE", subdivision="SH")
    own = Event("school_holiday", "Ferien", date(2026, 9, 1), date(2026, 9, 2))

    days = shop_days(replace(kiel, events=(own,)), date(2026, 8, 14), 21)

    free = [days.date_of(int(index)) for index in np.flatnonzero(days.school_holiday)]
    assert free == [date(2026, 8, 14), date(2026, 8, 15), date(2026, 9, 1), date(2026, 9, 2)]
    assert set(days.special) == {None}


def test_eves_and_bridge_days_follow_from_holidays() -> None:
    # In Kiel, Ascension is Thursday the 14th, and Whit Monday the 25th.
    days = shop_days(replace(BAKERY, country="DE", subdivision="SH"), date(2026, 5, 11), 15)
    kinds = day_kinds(days)

    assert [days.date_of(int(i)).day for i in np.flatnonzero(kinds.eve)] == [13, 24]
    assert [days.date_of(int(i)).day for i in np.flatnonzero(kinds.bridge)] == [15]


def test_a_monday_before_a_holiday_is_a_bridge() -> None:
    # 8 December 2026 is a Tuesday, and a holiday in Austria.
    days = shop_days(replace(BAKERY, country="AT", subdivision="9"), date(2026, 12, 5), 5)

    assert [days.date_of(int(i)).day for i in np.flatnonzero(day_kinds(days).bridge)] == [7]


@given(DATES, st.integers(1, 400), st.lists(EVENTS, max_size=4))
def test_days_are_the_same_from_wherever_one_looks(
    first: date, count: int, events: Sequence[Event]
) -> None:
    bakery, skipped = with_events(*events), count // 3
    whole = shop_days(bakery, first, count)
    part = shop_days(bakery, first + timedelta(days=skipped), count - skipped)

    assert whole.special[skipped:] == part.special
    assert whole.holiday[skipped:] == part.holiday
    assert_array_equal(whole.is_open[skipped:], part.is_open)
    assert_array_equal(whole.school_holiday[skipped:], part.school_holiday)


@given(DATES, st.lists(EVENTS, max_size=4))
def test_a_day_is_named_exactly_if_an_event_or_the_trade_names_it(
    first: date, events: Sequence[Event]
) -> None:
    days, plain = shop_days(with_events(*events), first, 90), shop_days(BAKERY, first, 90)
    own = [event for event in events if event.kind == "event" and not event.is_yearly]

    for index in range(90):
        day = days.date_of(index)
        if any(event.first_day <= day <= event.last_day for event in own) or plain.special[index]:
            assert days.special[index]
        if days.special[index] != plain.special[index]:
            assert days.special[index] in {event.name for event in events}

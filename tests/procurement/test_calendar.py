"""When suppliers deliver. Friday 1 May 2026 is a holiday in all of Spain, 2 May in Madrid."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from obrador.procurement.calendar import Delivery, deliveries, review_days
from tests.procurement.bakery import BAKERY, MILLER, MONDAY

MADRID = ZoneInfo("Europe/Madrid")


def _days(found: tuple[Delivery, ...]) -> list[int]:
    return [delivery.day for delivery in found]


def test_a_delivery_is_ordered_the_lead_time_before() -> None:
    now = datetime(2026, 3, 2, 5, 30, tzinfo=MADRID)

    found = deliveries(MILLER, BAKERY, MONDAY, now, 14)

    assert found == tuple(Delivery(day, MONDAY + timedelta(days=day - 2)) for day in (4, 8, 11))


@pytest.mark.parametrize(
    ("clock", "first"), [(time(12, 0), 4), (time(12, 1), 8)], ids=["in time", "too late"]
)
def test_the_cut_off_decides_on_the_last_day(clock: time, first: int) -> None:
    wednesday = date(2026, 3, 4)
    now = datetime.combine(wednesday, clock, MADRID)

    found = deliveries(MILLER, BAKERY, wednesday, now, 14)

    assert _days(found)[0] == first - 2


def test_nobody_delivers_on_a_public_holiday() -> None:
    now = datetime(2026, 4, 27, 5, 30, tzinfo=MADRID)
    daily = replace(MILLER, delivery_weekdays=(3, 4, 5, 6))

    found = deliveries(daily, BAKERY, date(2026, 4, 27), now, 7)

    assert _days(found) == [3, 6]


def test_what_would_be_ordered_on_a_holiday_is_ordered_before() -> None:
    now = datetime(2026, 4, 27, 5, 30, tzinfo=MADRID)
    on_sundays = replace(MILLER, delivery_weekdays=(6,))

    found = deliveries(on_sundays, BAKERY, date(2026, 4, 27), now, 7)

    assert found == (Delivery(6, date(2026, 4, 30)),)


def test_a_day_in_the_past_is_planned_as_of_its_early_morning() -> None:
    now = datetime(2031, 7, 1, 23, 0, tzinfo=MADRID)
    same_day = replace(MILLER, lead_time_days=0, delivery_weekdays=(0,))

    assert _days(deliveries(same_day, BAKERY, MONDAY, now, 7)) == [0]


def test_a_day_ahead_can_be_ordered_for_until_then() -> None:
    now = datetime(2026, 2, 27, 5, 30, tzinfo=MADRID)
    slow = replace(MILLER, lead_time_days=3, delivery_weekdays=(0,))

    found = deliveries(slow, BAKERY, MONDAY, now, 7)

    assert found == (Delivery(0, date(2026, 2, 27)),)


def test_two_deliveries_a_week_are_three_and_a_half_days_apart() -> None:
    assert review_days(MILLER) == 3.5

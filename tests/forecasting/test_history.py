"""Which days of a sales record are demand, which are zero, which are unknown."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.testing import assert_array_equal

from obrador.forecasting.history import OFF_SALE_DAYS, demand_history
from obrador.tenants.domain import Hours
from tests.forecasting.bakeries import (
    BAKERY,
    EVERY_DAY,
    MONDAY,
    SHUT_ON_MONDAYS,
    history,
    products,
    sales,
)

NO = np.nan


def test_a_missing_record_is_zero_while_the_product_was_on_sale() -> None:
    made = history([[9, 9, 9, 9, 9, 9], [NO, 4, NO, 5, NO, NO]])

    assert_array_equal(made.sold[1], [NO, 4, 0, 5, 0, 0])


def test_a_day_on_which_the_whole_shop_sold_nothing_is_unknown() -> None:
    made = history([[9, NO, 9, 0, 9], [4, NO, 5, 0, 3]])

    assert_array_equal(made.sold[1], [4, NO, 5, NO, 3])
    assert_array_equal(made.days.is_open[:5], [True, False, True, False, True])


def test_a_closed_day_is_unknown_unless_something_was_sold() -> None:
    made = history([[NO, *[9] * 6, 2], [NO, *[9] * 6, NO]], bakery=SHUT_ON_MONDAYS)

    assert_array_equal(made.sold[:, -1], [2, NO])


def test_history_starts_with_the_first_sale_of_the_shop() -> None:
    made = history([[NO, NO, NO, 3, 4]])

    assert_array_equal(made.sold, [[3, 4]])
    assert made.days.first == MONDAY + timedelta(days=3)
    assert made.horizon == 7


def test_a_product_off_sale_for_long_is_unknown_meanwhile() -> None:
    pause = [0.0] * OFF_SALE_DAYS

    made = history([[5.0] * (OFF_SALE_DAYS + 4), [3, 3, *pause, 3, 3]])

    assert np.isnan(made.sold[1, 2:-2]).all()
    assert_array_equal(made.sold[1, [0, 1, -2, -1]], [3, 3, 3, 3])


def test_nothing_after_the_business_date_is_seen() -> None:
    known = sales([[1, 2, 3, 100, 100]])

    made = demand_history(BAKERY, products(1), known, MONDAY + timedelta(days=3), 7)

    assert_array_equal(made.sold, [[1, 2, 3]])


def test_rows_follow_the_products_and_a_product_without_records_is_unknown() -> None:
    known = sales([[1, 2], [3, 4]])
    wanted = products(3)[::-1]

    made = demand_history(BAKERY, wanted, known, MONDAY + timedelta(days=2), 7)

    assert made.product_ids == tuple(product.id for product in wanted)
    assert_array_equal(made.sold, [[NO, NO], [3, 4], [1, 2]])


def test_sold_out_counts_before_closing_only() -> None:
    known = sales([[9, 9, 9]], sold_out_minute=np.array([[15 * 60, 20 * 60, NO]]))

    made = demand_history(BAKERY, products(1), known, MONDAY + timedelta(days=3), 7)

    assert_array_equal(made.sold_out, [[True, False, False]])


def test_a_bakery_without_any_sale_has_an_empty_history() -> None:
    made = history([[NO, 0.0, NO]])

    assert made.sold.shape == (1, 0)
    assert made.horizon == 7


def test_assumed_hours_give_way_to_what_sales_show() -> None:
    shut_on_sundays = np.tile([9.0] * 6 + [NO], 10)[None]
    assumed = replace(BAKERY, assumed=("opening_hours",))

    assert_array_equal(history(shut_on_sundays, bakery=assumed).days.is_open[-7:], [1] * 6 + [0])
    assert history(shut_on_sundays, bakery=BAKERY).days.is_open[-7:].all()


def test_assumed_hours_give_way_to_sales_on_a_day_thought_closed() -> None:
    hours: tuple[Hours | None, ...] = (*EVERY_DAY[:6], None)
    assumed = replace(BAKERY, opening_hours=hours, assumed=("opening_hours",))

    assert history(np.full((1, 70), 9.0), bakery=assumed).days.is_open[-7:].all()


def test_assumed_holidays_follow_the_same_holiday_before() -> None:
    first = date(2024, 12, 1)
    sold = np.full((1, 389), 9.0)
    sold[0, (date(2024, 12, 25) - first).days] = NO
    assumed = replace(BAKERY, assumed=("open_on_holidays",))

    made = history(sold, bakery=assumed, first=first, horizon=14)

    christmas = (date(2025, 12, 25) - first).days
    new_year = (date(2026, 1, 1) - first).days
    assert not made.days.is_open[christmas]
    assert made.days.is_open[new_year]

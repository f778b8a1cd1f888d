"""Accuracy over many days, against sums by hand."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.forecasting.domain import PRODUCT_DAY
from obrador.forecasting.summary import BANDS, ValidatedDay, period, summary
from obrador.kit.ids import new_id
from obrador.tenants.domain import Policy

MONDAY = date(2026, 3, 2)
BREAD, CAKE = new_id(), new_id()
NAMES = {BREAD: "Bread", CAKE: "Cake"}


def validated(
    day: int, *products: tuple[object, float, float], overridden: tuple[float, ...] = (0, 0, 0, 0)
) -> ValidatedDay:
    """A day with forecasts and sales of products, intervals of one to either side."""
    records = np.zeros(len(products), PRODUCT_DAY)
    for record, (product_id, foreseen, sold) in zip(records, products, strict=True):
        record["id"] = product_id.bytes  # type: ignore[attr-defined]
        record["forecast"], record["sold"] = foreseen, sold
        record["low"], record["high"] = foreseen - 1, foreseen + 1
    count, *sums = overridden
    return ValidatedDay(MONDAY + timedelta(days=day), records, int(count), *sums)


DAYS = [
    validated(-1, (BREAD, 10, 20)),
    validated(0, (BREAD, 10, 10), (CAKE, 4, 2)),
    validated(6, (BREAD, 12, 10), (CAKE, 1, 0), overridden=(1, 10, 2, 4)),
    validated(7, (BREAD, 8, 10)),
]
SEEN = summary(MONDAY, MONDAY + timedelta(days=7), DAYS, NAMES)


def test_all_days_are_added_up() -> None:
    overall, before = SEEN.overall, SEEN.before
    assert overall is not None
    assert before is not None
    assert (overall.days, overall.forecast, overall.sold) == (3, 35, 32)
    assert overall.wape == pytest.approx(100 * (2 + 2 + 1 + 2) / 32)
    assert overall.mape == pytest.approx(100 * (0 + 1 + 0.2 + 0.2) / 4)
    assert overall.bias_percent == pytest.approx(100 * 3 / 32)
    assert overall.interval_coverage == pytest.approx(2 / 5)
    assert (overall.health, before.health) == ("warning", "critical")
    assert (before.wape, before.first) == (50, MONDAY - timedelta(days=8))
    assert SEEN.last_validation == MONDAY + timedelta(days=7)


def test_each_bakery_says_what_is_healthy() -> None:
    policy = Policy(healthy_wape=5, warning_wape=10)
    strict = summary(MONDAY, MONDAY + timedelta(days=7), DAYS, NAMES, policy)
    assert (SEEN.warning_wape, SEEN.critical_wape) == (20, 30)
    assert (strict.warning_wape, strict.critical_wape) == (5, 10)
    for each in (strict.overall, strict.before, *strict.days, *strict.weeks):
        assert each is not None
        assert each.health == "critical"


def test_weeks_begin_on_mondays() -> None:
    assert [(week.first, week.last) for week in SEEN.weeks] == [
        (MONDAY, MONDAY + timedelta(days=6)),
        (MONDAY + timedelta(days=7), MONDAY + timedelta(days=7)),
    ]
    assert [day.wape for day in SEEN.days] == pytest.approx([100 * 2 / 12, 30, 20])


def test_products_are_named_and_counted() -> None:
    assert [card.product for card in SEEN.best] == ["Bread", "Cake"]
    assert [card.product for card in SEEN.worst] == ["Bread", "Cake"]
    assert SEEN.best[0].wape == pytest.approx(100 * 4 / 30)
    assert [band.products for band in SEEN.distribution] == [0, 1, 0, 0, 1]


def test_people_are_compared_with_the_model() -> None:
    assert SEEN.overrides is not None
    assert (SEEN.overrides.days, SEEN.overrides.products) == (1, 1)
    assert (SEEN.overrides.wape, SEEN.overrides.statistical_wape) == (20, 40)


def test_without_validations_there_is_nothing_to_say() -> None:
    nothing = summary(MONDAY, MONDAY, [], NAMES)

    assert (nothing.overall, nothing.before, nothing.last_validation) == (None, None, None)
    assert (nothing.days, nothing.weeks, nothing.best, nothing.overrides) == ((), (), (), None)
    assert sum(band.products for band in nothing.distribution) == 0
    assert period(MONDAY, MONDAY, [validated(0, (BREAD, 3, 0))]) is None


@given(st.lists(st.tuples(st.floats(0, 1e4, width=32), st.floats(1, 1e4, width=32)), min_size=1))
def test_a_product_is_in_one_band(figures: list[tuple[float, float]]) -> None:
    days = [validated(0, *((new_id(), foreseen, sold) for foreseen, sold in figures))]
    seen = summary(MONDAY, MONDAY, days, {})

    assert sum(band.products for band in seen.distribution) == len(figures)
    assert tuple(band.above for band in seen.distribution) == BANDS
    assert seen.overall is not None
    assert seen.overall.wape >= 0

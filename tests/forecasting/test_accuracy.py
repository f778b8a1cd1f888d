"""Forecasts against sales."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.forecasting.accuracy import best, by_product, measure, pinball, validation
from obrador.forecasting.domain import (
    PRODUCT_DAY,
    QUANTILE_LEVELS,
    DayForecast,
    ProductDays,
    Validation,
)
from obrador.kit.ids import new_id
from obrador.sales.domain import DaySales

DAY = date(2026, 3, 9)
CLOSES = 20 * 60.0
LEVELS = np.array(QUANTILE_LEVELS)


def forecast(*mean: float, spread: float = 5.0) -> DayForecast:
    """Products with a symmetric forecast around each mean."""
    means = np.array(mean)
    quantiles = np.clip(means[:, None] + (LEVELS - 0.5) * 2 * spread, 0, None)
    return DayForecast(tuple(new_id() for _ in mean), means, quantiles)


def sales(of: DayForecast, *sold: float | None, out: float = np.nan) -> DaySales:
    """What was sold of the products, None without a record."""
    rows = [
        (own, value) for own, value in zip(of.product_ids, sold, strict=True) if value is not None
    ]
    return DaySales(
        tuple(own for own, _ in rows),
        np.array([value for _, value in rows], dtype=np.float64),
        np.full(len(rows), out),
    )


def compared(of: DayForecast, sold: DaySales) -> Validation:
    found = validation(DAY, 0, of, sold, CLOSES)
    assert found is not None
    return found


def test_figures_are_those_of_the_book() -> None:
    """The example of `measure`, by hand."""
    foreseen = forecast(12, 8)
    figures = compared(foreseen, sales(foreseen, 10, 10)).accuracy

    assert (figures.mae, figures.mape, figures.wape, figures.rmse) == (2, 20, 20, 2)
    assert (figures.bias, figures.bias_percent, figures.accuracy) == (0, 0, 80)
    assert figures.r2 is None
    assert figures.interval_coverage == 1
    assert figures.health == "healthy"


def test_zero_sales_count_everywhere_but_in_mape() -> None:
    foreseen = forecast(10, 5, 5)
    figures = compared(foreseen, sales(foreseen, 10, 0, None)).accuracy

    assert figures.mape == 0
    assert figures.wape == 100
    assert (figures.products, figures.zero_sales) == (3, 2)
    assert figures.coverage == pytest.approx(2 / 3)
    assert figures.health == "critical"


def test_what_is_not_on_sale_is_left_out_and_what_nobody_foresaw_is_counted() -> None:
    foreseen = forecast(10, 0)
    sold = sales(foreseen, 12, None)
    with_new = DaySales(
        (*sold.product_ids, new_id()),
        np.append(sold.sold, 4.0),
        np.append(sold.sold_out_minute, np.nan),
    )
    figures = compared(foreseen, with_new).accuracy

    assert (figures.products, figures.unforeseen) == (1, 1)


@pytest.mark.parametrize(
    ("mean", "sold"), [((10.0, 5.0), (0.0, 0.0)), ((0.0, 0.0), (3.0, 4.0)), ((10.0,), (None,))]
)
def test_there_is_nothing_to_compare_on_a_closed_day(
    mean: tuple[float, ...], sold: tuple[float | None, ...]
) -> None:
    foreseen = forecast(*mean)

    assert validation(DAY, 0, foreseen, sales(foreseen, *sold), CLOSES) is None


def test_only_what_ran_out_before_closing_is_sold_out() -> None:
    foreseen = forecast(10)

    assert compared(foreseen, sales(foreseen, 8, out=CLOSES - 60)).products["sold_out"].all()
    assert not compared(foreseen, sales(foreseen, 8, out=CLOSES)).products["sold_out"].any()


units = st.floats(0, 1e4, width=32)


@given(st.lists(st.tuples(units, units), min_size=1, max_size=12))
def test_figures_keep_to_their_bounds(pairs: list[tuple[float, float]]) -> None:
    foreseen = forecast(*(mean for mean, _ in pairs))
    found = validation(DAY, 0, foreseen, sales(foreseen, *(sold for _, sold in pairs)), CLOSES)
    if found is None:
        return
    figures = found.accuracy

    assert figures.mae <= figures.rmse * (1 + 1e-9) + 1e-9
    assert abs(figures.bias) <= figures.mae + 1e-9
    assert 0 <= figures.accuracy <= 100
    assert 0 <= figures.coverage <= 1
    assert 0 <= figures.interval_coverage <= 1
    assert figures.pinball >= 0
    assert figures.r2 is None or figures.r2 <= 1 + 1e-9
    assert figures.mape is None or figures.mape >= 0


@given(st.lists(st.floats(1, 1e4, width=32), min_size=1, max_size=12))
def test_a_perfect_forecast_is_perfect(mean: list[float]) -> None:
    foreseen = forecast(*mean)
    figures = compared(foreseen, sales(foreseen, *mean)).accuracy

    assert (figures.mae, figures.mape, figures.wape, figures.bias) == (0, 0, 0, 0)
    assert figures.accuracy == 100
    assert figures.r2 in (None, 1)
    assert figures.interval_coverage == 1


@given(st.lists(st.floats(0, 100), min_size=30, max_size=60), st.floats(0, 100))
def test_no_other_constant_beats_the_empirical_quantiles(sold: list[float], other: float) -> None:
    """The pinball loss is proper: of all constants, the sample's own quantiles lose least."""
    sample = np.array(sold)
    own = np.tile(np.quantile(sample, LEVELS, method="inverted_cdf"), (len(sample), 1))
    wrong = np.full_like(own, other)

    assert pinball(sample, own).mean() <= pinball(sample, wrong).mean() + 1e-9


@given(st.lists(st.lists(st.tuples(units, units), min_size=3, max_size=3), min_size=1, max_size=5))
def test_products_over_days_add_up(days: list[list[tuple[float, float]]]) -> None:
    ids = [new_id() for _ in range(3)]
    records: list[ProductDays] = []
    for pairs in days:
        day = np.zeros(3, PRODUCT_DAY)
        day["id"] = np.frombuffer(b"".join(own.bytes for own in ids), "S16")
        day["forecast"], day["sold"] = np.array(pairs, dtype=np.float32).T
        records.append(day)

    found = {each.product_id: each for each in by_product(records)}

    assert set(found) == set(ids)
    for index, own in enumerate(ids):
        sold = sum(float(np.float32(day[index][1])) for day in days)
        foreseen = sum(float(np.float32(day[index][0])) for day in days)
        assert found[own].sold == pytest.approx(sold, abs=1e-6)
        assert found[own].bias * len(days) == pytest.approx(foreseen - sold, abs=1e-3)
        assert found[own].days == len(days)


def test_ids_that_end_in_zeros_survive() -> None:
    own = new_id().int & ~0xFFFF
    day = np.zeros(1, PRODUCT_DAY)
    day["id"] = np.frombuffer(own.to_bytes(16, "big"), "S16")

    assert [each.product_id.int for each in by_product([day])] == [own]


def test_best_are_the_nearest_that_sold_and_worst_come_first() -> None:
    foreseen = forecast(100, 20, 3)
    products = by_product([compared(foreseen, sales(foreseen, 90, 21, 0)).products])

    assert products[0].product_id == foreseen.product_ids[0]
    assert [each.product_id for each in best(products, 1)] == [foreseen.product_ids[1]]
    assert by_product([]) == []


def test_measuring_needs_no_day() -> None:
    records = np.zeros(1, PRODUCT_DAY)
    records["forecast"], records["sold"] = 130, 100

    assert measure(records, np.array([True])).health == "warning"

"""The demo bakery is complete, always the same, and behaves as a bakery does."""

from dataclasses import fields
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from obrador.onboarding.bakery_file import BakeryFile
from obrador.onboarding.demo.bakery import Demo, demo
from obrador.onboarding.demo.sales import DemoSales
from obrador.onboarding.storage.check import check, warnings
from obrador.tenants.domain import shop_days

LAST_DAY = date(2026, 3, 2)
TODAY = date(2026, 3, 3)
EMPTY = BakeryFile()


@pytest.fixture(scope="module")
def bakery() -> Demo:
    return demo(1, LAST_DAY)


def _table(bakery: Demo, days: int = 730) -> NDArray[np.int64]:
    """(P, D) units sold."""
    sold = np.zeros((len(bakery.file.products), days), dtype=np.int64)
    sold[bakery.sales.product, bakery.sales.day] = bakery.sales.quantity
    return sold


def _of(bakery: Demo, name: str) -> int:
    return next(i for i, product in enumerate(bakery.file.products) if product.name == name)


def _same(one: DemoSales, other: DemoSales) -> bool:
    return all(
        np.array_equal(getattr(one, column.name), getattr(other, column.name))
        for column in fields(DemoSales)
    )


def test_has_what_a_bakery_has(bakery: Demo) -> None:
    file = bakery.file

    assert len(file.products) == 24
    assert len(file.ingredients) == 38
    assert len(file.suppliers) == 6
    assert len({(order.supplier, order.delivery_on) for order in file.open_orders}) == 2
    assert len({order.customer for order in file.customer_orders}) == 2
    assert max(line.min_packs for line in file.prices) > 1
    assert all(supplier.email for supplier in file.suppliers)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    last_day=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    products=st.integers(1, 80),
    days=st.integers(14, 400),
)
def test_every_demo_is_a_faultless_file(
    seed: int, last_day: date, products: int, days: int
) -> None:
    made = demo(seed, last_day, products, days)
    today = last_day + timedelta(days=1)

    assert check(made.file, EMPTY, today) == []
    assert warnings(made.file, EMPTY) == []
    assert len(made.file.products) == products
    assert shop_days(made.bakery, today, 1).is_open[0]
    assert all(lot.expires_on is None or lot.expires_on >= today for lot in made.file.lots)


def test_nothing_is_assumed(bakery: Demo) -> None:
    file = bakery.file

    for rows in (file.products, file.recipes, file.equipment, file.ingredients, file.suppliers):
        assert not any(row.assumed for row in rows)


def test_the_same_seed_and_day_give_the_same_bakery(bakery: Demo) -> None:
    again = demo(1, LAST_DAY)

    assert (again.bakery, again.file) == (bakery.bakery, bakery.file)
    assert _same(again.sales, bakery.sales)


def test_another_seed_gives_another_bakery(bakery: Demo) -> None:
    other = demo(2, LAST_DAY)

    assert other.bakery.id != bakery.bakery.id
    assert not _same(other.sales, bakery.sales)


def test_sells_on_open_days_only_and_each_product_once_a_day(bakery: Demo) -> None:
    sold = _table(bakery)
    open_days = shop_days(bakery.bakery, bakery.sales.first, 730).is_open

    assert sold[:, ~open_days].sum() == 0
    assert (sold[0, open_days] > 0).all()
    assert 10 <= (~open_days).sum() <= 20
    assert np.count_nonzero(sold) == len(bakery.sales.day)
    assert (bakery.sales.quantity > 0).all()


def test_sales_follow_week_and_year(bakery: Demo) -> None:
    sold = _table(bakery)[_of(bakery, "Barra de pan")]
    dates = [bakery.sales.first + timedelta(days=day) for day in range(730)]
    weekday = np.array([day.weekday() for day in dates])
    month = np.array([day.month for day in dates])
    is_open = sold > 0

    assert sold[is_open & (weekday == 5)].mean() > 1.1 * sold[is_open & (weekday == 1)].mean()
    assert sold[is_open & (month == 8)].mean() < 0.85 * sold[is_open & (month == 10)].mean()


def test_products_come_go_and_have_their_season(bakery: Demo) -> None:
    sold = _table(bakery)
    new, gone = sold[_of(bakery, "Rollo de canela")], sold[_of(bakery, "Berlina")]
    kings = np.flatnonzero(sold[_of(bakery, "Roscón de Reyes")])

    assert np.flatnonzero(new)[0] >= 730 - 120
    assert np.flatnonzero(gone)[-1] < 730 - 150
    assert not bakery.file.products[_of(bakery, "Berlina")].is_active
    assert {(bakery.sales.first + timedelta(days=int(day))).month for day in kings} == {12, 1}


def test_some_days_sell_out_before_closing(bakery: Demo) -> None:
    minute = bakery.sales.sold_out_minute
    coffee = bakery.sales.product == _of(bakery, "Café con leche")

    assert 0.05 < (minute[~coffee] >= 0).mean() < 0.2
    assert (minute[coffee] == -1).all()
    assert minute[minute >= 0].min() >= 8 * 60 + 30
    assert minute.max() <= 20 * 60 + 30


def test_prices_rise_and_promotions_lower_them(bakery: Demo) -> None:
    bread = bakery.sales.product == _of(bakery, "Barra de pan")
    prices = bakery.sales.price_minor[bread]
    today = bakery.file.products[_of(bakery, "Barra de pan")].price_minor

    assert np.bincount(prices[-20:]).argmax() == today
    assert np.bincount(prices[:200]).argmax() < np.bincount(prices[-20:]).argmax()
    assert len(np.unique(prices)) >= 4


def test_one_thing_is_short_and_one_about_to_expire(bakery: Demo) -> None:
    lots = bakery.file.lots

    assert {lot.item for lot in lots if lot.expires_on == TODAY and not lot.is_product} == {"Jamón"}
    assert {lot.item for lot in lots if lot.is_product} <= {
        product.name for product in bakery.file.products if product.shelf_life_days > 1
    }
    assert all(lot.quantity > 0 for lot in lots)


def test_the_largest_demo_has_as_many_different_products() -> None:
    made = demo(3, LAST_DAY, products=400, days=30)

    assert len({product.name for product in made.file.products}) == 400
    assert check(made.file, EMPTY, TODAY) == []


@pytest.mark.parametrize(("products", "days"), [(0, 730), (401, 730), (24, 13)])
def test_impossible_sizes_are_refused(products: int, days: int) -> None:
    with pytest.raises(ValueError, match="1 to 400 products and at least 14 days"):
        demo(1, LAST_DAY, products, days)

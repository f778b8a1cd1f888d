"""Stock day by day."""

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.inventory.domain import Ingredient
from obrador.procurement.projection import FOREVER, Supply, delivered, project
from tests.procurement.bakery import FLOUR

quantities = st.floats(0, 1e5)
supplies = st.builds(
    lambda from_day, life, quantity: Supply(from_day, from_day + life, quantity),
    st.integers(-1, 16),
    st.one_of(st.integers(-2, 20), st.just(FOREVER)),
    quantities,
)


def test_what_expires_first_is_used_first() -> None:
    flow = project([6, 6, 6], [Supply(-1, FOREVER, 10), Supply(-1, 0, 5), Supply(1, 1, 8)])

    assert list(flow.receipts) == [0, 8, 0]
    assert list(flow.expired) == [0, 2, 0]
    assert list(flow.unmet) == [0, 0, 0]
    assert list(flow.closing) == [9, 9, 3]


def test_what_has_expired_is_thrown_away_and_not_used() -> None:
    flow = project([5, 5], [Supply(-1, -1, 10)])

    assert list(flow.expired) == [10, 0]
    assert list(flow.unmet) == [5, 5]


def test_a_delivery_is_used_on_as_many_days_as_its_shelf_life_has() -> None:
    milk = Ingredient(FLOUR, "Milk", "ml", shelf_life_days=3)

    assert delivered(2, 10, milk) == Supply(2, 4, 10)
    assert delivered(2, 10, Ingredient(FLOUR, "Salt", "g")).last_day == FOREVER


@settings(max_examples=100)
@given(st.lists(quantities, min_size=1, max_size=14), st.lists(supplies, max_size=8))
def test_stock_reconciles_on_every_day(need: list[float], lots: list[Supply]) -> None:
    flow = project(need, lots)

    opening = sum(lot.quantity for lot in lots if lot.from_day < 0)
    for day, required in enumerate(need):
        served = required - flow.unmet[day]
        expected = opening + flow.receipts[day] - served - flow.expired[day]
        assert flow.closing[day] == pytest.approx(expected, abs=1e-4)
        assert min(flow.unmet[day], flow.expired[day], flow.closing[day], served) >= 0
        opening = flow.closing[day]


@settings(max_examples=100)
@given(st.lists(quantities, min_size=1, max_size=14), st.lists(supplies, max_size=8))
def test_nothing_is_used_before_it_comes_or_after_it_expires(
    need: list[float], lots: list[Supply]
) -> None:
    flow = project(need, lots)

    for day, required in enumerate(need):
        usable = sum(lot.quantity for lot in lots if lot.from_day <= day <= lot.last_day)
        assert required - flow.unmet[day] <= usable + 1e-4
        fresh = sum(lot.quantity for lot in lots if lot.from_day <= day < lot.last_day)
        assert flow.closing[day] <= fresh + 1e-4


@settings(max_examples=50)
@given(st.lists(quantities, min_size=1, max_size=14))
def test_endless_stock_serves_everything(need: list[float]) -> None:
    assert not any(project(need, [Supply(-1, FOREVER, inf)]).unmet)

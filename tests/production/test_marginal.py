"""The marginal rule: against the exact optimum, and as properties."""

from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.bench_quantities import (
    ORDERS,
    Case,
    Kitchen,
    Order,
    day_by_day,
    demand_chances,
    marginal_rule,
)
from obrador.forecasting.domain import QUANTILE_LEVELS
from obrador.production.demand import highest
from obrador.production.marginal import Margin, Shelf, Stakes

SCORES = np.array([NormalDist().inv_cdf(level) for level in QUANTILE_LEVELS])

shelves = st.tuples(
    st.integers(1, 4),  # days it keeps
    st.floats(1, 200),  # mean
    st.floats(0.05, 0.6),  # deviation, as a share of it
    st.lists(st.floats(0, 60), min_size=4, max_size=4),  # left-over
    st.booleans(),  # freshest first
)
Facts = tuple[int, float, float, list[float], bool]


def shelf_of(facts: Facts) -> Shelf:
    keeps, mean, share, stock, freshest = facts
    day = np.maximum(mean + mean * share * SCORES, 0)
    left = np.zeros((1, keeps))
    left[0, : keeps - 1] = stock[: keeps - 1]
    return Shelf(
        np.tile(day, (1, keeps, 1)), left, np.array([keeps]), np.array([freshest], dtype=bool)
    )


def best(shelf: Shelf, gain: float = 70, waste: float = 30, holding: float = 0) -> float:
    stakes = Stakes(np.array([gain]), np.array([waste]), np.array([holding]))
    return float(Margin(shelf, stakes).best()[0])


@pytest.mark.parametrize(("order", "most_lost"), [("oldest first", 0.25), ("freshest first", 1.0)])
@pytest.mark.parametrize(
    ("keeps", "mean", "dispersion", "cost", "waste", "holding", "goodwill"),
    [
        (2, 3.6, 2.5, 42, -7, 0, 0),  # where the rule without weights lost most
        (2, 4.1, 2.6, 56, 14, 1, 0),
        (2, 14, 1, 50, 0, 0, 10),
        (2, 20, 3, 25, 0, 2, 0),
        (3, 5.8, 1.7, 63, -8, 0, 0),
        (3, 3.1, 2.8, 47, -3, 0, 20),
    ],
)
def test_it_is_near_the_optimum(
    order: Order,
    most_lost: float,
    keeps: int,
    mean: float,
    dispersion: float,
    cost: float,
    waste: float,
    holding: float,
    goodwill: float,
) -> None:
    case = Case(keeps, order, demand_chances(mean, dispersion), cost, waste, holding, goodwill)
    kitchen = Kitchen(case)
    optimum = kitchen.optimum()

    lost = 100 * (1 - kitchen.profit(marginal_rule(case, kitchen.states)) / optimum)
    by_itself = 100 * (1 - kitchen.profit(day_by_day(case, kitchen.states)) / optimum)

    assert -1e-9 < lost <= most_lost
    assert lost < by_itself


@pytest.mark.parametrize("order", ORDERS)
def test_the_optimum_of_what_keeps_for_a_day_is_the_newsvendor(order: Order) -> None:
    case = Case(1, order, demand_chances(30, 1.5), 40, 0, 0, 0)
    kitchen = Kitchen(case)

    assert kitchen.profit(marginal_rule(case, kitchen.states)) == pytest.approx(kitchen.optimum())


@given(facts=shelves, waste=st.floats(0, 90), holding=st.floats(0, 20))
@settings(max_examples=60, deadline=None)
def test_more_gain_bakes_more_and_never_beyond_what_a_day_may_sell(
    facts: Facts, waste: float, holding: float
) -> None:
    shelf = shelf_of(facts)

    quantities = [best(shelf, gain, waste, holding) for gain in (1, 20, 60, 200)]

    assert quantities[0] >= 0
    step = 0.02 * float(highest(shelf.days[:, 0])[0, 0])
    assert all(less <= more + step for less, more in pairwise(quantities))
    most = max(float(highest(shelf.days[:, 0])[0, 0]) - shelf.stock.sum(), 0)
    assert quantities[-1] <= most + 1e-6


@given(facts=shelves, more=st.floats(1, 40), age=st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_more_left_over_bakes_less(facts: Facts, more: float, age: int) -> None:
    shelf = shelf_of((facts[0], facts[1], facts[2], facts[3], False))
    stock = shelf.stock.copy()
    stock[0, min(age, facts[0] - 1)] += more

    grown = best(replace(shelf, stock=stock))

    assert grown <= best(shelf) + 0.02 * float(highest(shelf.days[:, 0])[0, 0])


def test_old_left_over_replaces_less_than_young() -> None:
    nothing, old, young = (
        best(shelf_of((3, 20, 0.6, stock, False)), gain=30, waste=70)
        for stock in ([0.0, 0.0], [25.0, 0.0], [0.0, 25.0])
    )

    assert young < old < nothing


def test_customers_who_take_the_freshest_leave_more_to_waste() -> None:
    oldest, freshest = (shelf_of((2, 50, 0.2, [20], taken)) for taken in (False, True))

    assert best(freshest) < best(oldest)


@given(facts=shelves, low=st.floats(0, 100), gap=st.floats(0.5, 50))
@settings(max_examples=40, deadline=None)
def test_what_pays_better_lies_nearer_to_the_best(facts: Facts, low: float, gap: float) -> None:
    """Between two quantities on the same side of the best, the one closer to it."""
    shelf = shelf_of((facts[0], facts[1], facts[2], facts[3], False))
    stakes = Stakes(np.array([70.0]), np.array([30.0]), np.array([0.0]))
    margin = Margin(shelf, stakes)
    top = float(margin.best()[0])

    more = float(margin.between(np.array([low]), np.array([low + gap]))[0])

    tolerance = 0.05 * float(highest(shelf.days[:, 0])[0, 0])
    nothing = 1e-3 * 70.0 * gap  # the shelf ends at a quantile, beyond which a little may be won
    if low + gap <= top - tolerance:
        assert more > -nothing
    elif low >= top + tolerance:
        assert more < nothing

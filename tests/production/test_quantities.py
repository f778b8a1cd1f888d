"""How much to bake, bounded by what a baker knows."""

from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.inventory.domain import Lot
from obrador.production.domain import QuantityReason
from obrador.production.economics import unit_costs
from obrador.production.quantities import Quantities, bake_quantities
from obrador.sales.domain import FirmOrder
from tests.production.builders import (
    FLOUR,
    MONDAY,
    ROLL,
    ROLL_RECIPE,
    bakery,
    dough_recipe,
    forecast,
    problem,
    roll,
    roll_recipe,
)


def reason(quantities: Quantities) -> QuantityReason:
    return quantities.targets[0].reason


def order(quantity: float, day: int = 0, *, in_forecast: bool = False) -> FirmOrder:
    return FirmOrder(ROLL, MONDAY + timedelta(days=day), None, quantity, in_forecast)


def left_over(quantity: float, keeps: int) -> Lot:
    return Lot(ROLL, quantity, MONDAY - timedelta(days=1), MONDAY + timedelta(days=keeps))


def test_the_textbook_newsvendor_with_its_reason() -> None:
    """Price 1.00, cost 0.30 and salvage 0.12 make an underage of 0.70 and an overage of 0.18."""
    kitchen = replace(problem([roll(salvage_minor=12)]), ingredient_cost_minor={FLOUR: 0.3})

    quantities = bake_quantities(kitchen)

    assert quantities.quantity.tolist() == [[57.0] * 7]
    assert reason(quantities) == QuantityReason(
        expected=50,
        firm=0,
        critical_ratio=0.7955,
        ratio_from="economics",
        cover_days=1,
        quantile=56.6,
        left_over=0,
        unit_cost_minor=30,
        waste_chance=0.8092,  # of 57, P(D ≤ 57)
        gain_minor=70,
        waste_minor=18,
    )


def test_unit_cost_counts_doughs_and_all_waste() -> None:
    wasteful = problem(
        recipes=(roll_recipe(waste_share=0.2), dough_recipe(waste_share=0.5, yield_quantity=2))
    )

    assert unit_costs(wasteful)[ROLL_RECIPE] == pytest.approx(100 / 0.8 / 0.5 / 2 * 0.2)
    assert unit_costs(replace(wasteful, ingredient_cost_minor={}))[ROLL_RECIPE] is None


@pytest.mark.parametrize(
    "changes", [{"price_minor": None}, {"recipe_id": None}, {"price_minor": 5}]
)
def test_without_a_margin_to_reckon_with_the_service_level_stands_in(
    changes: dict[str, object],
) -> None:
    quantities = bake_quantities(problem([roll(**changes)]))

    assert reason(quantities).ratio_from == "service_level"
    assert quantities.quantity[0, 0] == 57  # 80 % quantile of 50 ± 8


def test_longer_shelf_life_bakes_more_and_counts_what_is_left() -> None:
    fresh = bake_quantities(problem([roll(shelf_life_days=3)]))
    stocked = bake_quantities(
        problem([roll(shelf_life_days=3)], left_over=[left_over(20, 0), left_over(9, -1)])
    )

    assert fresh.quantity[0, 0] > bake_quantities(problem()).quantity[0, 0]
    assert reason(fresh).cover_days == 3
    assert reason(stocked).left_over == 20
    assert stocked.quantity[0, 0] == fresh.quantity[0, 0] - 20


def test_left_over_without_expiry_keeps_for_the_shelf_life() -> None:
    lot = replace(left_over(20, 0), expires_on=None)

    assert (
        reason(bake_quantities(problem([roll(shelf_life_days=2)], left_over=[lot]))).left_over == 20
    )
    assert reason(bake_quantities(problem([roll()], left_over=[lot]))).left_over == 0


def test_bounds_bend_the_quantity_and_say_so() -> None:
    par = bake_quantities(problem([roll(par_levels=(80.0,) * 7)]))
    most = bake_quantities(problem([roll(daily_max=40.5)]))

    assert (par.quantity[0, 0], reason(par).bound_by) == (80, ("par_level",))
    assert (most.quantity[0, 0], reason(most).bound_by) == (40, ("daily_max",))


def test_firm_orders_come_on_top_of_the_forecast_unless_it_has_them() -> None:
    usual = bake_quantities(problem()).quantity[0, 0]
    extra = bake_quantities(problem(firm_orders=[order(30), order(5, day=2)]))
    known = bake_quantities(problem(firm_orders=[order(30, in_forecast=True)]))
    large = bake_quantities(problem([roll(daily_max=60)], firm_orders=[order(200)]))

    assert (extra.quantity[0, :3] - usual).tolist() == [30, 0, 5]
    assert reason(extra).firm == 30
    assert known.quantity[0, 0] == usual
    assert large.quantity[0, 0] == 200


def test_a_closed_day_bakes_firm_orders_only() -> None:
    closed = bakery(opening_hours=(None,) * 7)
    nobody = forecast({ROLL: (0, 0)})

    quantities = bake_quantities(
        problem([roll(par_levels=(9.0,) * 7)], demand=nobody, shop=closed, firm_orders=[order(30)])
    )

    assert quantities.quantity[0, :2].tolist() == [30, 0]
    assert reason(quantities).bound_by == ("closed",)


def test_what_is_made_to_order_follows_its_mean_and_is_no_target() -> None:
    quantities = bake_quantities(problem(recipes=(roll_recipe(steps=()), dough_recipe())))

    assert quantities.targets == ()
    assert quantities.quantity[0].tolist() == [50] * 7


def test_a_product_without_forecast_is_baked_for_its_orders() -> None:
    other = UUID(int=77)

    quantities = bake_quantities(problem(demand=forecast({other: (50, 8)}), firm_orders=[order(3)]))

    assert quantities.quantity[0, :2].tolist() == [3, 0]
    assert reason(quantities).bound_by == ("no_demand",)


def test_nothing_to_sell_is_nothing_to_bake() -> None:
    assert bake_quantities(problem(products=())).targets == ()


def test_goodwill_bakes_more_and_disposal_holding_and_work_less() -> None:
    usual = bake_quantities(problem()).quantity[0, 0]

    def baked(**changes: int) -> float:
        return float(bake_quantities(problem([roll(**changes)])).quantity[0, 0])

    assert baked(goodwill_minor=200) > usual
    assert baked(disposal_minor=40) < usual
    assert baked(holding_minor=40) < usual
    assert baked(variable_cost_minor=40) < usual


def test_the_reason_weighs_what_was_weighed() -> None:
    product = roll(
        shelf_life_days=3,
        issuing="freshest_first",
        goodwill_minor=30,
        disposal_minor=5,
        holding_minor=2,
        variable_cost_minor=10,
    )

    why = reason(bake_quantities(problem([product], left_over=[left_over(8, 0), left_over(5, 1)])))

    assert (why.gain_minor, why.waste_minor) == (100 + 30 - 20 - 10, 20 + 10 + 5)
    assert (why.goodwill_minor, why.holding_minor) == (30, 2)
    assert (why.issuing, why.left_over_keeps, why.left_over) == ("freshest_first", (8, 5, 0), 13)
    assert why.waste_chance is not None
    assert 0 < why.waste_chance < 1
    assert why.unit_cost_minor == 20


def test_old_left_over_is_counted_for_as_long_as_it_keeps() -> None:
    today, longer = (
        bake_quantities(
            problem(
                [roll(shelf_life_days=3, price_minor=26)],
                demand={ROLL: (20, 15)},
                left_over=[left_over(25, keeps)],
            )
        ).quantity[0, 0]
        for keeps in (0, 1)
    )

    assert today > longer


def test_the_display_is_a_floor_like_the_par_level() -> None:
    shown = bake_quantities(problem([roll(min_display=70)]))
    both = bake_quantities(problem([roll(min_display=70, par_levels=(80.0,) * 7)]))

    assert (shown.quantity[0, 0], reason(shown).bound_by) == (70, ("min_display",))
    assert (both.quantity[0, 0], reason(both).bound_by) == (80, ("par_level",))


@given(
    mean=st.floats(0, 1e6),
    spread=st.floats(0, 2),
    price=st.none() | st.integers(0, 500),
    salvage=st.integers(0, 300),
    costs=st.tuples(*[st.integers(0, 300)] * 4),
    freshest=st.booleans(),
    waves=st.sampled_from([(), (time(11),), (time(6), time(13), time(22))]),
    shelf_life=st.integers(1, 400),
    daily_max=st.none() | st.floats(0, 1000),
    firm=st.floats(0, 1000),
    stock=st.floats(0, 1000),
    horizon=st.integers(1, 15),
)
@settings(max_examples=60, deadline=None)
def test_quantities_are_finite_never_negative_and_never_above_the_maximum(
    mean: float,
    spread: float,
    price: int | None,
    salvage: int,
    costs: tuple[int, int, int, int],
    freshest: bool,
    waves: tuple[time, ...],
    shelf_life: int,
    daily_max: float | None,
    firm: float,
    stock: float,
    horizon: int,
) -> None:
    product = roll(
        price_minor=price,
        salvage_minor=salvage,
        shelf_life_days=shelf_life,
        daily_max=daily_max,
        disposal_minor=costs[0],
        goodwill_minor=costs[1],
        holding_minor=costs[2],
        variable_cost_minor=costs[3],
        issuing="freshest_first" if freshest else "oldest_first",
        waves=waves,
    )
    kitchen = problem(
        [product],
        demand=forecast({ROLL: (mean, mean * spread)}, horizon),
        firm_orders=[order(firm)],
        left_over=[left_over(stock, 1)],
    )

    quantities = bake_quantities(kitchen)
    quantity = quantities.quantity

    assert np.isfinite(quantity).all()
    assert (quantity >= 0).all()
    assert quantity[0, 0] >= firm
    baked = [wave.quantity for wave in quantities.targets[0].reason.waves]
    assert not baked or (min(baked) >= 0 and sum(baked) == pytest.approx(quantity[0, 0], abs=0.01))
    if daily_max is not None:
        assert (quantity[0] <= np.maximum(daily_max, [firm] + [0] * (horizon - 1)) + 1e-9).all()

"""Several bakes a day."""

from dataclasses import replace
from datetime import time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.inventory.domain import Lot
from obrador.production.domain import PlannedBatch, ProductionProblem, Wave
from obrador.production.plan import plan_production
from obrador.production.quantities import bake_quantities
from obrador.production.waves import demand_shares, split
from obrador.sales.domain import FirmOrder
from obrador.tenants.domain import Hours
from tests.production.builders import (
    MONDAY,
    ROLL,
    ROLL_RECIPE,
    bakery,
    dough_recipe,
    problem,
    roll,
    roll_recipe,
)

TWICE = (time(12),)
HOURS = Hours(time(7), time(20))


def waves(shop: ProductionProblem) -> tuple[Wave, ...]:
    return bake_quantities(shop).targets[0].reason.waves


def batches(shop: ProductionProblem) -> list[PlannedBatch]:
    plan = plan_production(shop)
    own = [one.batch for one in plan.schedule.scheduled if one.batch.recipe_id == ROLL_RECIPE]
    return sorted(own, key=lambda batch: batch.reason.batch_number)


def test_the_day_is_split_and_nothing_is_lost() -> None:
    once, twice = problem(), problem([roll(waves=TWICE)])

    first, second = waves(twice)

    assert first.quantity + second.quantity == bake_quantities(once).quantity[0, 0]
    assert (first.ready_by, second.ready_by) == (7 * 60, 12 * 60)
    assert first.demand_share == pytest.approx(0.4635, abs=1e-4)  # t = 5/13, t(4 − t) / 3
    assert first.demand_share + second.demand_share == pytest.approx(1)
    assert first.quantity / (first.quantity + second.quantity) > first.demand_share
    assert waves(once) == ()


def test_a_wave_is_a_batch_of_its_own_ready_in_time() -> None:
    made = batches(problem([roll(waves=(time(11), time(15)))]))

    assert [batch.ready_by for batch in made] == [7 * 60, 11 * 60, 15 * 60]
    assert [batch.reason.batch_number for batch in made] == [1, 2, 3]
    assert {batch.reason.batch_count for batch in made} == {3}
    assert sum(batch.good_units for batch in made) == made[0].reason.wanted


def test_waves_come_in_whole_trays_and_smallest_batches() -> None:
    trays = roll_recipe(batch_multiple=12, batch_min=24)

    made = batches(problem([roll(waves=(time(11), time(15)))], [trays, dough_recipe()]))

    assert all(batch.units % 12 == 0 and batch.units >= 24 for batch in made)
    assert len(made) == 2  # 57 wanted are five trays


def test_what_the_till_shows_beats_the_usual_shape() -> None:
    evening = tuple(1.0 if hour == 18 else 0.0 for hour in range(24))
    shop = replace(problem([roll(waves=TWICE)]), intraday={ROLL: evening})

    first, second = waves(shop)

    assert (first.quantity, first.demand_share) == (0, 0)
    assert second.quantity == bake_quantities(problem()).quantity[0, 0]
    assert [batch.ready_by for batch in batches(shop)] == [12 * 60]


def test_left_over_serves_the_first_customers() -> None:
    lot = Lot(ROLL, 20, MONDAY - timedelta(days=1), MONDAY)
    keeps = roll(waves=TWICE, shelf_life_days=2)

    with_stock, without = waves(problem([keeps], left_over=[lot])), waves(problem([keeps]))

    assert without[0].quantity - with_stock[0].quantity == pytest.approx(20, abs=6)
    assert with_stock[1].quantity == pytest.approx(without[1].quantity, abs=6)


def test_firm_orders_come_with_the_last_bake_that_is_in_time() -> None:
    order = FirmOrder(ROLL, MONDAY, time(16), 30, False)
    usual = waves(problem([roll(waves=TWICE)]))

    late = waves(problem([roll(waves=TWICE)], firm_orders=[order]))
    early = waves(problem([roll(waves=TWICE)], firm_orders=[replace(order, due_time=None)]))

    assert [w.quantity for w in late] == [usual[0].quantity, usual[1].quantity + 30]
    assert [w.quantity for w in early] == [usual[0].quantity + 30, usual[1].quantity]


def test_each_bake_finds_a_shelf_that_is_full_enough() -> None:
    first, second = waves(problem([roll(waves=TWICE, min_display=40)]))

    sold = 50 * first.demand_share
    assert first.quantity >= 40
    assert first.quantity - sold + second.quantity >= 40 - 1


def test_a_closed_day_has_no_waves() -> None:
    closed = bakery(opening_hours=(None,) * 7)
    order = FirmOrder(ROLL, MONDAY, time(16), 30, False)

    shop = problem([roll(waves=TWICE)], shop=closed, firm_orders=[order])

    assert waves(shop) == ()
    assert sum(batch.good_units for batch in batches(shop)) >= 30


def test_shares_of_the_usual_shape_end_at_one() -> None:
    shares = demand_shares(roll(waves=(time(6), time(13, 30), time(21))), HOURS, None)

    assert shares[0] == 0
    assert shares[1] == pytest.approx(0.5 * 3.5 / 3)
    assert shares[2] == shares[3] == 1


@given(
    mean=st.floats(1, 300),
    deviation=st.floats(0, 100),
    above=st.floats(-0.5, 1.0),
    left_over=st.floats(0, 200),
    display=st.floats(0, 50),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=4).map(sorted),
)
@settings(max_examples=80)
def test_waves_add_up_and_are_never_negative(
    mean: float,
    deviation: float,
    above: float,
    left_over: float,
    display: float,
    shares: list[float],
) -> None:
    level = mean * (1 + above)

    quantities = split(level, mean, deviation, left_over, display, [*shares, 1.0])

    assert min(quantities) >= 0
    assert np.sum(quantities) == pytest.approx(max(level - left_over, 0), abs=1e-6)

"""From demand to a timetable: batches, shared doughs, and the whole plan."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.catalogue.domain import Component, Product, Recipe, Shift
from obrador.inventory.domain import Lot
from obrador.kit.errors import Invalid
from obrador.production.batching import MOST_BATCHES, batch_sizes, rounded_units
from obrador.production.domain import PlannedBatch, ProductionPlan, ProductionProblem
from obrador.production.plan import plan_production
from obrador.production.quantities import bake_quantities
from obrador.sales.domain import FirmOrder
from tests.production.builders import (
    BAKE,
    DOUGH,
    EQUIPMENT,
    FLOUR,
    LOAF,
    LOAF_RECIPE,
    MONDAY,
    ROLL,
    ROLL_RECIPE,
    SHIFTS,
    bakery,
    dough_recipe,
    forecast,
    problem,
    roll,
    roll_recipe,
)

LOAF_SOLD = Product(LOAF, "Loaf", "bread", "piece", 300, recipe_id=LOAF_RECIPE, ready_by=time(9))
SMALL_OVEN = replace(EQUIPMENT[2], capacity=0.01)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
LOAF_MADE = Recipe(
    LOAF_RECIPE, "Loaf", "product", "piece", 1, (Component(DOUGH, True, 500),), (BAKE,)
)


def batches(plan: ProductionPlan, recipe_id: UUID) -> list[PlannedBatch]:
    """In the order of their numbers."""
    own = [one.batch for one in plan.schedule.scheduled if one.batch.recipe_id == recipe_id]
    return sorted(own, key=lambda batch: batch.reason.batch_number)


@pytest.mark.parametrize(
    ("wanted", "least", "most", "expected"),
    [
        (0, 0, 99, (0, "none")),
        (48, 0, 99, (60, "none")),  # a fifth is waste
        (50, 0, 99, (60, "multiple")),
        (54, 0, 99, (72, "multiple")),
        (50, 49, 99, (72, "multiple")),  # firm orders are not rounded away
        (54, 0, 55, (60, "maximum")),
        (54, 54, 55, (72, "multiple")),
        (3, 0, 99, (24, "minimum")),
    ],
)
def test_units_are_rounded_to_trays(
    wanted: float, least: float, most: float, expected: tuple[float, str]
) -> None:
    recipe = roll_recipe(waste_share=0.2, batch_multiple=12, batch_min=20)

    assert rounded_units(recipe, wanted, least, most) == expected


def test_batches_are_equal_and_fit_the_recipe_and_the_largest_machine() -> None:
    recipe = roll_recipe(batch_max=100, batch_multiple=6)

    assert batch_sizes(recipe, 120, {}) == [60, 60]
    assert batch_sizes(recipe, 126, {}) == [66, 60]
    assert batch_sizes(recipe, 126, {"oven": 2}) == [42, 42, 42]  # two trays of 24
    assert batch_sizes(recipe, 120, {"oven": 0.1}) == [120]
    assert batch_sizes(recipe, 0, {}) == []


@given(
    units=st.integers(0, 5000),
    multiple=st.sampled_from([1, 6, 12]),
    batch_max=st.none() | st.integers(12, 500),
)
@settings(max_examples=50)
def test_splitting_loses_nothing(units: int, multiple: int, batch_max: int | None) -> None:
    recipe = roll_recipe(batch_max=batch_max, batch_multiple=multiple)

    sizes = batch_sizes(recipe, units * multiple, {"oven": 10})

    assert sum(sizes) == units * multiple
    assert all(size > 0 and size % multiple == 0 for size in sizes)
    assert all(size <= (batch_max or np.inf) for size in sizes[:MOST_BATCHES])


def test_products_share_their_dough_and_wait_for_it() -> None:
    plan = plan_production(problem([roll(), LOAF_SOLD], [roll_recipe(), LOAF_MADE, dough_recipe()]))

    (dough,) = batches(plan, DOUGH)
    made = {one.batch.recipe_id: one for one in plan.schedule.scheduled}
    assert dough.units == made[ROLL_RECIPE].batch.units * 100 + made[LOAF_RECIPE].batch.units * 500
    assert dough.reason.for_products == (str(ROLL), str(LOAF))
    assert made[DOUGH].steps[-1].end <= made[ROLL_RECIPE].steps[0].start
    assert made[ROLL_RECIPE].steps[-1].end == 7 * 60
    assert made[LOAF_RECIPE].batch.ready_by == 9 * 60
    assert plan.schedule.tardiness == 0


def test_several_batches_of_dough_go_to_what_is_ready_first() -> None:
    recipes = [roll_recipe(), LOAF_MADE, dough_recipe(batch_max=20_000)]

    plan = plan_production(problem([LOAF_SOLD, roll()], recipes))

    first, second = batches(plan, DOUGH)
    assert first.units + second.units == pytest.approx(50 * 500 + 50 * 100, rel=0.2)
    assert first.ready_by < 7 * 60 < second.ready_by


def test_an_overnight_dough_is_made_for_tomorrow() -> None:
    shop = problem(recipes=(roll_recipe(), dough_recipe(lead_days=1)))
    mean = shop.forecast.mean * np.array([1, 2, 1, 1, 1, 1, 1])
    quantiles = shop.forecast.quantiles * mean[:, :, None] / shop.forecast.mean[:, :, None]
    shop = replace(shop, forecast=replace(shop.forecast, mean=mean, quantiles=quantiles))

    plan = plan_production(shop)

    (dough,) = batches(plan, DOUGH)
    assert dough.units == plan.recipe_units[ROLL_RECIPE][1] * 100
    assert dough.reason.for_next_day
    assert dough.ready_by == 24 * 60 + 2 * 60  # tomorrow's shift
    assert batches(plan, ROLL_RECIPE)[0].after == ()


def dough_lot(quantity: float, keeps: int | None) -> Lot:
    expires = None if keeps is None else MONDAY + timedelta(days=keeps)
    return Lot(DOUGH, quantity, MONDAY - timedelta(days=1), expires)


def test_an_overnight_dough_starts_the_evening_before() -> None:
    evening = Shift(tuple(range(7)), time(18), time(22), 2)
    shop = problem(recipes=(roll_recipe(), dough_recipe(lead_days=1)), shifts=(*SHIFTS, evening))

    plan = plan_production(shop)

    (dough,) = [one for one in plan.schedule.scheduled if one.batch.recipe_id == DOUGH]
    assert 18 * 60 <= dough.steps[0].start < 22 * 60
    assert dough.late_minutes == 0


def test_dough_in_stock_is_used_first_and_explained() -> None:
    usual = batches(plan_production(problem()), DOUGH)[0]
    lots = [dough_lot(1000, 0), dough_lot(500, None), dough_lot(9000, -1)]

    (dough,) = batches(plan_production(problem(left_over=lots)), DOUGH)

    assert dough.units == usual.units - 1500
    assert (dough.reason.wanted, dough.reason.from_stock) == (usual.reason.wanted, 1500)
    assert batches(plan_production(problem(left_over=[dough_lot(99_999, 3)])), DOUGH) == []


@given(
    lots=st.lists(st.tuples(st.floats(0, 4000), st.none() | st.integers(-1, 3)), max_size=4),
    lead_days=st.integers(0, 2),
)
@settings(max_examples=40, deadline=None)
def test_what_is_taken_from_stock_and_made_is_what_is_wanted(
    lots: list[tuple[float, int | None]], lead_days: int
) -> None:
    shop = problem(recipes=(roll_recipe(), dough_recipe(lead_days=lead_days)))
    stocked = replace(shop, left_over=[dough_lot(*lot) for lot in lots])
    good = sum(quantity for quantity, keeps in lots if keeps is None or keeps >= lead_days)

    made = batches(plan_production(stocked), DOUGH)

    if not made:
        assert good >= 5700
        return
    reason = made[0].reason
    assert reason.from_stock <= good + 1e-3
    assert sum(batch.good_units for batch in made) == pytest.approx(
        reason.wanted - reason.from_stock, abs=1
    )


@pytest.mark.parametrize(
    ("lots", "left"),
    [
        ([dough_lot(5700, 0)], 0),  # as much as today's rolls take
        ([dough_lot(5700, 0), dough_lot(800, 1)], 800),  # what expires first goes first
        ([dough_lot(6500, 1)], 800),
        ([dough_lot(6500, 0)], 0),  # the rest expires before tomorrow
    ],
)
def test_an_overnight_dough_in_stock_serves_today_before_tomorrow(
    lots: list[Lot], left: float
) -> None:
    shop = problem(recipes=(roll_recipe(), dough_recipe(lead_days=1)), left_over=lots)

    (dough,) = batches(plan_production(shop), DOUGH)

    assert dough.reason.from_stock == left
    assert dough.units == 5700 - left


def test_trays_are_rounded_to_what_pays_better() -> None:
    trays = (roll_recipe(batch_multiple=48), dough_recipe())
    dear = problem([roll(price_minor=2000)], trays)
    cheap = problem([roll(price_minor=27)], trays)

    assert [bake_quantities(shop).quantity[0, 0] for shop in (dear, cheap)] == [69, 45]
    assert sum(batch.units for batch in batches(plan_production(dear), ROLL_RECIPE)) == 96
    assert sum(batch.units for batch in batches(plan_production(cheap), ROLL_RECIPE)) == 48
    firm = replace(cheap, firm_orders=[FirmOrder(ROLL, MONDAY, None, 50, True)])
    assert sum(batch.units for batch in batches(plan_production(firm), ROLL_RECIPE)) == 96


def test_the_first_batches_are_ready_for_early_customers() -> None:
    early = FirmOrder(ROLL, MONDAY, time(5, 30), 30, False)

    recipes = roll_recipe(batch_max=24), dough_recipe()
    plan = plan_production(problem(recipes=recipes, firm_orders=[early]))

    assert [batch.ready_by for batch in batches(plan, ROLL_RECIPE)] == [330, 330, 420, 420]
    assert [batch.weight for batch in batches(plan, ROLL_RECIPE)] == [2, 2, 1, 1]
    assert plan.schedule.tardiness == 0


def test_purchasing_learns_units_and_their_error() -> None:
    plan = plan_production(problem(recipes=(roll_recipe(waste_share=0.2), dough_recipe())))

    assert len(plan.recipe_units[ROLL_RECIPE]) == 7
    assert plan.recipe_units[ROLL_RECIPE][0] == sum(b.units for b in batches(plan, ROLL_RECIPE))
    assert plan.recipe_sd[ROLL_RECIPE] == pytest.approx([8 / 0.8] * 7)
    assert DOUGH not in plan.recipe_units


def test_what_is_made_to_order_has_no_batches_but_needs_ingredients() -> None:
    plan = plan_production(problem(recipes=(roll_recipe(steps=()), dough_recipe(steps=()))))

    assert plan.schedule.scheduled == ()
    assert plan.recipe_units[ROLL_RECIPE] == (50,) * 7


def million(shop: ProductionProblem) -> ProductionProblem:
    return replace(shop, firm_orders=[FirmOrder(ROLL, MONDAY, None, 1e6, False)])


@pytest.mark.parametrize(
    ("shop", "because"),
    [
        (problem(equipment=EQUIPMENT[:2]), {"no_equipment:oven"}),
        (problem(equipment=[*EQUIPMENT[:2], SMALL_OVEN]), {"too_big:oven"}),
        (problem(shifts=()), {"no_people"}),
        (million(problem()), {"no_time", "too_many_batches", "too_big:mixer"}),
    ],
)
def test_absurd_bakeries_get_a_plan_that_says_what_is_wrong(
    shop: ProductionProblem, because: set[str]
) -> None:
    plan = plan_production(shop)

    assert {one.because for one in plan.schedule.unplaced} <= because
    assert any(one.batch.recipe_id == ROLL_RECIPE for one in plan.schedule.unplaced)


def test_a_broken_oven_is_out_of_the_plan() -> None:
    broken = replace(EQUIPMENT[2], out_of_order_from=MIDNIGHT)

    plan = plan_production(problem(equipment=[*EQUIPMENT[:2], broken]))

    assert {one.because for one in plan.schedule.unplaced} == {"no_equipment:oven"}


def test_a_recipe_in_itself_is_named() -> None:
    ring = dough_recipe(components=(Component(DOUGH, True, 0.1), Component(FLOUR, False, 1)))

    with pytest.raises(Invalid, match="Dough → Dough"):
        plan_production(problem(recipes=(roll_recipe(), ring)))


@pytest.mark.parametrize(
    ("sunday", "hours"), [(date(2026, 3, 29), 6), (date(2026, 10, 25), 8)], ids=str
)
def test_on_the_night_the_clocks_change_the_shop_opens_as_clocks_show(
    sunday: date, hours: int
) -> None:
    plan = plan_production(problem(demand=forecast({ROLL: (50, 8)}, first_day=sunday)))

    rolls = [one for one in plan.schedule.scheduled if one.batch.recipe_id == ROLL_RECIPE]
    assert {one.steps[-1].end for one in rolls} == {hours * 60}  # that pass until seven


@given(
    mean=st.floats(0, 300),
    spread=st.floats(0, 0.8),
    waste=st.floats(0, 0.5),
    multiple=st.sampled_from([1, 12]),
    lead_days=st.integers(0, 3),
    horizon=st.integers(1, 8),
)
@settings(max_examples=40, deadline=None)
def test_the_same_bakery_gets_the_same_plan_and_every_batch_has_an_answer(
    mean: float, spread: float, waste: float, multiple: float, lead_days: int, horizon: int
) -> None:
    shop = problem(
        [roll(), LOAF_SOLD],
        [
            roll_recipe(waste_share=waste, batch_multiple=multiple),
            LOAF_MADE,
            dough_recipe(lead_days=lead_days),
        ],
        forecast({ROLL: (mean, mean * spread), LOAF: (mean / 3, mean * spread)}, horizon),
        shop=bakery(),
    )

    plan = plan_production(shop)

    assert plan == plan_production(shop)
    wanted = {target.product_id: target.quantity for target in plan.targets}
    answered = {one.batch.product_id for one in plan.schedule.scheduled}
    answered |= {one.batch.product_id for one in plan.schedule.unplaced}
    assert {product for product, quantity in wanted.items() if quantity} <= answered

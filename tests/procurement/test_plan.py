"""The purchase plan of a bakery."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.catalogue.domain import Component
from obrador.inventory.domain import Ingredient, Lot
from obrador.procurement.domain import OpenOrder, PurchasePlan, PurchaseProblem
from obrador.procurement.plan import plan_purchases
from obrador.suppliers.domain import Price, Supplier
from tests.procurement.bakery import (
    BREAD,
    CASH_AND_CARRY,
    EARLY,
    FLOUR,
    MILL,
    MILLER,
    MONDAY,
    WHOLESALER,
    bread,
    problem,
)

ENOUGH = [Lot(FLOUR, 200_000, MONDAY - timedelta(days=3))]
"""Until Sunday."""


def test_flour_is_ordered_for_the_delivery_before_it_runs_out() -> None:
    plan = plan_purchases(problem(lots=ENOUGH))

    order = plan.orders[0]
    assert (order.order_on, order.delivery_on) == (date(2026, 3, 4), date(2026, 3, 6))
    assert not order.is_urgent
    assert order.goods_minor == order.lines[0].packs * 2_000
    assert plan.cost_minor == sum(o.goods_minor + o.fee_minor for o in plan.orders)
    assert plan.projections[0].stock_out_day is None


def test_a_line_says_what_it_serves_and_what_was_counted() -> None:
    reason = plan_purchases(problem(lots=ENOUGH)).orders[0].lines[0].reason

    days = reason.covers_to - reason.covers_from + 1
    assert reason.covers_from == 4
    assert reason.demand == pytest.approx(30_000 * days)
    assert reason.stock == pytest.approx(80_000)
    assert reason.net == pytest.approx(reason.demand + reason.safety_stock - 80_000)
    assert reason.lead_days == 2
    assert reason.bent_by == ("pack",)


def test_open_orders_are_counted() -> None:
    plan = plan_purchases(
        problem(lots=ENOUGH, open_orders=[OpenOrder(FLOUR, MONDAY + timedelta(days=3), 500_000)])
    )

    assert plan.orders == ()
    assert plan.projections[0].receipts[3] == 500_000


def test_an_overdue_delivery_is_hoped_for_today_and_that_is_said() -> None:
    late = OpenOrder(FLOUR, MONDAY - timedelta(days=1), 50_000)

    projection = plan_purchases(problem(open_orders=[late])).projections[0]

    assert projection.receipts[0] == projection.overdue == 50_000


def test_running_out_before_any_delivery_is_critical_and_urgent() -> None:
    plan = plan_purchases(problem())

    projection = plan.projections[0]
    assert (projection.stock_out_day, projection.is_critical) == (3, True)
    assert plan.orders[0].is_urgent
    assert plan.orders[0].delivery_on == MONDAY + timedelta(days=4)  # the earliest there is


def test_a_dearer_but_faster_supplier_saves_the_day_and_only_that() -> None:
    plan = plan_purchases(
        problem(
            suppliers=[MILLER, WHOLESALER],
            prices=[
                Price(MILL, FLOUR, 25_000, 1, 2_000),
                Price(CASH_AND_CARRY, FLOUR, 5_000, 1, 450),
            ],
        )
    )

    by_supplier = {order.supplier_id: order for order in plan.orders}
    assert plan.projections[0].stock_out_day is None
    assert by_supplier[CASH_AND_CARRY].delivery_on <= MONDAY + timedelta(days=3)
    fast, cheap = (by_supplier[s].lines[0].reason for s in (CASH_AND_CARRY, MILL))
    assert fast.runner_up is None  # nobody else can deliver in time
    assert cheap.runner_up == str(CASH_AND_CARRY)
    assert cheap.runner_up_extra_minor is not None
    assert cheap.runner_up_extra_minor > 0


def test_a_little_dearer_is_cheaper_from_a_supplier_who_comes_when_he_says() -> None:
    """An unreliable lead time asks for safety stock, which costs as long as it is kept."""
    punctual = replace(WHOLESALER, delivery_weekdays=MILLER.delivery_weekdays, lead_time_days=2)
    erratic = replace(MILLER, delivery_fee_minor=0, lead_time_sd_days=6.0)
    prices = [
        Price(MILL, FLOUR, 25_000.0, 1, 2_000),
        Price(CASH_AND_CARRY, FLOUR, 25_000.0, 1, 2_005),
    ]

    for miller, chosen in (
        (erratic, CASH_AND_CARRY),
        (replace(erratic, lead_time_sd_days=0), MILL),
    ):
        plan = plan_purchases(problem(lots=ENOUGH, suppliers=[miller, punctual], prices=prices))
        assert {order.supplier_id for order in plan.orders} == {chosen}


def test_a_holiday_that_moves_the_order_ahead_is_said() -> None:
    """In Madrid, Thursday 2 and Friday 3 April 2026 are holidays."""
    saturdays = replace(MILLER, delivery_weekdays=(5,), lead_time_days=1)
    wednesday = date(2026, 4, 1)

    plan = plan_purchases(
        problem(first_day=wednesday, now=EARLY.replace(month=4, day=1), suppliers=[saturdays])
    )

    (first, *_) = plan.orders
    assert (first.order_on, first.delivery_on) == (date(2026, 4, 1), date(2026, 4, 4))
    assert {line.reason.skipped_days for line in first.lines} == {2}


def test_shelf_life_is_respected_and_named() -> None:
    milk = [Ingredient(FLOUR, "Milk", "ml", shelf_life_days=4)]

    plan = plan_purchases(problem(ingredients=milk, lots=[], suppliers=[MILLER]))

    first = plan.orders[0].lines[0].reason  # comes on Friday, the next delivery on Tuesday
    assert (first.covers_from, first.covers_to) == (4, 7)
    assert "shelf_life" in first.bent_by
    assert sum(plan.projections[0].expired) < 25_000


def test_an_ingredient_without_supplier_is_reported() -> None:
    plan = plan_purchases(problem(prices=[]))

    assert plan.unsupplied == (FLOUR,)
    assert plan.orders == ()
    assert plan.projections[0].is_critical


def test_prices_of_a_supplier_that_is_gone_do_not_count() -> None:
    assert plan_purchases(problem(suppliers=[])).unsupplied == (FLOUR,)


def test_a_smallest_quantity_above_all_need_is_bought_and_named() -> None:
    plan = plan_purchases(problem(lots=ENOUGH, prices=[Price(MILL, FLOUR, 25_000, 100, 2_000)]))

    (order,) = plan.orders
    assert order.lines[0].packs == 100
    assert order.lines[0].reason.bent_by == ("moq",)


def test_what_costs_nothing_is_planned_like_anything_else() -> None:
    plan = plan_purchases(problem(lots=ENOUGH, prices=[Price(MILL, FLOUR, 25_000, 1, 0)]))

    assert plan.projections[0].stock_out_day is None
    assert sum(order.goods_minor for order in plan.orders) == 0


def test_a_supplier_whose_days_are_all_holidays_delivers_nothing() -> None:
    """Easter: on Friday 3 April 2026 nobody delivers; the next Friday is after the horizon."""
    fridays = replace(MILLER, delivery_weekdays=(4,))
    monday = date(2026, 3, 30)
    short = replace(problem().bakery, policy=replace(problem().bakery.policy, horizon_days=7))

    plan = plan_purchases(
        problem(
            bakery=short,
            first_day=monday,
            now=problem().now.replace(month=3, day=30),
            suppliers=[fridays],
        )
    )

    assert (plan.orders, plan.unsupplied) == ((), ())
    assert plan.projections[0].is_critical


def test_without_demand_nothing_is_bought() -> None:
    idle = problem(recipe_units={BREAD: (0.0,) * 14}, recipe_sd={BREAD: (0.0,) * 14}, lots=[])

    plan = plan_purchases(idle)

    assert (plan.orders, plan.unsupplied) == ((), ())
    assert plan.projections[0].safety.quantity == 0


def test_an_order_below_the_minimum_is_marked() -> None:
    demanding = replace(MILLER, min_order_minor=10_000_000)

    plan = plan_purchases(problem(lots=ENOUGH, suppliers=[demanding]))

    assert all(order.below_minimum for order in plan.orders)
    assert plan.projections[0].stock_out_day is None


def test_a_price_break_that_is_reached_on_purpose_is_named() -> None:
    breaks = [Price(MILL, FLOUR, 25_000.0, 1, 2_000), Price(MILL, FLOUR, 25_000.0, 12, 1_500)]

    (order,) = plan_purchases(problem(lots=ENOUGH, prices=breaks)).orders

    assert (order.lines[0].packs, order.lines[0].pack_price_minor) == (12, 1_500)
    assert order.lines[0].reason.bent_by == ("price_break",)


def test_a_minimum_order_that_is_filled_up_is_named() -> None:
    demanding = replace(MILLER, min_order_minor=24_000)

    (order,) = plan_purchases(problem(lots=ENOUGH, suppliers=[demanding])).orders

    assert order.goods_minor == 24_000
    assert not order.below_minimum
    assert order.lines[0].reason.bent_by == ("minimum_order",)


IDS = [UUID(int=number) for number in range(100, 104)]


@st.composite
def bakeries(draw: st.DrawFn) -> PurchaseProblem:
    """Some ingredients, suppliers, prices, stock and orders, all of them odd."""
    chosen = st.sampled_from(IDS)
    suppliers = [
        Supplier(
            UUID(int=number),
            f"Supplier {number}",
            lead_time_days=draw(st.integers(0, 4)),
            delivery_weekdays=tuple(draw(st.sets(st.integers(0, 6), min_size=1))),
            lead_time_sd_days=draw(st.sampled_from([0.0, 1.0])),
            min_order_minor=draw(st.sampled_from([0, 3_000])),
            delivery_fee_minor=draw(st.sampled_from([0, 800])),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    price = st.builds(
        Price,
        st.sampled_from([UUID(int=number) for number in range(3)]),
        chosen,
        st.sampled_from([1.0, 500.0, 25_000.0]),
        st.integers(1, 5),
        st.integers(0, 5_000),
    )
    day = st.integers(-3, 16).map(lambda offset: MONDAY + timedelta(days=offset))
    amount = st.floats(1, 1e5)
    lots = st.builds(Lot, chosen, amount, st.just(MONDAY), st.none() | day)
    life = st.none() | st.integers(1, 20)
    components = tuple(Component(item, False, draw(st.floats(0, 5_000))) for item in IDS)
    units = tuple(draw(st.lists(st.floats(0, 300), min_size=14, max_size=14)))
    return problem(
        recipes={BREAD: bread(components=components)},
        recipe_units={BREAD: units},
        recipe_sd={BREAD: tuple(value / 5 for value in units)},
        ingredients=[Ingredient(item, str(item), "g", shelf_life_days=draw(life)) for item in IDS],
        lots=draw(st.lists(lots, max_size=6)),
        open_orders=draw(st.lists(st.builds(OpenOrder, chosen, day, amount), max_size=3)),
        suppliers=suppliers,
        prices=draw(
            st.lists(
                price,
                max_size=8,
                unique_by=lambda p: (p.supplier_id, p.ingredient_id, p.pack_size, p.min_packs),
            )
        ),
    )


@settings(max_examples=50, deadline=None)
@given(bakeries())
def test_whatever_the_bakery_the_plan_is_sound(case: PurchaseProblem) -> None:
    plan = plan_purchases(case)

    assert plan == plan_purchases(case)
    assert len(plan.projections) == len(case.ingredients)
    _check_orders(case, plan)
    _check_stock(plan)


def _check_orders(case: PurchaseProblem, plan: PurchasePlan) -> None:
    suppliers = {supplier.id: supplier for supplier in case.suppliers}
    keys = [(order.supplier_id, order.delivery_on) for order in plan.orders]
    assert len(keys) == len(set(keys))
    for order in plan.orders:
        supplier = suppliers[order.supplier_id]
        assert order.delivery_on.weekday() in supplier.delivery_weekdays
        assert case.first_day <= order.order_on
        assert order.order_on + timedelta(days=supplier.lead_time_days) <= order.delivery_on
        assert order.below_minimum == (order.goods_minor < supplier.min_order_minor)
        for line in order.lines:
            tiers = {
                price.min_packs: price.pack_price_minor
                for price in case.prices
                if (price.supplier_id, price.ingredient_id, price.pack_size)
                == (supplier.id, line.ingredient_id, line.pack_size)
            }
            assert line.pack_price_minor == tiers[max(n for n in tiers if n <= line.packs)]


def _check_stock(plan: PurchasePlan) -> None:
    for projection in plan.projections:
        ordered = sum(
            line.packs * line.pack_size
            for order in plan.orders
            for line in order.lines
            if line.ingredient_id == projection.ingredient_id
        )
        stock = projection.opening
        assert sum(projection.receipts) >= ordered - 1e-6
        for day, required in enumerate(projection.requirement):
            stock += projection.receipts[day] - projection.expired[day]
            stock += projection.unmet[day] - required
            assert projection.closing[day] == pytest.approx(stock, abs=1e-3)
        assert (projection.stock_out_day is None) == (not any(projection.unmet))

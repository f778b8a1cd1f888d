"""Weeks of buying: what comes in goes out, and every buyer meets the same days."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from obrador.inventory.domain import Ingredient, Lot
from obrador.procurement.domain import OpenOrder, PurchaseProblem
from obrador.procurement.projection import Supply, project
from obrador.simulation.buyers import ReorderPoint, planner
from obrador.simulation.ledger import Ledger, bill
from obrador.simulation.purchasing import Buyer, Ordered, simulate
from obrador.simulation.seasons import Season, draw
from obrador.suppliers.domain import Price
from tests.procurement.bakery import (
    BREAD,
    CASH_AND_CARRY,
    FLOUR,
    MILL,
    MILLER,
    MONDAY,
    WHOLESALER,
    problem,
)

DAYS = 30
BUYERS = (planner, ReorderPoint(watches_dates=False), ReorderPoint(watches_dates=True))
WATCHING = ReorderPoint(watches_dates=True)


def bakery(**changes: Any) -> PurchaseProblem:
    """Thirty days of bread, of flour that keeps for five days."""
    usual = problem(
        recipe_units={BREAD: (100.0,) * (DAYS + 14)},
        recipe_sd={BREAD: (25.0,) * (DAYS + 14)},
        ingredients=[Ingredient(FLOUR, "Flour", "g", shelf_life_days=5)],
        lots=[
            Lot(FLOUR, 60_000, MONDAY, MONDAY + timedelta(days=1)),
            Lot(FLOUR, 100_000, MONDAY, MONDAY + timedelta(days=2)),
        ],
        open_orders=[OpenOrder(FLOUR, MONDAY + timedelta(days=2), 50_000)],
        suppliers=[replace(MILLER, lead_time_sd_days=0.8), WHOLESALER],
        prices=[
            Price(MILL, FLOUR, 25_000.0, 1, 2_000),
            Price(CASH_AND_CARRY, FLOUR, 10_000.0, 1, 1_000),
        ],
    )
    return replace(usual, **changes)


@pytest.fixture(scope="module")
def season() -> Season:
    return draw(bakery(), DAYS, np.random.default_rng(7))


@pytest.fixture(scope="module", params=BUYERS, ids=["planner", "reorder", "watching"])
def ledger(request: pytest.FixtureRequest, season: Season) -> Ledger:
    buyer: Buyer = request.param
    return simulate(season, buyer)


def test_stock_reconciles_every_day(season: Season, ledger: Ledger) -> None:
    before = np.vstack([ledger.opening, ledger.closing[:-1]])

    np.testing.assert_allclose(
        ledger.closing, before + ledger.received - ledger.used - ledger.expired, atol=1e-3
    )
    np.testing.assert_allclose(ledger.used + ledger.short, season.use)
    assert min(part.min() for part in (ledger.used, ledger.short, ledger.closing)) >= 0


def test_nothing_is_used_past_its_last_day(season: Season, ledger: Ledger) -> None:
    """As the projection of the same deliveries, which knows of no simulation, has it."""
    flow = project(season.use[:, 0].tolist(), ledger.supplies[0])

    np.testing.assert_allclose(ledger.short[:, 0], flow.unmet, atol=1e-3)
    np.testing.assert_allclose(ledger.expired[:, 0], flow.expired, atol=1e-3)
    np.testing.assert_allclose(ledger.closing[:, 0], flow.closing, atol=1e-3)
    assert ledger.expired.sum() > 0


def test_what_is_used_thrown_away_and_in_stock_is_worth_what_it_cost(season: Season) -> None:
    one_price = replace(season.problem, prices=[Price(MILL, FLOUR, 25_000.0, 1, 2_000)])
    ledger = simulate(replace(season, problem=one_price), planner)

    costs = bill(ledger, np.array([0.5]), first=10)

    assert costs.goods_minor == pytest.approx(0.08 * ledger.used[10:].sum())
    assert costs.expired_minor == pytest.approx(1.1 * 0.08 * ledger.expired[10:].sum())
    assert costs.mean_stock_minor == pytest.approx(0.08 * ledger.closing[10:].mean())
    assert costs.shortage_minor == pytest.approx(0.5 * ledger.short[10:].sum())
    assert costs.fees_minor == 500 * (ledger.received[10:] > 0).sum()


def test_days_deviate_as_planning_assumes_and_are_the_same_for_the_same_seed() -> None:
    many = bakery(recipe_units={BREAD: (100.0,) * 4014}, recipe_sd={BREAD: (25.0,) * 4014})

    drawn, again = (draw(many, 4000, np.random.default_rng(3)) for _ in range(2))

    assert drawn.use.mean() == pytest.approx(30_000, rel=0.02)
    assert drawn.use.std() == pytest.approx(7_500, rel=0.05)
    np.testing.assert_array_equal(drawn.use, again.use)
    np.testing.assert_array_equal(drawn.delay, again.delay)
    assert not drawn.delay[1].any(), "the second supplier is always on time"
    assert 0.1 < (drawn.delay[0] > 0).mean() < 0.5


def test_planning_further_ahead_leaves_the_days_as_they_are() -> None:
    usual = bakery()
    policy = replace(usual.bakery.policy, horizon_days=21)
    further = bakery(
        bakery=replace(usual.bakery, policy=policy),
        recipe_units={BREAD: (100.0,) * (DAYS + 21)},
        recipe_sd={BREAD: (25.0,) * (DAYS + 21)},
    )

    near, far = (draw(each, DAYS, np.random.default_rng(3)) for each in (usual, further))

    np.testing.assert_array_equal(near.use, far.use)
    np.testing.assert_array_equal(near.delay, far.delay[:, : DAYS + 14])


def test_a_buyer_is_shown_the_forecast_and_promised_days_alone(season: Season) -> None:
    """Neither what will be used, nor that a delivery will be late."""
    late = replace(season, delay=np.full_like(season.delay, 2))
    shown: list[PurchaseProblem] = []

    def watching(morning: PurchaseProblem) -> list[Ordered]:
        shown.append(morning)
        return WATCHING(morning)

    simulate(late, watching)

    assert [each.first_day for each in shown] == [MONDAY + timedelta(days=d) for d in range(DAYS)]
    assert all(set(each.recipe_units[BREAD]) == {100.0} for each in shown)
    overdue = [o for each in shown for o in each.open_orders if o.expected_on < each.first_day]
    assert overdue


def test_late_deliveries_come_late(season: Season) -> None:
    late = replace(season, delay=np.full_like(season.delay, 1))

    on_time, delayed = (
        simulate(each, WATCHING)
        for each in (replace(season, delay=np.zeros_like(season.delay)), late)
    )

    first, later = (int(np.nonzero(each.received[3:, 0])[0][0]) for each in (on_time, delayed))
    assert later == first + 1


def test_who_foresees_all_is_never_short_and_throws_less_away(season: Season) -> None:
    plentiful = replace(season, problem=replace(season.problem, lots=[Lot(FLOUR, 100_000, MONDAY)]))

    foreseen = simulate(plentiful.foreseen(), planner)
    planned = simulate(plentiful, planner)

    assert foreseen.short.sum() == 0
    assert foreseen.expired.sum() <= planned.expired.sum()
    assert isinstance(foreseen.supplies[0][0], Supply)


def test_orders_keep_to_minimum_value_and_quantities() -> None:
    strict = bakery(
        suppliers=[replace(MILLER, min_order_minor=40_000)],
        prices=[Price(MILL, FLOUR, 25_000.0, 2, 2_000), Price(MILL, FLOUR, 25_000.0, 8, 1_800)],
        ingredients=[Ingredient(FLOUR, "Flour", "g")],
        lots=[],
    )
    wednesday = replace(strict, first_day=MONDAY + timedelta(days=2))

    (order,) = WATCHING(replace(wednesday, now=strict.now + timedelta(days=2)))

    assert order.delivery_on == MONDAY + timedelta(days=4)
    assert sum(line.packs * line.pack_price_minor for line in order.lines) >= 40_000
    assert [line.pack_price_minor for line in order.lines] == [1_800]

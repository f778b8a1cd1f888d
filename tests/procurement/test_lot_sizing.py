"""Lot sizing of one ingredient from one supplier."""

from collections.abc import Iterable
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.procurement.lots import Item, Offer, Purchase, Terms
from obrador.procurement.projection import FOREVER, Supply, project
from obrador.procurement.replenishment import replenish

PIECES = Offer(0, 1.0, ((1, 0.0),))


def item(requirement: list[float], **changes: object) -> Item:
    usual: dict[str, object] = {
        "requirement": tuple(requirement),
        "supplies": (),
        "shelf_life": 99,
        "offers": (PIECES,),
        "safety": 0.0,
        "holding": 2.0,
        "spoilage": 0.0,
        "safety_penalty": 0.0,
        "shortage": 1e6,
    }
    return Item(**(usual | changes))  # type: ignore[arg-type]


def sized(
    thing: Item, days: Iterable[int] | None = None, fee: float = 500.0
) -> tuple[tuple[Purchase, ...], float]:
    """Its purchases, and what they cost, fees included."""
    possible = range(len(thing.requirement)) if days is None else sorted(days)
    plan = replenish([thing], [Terms(tuple(possible), fee, 0.0)])
    return plan.purchases[0], plan.cost


def test_wagner_and_whitin() -> None:
    purchases, cost = sized(item([90, 120, 80, 70]))

    assert [(buy.day, buy.packs) for buy in purchases] == [(0, 210), (2, 150)]
    assert cost == 1380


def test_the_economic_order_quantity() -> None:
    """Setup 8, holding .225 and 1300 a year (ten in steps of a hundredth here) make 304.047."""
    steps = 100
    thing = item([13.0] * steps, holding=0.225 / steps, shelf_life=steps)

    purchases, cost = sized(thing, fee=8.0)

    best = sqrt(2 * 8 * 1300 / 0.225)
    assert best == pytest.approx(304.047, abs=5e-4)
    assert len(purchases) == round(1300 / best)
    assert cost == pytest.approx(best * 0.225, rel=0.03)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=10), st.integers(0, 1000))
def test_single_pieces_are_bought_at_the_optimum(demand: list[int], setup: int) -> None:
    _, cost = sized(item([float(d) for d in demand]), fee=float(setup))

    best = [0.0]
    for end in range(1, len(demand) + 1):
        ways = [
            best[start] + setup + 2 * sum((t - start) * demand[t] for t in range(start, end))
            for start in range(end)
        ]
        best.append(min([*ways, *([best[end - 1]] if not demand[end - 1] else [])]))
    assert cost == pytest.approx(best[-1])


def test_stock_at_hand_is_used_before_anything_is_bought() -> None:
    purchases, _ = sized(item([10, 10, 10], supplies=(Supply(-1, FOREVER, 25.0),)))

    assert purchases == (Purchase(0, 2, 5),)


def test_shelf_life_limits_how_long_a_purchase_serves() -> None:
    purchases, _ = sized(item([10.0] * 6, shelf_life=2, holding=0.0))

    assert [(buy.day, buy.packs) for buy in purchases] == [(0, 20), (2, 20), (4, 20)]


def test_a_price_break_is_taken_where_it_pays() -> None:
    breaks = Offer(0, 1.0, ((1, 10.0), (40, 7.0)))

    eager, _ = sized(item([10.0] * 3, offers=(breaks,), holding=0.0))
    dear, _ = sized(item([10.0] * 3, offers=(breaks,), holding=5.0), fee=0.0)

    assert eager == (Purchase(0, 0, 40),)  # 280 rather than 300
    assert [buy.packs for buy in dear] == [10, 10, 10]


def test_the_smallest_quantity_is_bought_even_if_some_is_thrown_away() -> None:
    cases = Offer(0, 1.0, ((50, 1.0),))

    purchases, _ = sized(item([10.0] * 4, offers=(cases,), shelf_life=2), [0], fee=0.0)

    assert purchases == (Purchase(0, 0, 50),)


def test_what_will_be_used_later_is_worth_having() -> None:
    breaks = Offer(0, 1.0, ((1, 10.0), (50, 9.0)))

    now_only, _ = sized(item([10.0] * 3, offers=(breaks,), holding=0.01), [0], fee=0.0)
    for_long, _ = sized(item([10.0] * 3, offers=(breaks,), holding=0.01, later=10.0), [0], fee=0.0)

    assert now_only == (Purchase(0, 0, 30),)
    assert for_long == (Purchase(0, 0, 50),)


def test_what_has_expired_serves_nobody() -> None:
    purchases, _ = sized(item([10.0], supplies=(Supply(-1, -1, 10.0),)))

    assert purchases == (Purchase(0, 0, 10),)


def test_nothing_needed_is_nothing_bought() -> None:
    assert sized(item([0.0] * 5)) == ((), 0.0)


def test_without_a_delivery_nothing_is_bought_and_everything_lacks() -> None:
    assert sized(item([1.0, 2.0]), []) == ((), 3e6)


offers = st.builds(
    lambda pack, least, price, more, cut: Offer(
        0, float(pack), ((least, price), (least + more, price * cut))
    ),
    st.integers(1, 40),
    st.integers(1, 4),
    st.floats(0, 100),
    st.integers(1, 9),
    st.floats(0.8, 1),
)


@settings(max_examples=100)
@given(
    demand=st.lists(st.floats(0, 100), min_size=8, max_size=8),
    offer=offers,
    lots=st.lists(st.tuples(st.integers(-2, 20), st.floats(0, 200)), max_size=3),
    due=st.lists(st.tuples(st.integers(0, 7), st.floats(0, 200)), max_size=2),
    shelf_life=st.integers(1, 10),
    safety=st.floats(0, 50),
    days=st.sets(st.integers(0, 7)),
)
def test_the_cost_is_what_the_purchases_lead_to(
    demand: list[float],
    offer: Offer,
    lots: list[tuple[int, float]],
    due: list[tuple[int, float]],
    shelf_life: int,
    safety: float,
    days: set[int],
) -> None:
    thing = item(
        demand,
        offers=(offer,),
        supplies=(
            *(Supply(-1, last_day, quantity) for last_day, quantity in lots),
            *(Supply(day, day + shelf_life - 1, quantity) for day, quantity in due),
        ),
        shelf_life=shelf_life,
        safety=safety,
        safety_penalty=1.0,
        shortage=100.0,
        spoilage=3.0,
    )

    purchases, cost = sized(thing, days, fee=50.0)

    assert {buy.day for buy in purchases} <= days
    assert all(buy.packs >= offer.tiers[0][0] for buy in purchases)
    assert cost == pytest.approx(_cost(thing, purchases) + 50.0 * len(purchases), abs=1e-3)
    assert cost <= _cost(thing, ()) + 1e-3


def _cost(thing: Item, purchases: tuple[Purchase, ...]) -> float:
    """Reckoned from the stock day by day."""
    usable = [supply for supply in thing.supplies if supply.last_day >= 0]
    bought = [
        Supply(buy.day, buy.day + thing.shelf_life - 1, buy.packs * thing.offers[0].pack_size)
        for buy in purchases
    ]
    flow = project(thing.requirement, [*usable, *bought])
    closing = np.array(flow.closing)
    return float(
        sum(buy.packs * thing.offers[0].price(buy.packs) for buy in purchases)
        + thing.holding * closing.sum()
        + thing.spoilage * sum(flow.expired)
        + thing.safety_penalty * np.maximum(0.0, thing.safety - closing).sum()
        + thing.shortage * sum(flow.unmet)
    )

"""Lot sizing of one ingredient."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.procurement.lot_sizing import Charge, Item, Offer, Purchase, Sizing, size_lots
from obrador.procurement.projection import FOREVER, Supply, project

PIECES = Offer(0, 1.0, ((1, 0.0),))


def item(requirement: list[float], **changes: object) -> Item:
    usual = Item(
        requirement=tuple(requirement),
        supplies=(),
        shelf_life=99,
        offers=(PIECES,),
        safety=0.0,
        holding=2.0,
        spoilage=0.0,
        safety_penalty=0.0,
        shortage=1e6,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def every_day(days: int, fee: float = 500.0) -> dict[tuple[int, int], Charge]:
    return {(0, day): Charge(fee) for day in range(days)}


def test_wagner_and_whitin() -> None:
    found = size_lots(item([90, 120, 80, 70]), every_day(4))

    assert [(buy.day, buy.packs) for buy in found.purchases] == [(0, 210), (2, 150)]
    assert found.cost + 2 * 500 == 1380


@settings(max_examples=50)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=10), st.integers(0, 1000))
def test_single_pieces_are_bought_at_the_optimum(demand: list[int], setup: int) -> None:
    found = size_lots(item([float(d) for d in demand]), every_day(len(demand), float(setup)))

    best = [0.0]
    for end in range(1, len(demand) + 1):
        ways = [
            best[start] + setup + 2 * sum((t - start) * demand[t] for t in range(start, end))
            for start in range(end)
        ]
        best.append(min([*ways, *([best[end - 1]] if not demand[end - 1] else [])]))
    assert found.cost + setup * len(found.purchases) == pytest.approx(best[-1])


def test_stock_at_hand_is_used_before_anything_is_bought() -> None:
    found = size_lots(item([10, 10, 10], supplies=(Supply(-1, FOREVER, 25.0),)), every_day(3))

    assert found.purchases == (Purchase(0, 2, 5),)


def test_shelf_life_limits_how_long_a_purchase_serves() -> None:
    found = size_lots(item([10.0] * 6, shelf_life=2, holding=0.0), every_day(6))

    assert [(buy.day, buy.packs) for buy in found.purchases] == [(0, 20), (2, 20), (4, 20)]


def test_a_price_break_is_taken_where_it_pays() -> None:
    breaks = Offer(0, 1.0, ((1, 10.0), (40, 7.0)))

    eager = size_lots(item([10.0] * 3, offers=(breaks,), holding=0.0), every_day(3))
    dear = size_lots(item([10.0] * 3, offers=(breaks,), holding=5.0), every_day(3, fee=0.0))

    assert eager.purchases == (Purchase(0, 0, 40),)  # 280 rather than 300
    assert [buy.packs for buy in dear.purchases] == [10, 10, 10]


def test_the_smallest_quantity_is_bought_even_if_some_is_thrown_away() -> None:
    cases = Offer(0, 1.0, ((50, 1.0),))

    found = size_lots(item([10.0] * 4, offers=(cases,), shelf_life=2), {(0, 0): Charge(0)})

    assert found.purchases == (Purchase(0, 0, 50),)


def test_what_will_be_used_later_is_worth_having() -> None:
    breaks = Offer(0, 1.0, ((1, 10.0), (50, 9.0)))
    once = {(0, 0): Charge(0)}

    now_only = size_lots(item([10.0] * 3, offers=(breaks,), holding=0.01), once)
    for_long = size_lots(item([10.0] * 3, offers=(breaks,), holding=0.01, later=10.0), once)

    assert now_only.purchases == (Purchase(0, 0, 30),)
    assert for_long.purchases == (Purchase(0, 0, 50),)


def test_nothing_needed_is_nothing_bought() -> None:
    assert size_lots(item([0.0] * 5), every_day(5)) == Sizing((), 0.0)


def test_without_a_delivery_nothing_is_bought_and_everything_lacks() -> None:
    assert size_lots(item([1.0, 2.0]), {}).cost == 3e6


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
    lots=st.lists(st.tuples(st.integers(0, 9), st.floats(0, 200)), max_size=2),
    shelf_life=st.integers(1, 10),
    safety=st.floats(0, 50),
    days=st.sets(st.integers(0, 7)),
)
def test_the_purchases_cost_no_more_than_was_reckoned(
    demand: list[float],
    offer: Offer,
    lots: list[tuple[int, float]],
    shelf_life: int,
    safety: float,
    days: set[int],
) -> None:
    thing = item(
        demand,
        offers=(offer,),
        supplies=tuple(
            Supply(-1, min(last_day, shelf_life - 2), quantity) for last_day, quantity in lots
        ),  # delivered before, so they expire before what is bought
        shelf_life=shelf_life,
        safety=safety,
        safety_penalty=1.0,
        shortage=100.0,
        spoilage=3.0,
    )

    found = size_lots(thing, {(0, day): Charge(50.0) for day in days})

    assert {buy.day for buy in found.purchases} <= days
    assert all(buy.packs >= offer.tiers[0][0] for buy in found.purchases)
    cost, expired = _cost(thing, found)
    last_days = thing.holding * shelf_life * expired  # on the shelf of what is bound to expire
    assert cost <= found.cost + last_days + 1e-3


def _cost(thing: Item, sizing: Sizing) -> tuple[float, float]:
    bought = [
        Supply(buy.day, buy.day + thing.shelf_life - 1, buy.packs * thing.offers[0].pack_size)
        for buy in sizing.purchases
    ]
    flow, old = project(thing.requirement, [*thing.supplies, *bought]), thing.flow
    goods = sum(buy.packs * thing.offers[0].price(buy.packs) for buy in sizing.purchases)
    closing = np.array(flow.closing)
    expired = sum(flow.expired) - sum(old.expired)
    cost = (
        goods
        + thing.holding * (closing - old.closing).sum()
        + thing.spoilage * expired
        + thing.safety_penalty * np.maximum(0.0, thing.safety - closing).sum()
        + thing.shortage * sum(flow.unmet)
    )
    return float(cost), expired

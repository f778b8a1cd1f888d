"""Deliveries shared by several ingredients."""

from dataclasses import replace
from itertools import pairwise
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.procurement.lots import Item, Offer, Purchase, Terms
from obrador.procurement.projection import Flow, Supply, project
from obrador.procurement.replenishment import STRICT, replenish

WEEK = tuple(range(7))


def item(daily: float, *offers: Offer, **changes: object) -> Item:
    usual = Item(
        requirement=(daily,) * 7,
        supplies=(),
        shelf_life=7,
        offers=offers,
        safety=0.0,
        holding=0.01,
        spoilage=0.0,
        safety_penalty=0.0,
        shortage=1000.0,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def from_supplier(supplier: int, price: float = 1.0) -> Offer:
    return Offer(supplier, 1.0, ((1, price),))


def test_ingredients_share_the_deliveries_that_another_one_needs() -> None:
    milk = item(10, from_supplier(0), shelf_life=4)
    flour = item(20, from_supplier(0), holding=0.05)

    plan = replenish([flour, milk], [Terms(WEEK, fee=5.0, minimum=0.0)])

    of_flour, of_milk = ([buy.day for buy in purchases] for purchases in plan.purchases)
    assert of_flour == of_milk
    assert len(of_milk) == 2


def test_a_delivery_that_two_share_but_none_is_worth_is_left_out() -> None:
    """Each alone finds the second delivery open and free."""
    things = [item(10, from_supplier(0), holding=0.05) for _ in range(2)]

    plan = replenish(things, [Terms(WEEK, fee=30.0, minimum=0.0)])

    assert {buy.day for purchases in plan.purchases for buy in purchases} == {0}


def test_a_dearer_supplier_is_chosen_where_its_delivery_costs_less() -> None:
    thing = item(1, from_supplier(0, 1.0), from_supplier(1, 1.1))

    plan = replenish([thing], [Terms(WEEK, 50.0, 0.0), Terms(WEEK, 0.0, 0.0)])

    assert {thing.offers[buy.offer].supplier for buy in plan.purchases[0]} == {1}


def test_a_minimum_order_is_filled_with_what_keeps() -> None:
    fruit = item(10, from_supplier(0), shelf_life=7)
    flour = item(1, from_supplier(0), shelf_life=60, later=1.0)

    plan = replenish([fruit, flour], [Terms((0,), fee=0.0, minimum=100.0)])

    assert [purchases[0].packs for purchases in plan.purchases] == [70, 30]
    assert not plan.short


def test_a_minimum_order_that_only_waste_could_fill_is_said_and_not_filled() -> None:
    wanted = item(10, from_supplier(0), spoilage=0.1)

    plan = replenish([wanted], [Terms((0,), fee=0.0, minimum=500.0)])
    strict = replenish([wanted], [Terms((0,), fee=0.0, minimum=500.0)], short_price=STRICT)

    assert plan.short == {(0, 0)}
    assert plan.goods == {(0, 0): 70.0}
    assert (strict.short, strict.goods) == (frozenset(), {(0, 0): 500.0})


def test_small_orders_wait_for_each_other_to_reach_a_minimum() -> None:
    """None of the three alone comes to 60 on any day."""
    things = [item(1, from_supplier(0), shelf_life=40, later=1.0) for _ in range(3)]

    plan = replenish(things, [Terms(WEEK, fee=0.0, minimum=60.0)])

    assert not plan.short
    assert len(plan.goods) == 1


def test_the_alternative_says_what_the_other_supplier_costs_more() -> None:
    things = [item(10, from_supplier(0, 1.0), from_supplier(1, 1.5))]
    terms = [Terms(WEEK, 0.0, 0.0), Terms(WEEK, 0.0, 0.0)]

    plan = replenish(things, terms)
    other = plan.without(0, 0)

    assert other.extra == 35.0
    assert {things[0].offers[buy.offer].supplier for buy in other.purchases} == {1}


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Item], list[Terms]]:
    """A few ingredients and suppliers over a week."""
    terms = [
        Terms(
            tuple(sorted(draw(st.sets(st.integers(0, 6))))),
            draw(st.sampled_from([0.0, 5.0, 20.0])),
            draw(st.sampled_from([0.0, 50.0, 150.0])),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    items = []
    for _ in range(draw(st.integers(1, 4))):
        offers = [
            Offer(
                draw(st.integers(0, len(terms) - 1)),
                draw(st.sampled_from([1.0, 5.0, 20.0])),
                ((draw(st.integers(1, 3)), draw(st.floats(0.5, 30))),),
            )
            for _ in range(draw(st.integers(0, 3)))
        ]
        life = draw(st.integers(1, 9))
        lots = draw(st.lists(st.tuples(st.integers(-1, 8), st.floats(0, 60)), max_size=2))
        items.append(
            item(
                0.0,
                *offers,
                requirement=tuple(draw(st.lists(st.floats(0, 40), min_size=7, max_size=7))),
                supplies=tuple(Supply(-1, last, quantity) for last, quantity in lots),
                shelf_life=life,
                safety=draw(st.floats(0, 20)),
                safety_penalty=0.5,
                spoilage=0.3,
                shortage=draw(st.sampled_from([5.0, 1000.0])),
            )
        )
    return items, terms


@settings(max_examples=100)
@given(problems())
def test_a_plan_keeps_the_rules_and_is_never_worse_than_two_simple_ones(
    given_problem: tuple[list[Item], list[Terms]],
) -> None:
    """Nothing bought at all, and what lacks bought for each delivery."""
    items, terms = given_problem

    plan = replenish(items, terms, short_price=STRICT)

    assert not plan.short
    for (supplier, day), goods in plan.goods.items():
        assert day in terms[supplier].days
        assert goods >= terms[supplier].minimum - 1e-6
    for thing, purchases in zip(items, plan.purchases, strict=True):
        assert all(buy.packs >= thing.offers[buy.offer].tiers[0][0] for buy in purchases)
    assert plan.cost == pytest.approx(_cost(items, terms, list(plan.purchases)), abs=0.01)
    assert plan.cost <= _cost(items, terms, [()] * len(items)) + 0.01
    daily = [_each_delivery(thing, terms) for thing in items]
    brought = _goods(items, daily)
    if all(value >= terms[supplier].minimum for (supplier, _), value in brought.items()):
        assert plan.cost <= _cost(items, terms, daily) + 0.01


def _each_delivery(thing: Item, terms: list[Terms]) -> tuple[Purchase, ...]:
    """From the first offer, on each of its days, what will lack until the next."""
    if not thing.offers:
        return ()
    offer = thing.offers[0]
    days = terms[offer.supplier].days
    bought: list[Purchase] = []
    for day, following in pairwise([*days, 7]):
        lacking = sum(_flow(thing, bought).unmet[day:following])
        if lacking > 0:
            packs = max(offer.tiers[0][0], ceil(lacking / offer.pack_size - 1e-9))
            bought.append(Purchase(0, day, packs))
    return tuple(bought)


def _flow(thing: Item, purchases: list[Purchase] | tuple[Purchase, ...]) -> Flow:
    usable = [supply for supply in thing.supplies if supply.last_day >= 0]
    return project(
        thing.requirement,
        [
            *usable,
            *(
                Supply(
                    buy.day,
                    buy.day + thing.shelf_life - 1,
                    buy.packs * thing.offers[buy.offer].pack_size,
                )
                for buy in purchases
            ),
        ],
    )


def _goods(
    items: list[Item], purchases: list[tuple[Purchase, ...]]
) -> dict[tuple[int, int], float]:
    goods: dict[tuple[int, int], float] = {}
    for thing, bought in zip(items, purchases, strict=True):
        for buy in bought:
            offer = thing.offers[buy.offer]
            key = offer.supplier, buy.day
            goods[key] = goods.get(key, 0.0) + buy.packs * offer.price(buy.packs)
    return goods


def _cost(items: list[Item], terms: list[Terms], purchases: list[tuple[Purchase, ...]]) -> float:
    """Reckoned from the stock day by day."""
    goods = _goods(items, purchases)
    cost = sum(goods.values()) + sum(terms[supplier].fee for supplier, _ in goods)
    for thing, bought in zip(items, purchases, strict=True):
        flow = _flow(thing, bought)
        closing = np.array(flow.closing)
        cost += thing.holding * closing.sum() + thing.spoilage * sum(flow.expired)
        cost += thing.safety_penalty * np.maximum(0.0, thing.safety - closing).sum()
        cost += thing.shortage * sum(flow.unmet)
    return float(cost)

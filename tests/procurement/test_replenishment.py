"""Deliveries shared by several ingredients."""

from dataclasses import replace

from obrador.procurement.lots import Item, Offer, Terms
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

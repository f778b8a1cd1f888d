"""The week's review of purchasing, bakery by bakery: what could be saved, in money. Pure.

Where `purchasing` tells a few suggestions in sentences, this is the whole list.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from obrador.insights.domain import MorningFacts
from obrador.insights.finding import cheapest
from obrador.procurement.domain import Order, OrderLine
from obrador.suppliers.domain import Price

T = TypeVar("T")

HOLDING = 0.001
"""Cost of a day in stock, as a share of the value; the same as planning reckons with."""
LONGEST_DAYS = 90
"""What is not used within so many days counts as dead, however long it keeps."""
_WORTH_MINOR = 100
"""Less than one euro a week is no finding."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Two deliveries of a supplier that could be one: all of the later keeps long enough."""

    supplier_id: UUID
    first_day: date
    second_day: date
    fee_minor: int
    holding_minor: int
    saving_minor: int
    """fee − holding."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """A price break that some packs more would reach, and that pays."""

    supplier_id: UUID
    ingredient_id: UUID
    pack_size: float
    packs: int
    """Of the order."""
    more_packs: int
    price_minor: int
    """Of a pack, from there on."""
    saving_minor: int
    """packs × (price now − price then) − what it costs to keep the packs more until they are
    used."""


@dataclass(frozen=True, slots=True)
class Dead:
    """Stock that nobody uses before it expires, or within 90 days."""

    ingredient_id: UUID
    quantity: float
    value_minor: int


@dataclass(frozen=True, slots=True)
class Cheaper:
    """An ingredient that another supplier sells for less, deliveries that are needed for it
    included."""

    ingredient_id: UUID
    supplier_id: UUID
    """That it comes from."""
    other_id: UUID
    quantity: float
    """Over the horizon, in base units."""
    saving_minor: int


@dataclass(frozen=True)
class Review:
    """What a bakery could save over the horizon of its plan; each list the most valuable first."""

    days: int
    joined: tuple[Joined, ...]
    reachable: tuple[Reachable, ...]
    dead: tuple[Dead, ...]
    cheaper: tuple[Cheaper, ...]

    @property
    def saving_minor(self) -> int:
        """All of it, but for dead stock, whose money is gone; findings may exclude each other, so
        it is the most that can be saved."""
        parts = (
            sum(each.saving_minor for each in self.joined),
            sum(each.saving_minor for each in self.reachable),
            sum(each.saving_minor for each in self.cheaper),
        )
        return sum(parts)

    @property
    def dead_minor(self) -> int:
        """What dead stock is worth."""
        return sum(each.value_minor for each in self.dead)


def review(facts: MorningFacts) -> Review:
    """Review what the morning's plan buys and holds."""
    use = _daily_use(facts)
    return Review(
        days=facts.morning.bakery.policy.horizon_days,
        joined=_dearest(_joined(facts), lambda each: each.saving_minor),
        reachable=_dearest(_reachable(facts, use), lambda each: each.saving_minor),
        dead=_dearest(_dead(facts, use), lambda each: each.value_minor),
        cheaper=_dearest(_cheaper(facts), lambda each: each.saving_minor),
    )


def _joined(facts: MorningFacts) -> Iterator[Joined]:
    """A later delivery joins the one before it if each of its lines, come then, still keeps for the
    last day that it serves."""
    life = {each.id: each.shelf_life_days for each in facts.ingredients}
    first_day = facts.morning.business_date
    for supplier_id, orders in _by_supplier(facts.purchases.orders).items():
        for first, second in pairwise(sorted(orders, key=lambda order: order.delivery_on)):
            early = (first.delivery_on - first_day).days
            if not all(_keeps(line, early, life.get(line.ingredient_id)) for line in second.lines):
                continue
            days = (second.delivery_on - first.delivery_on).days
            holding = round(HOLDING * days * second.goods_minor)
            saving = second.fee_minor - holding
            if saving >= _WORTH_MINOR:
                yield Joined(
                    supplier_id,
                    first.delivery_on,
                    second.delivery_on,
                    second.fee_minor,
                    holding,
                    saving,
                )


def _keeps(line: OrderLine, day: int, life: int | None) -> bool:
    return life is None or line.reason.covers_to <= day + life - 1


def _reachable(facts: MorningFacts, use: Mapping[UUID, float]) -> Iterator[Reachable]:
    """Of each line, the next break, if the packs more are used while they keep."""
    life = {each.id: each.shelf_life_days or LONGEST_DAYS for each in facts.ingredients}
    tiers = _tiers(facts.prices)
    for order in facts.purchases.orders:
        for line in order.lines:
            daily = use.get(line.ingredient_id, 0.0)
            offered = tiers[order.supplier_id, line.ingredient_id].get(line.pack_size, [])
            start, price = next(
                (tier for tier in offered if tier[0] > line.packs), (0, line.pack_price_minor)
            )
            if not daily or price >= line.pack_price_minor:
                continue
            more = start - line.packs
            days = start * line.pack_size / daily
            if days > min(life[line.ingredient_id], LONGEST_DAYS):
                continue
            keeping = HOLDING * more * price * days / 2
            saving = round(line.packs * (line.pack_price_minor - price) - keeping)
            if saving >= _WORTH_MINOR:
                yield Reachable(
                    order.supplier_id,
                    line.ingredient_id,
                    line.pack_size,
                    line.packs,
                    more,
                    price,
                    saving,
                )


def _dead(facts: MorningFacts, use: Mapping[UUID, float]) -> Iterator[Dead]:
    """What is left of the lots, first expired first, after a mean day's use until each expires."""
    known = {each.id for each in facts.ingredients}
    prices = cheapest(facts.prices, known)
    today = facts.morning.business_date
    horizon = today + timedelta(days=LONGEST_DAYS)
    lots = sorted(
        (lot for lot in facts.lots if lot.item_id in known),
        key=lambda lot: (lot.item_id, lot.expires_on or date.max, lot.received_on),
    )
    used: dict[UUID, float] = defaultdict(float)
    left: dict[UUID, float] = defaultdict(float)
    for lot in lots:
        until = min(lot.expires_on or horizon, horizon)
        can_be = max(0, (until - today).days + 1) * use.get(lot.item_id, 0.0) - used[lot.item_id]
        taken = min(lot.quantity, max(0.0, can_be))
        used[lot.item_id] += taken
        left[lot.item_id] += lot.quantity - taken
    for item, quantity in left.items():
        value = round(quantity * prices.get(item, 0.0))
        if value >= _WORTH_MINOR:
            yield Dead(item, round(quantity, 3), value)


def _cheaper(facts: MorningFacts) -> Iterator[Cheaper]:
    """For all that an ingredient's orders from one supplier bring, the same from another one at the
    price of as many packs; a delivery's fee is added for each order, unless that supplier comes on
    the day anyway."""
    tiers, orders = _tiers(facts.prices), facts.purchases.orders
    fees = {each.id: each.delivery_fee_minor for each in facts.suppliers}
    comes = {(order.supplier_id, order.delivery_on) for order in orders}
    for (supplier_id, ingredient_id), bought in _bought(orders).items():
        quantity = sum(line.packs * line.pack_size for _, line in bought)
        paid = sum(line.packs * line.pack_price_minor for _, line in bought)
        for other in fees.keys() - {supplier_id}:
            costs = [
                _cost(tiers[other, ingredient_id], line.packs * line.pack_size)
                + (0 if (other, day) in comes else fees[other])
                for day, line in bought
            ]
            saving = round(paid - sum(costs)) if tiers[other, ingredient_id] else 0
            if saving >= _WORTH_MINOR:
                yield Cheaper(ingredient_id, supplier_id, other, round(quantity, 3), saving)


def _cost(packs: Mapping[float, list[tuple[int, int]]], quantity: float) -> float:
    """The least that so much costs in whole packs."""
    costs = []
    for size, tiers in packs.items():
        count = max(-(-quantity // size), tiers[0][0])
        reached = [price for start, price in tiers if start <= count]
        costs.append(count * reached[-1])
    return min(costs, default=0.0)


def _bought(orders: Iterable[Order]) -> dict[tuple[UUID, UUID], list[tuple[date, OrderLine]]]:
    found: dict[tuple[UUID, UUID], list[tuple[date, OrderLine]]] = defaultdict(list)
    for order in orders:
        for line in order.lines:
            found[order.supplier_id, line.ingredient_id].append((order.delivery_on, line))
    return found


def _tiers(prices: Iterable[Price]) -> dict[tuple[UUID, UUID], dict[float, list[tuple[int, int]]]]:
    found: dict[tuple[UUID, UUID], dict[float, list[tuple[int, int]]]] = defaultdict(dict)
    for price in sorted(prices, key=lambda each: each.min_packs):
        packs = found[price.supplier_id, price.ingredient_id]
        packs.setdefault(price.pack_size, []).append((price.min_packs, price.pack_price_minor))
    return found


def _daily_use(facts: MorningFacts) -> dict[UUID, float]:
    """Mean requirement of a day over the horizon, in base units."""
    return {
        each.ingredient_id: sum(each.requirement) / max(1, len(each.requirement))
        for each in facts.purchases.projections
    }


def _by_supplier(orders: Iterable[Order]) -> dict[UUID, list[Order]]:
    found: dict[UUID, list[Order]] = defaultdict(list)
    for order in orders:
        found[order.supplier_id].append(order)
    return found


def _dearest(found: Iterable[T], value: Callable[[T], int]) -> tuple[T, ...]:
    return tuple(sorted(found, key=lambda each: (-value(each), repr(each))))

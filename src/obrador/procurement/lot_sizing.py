"""When to buy an ingredient, where, and how many packs: a dynamic programme over delivery days.

The textbook's recursion (Wagner and Whitin 1958): the cheapest way to be supplied up to a day ends
with one delivery, before which the cheapest way up to there was taken. Packs, minimum quantities
and price breaks leave a surplus for the next delivery to reckon with; of all ways to reach a day
the one is kept that is cheapest with its surplus valued at the lowest price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from obrador.procurement.projection import Flow, Supply, project

Floats = NDArray[np.float64]
_NOTHING = 1e-7

LEFT_OVER_WORTH = 0.9
"""Share of its price that stock is worth at the end of the plan, if it will be used in time."""


@dataclass(frozen=True)
class Offer:
    """One pack of one supplier, with all-units price breaks."""

    supplier: int
    pack_size: float
    tiers: tuple[tuple[int, float], ...]
    """(From so many packs, price of a pack), ascending; the first is the least to be ordered."""

    @cached_property
    def starts(self) -> Floats:
        """Packs from which each tier's price holds."""
        return np.array([start for start, _ in self.tiers], dtype=np.float64)

    @cached_property
    def prices(self) -> Floats:
        """Each tier's price of a pack."""
        return np.array([price for _, price in self.tiers], dtype=np.float64)

    def goods(self, packs: Floats) -> Floats:
        """(K,) what so many packs cost together."""
        tier = self.starts.searchsorted(packs, side="right") - 1
        return np.asarray(packs * self.prices[tier])

    def price(self, packs: int) -> float:
        """What a pack costs when so many are bought."""
        return next(price for start, price in reversed(self.tiers) if packs >= start)


@dataclass(frozen=True)
class Item:
    """An ingredient as the programme sees it, over T days; money in any one unit."""

    requirement: tuple[float, ...]
    """(T,)"""
    supplies: tuple[Supply, ...]
    """On hand, and due from open orders."""
    shelf_life: int
    """Days on which a delivery can be used, the first being that of the delivery."""
    offers: tuple[Offer, ...]
    safety: float
    holding: float
    """Of a unit in stock at the end of a day."""
    spoilage: float
    """Of a unit thrown away, besides its price."""
    safety_penalty: float
    """Of a unit missing of the safety stock at the end of a day."""
    shortage: float
    """Of a unit of requirement that is not met."""
    later: float = 0.0
    """Requirement of a day after the T days, for which what is left over then is of use."""

    @property
    def opening(self) -> float:
        """On hand at the start of day 0."""
        return sum((lot.quantity for lot in self.supplies if lot.from_day < 0), 0.0)

    @cached_property
    def flow(self) -> Flow:
        """The supplies at hand alone."""
        return project(self.requirement, self.supplies)

    @cached_property
    def net(self) -> Floats:
        """(T + 1,) requirement before each day, cumulated, that the supplies at hand leave open."""
        return np.concatenate(([0.0], np.cumsum(self.flow.unmet)))

    @cached_property
    def unsafe(self) -> Floats:
        """(T,) how far the supplies at hand stay below the safety stock at the end of each day."""
        return np.maximum(0.0, self.safety - np.array(self.flow.closing))

    @cached_property
    def lowest_price(self) -> float:
        """Of a unit, breaks not counted."""
        return min((offer.tiers[0][1] / offer.pack_size for offer in self.offers), default=0.0)

    def room(self, day: int) -> float:
        """How much of a delivery on `day` can be used before it expires."""
        end = len(self.requirement)
        until = day + self.shelf_life
        after = self.later * max(0, until - end)
        return float(self.net[min(until, end)] - self.net[day]) + self.safety + after


@dataclass(frozen=True, slots=True)
class Charge:
    """What a supplier's delivery costs an item beside its goods, given who else is on board."""

    fee: float
    gap: float = 0.0
    """Value of goods that is still missing to the minimum order."""
    gap_cost: float = 0.0
    """Of a unit of `gap` that the item leaves open."""


Charges = Mapping[tuple[int, int], Charge]
"""By supplier and day: all deliveries that are possible."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """So many packs of an item's offer for a day."""

    offer: int
    day: int
    packs: int


@dataclass(frozen=True, slots=True)
class Sizing:
    """How to supply an item."""

    purchases: tuple[Purchase, ...]
    cost: float
    """Goods, holding, spoilage and penalties, less the worth of what is left over; charges of
    deliveries not included."""


@dataclass(frozen=True, slots=True)
class _Label:
    """The best way found to come to the morning of a day. Its surplus can be used before day
    `until`; `charged` is the part of `cost` that went to deliveries."""

    score: float
    cost: float
    charged: float
    surplus: float
    until: int
    purchase: Purchase | None = None
    before: "_Label | None" = None


@dataclass(frozen=True, slots=True)
class _Options:
    """(K,) quantities that can be bought on a day."""

    offers: NDArray[np.intp]
    packs: Floats
    units: Floats
    goods: Floats
    charged: Floats


def size_lots(item: Item, charges: Charges) -> Sizing:
    """The cheapest purchases for one item, by the recursion above.

    `F(t) = min over s < t of F(s) + charge + goods + holding, spoilage and penalties of s … t − 1`,
    over delivery days s and the packs of `_options`. Packs and money in the units of the item.

    Example (Wagner and Whitin): setup 500, holding 2, demand 90, 120, 80, 70 on four days take
    deliveries of 210 and 150 and cost 1380.
    """
    end = len(item.requirement)
    suppliers = {offer.supplier for offer in item.offers}
    days = sorted({day for supplier, day in charges if supplier in suppliers and day < end})
    best = {0: _Label(0.0, 0.0, 0.0, 0.0, end)}
    nothing = _Options(np.zeros(1, np.intp), *np.zeros((4, 1)))
    _extend(item, 0, nothing, [*(day for day in days if day), end], best)
    for index, day in enumerate(days):
        stops = [*days[index + 1 :], end]
        options = _options(item, day, best[day], stops, charges)
        _extend(item, day, options, stops, best)
    return _traced(best[end])


def _options(
    item: Item, day: int, label: _Label, stops: Sequence[int], charges: Charges
) -> _Options:
    """Packs that cover the net requirement up to each stop, with and without safety stock, one
    less, those that reach a price break, and those that reach the minimum order."""
    ends = np.minimum(stops, day + item.shelf_life)
    needs = item.net[ends] - item.net[day] - label.surplus
    levels = np.concatenate((needs, needs + item.unsafe[ends - 1]))
    parts = []
    for index, offer in enumerate(item.offers):
        charge = charges.get((offer.supplier, day))
        if charge is None:
            continue
        up = np.ceil((levels - _NOTHING) / offer.pack_size)
        filling = _filling(item, day, offer, charge)
        packs = _distinct(np.concatenate((up, up - 1, offer.starts, filling)), offer.starts[0])
        goods = offer.goods(packs)
        charged = charge.fee + charge.gap_cost * np.maximum(0.0, charge.gap - goods)
        offers = np.full(len(packs), index)
        parts.append((offers, packs, packs * offer.pack_size, goods, charged))
    return _Options(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _distinct(packs: Floats, least: float) -> Floats:
    """(K,) ascending, none less than may be ordered. For a dozen numbers `np.unique` takes three
    times as long, and this is asked for hundreds of times in a plan."""
    packs = np.maximum(packs, least)
    packs.sort()
    is_new = np.empty(len(packs), np.bool_)
    is_new[0] = True
    np.not_equal(packs[1:], packs[:-1], out=is_new[1:])
    return packs[is_new]


def _filling(item: Item, day: int, offer: Offer, charge: Charge) -> Floats:
    """Packs that reach the minimum order at each tier's price, if so many can be used."""
    if not charge.gap:
        return np.empty(0)
    packs = np.ceil(charge.gap / np.maximum(offer.prices, 1e-9))
    return packs[packs * offer.pack_size <= item.room(day)]


def _extend(
    item: Item, day: int, options: _Options, stops: Sequence[int], best: dict[int, _Label]
) -> None:
    """Try every option as the last purchase before every stop; keep what is best so far."""
    label = best[day]
    surplus = min(label.surplus, max(0.0, item.net[label.until] - item.net[day]))
    entry = label.cost + item.spoilage * (label.surplus - surplus)
    costs, stocks = _courses(item, day, surplus + options.units)
    ends = np.array(stops)
    columns = ends - (day + 1)
    costs = costs[:, columns] + (entry + options.goods + options.charged)[:, None]
    stocks = stocks[:, columns]
    until = min(day + item.shelf_life, len(item.requirement))
    usable = np.maximum(0.0, item.net[until] - item.net[ends])
    after = item.later * max(0, day + item.shelf_life - len(item.requirement))
    costs[:, -1] -= LEFT_OVER_WORTH * item.lowest_price * np.minimum(stocks[:, -1], after)
    scores = costs - item.lowest_price * np.minimum(stocks, usable)
    choices = scores.argmin(axis=0)
    found = scores[choices, np.arange(len(stops))].tolist()
    for column, (stop, score, choice) in enumerate(
        zip(stops, found, choices.tolist(), strict=True)
    ):
        if stop not in best or score < best[stop].score - 1e-9:
            best[stop] = _Label(
                score,
                float(costs[choice, column]),
                label.charged + float(options.charged[choice]),
                float(stocks[choice, column]),
                until,
                Purchase(int(options.offers[choice]), day, int(options.packs[choice])),
                label,
            )


def _courses(item: Item, day: int, bought: Floats) -> tuple[Floats, Floats]:
    """(K, T − day) cost up to the end of each day, and what is left of the purchase then."""
    course = bought[:, None] - (item.net[day + 1 :] - item.net[day])
    stocks = np.maximum(course, 0.0)
    final = item.shelf_life - 1
    expired = stocks[:, final : final + 1].copy()
    course[:, final:] -= expired
    stocks[:, final:] = 0.0
    lacking = np.maximum(-course, 0.0)
    unsafe = np.maximum(0.0, item.unsafe[day:] - stocks)
    costs = (item.holding * stocks + item.safety_penalty * unsafe).cumsum(axis=1)
    costs += item.shortage * lacking
    costs[:, final:] += item.spoilage * expired
    return costs, stocks


def _traced(label: _Label) -> Sizing:
    purchases = []
    step: _Label | None = label
    while step is not None:
        if step.purchase is not None and step.purchase.packs:
            purchases.append(step.purchase)
        step = step.before
    return Sizing(tuple(reversed(purchases)), label.cost - label.charged)

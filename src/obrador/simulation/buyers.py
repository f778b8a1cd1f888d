"""Who buys: the planner, and a reorder point for each ingredient. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt

from obrador.procurement.domain import PurchaseProblem
from obrador.procurement.items import HOLDING, Setting, setting
from obrador.procurement.lots import Offer
from obrador.procurement.plan import plan_purchases
from obrador.procurement.projection import NOTHING, project
from obrador.simulation.purchasing import Ordered, OrderedLine

WEEK = 7.0
"""Days that a lot of a reorder point lasts, unless deliveries are dear."""
SEEN_DAYS = 28
"""Of a supplier's calendar. After a holiday, one that comes weekly is two weeks away, and its lead
time more."""


def planner(problem: PurchaseProblem) -> list[Ordered]:
    """The orders of this morning's plan that have to be placed today."""
    return [
        Ordered(
            order.supplier_id,
            order.delivery_on,
            tuple(
                OrderedLine(line.ingredient_id, line.packs, line.pack_size, line.pack_price_minor)
                for line in order.lines
            ),
        )
        for order in plan_purchases(problem).orders
        if order.order_on == problem.first_day
    ]


@dataclass(frozen=True, slots=True)
class ReorderPoint:
    """Lots from the cheapest supplier when stock and what is ordered fall to a point: (s, nQ).

    The point is the forecast's mean demand of lead time and review period, plus the safety stock
    that the planner would keep. A lot lasts a week, or is the economic one, √(2·d̄·K/h) with the
    delivery fee as K, if that is more; but no more than shelf life lets be used. Suppliers are
    asked on the last day for a delivery, and an order below their minimum is filled up with what
    will be used soonest of its shelf life.
    """

    watches_dates: bool
    """Whether what will have expired is not counted, and the days until the delivery after the
    next are, instead of lead time and mean review period."""

    def __call__(self, problem: PurchaseProblem) -> list[Ordered]:
        """What is ordered today."""
        view = setting(_seen_further(problem))
        return [
            Ordered(
                view.suppliers[supplier].id,
                view.date_of(day),
                tuple(_line(view, index, packs) for index, packs in basket.items()),
            )
            for supplier, day, until in _asked_today(view)
            if (basket := self._basket(view, supplier, until))
        ]

    def _basket(self, view: Setting, supplier: int, until: int) -> dict[int, int]:
        """Packs by ingredient that a supplier is asked for."""
        stock = {
            index: self._stock(view, index, until)
            for index in range(len(view.items))
            if view.items[index].offers
            and view.safeties[index].demand_mean > NOTHING
            and _cheapest(view, index).supplier == supplier
        }
        basket = {
            index: packs
            for index, position in stock.items()
            if (packs := _packs(view, index, position, self._point(view, index, until)))
        }
        if basket:
            _fill_up(view, supplier, stock, basket)
        return basket

    def _stock(self, view: Setting, index: int, until: int) -> float:
        """On hand and on order."""
        supplies, a_day = view.items[index].supplies, view.safeties[index].demand_mean
        stock = sum(lot.quantity for lot in supplies if lot.last_day >= 0)
        if self.watches_dates:
            usable = [lot for lot in supplies if lot.last_day >= 0]
            stock -= sum(project([a_day] * until, usable).expired)
        return stock

    def _point(self, view: Setting, index: int, until: int) -> float:
        safety = view.safeties[index]
        days = until if self.watches_dates else safety.lead_days
        return safety.demand_mean * days + safety.quantity


def _seen_further(problem: PurchaseProblem) -> PurchaseProblem:
    """The same with the deliveries of `SEEN_DAYS`."""
    longer = replace(problem.bakery.policy, horizon_days=SEEN_DAYS)
    return replace(problem, bakery=replace(problem.bakery, policy=longer))


def _asked_today(view: Setting) -> Iterator[tuple[int, int, int]]:
    """Suppliers that have to be asked today, the day that they deliver then, and the next one that
    they can be asked for later."""
    today = view.problem.first_day
    for supplier, calendar in enumerate(view.calendars):
        days = [delivery.day for delivery in calendar if delivery.order_on == today]
        later = [delivery.day for delivery in calendar if delivery.order_on > today]
        if days:
            yield supplier, days[0], later[0] if later else view.days


def _packs(view: Setting, index: int, stock: float, point: float) -> int:
    """The fewest lots that bring the stock above the point, in whole packs."""
    if stock > point:
        return 0
    offer, lot = _cheapest(view, index), _lot(view, index)
    lots = int((point - stock) / lot) + 1
    return max(offer.tiers[0][0], ceil((lots * lot - NOTHING) / offer.pack_size))


def _lot(view: Setting, index: int) -> float:
    """Base units of a lot; at least a day's."""
    item, safety, offer = view.items[index], view.safeties[index], _cheapest(view, index)
    a_day, fee = safety.demand_mean, view.terms[offer.supplier].fee
    economic = sqrt(2 * a_day * fee / (HOLDING * offer.unit_price))
    review = safety.lead_days - view.suppliers[offer.supplier].lead_time_days
    still_there = safety.quantity + a_day * review
    usable = a_day * item.shelf_life - still_there
    return max(min(max(WEEK * a_day, economic), usable), a_day)


def _fill_up(view: Setting, supplier: int, stock: dict[int, float], basket: dict[int, int]) -> None:
    """Add single packs until the minimum is reached, also of what would not be ordered yet."""
    reach = {
        index: position + basket.get(index, 0) * _cheapest(view, index).pack_size
        for index, position in stock.items()
    }

    def share(index: int) -> float:
        """Of its shelf life, what an ingredient would last with a pack (or the fewest) more."""
        offer = _cheapest(view, index)
        more = (1 if index in basket else offer.tiers[0][0]) * offer.pack_size
        lasts = (reach[index] + more) / view.safeties[index].demand_mean
        return lasts / view.items[index].shelf_life

    while _value(view, basket) < view.terms[supplier].minimum:
        index = min(reach, key=share)
        offer = _cheapest(view, index)
        more = 1 if index in basket else offer.tiers[0][0]
        basket[index] = basket.get(index, 0) + more
        reach[index] += more * offer.pack_size


def _value(view: Setting, basket: dict[int, int]) -> float:
    return sum(packs * _cheapest(view, index).price(packs) for index, packs in basket.items())


def _line(view: Setting, index: int, packs: int) -> OrderedLine:
    offer = _cheapest(view, index)
    return OrderedLine(
        view.ingredients[index].id, packs, offer.pack_size, round(offer.price(packs))
    )


def _cheapest(view: Setting, index: int) -> Offer:
    offers: Sequence[Offer] = view.items[index].offers
    return min(offers, key=lambda offer: offer.unit_price)

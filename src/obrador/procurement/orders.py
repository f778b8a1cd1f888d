"""Purchases as orders, one for each supplier and delivery day, with the reasons of every line."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from obrador.procurement.domain import Bend, LineReason, Order, OrderLine
from obrador.procurement.items import Setting
from obrador.procurement.lots import Item, Offer, Purchase
from obrador.procurement.projection import NOTHING, Flow, Supply, delivered, project
from obrador.procurement.replenishment import Alternative, Replenishment


@dataclass(frozen=True, slots=True)
class _Line:
    """A line on its way into an order; `serves` are the days that it is for, the last excluded."""

    index: int
    purchase: Purchase
    serves: range
    before: Flow
    """Stock without this purchase and those after it."""
    is_late: bool
    """Something is lacking before it comes."""


def orders(setting: Setting, plan: Replenishment) -> tuple[Order, ...]:
    """All orders, by the last day to place them, then delivery day and supplier."""
    others = _others(setting, plan)
    grouped: dict[tuple[int, int], list[_Line]] = defaultdict(list)
    for index, purchases in enumerate(plan.purchases):
        for line in _lines(setting, index, purchases):
            offer = setting.items[index].offers[line.purchase.offer]
            grouped[offer.supplier, line.purchase.day].append(line)
    found = [_order(setting, plan, key, lines, others) for key, lines in grouped.items()]
    return tuple(sorted(found, key=lambda o: (o.order_on, o.delivery_on, str(o.supplier_id))))


def _others(setting: Setting, plan: Replenishment) -> dict[tuple[int, int], Alternative]:
    """By item and supplier that it is bought from, how it would be bought without."""
    found = {}
    for index, purchases in enumerate(plan.purchases):
        offers = setting.items[index].offers
        if len({offer.supplier for offer in offers}) > 1:
            for supplier in sorted({offers[buy.offer].supplier for buy in purchases}):
                found[index, supplier] = plan.without(index, supplier)
    return found


def planned(setting: Setting, index: int, purchases: Sequence[Purchase]) -> list[Supply]:
    """Purchases of an ingredient as deliveries to come."""
    offers, ingredient = setting.items[index].offers, setting.ingredients[index]
    return [
        delivered(buy.day, buy.packs * offers[buy.offer].pack_size, ingredient) for buy in purchases
    ]


def _lines(setting: Setting, index: int, purchases: Sequence[Purchase]) -> Iterator[_Line]:
    item = setting.items[index]
    life = setting.ingredients[index].shelf_life_days or setting.days
    came = 0
    for position, purchase in enumerate(purchases):
        following = purchases[position + 1 :]
        until = min(following[0].day if following else setting.days, purchase.day + life)
        earlier = planned(setting, index, purchases[:position])
        before = project(item.requirement, [*item.supplies, *earlier])
        is_late = any(before.unmet[came : purchase.day])
        yield _Line(index, purchase, range(purchase.day, until), before, is_late)
        came = purchase.day


def _order(
    setting: Setting,
    plan: Replenishment,
    key: tuple[int, int],
    lines: Sequence[_Line],
    others: Mapping[tuple[int, int], Alternative],
) -> Order:
    supplier = setting.suppliers[key[0]]
    order_lines = tuple(_order_line(setting, plan, line, others) for line in lines)
    return Order(
        supplier_id=supplier.id,
        order_on=setting.delivery(*key).order_on,
        delivery_on=setting.date_of(key[1]),
        lines=order_lines,
        goods_minor=sum(line.packs * line.pack_price_minor for line in order_lines),
        fee_minor=supplier.delivery_fee_minor,
        is_urgent=any(line.is_late for line in lines),
        below_minimum=key in plan.short,
    )


def _order_line(
    setting: Setting,
    plan: Replenishment,
    line: _Line,
    others: Mapping[tuple[int, int], Alternative],
) -> OrderLine:
    purchase = line.purchase
    offer = setting.items[line.index].offers[purchase.offer]
    return OrderLine(
        ingredient_id=setting.ingredients[line.index].id,
        packs=purchase.packs,
        pack_size=offer.pack_size,
        pack_price_minor=round(offer.price(purchase.packs)),
        reason=_reason(setting, plan, line, offer, others.get((line.index, offer.supplier))),
    )


def _reason(
    setting: Setting,
    plan: Replenishment,
    line: _Line,
    offer: Offer,
    other: Alternative | None,
) -> LineReason:
    item, days = setting.items[line.index], slice(line.serves.start, line.serves.stop)
    demand, receipts = sum(item.requirement[days]), sum(line.before.receipts[days])
    stock = max(0.0, _stock(item, line) - sum(line.before.expired[days]))
    net = demand + item.safety - stock - receipts
    order_on = setting.delivery(offer.supplier, line.purchase.day).order_on
    runner_up = _runner_up(setting, plan, line.index, other)
    return LineReason(
        covers_from=line.serves.start,
        covers_to=line.serves.stop - 1,
        demand=demand,
        stock=stock,
        receipts=receipts,
        safety_stock=item.safety,
        net=net,
        lead_days=(setting.date_of(line.purchase.day) - order_on).days,
        bent_by=tuple(_bends(setting, plan, line, offer, net)),
        runner_up=None if runner_up is None else str(setting.suppliers[runner_up].id),
        runner_up_extra_minor=None
        if runner_up is None or other is None
        else max(0, round(other.extra)),
    )


def _stock(item: Item, line: _Line) -> float:
    """What is there when the delivery comes."""
    if line.purchase.day:
        return line.before.closing[line.purchase.day - 1]
    return item.opening


def _bends(
    setting: Setting, plan: Replenishment, line: _Line, offer: Offer, net: float
) -> Iterator[Bend]:
    """What keeps the packs from being the net requirement."""
    packs, least = line.purchase.packs, offer.tiers[0][0]
    needed = max(0, ceil((net - NOTHING) / offer.pack_size))
    if needed < packs == least and least > 1:
        yield "moq"
    elif packs > needed and packs in [start for start, _ in offer.tiers[1:]]:
        yield "price_break"
    elif packs <= needed and abs(packs * offer.pack_size - net) > NOTHING:
        yield "pack"
    if line.serves.stop < setting.days and line.serves.stop == line.purchase.day + (
        setting.ingredients[line.index].shelf_life_days or setting.days
    ):
        yield "shelf_life"
    extra = (packs - needed) * offer.price(packs)
    goods = plan.goods[offer.supplier, line.purchase.day]
    if goods - extra < setting.terms[offer.supplier].minimum <= goods:
        yield "minimum_order"


def _runner_up(
    setting: Setting, plan: Replenishment, index: int, other: Alternative | None
) -> int | None:
    """The supplier that most would come from, if nothing more is lacking then."""
    if other is None or not other.purchases:
        return None
    item = setting.items[index]
    lacking, lacking_otherwise = (
        sum(project(item.requirement, [*item.supplies, *planned(setting, index, purchases)]).unmet)
        for purchases in (plan.purchases[index], other.purchases)
    )
    if lacking_otherwise > lacking + NOTHING:
        return None
    units: dict[int, float] = defaultdict(float)
    for buy in other.purchases:
        offer = item.offers[buy.offer]
        units[offer.supplier] += buy.packs * offer.pack_size
    return max(units, key=lambda supplier: (units[supplier], -supplier))

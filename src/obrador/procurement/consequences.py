"""What follows from the draft orders of a plan: stock, waste, terms of suppliers, cost. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from obrador.inventory.domain import Ingredient, Lot
from obrador.procurement.calendar import Delivery, deliveries
from obrador.procurement.domain import OpenOrder, Projection
from obrador.procurement.drafts import DraftOrder, PriceList
from obrador.procurement.projection import FOREVER, NOTHING, Flow, Supply, delivered, project
from obrador.suppliers.domain import Supplier
from obrador.tenants.domain import Bakery

_LONG = timedelta(days=366)
"""Longer than any lead time."""


@dataclass(frozen=True, slots=True)
class StockOut:
    """An ingredient of which there is not enough. Quantities in its base unit."""

    ingredient_id: UUID
    first_day: date
    missing: float
    is_new: bool
    """The edit leads to it, or to more of it."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """What will be thrown away."""

    ingredient_id: UUID
    quantity: float
    more: float
    """Than without the edit; negative: less."""


@dataclass(frozen=True, slots=True)
class BelowMinimum:
    """An order that is worth less than its supplier delivers for."""

    order_id: UUID
    goods_minor: int
    minimum_minor: int


@dataclass(frozen=True, slots=True)
class BelowMoq:
    """A line of fewer packs than the supplier sells."""

    order_id: UUID
    ingredient_id: UUID
    packs: int
    least: int


@dataclass(frozen=True, slots=True)
class BreakInReach:
    """A line that would cost no more if more packs were bought."""

    order_id: UUID
    ingredient_id: UUID
    packs: int
    cheaper_from: int
    """So many packs cost no more than these."""


@dataclass(frozen=True, slots=True)
class CannotCome:
    """An order for a day on which it cannot come by the supplier's own rules."""

    order_id: UUID
    delivery_on: date
    because: str
    """`cut_off`: it should have been ordered before; `no_delivery`: nobody delivers on that day."""
    earliest: date | None
    """The first day for which it can be ordered now."""


@dataclass(frozen=True)
class Consequences:
    """All of it."""

    stock_outs: tuple[StockOut, ...]
    expiring: tuple[Expiring, ...]
    below_minimum: tuple[BelowMinimum, ...]
    below_moq: tuple[BelowMoq, ...]
    breaks_in_reach: tuple[BreakInReach, ...]
    cannot_come: tuple[CannotCome, ...]
    cost_before_minor: int
    cost_minor: int
    """Goods and fees of all drafts."""


@dataclass(frozen=True)
class Setting:
    """What drafts are weighed against; days count from `first_day`."""

    bakery: Bakery
    first_day: date
    now: datetime
    """Local time of the bakery."""
    projections: Sequence[Projection]
    """As they were planned: what is needed, and what there was."""
    ingredients: Mapping[UUID, Ingredient]
    lots: Sequence[Lot]
    open_orders: Sequence[OpenOrder]
    prices: PriceList

    @property
    def days(self) -> int:
        """Of the horizon."""
        return len(self.projections[0].requirement) if self.projections else 0

    @property
    def suppliers(self) -> Mapping[UUID, Supplier]:
        """By id."""
        return self.prices.suppliers


def consequences(
    setting: Setting, before: Sequence[DraftOrder], after: Sequence[DraftOrder]
) -> Consequences:
    """What follows from the drafts as they are to be, against those that there were."""
    flows, old = flows_of(setting, after), flows_of(setting, before)
    placed = [order for order in after if order.lines]
    return Consequences(
        stock_outs=tuple(_stock_outs(setting, flows, old)),
        expiring=tuple(_expiring(flows, old)),
        below_minimum=tuple(
            BelowMinimum(order.id, order.goods_minor, least)
            for order in placed
            if order.goods_minor < (least := setting.suppliers[order.supplier_id].min_order_minor)
        ),
        below_moq=tuple(_below_moq(setting, placed)),
        breaks_in_reach=tuple(_breaks_in_reach(setting, placed)),
        cannot_come=tuple(_cannot_come(setting, placed)),
        cost_before_minor=cost_of(setting, before),
        cost_minor=cost_of(setting, after),
    )


def cost_of(setting: Setting, drafts: Iterable[DraftOrder]) -> int:
    """Goods and fees."""
    return sum(
        order.goods_minor + setting.suppliers[order.supplier_id].delivery_fee_minor
        for order in drafts
        if order.lines
    )


def flows_of(setting: Setting, drafts: Sequence[DraftOrder]) -> dict[UUID, Flow]:
    """What happens to each ingredient of the plan."""
    coming: dict[UUID, list[tuple[int, float]]] = defaultdict(list)
    for order in setting.open_orders:
        day = max(0, (order.expected_on - setting.first_day).days)
        coming[order.ingredient_id].append((day, order.quantity))
    for draft in drafts:
        day = (draft.delivery_on - setting.first_day).days
        for line in draft.lines:
            coming[line.ingredient_id].append((day, line.packs * line.pack_size))
    lots: dict[UUID, list[Lot]] = defaultdict(list)
    for lot in setting.lots:
        lots[lot.item_id].append(lot)
    is_counted = any(projection.ingredient_id in lots for projection in setting.projections)
    found = {}
    for projection in setting.projections:
        ingredient = setting.ingredients.get(projection.ingredient_id)
        if ingredient is None:  # it was removed since
            continue
        there = (
            _counted(setting, projection, lots[ingredient.id])
            if is_counted
            else [_assumed(projection, ingredient)]
        )
        supplies = (delivered(day, much, ingredient) for day, much in coming[ingredient.id])
        found[ingredient.id] = project(projection.requirement, [*there, *supplies])
    return found


def orderable(setting: Setting, supplier: Supplier) -> tuple[Delivery, ...]:
    """The supplier's deliveries that can still be ordered, in order."""
    return deliveries(supplier, setting.bakery, setting.first_day, setting.now, setting.days)


def order_day(setting: Setting, supplier: Supplier, delivery_on: date) -> date:
    """The last day to order a delivery of a day; by the lead time, if nobody delivers then."""
    day = (delivery_on - setting.first_day).days
    known = next((d.order_on for d in _ever(setting, supplier) if d.day == day), None)
    return known or delivery_on - timedelta(days=supplier.lead_time_days)


def _counted(setting: Setting, projection: Projection, lots: Sequence[Lot]) -> list[Supply]:
    """What is there. What has gone since the plan was made has been used today, and so can be."""
    left = [Supply(-1, _last_day(setting, lot), lot.quantity) for lot in lots]
    gone = projection.opening - sum(lot.quantity for lot in lots)
    return [*left, Supply(-1, 0, gone)] if gone > NOTHING else left


def _last_day(setting: Setting, lot: Lot) -> int:
    return FOREVER if lot.expires_on is None else (lot.expires_on - setting.first_day).days


def _assumed(projection: Projection, ingredient: Ingredient) -> Supply:
    """What a bakery that does not count its stock was taken to hold, as fresh as can be."""
    life = ingredient.shelf_life_days
    return Supply(-1, FOREVER if life is None else life - 1, projection.opening)


def _stock_outs(
    setting: Setting, flows: Mapping[UUID, Flow], old: Mapping[UUID, Flow]
) -> Iterable[StockOut]:
    for own, flow in flows.items():
        missing = sum(flow.unmet)
        if missing > NOTHING:
            first = next(day for day, lacking in enumerate(flow.unmet) if lacking)
            yield StockOut(
                own,
                setting.first_day + timedelta(days=first),
                round(missing, 3),
                missing > sum(old[own].unmet) + NOTHING,
            )


def _expiring(flows: Mapping[UUID, Flow], old: Mapping[UUID, Flow]) -> Iterable[Expiring]:
    for own, flow in flows.items():
        lost, before = sum(flow.expired), sum(old[own].expired)
        if lost > NOTHING or before > NOTHING:
            yield Expiring(own, round(lost, 3), round(lost - before, 3))


def _below_moq(setting: Setting, orders: Sequence[DraftOrder]) -> Iterable[BelowMoq]:
    for order in orders:
        for line in order.lines:
            tiers = setting.prices.tiers(order.supplier_id, line.ingredient_id, line.pack_size)
            if tiers and line.packs < tiers[0][0]:
                yield BelowMoq(order.id, line.ingredient_id, line.packs, tiers[0][0])


def _breaks_in_reach(setting: Setting, orders: Sequence[DraftOrder]) -> Iterable[BreakInReach]:
    for order in orders:
        for line in order.lines:
            now = line.packs * line.pack_price_minor
            tiers = setting.prices.tiers(order.supplier_id, line.ingredient_id, line.pack_size)
            better = [start for start, price in tiers[1:] if line.packs < start <= now / price]
            if better:
                yield BreakInReach(order.id, line.ingredient_id, line.packs, better[0])


def _cannot_come(setting: Setting, orders: Sequence[DraftOrder]) -> Iterable[CannotCome]:
    calendars: dict[UUID, tuple[Delivery, ...]] = {}
    for order in orders:
        supplier = setting.suppliers[order.supplier_id]
        possible = calendars.setdefault(supplier.id, orderable(setting, supplier))
        day = (order.delivery_on - setting.first_day).days
        if any(each.day == day for each in possible):
            continue
        first = possible[0].day if possible else None
        yield CannotCome(
            order.id,
            order.delivery_on,
            "cut_off" if any(d.day == day for d in _ever(setting, supplier)) else "no_delivery",
            None if first is None else setting.first_day + timedelta(days=first),
        )


def _ever(setting: Setting, supplier: Supplier) -> tuple[Delivery, ...]:
    """All deliveries of the horizon, those that should have been ordered before included."""
    early = datetime.combine(setting.first_day - _LONG, time())
    return deliveries(supplier, setting.bakery, setting.first_day, early, setting.days)

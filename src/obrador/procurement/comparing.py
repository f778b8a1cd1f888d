"""What a plan that was made anew orders otherwise than the one before it, and why. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from obrador.procurement.domain import OrderLine, Projection, StoredOrder, StoredPlan
from obrador.procurement.life import OPEN, SENT

Cause = Literal["demand", "stock", "ordered", "safety_stock", "price", "edited"]
_SAME = 1e-3
"""Figures that differ by a smaller share are the same: they are stored rounded."""

_Key = tuple[UUID, date]
_LineKey = tuple[UUID, date, UUID, float]


@dataclass(frozen=True, slots=True)
class OrderChange:
    """An order that only one of the plans has."""

    supplier_id: UUID
    delivery_on: date


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of other packs; none: only one of the plans has it."""

    supplier_id: UUID
    delivery_on: date
    ingredient_id: UUID
    pack_size: float
    packs_before: int
    packs_after: int
    because: tuple[Cause, ...]
    """What else is different for the ingredient: `demand`, `stock` at hand, `ordered` in the
    meantime, `safety_stock`, `price`; `edited`: a person had changed the line before. Nothing: it
    follows from other lines."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it. Orders that were approved or sent are kept, and planned around."""

    kept: tuple[UUID, ...]
    """Ids of orders of the plan before."""
    added: tuple[OrderChange, ...]
    removed: tuple[OrderChange, ...]
    lines: tuple[LineChange, ...]
    cost_before_minor: int
    """Of what the plan before had not ordered yet; goods and fees."""
    cost_after_minor: int


def compare(before: StoredPlan, after: StoredPlan) -> Comparison:
    """What has changed from one revision to the next, by supplier and day of delivery."""
    kept = [order for order in before.orders if order.status in (*OPEN, *SENT)]
    open_before = [order for order in before.orders if order not in kept]
    old, new = _orders(open_before), _orders(after.orders)
    return Comparison(
        kept=tuple(order.id for order in kept),
        added=tuple(OrderChange(*key) for key in sorted(new.keys() - old.keys(), key=_place)),
        removed=tuple(OrderChange(*key) for key in sorted(old.keys() - new.keys(), key=_place)),
        lines=tuple(_line_changes(before, after, open_before, kept)),
        cost_before_minor=_cost(open_before),
        cost_after_minor=_cost(after.orders),
    )


def _orders(orders: Iterable[StoredOrder]) -> dict[_Key, StoredOrder]:
    return {(each.order.supplier_id, each.order.delivery_on): each for each in orders}


def _place(key: _Key) -> tuple[date, str]:
    return key[1], str(key[0])


def _cost(orders: Iterable[StoredOrder]) -> int:
    return sum(each.order.goods_minor + each.order.fee_minor for each in orders)


def _line_changes(
    before: StoredPlan,
    after: StoredPlan,
    open_before: Iterable[StoredOrder],
    kept: Iterable[StoredOrder],
) -> Iterator[LineChange]:
    old, new = dict(_lines(open_before)), dict(_lines(after.orders))
    ordered = {line.ingredient_id for each in kept for line in each.order.lines}
    causes = _Causes(_by_ingredient(before), _by_ingredient(after), ordered)
    for key in sorted(old.keys() | new.keys(), key=lambda each: (each[1], *map(str, each))):
        was, now = old.get(key), new.get(key)
        packs_before, packs_after = (each[0].packs if each else 0 for each in (was, now))
        if packs_before != packs_after:
            because = tuple(causes.of(key[2], was, now))
            yield LineChange(*key, packs_before, packs_after, because)


def _lines(orders: Iterable[StoredOrder]) -> Iterator[tuple[_LineKey, tuple[OrderLine, bool]]]:
    """Each line, and whether a person has edited it."""
    for each in orders:
        order, marks = each.order, each.edits or (None,) * len(each.order.lines)
        for line, mark in zip(order.lines, marks, strict=True):
            key = (order.supplier_id, order.delivery_on, line.ingredient_id, line.pack_size)
            yield key, (line, mark is not None)


def _by_ingredient(plan: StoredPlan) -> dict[UUID, Projection]:
    return {projection.ingredient_id: projection for projection in plan.projections}


@dataclass(frozen=True, slots=True)
class _Causes:
    before: Mapping[UUID, Projection]
    after: Mapping[UUID, Projection]
    ordered: set[UUID]

    def of(
        self,
        ingredient_id: UUID,
        old: tuple[OrderLine, bool] | None,
        new: tuple[OrderLine, bool] | None,
    ) -> Iterator[Cause]:
        """What is different for an ingredient."""
        was, now = self.before.get(ingredient_id), self.after.get(ingredient_id)
        if was is not None and now is not None:
            if _differ(sum(was.requirement), sum(now.requirement)):
                yield "demand"
            if _differ(was.opening, now.opening):
                yield "stock"
            if _differ(was.safety.quantity, now.safety.quantity):
                yield "safety_stock"
        if ingredient_id in self.ordered:
            yield "ordered"
        if old and new and old[0].pack_price_minor != new[0].pack_price_minor:
            yield "price"
        if old and old[1]:
            yield "edited"


def _differ(before: float, after: float) -> bool:
    return abs(before - after) > _SAME * max(abs(before), abs(after))

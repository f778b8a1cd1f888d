"""The draft orders of a plan while a person edits them. Pure; money in minor units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from typing import Any
from uuid import UUID

from obrador.kit.errors import Fault, Invalid
from obrador.kit.ids import numbered_id
from obrador.kit.states import WrongState
from obrador.suppliers.domain import Price, Supplier

_NOTHING = 1e-6

Mark = Mapping[str, Any]
"""What a person has changed of a line. JSON-ready: `by`, `at`, `reason`, and under `planned` the
`packs`, `supplier_id` and `delivery_on` that it was planned with; null: it was added."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line. `source` is the order and position it is kept at; None: it is new there."""

    ingredient_id: UUID
    pack_size: float
    packs: int
    pack_price_minor: int
    source: tuple[UUID, int] | None
    is_edited: bool = False
    is_marked: bool = False
    """It was edited before, too."""
    was: Mapping[str, Any] | None = None
    """As it was planned, in the form of a mark's `planned`; None: it was added."""


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """An order that is a draft; without lines, it is called off."""

    id: UUID
    supplier_id: UUID
    delivery_on: date
    lines: tuple[DraftLine, ...]

    @property
    def goods_minor(self) -> int:
        """What its goods cost."""
        return sum(line.packs * line.pack_price_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class LineEdit:
    """What is to be different about a line; None: as it is. No packs: it goes."""

    order_id: UUID
    position: int
    packs: int | None = None
    supplier_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DayEdit:
    """When an order is to come."""

    order_id: UUID
    delivery_on: date


@dataclass(frozen=True, slots=True)
class NewLine:
    """What is to be bought besides. Without a pack size, the supplier's cheapest by unit."""

    ingredient_id: UUID
    supplier_id: UUID
    packs: int
    delivery_on: date
    pack_size: float | None = None


@dataclass(frozen=True, slots=True)
class Edits:
    """All that a person wants of a plan at once."""

    lines: tuple[LineEdit, ...] = ()
    days: tuple[DayEdit, ...] = ()
    new: tuple[NewLine, ...] = ()


class PriceList:
    """What can be bought from whom, in which packs, for how much."""

    def __init__(self, prices: Iterable[Price], suppliers: Mapping[UUID, Supplier]) -> None:
        self.suppliers = suppliers
        self._tiers: dict[tuple[UUID, UUID], dict[float, list[tuple[int, int]]]] = {}
        for price in prices:
            packs = self._tiers.setdefault((price.supplier_id, price.ingredient_id), {})
            packs.setdefault(price.pack_size, []).append((price.min_packs, price.pack_price_minor))
        for packs in self._tiers.values():
            for tiers in packs.values():
                tiers.sort()

    def tiers(
        self, supplier_id: UUID, ingredient_id: UUID, pack_size: float
    ) -> Sequence[tuple[int, int]]:
        """(From so many packs, price of a pack), ascending; nothing: it is not offered."""
        return self._tiers.get((supplier_id, ingredient_id), {}).get(pack_size, [])

    def price(
        self, supplier_id: UUID, ingredient_id: UUID, pack_size: float, packs: int
    ) -> int | None:
        """Of a pack, when so many are bought; None: it is not offered."""
        tiers = self.tiers(supplier_id, ingredient_id, pack_size)
        reached = [price for start, price in tiers if start <= packs]
        return reached[-1] if reached else tiers[0][1] if tiers else None

    def cheapest_pack(self, supplier_id: UUID, ingredient_id: UUID) -> float | None:
        """The size of the pack whose unit costs least; None: the supplier does not offer it."""
        offered = self._tiers.get((supplier_id, ingredient_id), {})
        return min(offered, key=lambda size: (offered[size][0][1] / size, size), default=None)


def edited(
    plan_id: UUID, drafts: Sequence[DraftOrder], edits: Edits, prices: PriceList, next_number: int
) -> tuple[DraftOrder, ...]:
    """The drafts as they are to be, those that were there first. A supplier's lines of a day become
    one order.

    Args:
        next_number: of the first order that is added, see `numbered_id`.

    Raises:
        Invalid: a line is not there, or its supplier does not offer it.
        WrongState: an order is no draft.
    """
    desk = _Desk(plan_id, drafts, prices, next_number)
    for number, line in enumerate(edits.lines):
        desk.change(line, f"lines.{number}")
    for number, day in enumerate(edits.days):
        desk.move(day, f"orders.{number}")
    for number, new in enumerate(edits.new):
        desk.add(new, f"add.{number}")
    return tuple(desk.orders.values())


class _Desk:
    """The drafts by their ids, as one edit after the other changes them."""

    def __init__(
        self, plan_id: UUID, drafts: Sequence[DraftOrder], prices: PriceList, next_number: int
    ) -> None:
        self.plan_id, self.prices, self.next_number = plan_id, prices, next_number
        self.orders = {order.id: order for order in drafts}

    def change(self, edit: LineEdit, where: str) -> None:
        """Other packs of a line, or another supplier."""
        order = self._order(edit.order_id, f"{where}.order_id")
        line = next(
            (each for each in order.lines if each.source == (order.id, edit.position)), None
        )
        if line is None:
            raise Invalid(
                "Order {order} has no line at position {position}.",
                [Fault(f"{where}.position", "is not in this order")],
                order=order.id,
                position=edit.position,
            )
        rest = tuple(each for each in order.lines if each is not line)
        is_moved = edit.supplier_id is not None and edit.supplier_id != order.supplier_id
        if edit.packs == 0 or is_moved:
            self.orders[order.id] = replace(order, lines=rest)
        if edit.packs == 0:
            return
        if is_moved and edit.supplier_id is not None:
            self._to_supplier(order, line, edit.supplier_id, edit.packs, where)
            return
        packs = line.packs if edit.packs is None else edit.packs
        changed = self._priced(
            order.supplier_id,
            replace(line, packs=packs, is_edited=True, was=_was(order, line)),
            f"{where}.packs",
        )
        lines = tuple(changed if each is line else each for each in order.lines)
        self.orders[order.id] = replace(order, lines=lines)

    def move(self, edit: DayEdit, where: str) -> None:
        """An order to another day, or into the supplier's order of that day."""
        order = self._order(edit.order_id, f"{where}.id")
        if edit.delivery_on == order.delivery_on:
            return
        other = self._of(order.supplier_id, edit.delivery_on)
        lines = tuple(replace(line, is_edited=True, was=_was(order, line)) for line in order.lines)
        if other is None:
            self.orders[order.id] = replace(order, delivery_on=edit.delivery_on, lines=lines)
            return
        self.orders[order.id] = replace(order, lines=())
        for line in lines:
            self._put(other.id, replace(line, source=None), where)

    def add(self, new: NewLine, where: str) -> None:
        """Something to be bought besides."""
        size = new.pack_size or self._pack(new.supplier_id, new.ingredient_id, where)
        line = DraftLine(new.ingredient_id, size, new.packs, 0, None, is_edited=True)
        target = self._opened(new.supplier_id, new.delivery_on)
        self._put(target.id, line, f"{where}.ingredient_id")

    def _to_supplier(
        self, order: DraftOrder, line: DraftLine, supplier_id: UUID, packs: int | None, where: str
    ) -> None:
        """As much from somebody else, on the same day."""
        size = self._pack(supplier_id, line.ingredient_id, where)
        enough = ceil((line.packs * line.pack_size - _NOTHING) / size)
        moved = DraftLine(
            line.ingredient_id,
            size,
            enough if packs is None else packs,
            0,
            None,
            is_edited=True,
            was=_was(order, line),
        )
        target = self._opened(supplier_id, order.delivery_on)
        self._put(target.id, moved, f"{where}.supplier_id")

    def _put(self, order_id: UUID, line: DraftLine, where: str) -> None:
        """A line into an order, where it joins one of the same packs."""
        order = self.orders[order_id]
        for same in order.lines:
            if (same.ingredient_id, same.pack_size) == (line.ingredient_id, line.pack_size):
                joined = replace(
                    same, packs=same.packs + line.packs, is_edited=True, was=_was(order, same)
                )
                priced = self._priced(order.supplier_id, joined, where)
                lines = tuple(priced if each is same else each for each in order.lines)
                break
        else:
            lines = (*order.lines, self._priced(order.supplier_id, line, where))
        self.orders[order_id] = replace(order, lines=lines)

    def _priced(self, supplier_id: UUID, line: DraftLine, where: str) -> DraftLine:
        price = self.prices.price(supplier_id, line.ingredient_id, line.pack_size, line.packs)
        if price is None:
            raise _not_offered(where)
        return replace(line, pack_price_minor=price)

    def _pack(self, supplier_id: UUID, ingredient_id: UUID, where: str) -> float:
        size = self.prices.cheapest_pack(supplier_id, ingredient_id)
        if size is None:
            raise _not_offered(f"{where}.supplier_id")
        return size

    def _opened(self, supplier_id: UUID, day: date) -> DraftOrder:
        """The supplier's draft of a day, which is made if there is none."""
        found = self._of(supplier_id, day)
        if found is None:
            found = DraftOrder(numbered_id(self.plan_id, self.next_number), supplier_id, day, ())
            self.next_number += 1
            self.orders[found.id] = found
        return found

    def _of(self, supplier_id: UUID, day: date) -> DraftOrder | None:
        orders = self.orders.values()
        return next(
            (o for o in orders if (o.supplier_id, o.delivery_on) == (supplier_id, day)), None
        )

    def _order(self, order_id: UUID, where: str) -> DraftOrder:
        order = self.orders.get(order_id)
        if order is None:
            raise WrongState(
                "{place}: {order_id} is no order of this plan that is still a draft, and"
                " only drafts can be edited.",
                place=where,
                order_id=order_id,
            )
        return order


def _was(order: DraftOrder, line: DraftLine) -> Mapping[str, Any] | None:
    """How a line was before it was edited for the first time."""
    if line.is_edited or line.is_marked or line.source is None:
        return line.was
    return {
        "packs": line.packs,
        "supplier_id": str(order.supplier_id),
        "delivery_on": order.delivery_on.isoformat(),
    }


def _not_offered(where: str) -> Invalid:
    return Invalid(
        "{place}: the supplier has no price for this ingredient in this pack; enter it in"
        " the price list first.",
        [Fault(where, "the supplier does not offer it")],
        place=where,
    )

"""Ingredients and stock as plain data for planning. Quantities in base units."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args
from uuid import UUID

from obrador.inventory.errors import NotEnoughStock

MovementKind = Literal["receipt", "consumption", "waste", "transfer", "count", "adjustment"]
Cause = Literal["expired", "damaged", "over_baked", "returned", "tasting", "other"]
"""Why something is wasted; a bakery may have reasons of its own beside these."""
CAUSES: tuple[Cause, ...] = get_args(Cause)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """What is bought."""

    id: UUID
    name: str
    unit: str
    category: str = ""
    shelf_life_days: int | None = None
    service_level: float | None = None
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of a lot; usable up to and including `expires_on`. The item is an ingredient,
    a product, or the recipe of a semi-finished good."""

    item_id: UUID
    quantity: float
    received_on: date
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class ExpiringLot:
    """A lot that may not be used after `expires_on`."""

    id: UUID
    item_id: UUID
    code: str
    quantity: float
    expires_on: date


@dataclass(frozen=True, slots=True)
class Shortage:
    """What was used although stock, on paper, did not hold it. JSON-ready."""

    item_id: str
    """An ingredient, or the recipe of a semi-finished good."""
    quantity: float


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A lot that can be taken from."""

    id: UUID
    remaining: Decimal


def take(lots: Iterable[OpenLot], quantity: Decimal) -> list[tuple[UUID, Decimal]]:
    """What to take from which lot: each is used up before the next is begun.

    Given the lots first expired first, this is FEFO. Amounts are positive and add up to
    `quantity`.

    Raises:
        NotEnoughStock: the lots together hold less.
    """
    taken, missing = take_what_is_there(lots, quantity)
    if missing > 0:
        raise NotEnoughStock(
            "{quantity:f} were to be taken, and {available:f} are there that can be. Post"
            " the receipt that is missing, or count the stock.",
            quantity=quantity,
            available=quantity - missing,
        )
    return taken


def take_what_is_there(
    lots: Iterable[OpenLot], quantity: Decimal
) -> tuple[list[tuple[UUID, Decimal]], Decimal]:
    """As `take`, as far as the lots reach; and how much is missing then."""
    taken, missing = [], quantity
    for lot in lots:
        amount = min(lot.remaining, missing)
        if amount > 0:
            taken.append((lot.id, amount))
            missing -= amount
    return taken, missing

"""Ingredients and stock as plain data for planning. Quantities in base units."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

MovementKind = Literal["receipt", "consumption", "waste", "count", "adjustment"]


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
    """What is left of a lot; usable up to and including `expires_on`. The item is an ingredient
    or a product."""

    item_id: UUID
    quantity: float
    received_on: date
    expires_on: date | None = None

"""What is made and how, as plain data for planning. Quantities in base units (g, ml, piece)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal
from uuid import UUID

StepKind = Literal["mix", "ferment", "shape", "proof", "bake", "cool", "fill", "finish"]


@dataclass(frozen=True, slots=True)
class Component:
    """What goes into a recipe's yield: an ingredient, or another recipe's product."""

    item_id: UUID
    is_recipe: bool
    quantity: float
    waste_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step. Takes `fixed_minutes + minutes_per_unit * units`, rounded up to whole minutes."""

    kind: StepKind
    fixed_minutes: int
    minutes_per_unit: float = 0.0
    equipment_kind: str | None = None
    capacity_per_unit: float = 0.0
    people: int = 0
    max_wait_minutes: int | None = None
    temperature: int | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Components for `yield_quantity` units before waste; good units are `1 - waste_share` of it.

    A recipe without steps is made to order (coffee): it uses ingredients but is not scheduled.
    """

    id: UUID
    name: str
    kind: Literal["product", "semi_finished"]
    unit: str
    yield_quantity: float
    components: tuple[Component, ...]
    steps: tuple[Step, ...] = ()
    waste_share: float = 0.0
    batch_min: float = 0.0
    batch_max: float | None = None
    batch_multiple: float = 1.0
    lead_days: int = 0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold. Money in minor units of the tenant's currency."""

    id: UUID
    name: str
    category: str
    unit: str
    price_minor: int | None
    salvage_minor: int = 0
    shelf_life_days: int = 1
    recipe_id: UUID | None = None
    ready_by: time | None = None
    par_levels: tuple[float, ...] | None = None
    daily_max: float | None = None
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Equipment:
    """`count` machines of one kind, each with `capacity` (trays, kg, ...)."""

    id: UUID
    name: str
    kind: str
    count: int
    capacity: float
    available_from: time | None = None
    available_to: time | None = None
    changeover_minutes: int = 0
    out_of_order_from: datetime | None = None
    out_of_order_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """When how many people work; ends at or before it starts: on the next day."""

    weekdays: tuple[int, ...]
    starts: time
    ends: time
    people: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of it, for one bakery. Only active products."""

    products: tuple[Product, ...]
    recipes: Mapping[UUID, Recipe]
    equipment: tuple[Equipment, ...]
    shifts: tuple[Shift, ...]

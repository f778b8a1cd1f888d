"""What to buy, as plain data. Quantities in base units, money in minor units, days as indices
from the planned day (0)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from obrador.catalogue.domain import Recipe
from obrador.inventory.domain import Ingredient, Lot
from obrador.suppliers.domain import Price, Supplier
from obrador.tenants.domain import Bakery

Bend = Literal["moq", "pack", "price_break", "shelf_life", "minimum_order"]


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """What is ordered already and still to come."""

    ingredient_id: UUID
    expected_on: date
    quantity: float


@dataclass(frozen=True)
class PurchaseProblem:
    """All that one bakery's purchase plan depends on. Day 0 is `first_day`."""

    bakery: Bakery
    first_day: date
    now: datetime
    """Local time of the bakery: what decides whether a cut-off has passed."""
    recipes: Mapping[UUID, Recipe]
    recipe_units: Mapping[UUID, Sequence[float]]
    """As in `production.domain.ProductionPlan`."""
    recipe_sd: Mapping[UUID, Sequence[float]]
    ingredients: Sequence[Ingredient]
    lots: Sequence[Lot]
    open_orders: Sequence[OpenOrder]
    suppliers: Sequence[Supplier]
    prices: Sequence[Price]


@dataclass(frozen=True, slots=True)
class SafetyStock:
    """`quantity` and what it came from: Z·√(L·σ_d² + d̄²·σ_L²), or a share of d̄·L."""

    quantity: float
    service_level: float
    """0: it is a share."""
    lead_days: float
    """L: lead time plus days between deliveries."""
    demand_mean: float
    demand_sd: float
    lead_sd: float
    capped_by_shelf_life: bool


@dataclass(frozen=True, slots=True)
class Projection:
    """An ingredient's stock day by day (each tuple one entry a day)."""

    ingredient_id: UUID
    opening: float
    requirement: tuple[float, ...]
    receipts: tuple[float, ...]
    expired: tuple[float, ...]
    unmet: tuple[float, ...]
    closing: tuple[float, ...]
    safety: SafetyStock
    stock_out_day: int | None
    """First day whose requirement is not met."""
    is_critical: bool
    """Runs out before anything can arrive."""
    overdue: float = 0.0
    """Part of day 0's receipts that should have come before and is hoped for today."""


@dataclass(frozen=True, slots=True)
class LineReason:
    """Why so many packs, from here, now. JSON-ready."""

    covers_from: int
    covers_to: int
    """Days (inclusive) whose requirement this line serves."""
    demand: float
    stock: float
    """On hand when the delivery comes, less what will expire in these days."""
    receipts: float
    """Open orders due in these days."""
    safety_stock: float
    net: float
    """demand + safety stock − stock − receipts, before packs."""
    lead_days: int
    bent_by: tuple[Bend, ...]
    runner_up: str | None
    """Id of the supplier it would come from otherwise; null if nobody else can deliver in time."""
    runner_up_extra_minor: int | None
    """What that would cost more over the whole horizon; null if the choice was by score."""
    skipped_days: int = 0
    """Of the lead days, those by which holidays have moved the order ahead."""
    score: float | None = None
    """Points of the supplier, and of the runner-up, where suppliers are chosen by score."""
    runner_up_score: float | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many packs of an ingredient."""

    ingredient_id: UUID
    packs: int
    pack_size: float
    pack_price_minor: int
    reason: LineReason


@dataclass(frozen=True, slots=True)
class Order:
    """One supplier, one delivery day."""

    supplier_id: UUID
    order_on: date
    delivery_on: date
    lines: tuple[OrderLine, ...]
    goods_minor: int
    fee_minor: int
    is_urgent: bool
    """Should have been placed before today for the need it serves."""
    below_minimum: bool


@dataclass(frozen=True, slots=True)
class PurchasePlan:
    """Orders, and the stock they lead to. Solver boundary: data in, result out."""

    orders: tuple[Order, ...]
    projections: tuple[Projection, ...]
    unsupplied: tuple[UUID, ...]
    """Ingredients needed that no supplier offers."""
    cost_minor: int
    """Goods and fees."""


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order as stored."""

    id: UUID
    status: str
    version: int
    order: Order
    positions: tuple[int, ...] = ()
    """Of its lines, which they are known by: lines that were taken out leave theirs empty."""
    received: tuple[float, ...] = ()
    """Of each line, in the ingredient's base unit."""
    edits: tuple[Mapping[str, Any] | None, ...] = ()
    """Of each line, what a person has changed; see `drafts.Mark`."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A purchase plan as stored: what a page shows. Orders by the day to place them."""

    id: UUID
    business_date: date
    revision: int
    status: str
    version: int
    made_at: datetime
    orders: tuple[StoredOrder, ...]
    projections: tuple[Projection, ...]
    unsupplied: tuple[UUID, ...]
    cost_minor: int
    replaces_id: UUID | None = None
    """The revision of the same date that it was made in place of."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What was ordered over some days."""

    orders: int
    cost_minor: int
    """Goods and fees."""

"""What to bake and when, as plain data. Times are minutes from midnight (local, of the planned
day; negative: the day before). Quantities in the product's or recipe's unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from obrador.catalogue.domain import Catalogue
from obrador.forecasting.domain import Forecast
from obrador.inventory.domain import Lot
from obrador.sales.domain import FirmOrder
from obrador.tenants.domain import Bakery


@dataclass(frozen=True)
class ProductionProblem:
    """All that one bakery's production plan depends on. Day 0 is `forecast.first_day`."""

    bakery: Bakery
    catalogue: Catalogue
    forecast: Forecast
    firm_orders: Sequence[FirmOrder]
    left_over: Sequence[Lot]
    """Products in stock at the start of day 0."""
    ingredient_cost_minor: Mapping[UUID, float]
    """Cheapest price per base unit; absent where no supplier offers the ingredient."""


@dataclass(frozen=True, slots=True)
class QuantityReason:
    """Why this many of a product. JSON-ready."""

    expected: float
    """Mean demand of the day, firm orders not counted."""
    firm: float
    """Firm orders of the day outside the forecast."""
    critical_ratio: float
    """Quantile of demand that pays: (price − cost) / (price + waste)."""
    ratio_from: Literal["economics", "service_level"]
    cover_days: int
    """Days that one bake serves (shelf life, closed days left out)."""
    quantile: float
    """Demand of those days at the critical ratio: the order-up-to level."""
    left_over: float
    """Usable stock counted against it."""
    unit_cost_minor: float | None
    bound_by: tuple[Literal["par_level", "daily_max", "closed", "no_demand"], ...] = ()


@dataclass(frozen=True, slots=True)
class BakeTarget:
    """How much of a product is wanted on the planned day."""

    product_id: UUID
    quantity: float
    reason: QuantityReason


@dataclass(frozen=True, slots=True)
class BatchReason:
    """Why a batch has its size. JSON-ready."""

    wanted: float
    """Good units wanted of this recipe, all its batches together."""
    waste_units: float
    rounding: Literal["none", "multiple", "minimum", "maximum"]
    batch_number: int
    batch_count: int
    for_products: tuple[str, ...] = ()
    """Ids of products that a semi-finished good goes into."""
    for_next_day: bool = False


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """A batch before it has a time."""

    recipe_id: UUID
    product_id: UUID | None
    good_units: float
    units: float
    """Made, waste included."""
    ready_by: int
    weight: float
    reason: BatchReason
    after: tuple[int, ...] = ()
    """Indices of batches (its doughs) that must end before it starts."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine with its own timetable. Minutes as above."""

    equipment_id: UUID
    kind: str
    capacity: float
    changeover_minutes: int
    available: tuple[tuple[int, int], ...]
    """Half-open spans, in order."""


@dataclass(frozen=True, slots=True)
class Crew:
    """People at work: spans (from, to, people) that do not overlap, in order."""

    spans: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class ScheduledStep:
    """When a step runs and on what."""

    start: int
    end: int
    equipment_id: UUID | None


@dataclass(frozen=True, slots=True)
class ScheduledBatch:
    """A batch with its times; `late_because` says in data what kept it from being ready."""

    batch: PlannedBatch
    steps: tuple[ScheduledStep, ...]
    late_minutes: int = 0
    late_because: str | None = None
    """`equipment:<kind>`, `people`, or `time` when even alone it could not be ready."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A batch that cannot be made at all, and why."""

    batch: PlannedBatch
    because: str
    """`no_equipment:<kind>`, `too_big:<kind>`, `no_people`, `no_time`."""


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """The timetable. Solver boundary: data in, result out."""

    scheduled: tuple[ScheduledBatch, ...]
    unplaced: tuple[Unplaced, ...]
    tardiness: float
    """Σ weight × minutes late."""


@dataclass(frozen=True)
class ProductionPlan:
    """Targets and timetable of day 0 and, for purchasing, what each day of the forecast makes."""

    targets: tuple[BakeTarget, ...]
    schedule: ScheduleResult
    recipe_units: Mapping[UUID, tuple[float, ...]]
    """(H,) units to make of each product's recipe per day, waste included, doughs not exploded."""
    recipe_sd: Mapping[UUID, tuple[float, ...]]
    """(H,) standard deviation of the day's demand behind `recipe_units`, by forecast error."""

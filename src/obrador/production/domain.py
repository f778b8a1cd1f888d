"""What to bake and when, as plain data. Quantities in the product's or recipe's unit.

Times are minutes that pass after the planned day's local midnight (negative: the day before), so
that a step lasts as long on the night the clocks change; see `minute_at` and `moment_at`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from obrador.catalogue.domain import Catalogue, Issuing, StepKind
from obrador.forecasting.domain import Forecast
from obrador.inventory.domain import Lot, Shortage
from obrador.sales.domain import FirmOrder
from obrador.tenants.domain import Bakery

Bound = Literal["par_level", "min_display", "daily_max", "closed", "no_demand"]
"""What keeps a day's bake from following its forecast."""

FIRST_MINUTE = -6 * 60
"""Work for a day starts at six in the evening before at the earliest,"""
LAST_MINUTE = 2 * 24 * 60
"""and what is made for the next day is done when that ends."""


def moment_at(minute: int, day: date, time_zone: str) -> datetime:
    """The UTC moment `minute` minutes after local midnight of `day`."""
    midnight = datetime.combine(day, time(), ZoneInfo(time_zone))
    return midnight.astimezone(UTC) + timedelta(minutes=minute)


def minute_at(moment: datetime, day: date, time_zone: str) -> int:
    """Whole minutes from local midnight of `day` to the moment."""
    return (moment.astimezone(UTC) - moment_at(0, day, time_zone)) // timedelta(minutes=1)


@dataclass(frozen=True)
class ProductionProblem:
    """All that one bakery's production plan depends on. Day 0 is `forecast.first_day`."""

    bakery: Bakery
    catalogue: Catalogue
    forecast: Forecast
    firm_orders: Sequence[FirmOrder]
    left_over: Sequence[Lot]
    """Products and semi-finished goods in stock at the start of day 0."""
    ingredient_cost_minor: Mapping[UUID, float]
    """Cheapest price per base unit; absent where no supplier offers the ingredient."""
    begun: "Sequence[Begun]" = ()
    """Batches of day 0 that are begun or done."""
    now: int | None = None
    """Minute from which the rest is planned; None: the whole day."""
    intraday: Mapping[UUID, tuple[float, ...]] = field(default_factory=dict)
    """(24,) shares of a product's day by hour of the clock; absent: the usual shape."""


@dataclass(frozen=True, slots=True)
class Wave:
    """One of several bakes of a product on a day."""

    ready_by: int
    """Minute of the day, as all minutes here."""
    quantity: float
    demand_share: float
    """Share of the day's demand from then until the next bake is ready."""


@dataclass(frozen=True, slots=True)
class QuantityReason:
    """Why this many of a product. JSON-ready."""

    expected: float
    """Mean demand of the day, firm orders not counted."""
    firm: float
    """Firm orders of the day outside the forecast."""
    critical_ratio: float
    """Quantile of demand that pays where nothing keeps: gain / (gain + waste + holding)."""
    ratio_from: Literal["economics", "service_level"]
    """The service level stands in where price or cost is unknown or the price is below the cost."""
    cover_days: int
    """Days that one bake serves (shelf life, closed days left out)."""
    quantile: float
    """The order-up-to level: what should be on the shelf, left-over included."""
    left_over: float
    """Usable stock counted against it."""
    unit_cost_minor: float | None
    """Ingredients of a good unit; null where an ingredient has no price."""
    bound_by: tuple[Bound, ...] = ()
    issuing: Issuing = "oldest_first"
    left_over_keeps: tuple[float, ...] = ()
    """The left-over by the days it keeps: what must be sold today, until tomorrow, ..."""
    waste_chance: float | None = None
    """That of the last unit baked to be thrown away in the end, without sparing another one."""
    gain_minor: float | None = None
    """What a sale more wins, price + goodwill − cost; null where the service level stands in."""
    waste_minor: float | None = None
    """What a unit thrown away loses, cost + disposal − salvage."""
    goodwill_minor: int = 0
    """Of a lost sale, in `gain_minor`."""
    holding_minor: int = 0
    """Of a unit left in the evening."""
    waves: tuple[Wave, ...] = ()
    """Bakes of the day, where there are several."""


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
    """Good units wanted of this recipe, all its batches together; some may be `from_stock`."""
    waste_units: float
    rounding: Literal["none", "multiple", "minimum", "maximum"]
    """What bent the size: whole trays, the smallest batch, or the most that fits in the day."""
    batch_number: int
    batch_count: int
    for_products: tuple[str, ...] = ()
    """Ids of products that a semi-finished good goes into."""
    for_next_day: bool = False
    from_stock: float = 0.0
    """Good units wanted that are in stock already: what expires first is used first."""


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
    """Of a minute that it is late; 0 for a dough, whose delay counts in what is made of it."""
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
    """Between any two temperatures,"""
    available: tuple[tuple[int, int], ...]
    """Half-open spans, in order."""
    changeovers: Mapping[tuple[int | None, int | None], int] = field(default_factory=dict)
    """but for these, from the first to the second."""


@dataclass(frozen=True, slots=True)
class Crew:
    """People at work: spans (from, to, people) that do not overlap, in order."""

    spans: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class ScheduledStep:
    """What is done, when and on what: kept with the plan, since recipes change."""

    kind: StepKind
    start: int
    end: int
    equipment_id: UUID | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch that work has begun on, when the rest of its day is planned again."""

    id: UUID
    recipe_id: UUID
    product_id: UUID | None
    good_units: float
    """Those it gave, or should give."""
    units: float
    steps: tuple[ScheduledStep, ...]
    """In minutes of the day, from when it really began."""
    ready_by: int
    weight: float
    reason: BatchReason
    doughs: tuple[UUID, ...]
    is_done: bool


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
    """`no_equipment:<kind>`, `too_big:<kind>`, `no_people`, `no_time`, `too_many_batches`; of what
    is made of a dough that cannot be made, the dough's."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look for a timetable: counts, not time, so that a plan can be repeated."""

    beginnings: int = 8
    rounds: int = 100
    """After the beginnings, to bake later and keep ovens on for less;"""
    rounds_if_late: int = 1000
    """where something is late or has no place."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would make less late, and how much less. JSON-ready."""

    kind: Literal["start_earlier", "more_people", "another_machine", "ready_later"]
    amount: int
    """Minutes, people, machines, or batches."""
    equipment_kind: str | None
    tardiness: float
    """Weighted minutes late that are left with it."""
    late_batches: int
    """That are left with it."""


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """The timetable. Solver boundary: data in, result out."""

    scheduled: tuple[ScheduledBatch, ...]
    unplaced: tuple[Unplaced, ...]
    tardiness: float
    """Σ weight × minutes late."""
    remedies: tuple[Remedy, ...] = ()
    """Where something is late: what would help, the best first."""


@dataclass(frozen=True)
class ProductionPlan:
    """Targets and timetable of day 0 and, for purchasing, what each day of the forecast makes."""

    targets: tuple[BakeTarget, ...]
    schedule: ScheduleResult
    recipe_units: Mapping[UUID, tuple[float, ...]]
    """(H,) units to make of each product's recipe per day, waste included, doughs not exploded."""
    recipe_sd: Mapping[UUID, tuple[float, ...]]
    """(H,) standard deviation of the day's demand behind `recipe_units`, by forecast error."""
    doughs: tuple[tuple[int, ...], ...] = ()
    """Of each scheduled batch, the places of its doughs among those."""
    begun: tuple[Begun, ...] = ()
    """What it was planned around; not among the scheduled."""
    begun_doughs: tuple[tuple[UUID, ...], ...] = ()
    """Of each scheduled batch, the ids of its doughs among those."""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch as stored, in moments (UTC)."""

    id: UUID
    recipe_id: UUID
    product_id: UUID | None
    good_units: float
    units: float
    starts_at: datetime
    ends_at: datetime
    ready_by: datetime
    steps: tuple[ScheduledStep, ...]
    """In minutes after `starts_at`."""
    status: str
    reason: BatchReason
    late_minutes: int
    late_because: str | None
    weight: float = 1.0
    """As in `PlannedBatch`."""
    doughs: tuple[UUID, ...] = ()
    """Ids of batches that must end before it starts."""
    is_pinned: bool = False
    """A person has given it its time."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    """When it really was begun, and completed or cancelled."""
    made: float | None = None
    """Good units that it really gave."""
    wasted: float | None = None
    note: str = ""
    shortages: tuple[Shortage, ...] = ()


@dataclass(frozen=True, slots=True)
class FloorBatch:
    """A batch that is to be made or is being made by an approved schedule. Moments in UTC."""

    id: UUID
    business_date: date
    recipe_id: UUID
    product_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    ready_by: datetime
    started_at: datetime | None
    """None: nobody has begun it."""


@dataclass(frozen=True, slots=True)
class Outage:
    """When a piece of equipment cannot be used: from one moment to before the other."""

    equipment_id: UUID
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class HitBatch:
    """A batch, not yet done, with a step on equipment that is out of order then."""

    id: UUID
    schedule_id: UUID
    business_date: date
    recipe_id: UUID
    equipment_id: UUID
    needed_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a completed batch really gave, beside what it should have given."""

    batch_id: UUID
    business_date: date
    planned: float
    """Good units, as `made`."""
    units: float
    """Made, waste included: what components were weighed for."""
    made: float
    wasted: float


@dataclass(frozen=True, slots=True)
class StoredUnplaced:
    """A batch that cannot be made, as stored; see `Unplaced`."""

    recipe_id: UUID
    product_id: UUID | None
    good_units: float
    because: str


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """A day's production as stored: what a page shows. Batches by start."""

    id: UUID
    business_date: date
    revision: int
    status: str
    version: int
    made_at: datetime
    targets: tuple[BakeTarget, ...]
    batches: tuple[StoredBatch, ...]
    unplaced: tuple[StoredUnplaced, ...]
    replaces_id: UUID | None = None
    """The revision that it was made in place of."""
    remedies: tuple[Remedy, ...] = ()
    """What would help where something is late, as it was planned."""

"""What a timetable means for the day: what is late, short, or not there for a customer. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from obrador.catalogue.domain import Recipe
from obrador.inventory.domain import Lot
from obrador.production.board import Board
from obrador.production.conflicts import Conflict
from obrador.production.domain import StoredSchedule, minute_at, moment_at
from obrador.production.resources import wall_minute
from obrador.production.weighing import components_of
from obrador.sales.domain import FirmOrder
from obrador.tenants.domain import Bakery

_TOLERANCE = 1e-3
_UNTIL_CLOSING = 24 * 60
"""When an order without a time has to be there: on its day."""


@dataclass(frozen=True, slots=True)
class Late:
    """A batch that is ready later than it should."""

    batch_id: UUID
    minutes: int
    because: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A batch that has moved."""

    batch_id: UUID
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Short:
    """An ingredient, or the recipe of a dough, of which there is less than the batches take."""

    item_id: UUID
    needed: float
    there: float
    """In stock, and what batches still to end will give of it."""


@dataclass(frozen=True, slots=True)
class LateOrder:
    """A firm order of which not all will be there in time."""

    product_id: UUID
    due_at: datetime
    quantity: float
    missing: float


@dataclass(frozen=True, slots=True)
class Consequences:
    """All of it."""

    late: tuple[Late, ...]
    conflicts: tuple[Conflict, ...]
    moved: tuple[Moved, ...]
    short: tuple[Short, ...]
    late_orders: tuple[LateOrder, ...]


def consequences(
    schedule: StoredSchedule,
    before: Board,
    after: Board,
    bakery: Bakery,
    lots: Sequence[Lot],
    orders: Sequence[FirmOrder],
) -> Consequences:
    """What follows from the board, as it is now and as it was."""
    day, zone = schedule.business_date, bakery.time_zone
    return Consequences(
        late=tuple(
            Late(own_id, one.late_minutes, one.late_because)
            for own_id, one in zip(after.ids, after.batches, strict=True)
            if one.late_minutes
        ),
        conflicts=after.conflicts(),
        moved=tuple(
            Moved(
                own_id,
                moment_at(old.steps[0].start, day, zone),
                moment_at(new.steps[0].start, day, zone),
            )
            for own_id, old, new in zip(after.ids, before.batches, after.batches, strict=True)
            if old.steps[0].start != new.steps[0].start
        ),
        short=short_of(after, lots, day),
        late_orders=late_orders(schedule, after, bakery, orders),
    )


def short_of(board: Board, lots: Iterable[Lot], day: date) -> tuple[Short, ...]:
    """What batches still to end take more of than there is, dough that they give included. Of
    ingredients, and of doughs made the day before, that nobody keeps count of nothing is said."""
    needed: dict[UUID, float] = defaultdict(float)
    there: dict[UUID, float] = defaultdict(float)
    for one in board.batches:
        recipe = board.recipes.get(one.batch.recipe_id)
        if recipe is None:
            continue
        for item, amount in components_of(recipe, one.batch.units).items():
            needed[item] += amount
        if one.batch.product_id is None and not one.batch.reason.for_next_day:
            there[recipe.id] += one.batch.good_units
    counted = set()
    for lot in lots:
        counted.add(lot.item_id)
        if lot.expires_on is None or lot.expires_on >= day:
            there[lot.item_id] += lot.quantity
    return tuple(
        Short(item, round(amount, 3), round(there[item], 3))
        for item, amount in needed.items()
        if amount > there[item] + _tolerance(amount) and _is_known(item, counted, board.recipes)
    )


def _is_known(item: UUID, counted: set[UUID], recipes: Mapping[UUID, Recipe]) -> bool:
    """Whether somebody keeps count of it; dough of the day is known from its batches."""
    return item in counted or (item in recipes and not recipes[item].lead_days)


def _tolerance(amount: float) -> float:
    """Sizes of batches are rounded as they are stored."""
    return max(_TOLERANCE, amount * 1e-4)


def late_orders(
    schedule: StoredSchedule, board: Board, bakery: Bakery, orders: Iterable[FirmOrder]
) -> tuple[LateOrder, ...]:
    """Firm orders of the day, the earliest served first, of which not all is baked when they are
    due. What is done counts with what it really gave."""
    day, zone = schedule.business_date, bakery.time_zone
    baked: dict[UUID, list[tuple[int, float]]] = defaultdict(list)
    for one in board.batches:
        if one.batch.product_id is not None:
            baked[one.batch.product_id].append((one.steps[-1].end, one.batch.good_units))
    for done in schedule.batches:
        if done.status == "completed" and done.product_id is not None:
            end = minute_at(done.ended_at or done.ends_at, day, zone)
            baked[done.product_id].append((end, done.made or 0.0))
    asked: dict[UUID, float] = defaultdict(float)
    found = []
    for due, order in sorted(
        ((_due(order, zone, day), order) for order in orders if order.due_date == day),
        key=lambda each: (each[0], each[1].product_id),
    ):
        asked[order.product_id] += order.quantity
        there = sum(units for end, units in baked[order.product_id] if end <= due)
        missing = min(asked[order.product_id] - there, order.quantity)
        if missing > _TOLERANCE and order.product_id in baked:
            found.append(
                LateOrder(
                    order.product_id, moment_at(due, day, zone), order.quantity, round(missing, 3)
                )
            )
    return tuple(found)


def _due(order: FirmOrder, time_zone: str, day: date) -> int:
    if order.due_time is None:
        return _UNTIL_CLOSING
    return wall_minute(order.due_time, 0, time_zone, day)

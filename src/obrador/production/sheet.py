"""What hangs on the wall: a day's batches by shift and station, with what goes into each.

Pure: a stored schedule and the catalogue in, a sheet out. Quantities in base units (g, ml, piece),
moments in UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from typing import Literal
from uuid import UUID

from obrador.catalogue.domain import (
    Catalogue,
    Component,
    Recipe,
    Shift,
    Step,
    StepKind,
    is_flour,
    water_left,
)
from obrador.inventory.domain import Ingredient
from obrador.kit.names import name_key
from obrador.production.domain import StoredBatch, StoredSchedule, moment_at
from obrador.production.resources import wall_minute
from obrador.tenants.domain import Bakery

Station = Literal["mixing", "bench", "proofing", "oven"]
"""Where people stand."""

STATION_OF: Mapping[StepKind, Station] = {
    "mix": "mixing",
    "shape": "bench",
    "fill": "bench",
    "finish": "bench",
    "ferment": "proofing",
    "proof": "proofing",
    "cool": "proofing",
    "bake": "oven",
}
_IN_TRAYS = {"proofer", "oven", "retarder"}
"""Equipment whose capacity is counted in trays; of a mixer it is kg."""
_PACKAGING = ("packag", "envase", "verpack", "emball")
"""In what name or category says so; as `name_key` writes it."""
_WHOLE = 1e-3
"""Of a tray, which rounding of what a unit takes may leave over."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """So much of something goes in."""

    name: str
    """Empty for water, which recipes may leave out: it fills up what is made by weight."""
    unit: str
    quantity: float
    """To take, what is lost in preparing it included."""
    is_flour: bool
    is_packaging: bool
    percent: float | None
    """Baker's percentage: of the flour in the same recipe; None where there is no flour, or where
    it is counted in pieces."""


@dataclass(frozen=True, slots=True)
class Job:
    """A step of a batch, as the one reads it who does it."""

    number: int
    """Of the batch, by start: the same on every station's list and on the picture of the day."""
    batch_id: UUID
    name: str
    unit: str
    units: float
    """To make, waste included."""
    kind: StepKind
    starts_at: datetime
    ends_at: datetime
    cools_until: datetime | None
    """Where cooling follows; that is no job of its own."""
    equipment: str | None
    trays: int | None
    temperature: int | None
    """In °C."""
    ready_by: datetime
    late_minutes: int
    for_next_day: bool
    components: tuple[Weighed, ...]
    """With the batch's first step, packaging with its last: flour first, then as the recipe has
    it."""
    is_last: bool
    """After it the batch is done, and what came of it is written down."""


@dataclass(frozen=True, slots=True)
class StationSheet:
    """What one station does in one shift, by start."""

    station: Station
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One occurrence of a shift."""

    starts_at: datetime
    ends_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class ShiftSheet:
    """One shift's stations; of a bakery without shifts, all."""

    turn: Turn | None
    stations: tuple[StationSheet, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The baking sheet of a day."""

    bakery: str
    day: date
    revision: int
    status: str
    time_zone: str
    shifts: tuple[ShiftSheet, ...]


def sheet_of(
    schedule: StoredSchedule,
    catalogue: Catalogue,
    ingredients: Mapping[UUID, Ingredient],
    bakery: Bakery,
) -> Sheet:
    """The schedule as work for each shift and station.

    Of `units` made of a recipe, `units / yield × quantity / (1 − waste share)` of each component is
    weighed. A step belongs to the first shift that is at work when it starts; one outside all
    shifts, such as a dough that rests overnight, to the last that began before it. What the
    evening before does for the day is the evening shift's.
    """
    book = _Book(catalogue, ingredients)
    jobs = [job for number, batch in numbered(schedule) for job in book.jobs(number, batch)]
    turns = _turns(catalogue.shifts, bakery, schedule.business_date)
    by_turn: dict[int | None, list[Job]] = defaultdict(list)
    for job in jobs:
        by_turn[_turn_at(turns, job.starts_at)].append(job)
    return Sheet(
        bakery=bakery.name,
        day=schedule.business_date,
        revision=schedule.revision,
        status=schedule.status,
        time_zone=bakery.time_zone,
        shifts=tuple(
            _shift_sheet(None if index is None else turns[index], by_turn[index])
            for index in sorted(by_turn, key=lambda index: -1 if index is None else index)
        ),
    )


def numbered(schedule: StoredSchedule) -> Iterator[tuple[int, StoredBatch]]:
    """The batches by start, with the numbers that sheets and pictures call them by; without those
    that are cancelled."""
    for number, batch in enumerate(schedule.batches, 1):
        if batch.status != "cancelled":
            yield number, batch


def minutes_late(batch: StoredBatch) -> int:
    """By how much it misses its time; a dough's delay counts in what is made of it that day."""
    is_dough = batch.product_id is None and not batch.reason.for_next_day
    return 0 if is_dough else batch.late_minutes


def planned_steps(batch: StoredBatch, recipe: Recipe | None) -> Sequence[Step | None]:
    """The recipe's step behind each of the batch's; None where the recipe has others by now."""
    kinds = [step.kind for step in batch.steps]
    if recipe is None or [step.kind for step in recipe.steps] != kinds:
        return [None] * len(kinds)
    return recipe.steps


def trays_of(step: Step | None, units: float) -> int | None:
    """Whole trays that `units` take in the step, where it is done on trays."""
    if step is None or step.equipment_kind not in _IN_TRAYS or not step.capacity_per_unit:
        return None
    return ceil(step.capacity_per_unit * units - _WHOLE)


def _turns(shifts: Iterable[Shift], bakery: Bakery, day: date) -> list[Turn]:
    """Shifts of the evening before, the day and the next, by start; those at the same time are
    one, with the people of all."""
    people: dict[tuple[datetime, datetime], int] = defaultdict(int)
    for shift in shifts:
        for offset in (-1, 0, 1):
            if (day.weekday() + offset) % 7 in shift.weekdays:
                people[_moments(shift, offset, bakery.time_zone, day)] += shift.people
    return [Turn(first, last, count) for (first, last), count in sorted(people.items())]


def _moments(shift: Shift, offset: int, time_zone: str, day: date) -> tuple[datetime, datetime]:
    over_midnight = shift.ends <= shift.starts
    first = wall_minute(shift.starts, offset, time_zone, day)
    last = wall_minute(shift.ends, offset + over_midnight, time_zone, day)
    return moment_at(first, day, time_zone), moment_at(last, day, time_zone)


def _turn_at(turns: Sequence[Turn], moment: datetime) -> int | None:
    """The first that is at work, else the last that began before, else the first of all."""
    begun = [index for index, turn in enumerate(turns) if turn.starts_at <= moment]
    at_work = (index for index in begun if moment < turns[index].ends_at)
    outside = begun[-1] if begun else 0 if turns else None
    return next(at_work, outside)


def _shift_sheet(turn: Turn | None, jobs: Iterable[Job]) -> ShiftSheet:
    stations: dict[Station, list[Job]] = {station: [] for station in STATION_OF.values()}
    for job in sorted(jobs, key=lambda job: (job.starts_at, job.number)):
        stations[STATION_OF[job.kind]].append(job)
    return ShiftSheet(
        turn,
        tuple(StationSheet(name, tuple(own)) for name, own in stations.items() if own),
    )


class _Book:
    """Recipes and machines by their ids."""

    def __init__(self, catalogue: Catalogue, ingredients: Mapping[UUID, Ingredient]) -> None:
        self.recipes = catalogue.recipes
        self.products = {product.id: product.name for product in catalogue.products}
        self.machines = {machine.id: machine.name for machine in catalogue.equipment}
        self.ingredients = ingredients

    def jobs(self, number: int, batch: StoredBatch) -> Iterator[Job]:
        """The batch's steps; cooling is told with the step before it."""
        recipe = self.recipes.get(batch.recipe_id)
        steps = list(zip(batch.steps, planned_steps(batch, recipe), strict=True))
        weighed = self.weighed(recipe, batch.units)
        work = [index for index, (step, _) in enumerate(steps) if step.kind != "cool"] or [0]

        def at(minute: int) -> datetime:
            return batch.starts_at + timedelta(minutes=minute)

        for index in work:
            step, planned = steps[index]
            after = batch.steps[index + 1] if index + 1 < len(steps) else None
            cooled = after.end if after is not None and after.kind == "cool" else None
            yield Job(
                number=number,
                batch_id=batch.id,
                name=self.name_of(batch, recipe),
                unit=recipe.unit if recipe else "piece",
                units=batch.units,
                kind=step.kind,
                starts_at=at(step.start),
                ends_at=at(step.end),
                cools_until=None if cooled is None else at(cooled),
                equipment=self.machines.get(step.equipment_id) if step.equipment_id else None,
                trays=trays_of(planned, batch.units),
                temperature=planned.temperature if planned else None,
                ready_by=batch.ready_by,
                late_minutes=minutes_late(batch),
                for_next_day=batch.reason.for_next_day,
                components=tuple(
                    one for one in weighed if index == (work[-1] if one.is_packaging else work[0])
                ),
                is_last=index == work[-1],
            )

    def name_of(self, batch: StoredBatch, recipe: Recipe | None) -> str:
        """What the batch is called; what it was planned of may be gone by now."""
        own = self.products.get(batch.product_id) if batch.product_id else None
        return own or (recipe.name if recipe else "?")

    def weighed(self, recipe: Recipe | None, units: float) -> tuple[Weighed, ...]:
        """What goes into `units` made of the recipe."""
        if recipe is None:
            return ()
        found = [
            self._component(component, units / recipe.yield_quantity)
            for component in recipe.components
        ]
        found = sorted([*_water(recipe, units, found), *found], key=lambda one: not one.is_flour)
        flour = sum(one.quantity for one in found if one.is_flour)
        if not flour:
            return tuple(found)
        return tuple(
            one if one.unit == "piece" else replace(one, percent=100 * one.quantity / flour)
            for one in found
        )

    def _component(self, component: Component, times: float) -> Weighed:
        quantity = times * component.quantity / (1 - component.waste_share)
        item: Recipe | Ingredient | None
        if component.is_recipe:
            item = self.recipes.get(component.item_id)
        else:
            item = self.ingredients.get(component.item_id)
        name, unit = (item.name, item.unit) if item else ("?", "g")
        is_ground = isinstance(item, Ingredient) and is_flour(unit, item.name, item.category)
        return Weighed(name, unit, quantity, is_ground, _is_of(item, _PACKAGING), None)


def _water(recipe: Recipe, units: float, found: Sequence[Weighed]) -> list[Weighed]:
    """What fills up a yield in grams: tap water, which nobody orders, is in few recipes."""
    lost = [component.waste_share for component in recipe.components]
    lines = [(one.unit, one.quantity * (1 - share)) for one, share in zip(found, lost, strict=True)]
    rest = water_left(recipe.unit, units, lines)
    return [Weighed("", "g", rest, False, False, None)] if rest else []


def _is_of(item: Recipe | Ingredient | None, stems: Iterable[str]) -> bool:
    """Whether an ingredient's category says so, or where it has none its name."""
    if not isinstance(item, Ingredient):
        return False
    words = name_key(item.category or item.name)
    return any(stem in words for stem in stems)

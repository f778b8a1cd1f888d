"""How much of machines and people the days' batches take. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from obrador.catalogue.domain import Catalogue, Recipe
from obrador.production.domain import Machine, StoredBatch, minute_at, moment_at
from obrador.production.resources import crew_of, machines_of
from obrador.production.timetable import Task, tasks_of
from obrador.tenants.domain import Bakery


@dataclass(frozen=True, slots=True)
class Load:
    """Of one kind of equipment, or of people, on one day."""

    available: float
    """Minutes × capacity (trays, kg; or people) that can be used."""
    used: float
    """Minutes × capacity that batches take."""

    @property
    def utilisation(self) -> float | None:
        """Share of what is available; more than 1 where a person has planned too much; None where
        nothing is available."""
        return round(self.used / self.available, 4) if self.available else None


@dataclass(frozen=True, slots=True)
class DayLoad:
    """A calendar day, from midnight to midnight."""

    day: date
    equipment: Mapping[str, Load]
    """By kind."""
    people: Load


def day_load(
    day: date, batches: Iterable[StoredBatch], catalogue: Catalogue, bakery: Bakery
) -> DayLoad:
    """What batches, of whatever day\'s schedule, take of a calendar day. Cancelled ones take
    nothing; a step whose recipe has become another since takes nobody knows what, and is left out.
    """
    length = minute_at(
        moment_at(0, day + timedelta(days=1), bakery.time_zone), day, bakery.time_zone
    )
    machines = machines_of(catalogue.equipment, bakery, day)
    available: dict[str, float] = defaultdict(float)
    for machine in machines:
        available[machine.kind] += machine.capacity * _within(machine.available, length)
    used, people = _used(day, length, batches, catalogue.recipes, machines, bakery)
    crew = crew_of(catalogue.shifts, bakery, day)
    there = sum(count * _within([(first, last)], length) for first, last, count in crew.spans)
    kinds = sorted(available.keys() | used.keys())
    return DayLoad(
        day,
        {kind: Load(round(available[kind], 3), round(used[kind], 3)) for kind in kinds},
        Load(there, people),
    )


def _used(
    day: date,
    length: int,
    batches: Iterable[StoredBatch],
    recipes: Mapping[UUID, Recipe],
    machines: Iterable[Machine],
    bakery: Bakery,
) -> tuple[dict[str, float], float]:
    """By kind of equipment, and of people."""
    capacity = {machine.equipment_id: machine.capacity for machine in machines}
    used: dict[str, float] = defaultdict(float)
    people = 0.0
    for batch in batches:
        if batch.status == "cancelled":
            continue
        start = minute_at(batch.starts_at, day, bakery.time_zone)
        for step, task in zip(batch.steps, _tasks(batch, recipes), strict=False):
            minutes = _within([(start + step.start, start + step.end)], length)
            people += minutes * task.people
            if task.kind is not None and step.equipment_id is not None:
                whole = capacity.get(step.equipment_id, task.capacity)
                used[task.kind] += minutes * (whole if task.whole_machine else task.capacity)
    return used, people


def _tasks(batch: StoredBatch, recipes: Mapping[UUID, Recipe]) -> tuple[Task, ...]:
    recipe = recipes.get(batch.recipe_id)
    if recipe is None or [s.kind for s in recipe.steps] != [s.kind for s in batch.steps]:
        return ()
    return tasks_of(recipe, batch.units)


def _within(spans: Sequence[tuple[int, int]], length: int) -> int:
    """Minutes of the spans that lie on the day."""
    return sum(max(min(last, length) - max(first, 0), 0) for first, last in spans)

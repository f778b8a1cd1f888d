"""When each batch is made: on which machines and by whom.

Batches become arrays (`placement`), compiled kernels find their times, and what is late or has no
place is explained (`lateness`). No chance but the seed's, no wall time.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from types import MappingProxyType
from uuid import UUID

from obrador.catalogue.domain import Recipe
from obrador.production.batching import MOST_BATCHES, TOLERANCE
from obrador.production.domain import (
    Crew,
    Effort,
    Machine,
    PlannedBatch,
    ScheduledBatch,
    ScheduledStep,
    ScheduleResult,
    Unplaced,
)
from obrador.production.floor import Floor
from obrador.production.lateness import TRY, explained, remedies
from obrador.production.placement import Making, Timed, place
from obrador.production.resources import largest_of
from obrador.production.timetable import Task

_NOTHING: Mapping[int, tuple[ScheduledStep, ...]] = MappingProxyType({})
DEFAULT_EFFORT = Effort()


def schedule(
    batches: Sequence[PlannedBatch],
    recipes: Mapping[UUID, Recipe],
    machines: Sequence[Machine],
    crew: Crew,
    *,
    fixed: Mapping[int, tuple[ScheduledStep, ...]] = _NOTHING,
    effort: Effort = DEFAULT_EFFORT,
    explain: bool = True,
) -> ScheduleResult:
    """Place batches on machines and people.

    Minimises 1000 · Σ weight · minutes late + Σ minutes early + 3 · Σ minutes that each oven is on
    for each ready-by time. Kept always: capacity (shared by batches of the same temperature,
    change-over between temperatures; a mixer mixes one batch at a time), people, availability,
    longest waits, doughs before what is made of them. What is made for day 0 ends on day 0.

    Args:
        fixed: the steps of batches, by index, that stay where they are, whatever they take; the
            others are planned around them.
        explain: say why batches are late and what would help, by planning again without what is in
            their way; takes as long again as the search.

    Returns:
        minutes after day 0's midnight, tardiness in weighted minutes. What cannot be made is in
        `unplaced` with its reason rather than an error.
    """
    making = Making.of(batches, recipes)
    empty = Floor.of(machines, crew, making.all_tasks())
    impossible = _impossible(making, machines, crew, fixed)
    floor, placed = _with_fixed(making, empty, fixed)
    to_place = [i for i in range(len(batches)) if i not in fixed and i not in impossible]
    placed |= place(making, floor, to_place, placed, effort)
    scheduled = {index: _scheduled(making, empty, placed, index) for index in sorted(placed)}
    unplaced = tuple(
        Unplaced(batch, impossible.get(index, "no_time"))
        for index, batch in enumerate(batches)
        if index not in placed
    )
    told = explained(making, empty, placed, scheduled) if explain else list(scheduled.values())
    tardiness, _ = _lateness(told)

    def plan(other: Making, more: Sequence[Machine], people: Crew) -> tuple[float, int]:
        nothing_on_it = Floor.of(more, people, other.all_tasks())
        taken, stay = _with_fixed(other, nothing_on_it, fixed)
        stay |= place(other, taken, to_place, stay, TRY)
        return _lateness([_scheduled(other, nothing_on_it, stay, index) for index in stay])

    helped = remedies(making, machines, crew, told, plan) if tardiness and explain else ()
    in_order = sorted(told, key=lambda one: one.steps[0].start)
    return ScheduleResult(tuple(in_order), unplaced, tardiness, helped)


def _with_fixed(
    making: Making, floor: Floor, fixed: Mapping[int, Sequence[ScheduledStep]]
) -> tuple[Floor, Timed]:
    """The floor with what is fixed on it."""
    placed: Timed = {}
    for index, steps in fixed.items():
        placed[index] = floor.find(making.tasks[index], steps)
        floor = floor.with_placed(placed[index])
    return floor, placed


def _lateness(scheduled: Iterable[ScheduledBatch]) -> tuple[float, int]:
    """Weighted minutes late, and how many batches are."""
    late = [one for one in scheduled if one.late_minutes and one.batch.weight]
    return sum(one.batch.weight * one.late_minutes for one in late), len(late)


def _scheduled(making: Making, floor: Floor, placed: Timed, index: int) -> ScheduledBatch:
    steps = tuple(
        ScheduledStep(
            one.task.step,
            one.start,
            one.end,
            None if one.machine < 0 else floor.machines[one.machine].equipment_id,
        )
        for one in placed[index]
    )
    batch = making.batches[index]
    return ScheduledBatch(batch, steps, max(steps[-1].end - batch.ready_by, 0))


def _impossible(
    making: Making, machines: Sequence[Machine], crew: Crew, fixed: Container[int]
) -> dict[int, str]:
    """Batches that no timetable could hold, and why."""
    largest = largest_of(machines)
    people = max((count for _, _, count in crew.spans), default=0)
    doughs = {index: batch.after for index, batch in enumerate(making.batches)}
    reasons: dict[int, str] = {}
    for index in TopologicalSorter(doughs).static_order():
        if index in fixed:
            continue
        batch = making.batches[index]
        reason = next((reasons[dough] for dough in batch.after if dough in reasons), None)
        if batch.reason.batch_number > MOST_BATCHES:
            reason = "too_many_batches"
        reason = reason or _obstacle(making.tasks[index], largest, people)
        if reason is not None:
            reasons[index] = reason
    return reasons


def _obstacle(tasks: Iterable[Task], largest: Mapping[str, float], people: int) -> str | None:
    for task in tasks:
        if task.kind is not None and task.kind not in largest:
            return f"no_equipment:{task.kind}"
        if task.kind is not None and task.capacity > largest[task.kind] + TOLERANCE:
            return f"too_big:{task.kind}"
        if task.people > people:
            return "no_people"
    return None

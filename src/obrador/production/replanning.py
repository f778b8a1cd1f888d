"""Placing some batches around others that stay where they are. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from obrador.catalogue.domain import Recipe
from obrador.production.domain import (
    FIRST_MINUTE,
    LAST_MINUTE,
    Crew,
    Machine,
    PlannedBatch,
    ScheduledBatch,
    ScheduledStep,
    ScheduleResult,
    Unplaced,
)
from obrador.production.resources import largest_of
from obrador.production.timetable import (
    Booked,
    MachineTable,
    Task,
    Timetable,
    as_scheduled,
    tasks_of,
)

_MIDNIGHT = 24 * 60
_TOLERANCE = 1e-6


def schedule_around(
    batches: Sequence[PlannedBatch],
    recipes: Mapping[UUID, Recipe],
    machines: Sequence[Machine],
    crew: Crew,
    *,
    fixed: Mapping[int, tuple[ScheduledStep, ...]],
) -> ScheduleResult:
    """A timetable in which batches whose place is in `fixed` stay where they are, whatever rules
    that breaks, and the others break none.

    One after the other: doughs before what is made of them, and of what is alike the one first that
    must be ready first, each as late as it may be or else as early as possible. Times are minutes
    of the day; batches in the result are those that were given.
    """
    tasks = [
        tasks_of(recipes[batch.recipe_id], batch.units) if batch.recipe_id in recipes else ()
        for batch in batches
    ]
    empty = Timetable.empty(machines, crew, (task for own in tasks for task in own))
    timetable = Timetable.empty(machines, crew, (task for own in tasks for task in own))
    for number, steps in fixed.items():
        timetable.book(_booked(timetable, tasks[number], steps))
    placed = dict(fixed)
    because: dict[int, str] = {}
    for number in _in_order(batches, fixed):
        obstacle = _obstacle(tasks[number], machines, crew)
        limits = _limits(batches, placed, number)
        booked = None if obstacle else timetable.fit(tasks[number], *limits)
        if booked is None:
            because[number] = obstacle or "no_time"
            continue
        if booked[-1].end > batches[number].ready_by:
            because[number] = _late_because(timetable, empty, tasks[number], limits)
        timetable.book(booked)
        placed[number] = as_scheduled(booked)
    return _result(batches, placed, because)


def _result(
    batches: Sequence[PlannedBatch],
    placed: Mapping[int, tuple[ScheduledStep, ...]],
    because: Mapping[int, str],
) -> ScheduleResult:
    scheduled = []
    for number, steps in placed.items():
        late = max(steps[-1].end - batches[number].ready_by, 0)
        reason = because.get(number, "time") if late else None
        scheduled.append(ScheduledBatch(batches[number], steps, late, reason))
    return ScheduleResult(
        tuple(sorted(scheduled, key=lambda one: one.steps[0].start)),
        tuple(
            Unplaced(batch, because[number])
            for number, batch in enumerate(batches)
            if number not in placed
        ),
        sum(one.batch.weight * one.late_minutes for one in scheduled),
    )


def _limits(
    batches: Sequence[PlannedBatch], placed: Mapping[int, tuple[ScheduledStep, ...]], number: int
) -> tuple[int, int, int]:
    """From when a batch can be made, by when it should be, and by when it must be at the latest."""
    batch = batches[number]
    ready = [placed[dough][-1].end for dough in batch.after if dough in placed]
    users = [n for n, other in enumerate(batches) if number in other.after and n in placed]
    due = min((placed[n][0].start for n in users), default=batch.ready_by)
    last = LAST_MINUTE if batch.reason.for_next_day else _MIDNIGHT
    return max(ready, default=FIRST_MINUTE), due, last


def _in_order(
    batches: Sequence[PlannedBatch], fixed: Mapping[int, tuple[ScheduledStep, ...]]
) -> list[int]:
    """Doughs first, then by when they must be ready."""
    depth: dict[int, int] = {}

    def deep(number: int) -> int:
        if number not in depth:
            depth[number] = max((deep(dough) + 1 for dough in batches[number].after), default=0)
        return depth[number]

    loose = [number for number in range(len(batches)) if number not in fixed]
    return sorted(loose, key=lambda n: (deep(n), batches[n].ready_by, n))


def _obstacle(tasks: Sequence[Task], machines: Sequence[Machine], crew: Crew) -> str | None:
    """Why no timetable could hold the batch."""
    largest, people = largest_of(machines), max((count for *_, count in crew.spans), default=0)
    for task in tasks:
        if task.kind is not None and task.kind not in largest:
            return f"no_equipment:{task.kind}"
        if task.kind is not None and task.capacity > largest[task.kind] + _TOLERANCE:
            return f"too_big:{task.kind}"
        if task.people > people:
            return "no_people"
    return None if tasks else "no_time"


def _late_because(
    timetable: Timetable, empty: Timetable, tasks: Sequence[Task], limits: tuple[int, int, int]
) -> str:
    """What is in the way of a batch: that without whose other users it would be ready first, or
    `time` if it could not be ready even alone."""
    release, due, last = limits
    ways = {"people": replace(timetable, people=empty.people)}
    for kind in sorted({task.kind for task in tasks if task.kind}):
        machines = {**timetable.machines, kind: empty.machines[kind]}
        ways[f"equipment:{kind}"] = replace(timetable, machines=machines)

    def end(table: Timetable) -> int:
        booked = table.fit(tasks, release, FIRST_MINUTE, last)
        return booked[-1].end if booked else LAST_MINUTE

    return "time" if end(empty) > due else min(ways, key=lambda name: end(ways[name]))


def _booked(
    timetable: Timetable, tasks: Sequence[Task], steps: Sequence[ScheduledStep]
) -> list[Booked]:
    """Steps that stay, on their machines. A recipe that has become another since is not known any
    more: its steps then hold nothing."""
    if [task.step for task in tasks] != [step.kind for step in steps]:
        return []
    return [
        Booked(
            replace(task, minutes=step.end - step.start),
            step.start,
            _table(timetable, task, step),
        )
        for task, step in zip(tasks, steps, strict=True)
    ]


def _table(timetable: Timetable, task: Task, step: ScheduledStep) -> MachineTable | None:
    """Of the machines that the step may be on, the one with the most room then."""
    if task.kind is None:
        return None
    alike = [
        table
        for table in timetable.machines.get(task.kind, ())
        if table.machine.equipment_id == step.equipment_id
    ]
    minutes = slice(max(step.start - FIRST_MINUTE, 0), max(step.end - FIRST_MINUTE, 0))
    able = [table for table in alike if table.free(task, minutes).all()] or alike
    return max(able, key=lambda table: float(table.room[minutes].min(initial=0)), default=None)

"""Placing some batches around others that stay where they are. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from obrador.catalogue.domain import Recipe
from obrador.production.domain import (
    FIRST_MINUTE,
    Crew,
    Machine,
    PlannedBatch,
    ScheduledBatch,
    ScheduledStep,
)
from obrador.production.timetable import (
    Booked,
    MachineTable,
    Task,
    Timetable,
    as_scheduled,
    tasks_of,
)

_MIDNIGHT = 24 * 60
_AT_THE_LATEST = 2 * _MIDNIGHT


def schedule_around(
    batches: Sequence[PlannedBatch],
    recipes: Mapping[UUID, Recipe],
    machines: Sequence[Machine],
    crew: Crew,
    fixed: Mapping[int, tuple[ScheduledStep, ...]],
) -> dict[int, ScheduledBatch]:
    """The batches that are not in `fixed`, each in a place that breaks no rule, by their own places
    in `batches`; those without an entry find none.

    One after the other, what is made last first placed as late as it may be; dough before what is
    made of it. Times are minutes of the day.
    """
    tasks = [tasks_of(recipes[batch.recipe_id], batch.units) for batch in batches]
    timetable = Timetable.empty(machines, crew, (task for own in tasks for task in own))
    for number, steps in fixed.items():
        timetable.book(_booked(timetable, tasks[number], steps))
    starts = {number: steps[0].start for number, steps in fixed.items()}
    ends = {number: steps[-1].end for number, steps in fixed.items()}
    placed: dict[int, ScheduledBatch] = {}
    for number in _in_order(batches, fixed):
        batch = batches[number]
        release = max(
            (ends.get(dough, FIRST_MINUTE) for dough in batch.after), default=FIRST_MINUTE
        )
        users = [n for n, other in enumerate(batches) if number in other.after and n in starts]
        due = min((starts[n] for n in users), default=batch.ready_by)
        last = _AT_THE_LATEST if batch.reason.for_next_day else _MIDNIGHT
        booked = timetable.fit(tasks[number], release, due, last)
        if booked is None:
            continue
        timetable.book(booked)
        steps = as_scheduled(booked)
        starts[number], ends[number] = steps[0].start, steps[-1].end
        late = max(steps[-1].end - batch.ready_by, 0)
        placed[number] = ScheduledBatch(batch, steps, late, "time" if late else None)
    return placed


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


def _booked(
    timetable: Timetable, tasks: Sequence[Task], steps: Sequence[ScheduledStep]
) -> list[Booked]:
    """Steps that stay, on their machines. A recipe that has become another since is not known any
    more: its steps then hold nothing."""
    if [task.step for task in tasks] != [step.kind for step in steps]:
        return []
    return [
        Booked(task, step.start, _table(timetable, task, step))
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
    return min(able, key=lambda table: float(table.room[minutes].min(initial=0)), default=None)

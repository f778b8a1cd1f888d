"""Which rules a timetable breaks. Pure: it shares the steps' lengths and needs with the scheduler
(`timetable.tasks_of`), and nothing of how it searches.

Times are minutes after the day's local midnight, half open: what ends at 300 is no longer there
at 300.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Recipe
from obrador.production.domain import (
    FIRST_MINUTE,
    LAST_MINUTE,
    Crew,
    Machine,
    PlannedBatch,
    ScheduledBatch,
)
from obrador.production.sharing import Placed, Use, shared_out
from obrador.production.timetable import Task, tasks_of

ConflictKind = Literal[
    "capacity",
    "people",
    "max_wait",
    "changeover",
    "unavailable",
    "order_of_steps",
    "dough_after",
    "past_end",
]
_MIDNIGHT = 24 * 60
_ROUNDING = 1
"""Minutes that a step may be shorter than its recipe says: stored quantities are rounded."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A rule that a timetable breaks. JSON-ready but for ids among the facts."""

    kind: ConflictKind
    batch: int
    """Its place among the batches that were given."""
    step: int
    minute: int
    """When it begins."""
    others: tuple[int, ...] = ()
    """Places of the batches in the way."""
    facts: Mapping[str, Any] = field(default_factory=dict)


def conflicts(
    scheduled: Sequence[ScheduledBatch],
    recipes: Mapping[UUID, Recipe],
    machines: Sequence[Machine],
    crew: Crew,
    *,
    batches: Sequence[PlannedBatch] | None = None,
) -> tuple[Conflict, ...]:
    """Every rule that the timetable breaks, by minute.

    - `order_of_steps`: a step begins before the one before it ends, or is shorter than it takes.
    - `max_wait`: a pause is longer than the step before it allows.
    - `dough_after`: a batch begins before its dough is ready.
    - `past_end`: work lies outside of the day's minutes, or ends on a later day than it is for.
    - `unavailable`: there is no such machine, or it cannot be used then.
    - `capacity`: more is in a machine than it holds; a mixer mixes one dough at a time.
    - `changeover`: a machine has too little time between temperatures.
    - `people`: more are needed than are at work.

    Where an item of equipment has several machines, a conflict is one that no distribution of the
    steps over them avoids; if that takes too long to find out, none is claimed.

    Args:
        batches: what `PlannedBatch.after` counts in, if that is not `scheduled` itself; its batches
            are recognised by identity. Doughs that are not scheduled are not looked for.
    """
    tasks = [_tasks(one, recipes) for one in scheduled]
    found = [
        *(
            conflict
            for number in range(len(scheduled))
            for conflict in _steps(number, scheduled, tasks)
        ),
        *_doughs(scheduled, scheduled_doughs(scheduled, batches)),
        *_people(scheduled, tasks, crew),
        *_machines(scheduled, tasks, machines),
    ]
    return tuple(sorted(found, key=lambda c: (c.minute, c.batch, c.step, c.kind)))


def scheduled_doughs(
    scheduled: Sequence[ScheduledBatch], batches: Sequence[PlannedBatch] | None
) -> list[list[int]]:
    """Of each scheduled batch, the places of its doughs."""
    if batches is None:
        return [list(one.batch.after) for one in scheduled]
    place = {id(one.batch): number for number, one in enumerate(scheduled)}
    return [
        [place[id(batches[dough])] for dough in one.batch.after if id(batches[dough]) in place]
        for one in scheduled
    ]


def _tasks(one: ScheduledBatch, recipes: Mapping[UUID, Recipe]) -> tuple[Task | None, ...]:
    """What each step needs; None where the recipe has become another one since."""
    recipe = recipes.get(one.batch.recipe_id)
    if recipe is None or [s.kind for s in recipe.steps] != [s.kind for s in one.steps]:
        return (None,) * len(one.steps)
    return tasks_of(recipe, one.batch.units)


def _steps(
    number: int, scheduled: Sequence[ScheduledBatch], tasks: Sequence[tuple[Task | None, ...]]
) -> Iterator[Conflict]:
    """What is wrong with a batch by itself."""
    one = scheduled[number]
    for place, (step, task) in enumerate(zip(one.steps, tasks[number], strict=True)):
        if task is not None and task.minutes - (step.end - step.start) > _ROUNDING:
            facts = {"takes": task.minutes, "lasts": step.end - step.start}
            yield Conflict("order_of_steps", number, place, step.start, facts=facts)
    for place, (step, following) in enumerate(pairwise(one.steps)):
        wait, task = following.start - step.end, tasks[number][place]
        longest = task.max_wait if task else None
        if wait < 0:
            yield Conflict(
                "order_of_steps", number, place + 1, following.start, facts={"overlap": -wait}
            )
        elif longest is not None and wait > longest:
            facts = {"wait": wait, "longest": longest}
            yield Conflict("max_wait", number, place, step.end, facts=facts)
    latest = LAST_MINUTE if one.batch.reason.for_next_day else _MIDNIGHT
    if one.steps[0].start < FIRST_MINUTE:
        yield Conflict("past_end", number, 0, one.steps[0].start, facts={"earliest": FIRST_MINUTE})
    if one.steps[-1].end > latest:
        yield Conflict(
            "past_end", number, len(one.steps) - 1, latest, facts={"ends": one.steps[-1].end}
        )


def _doughs(
    scheduled: Sequence[ScheduledBatch], doughs: Sequence[Sequence[int]]
) -> Iterator[Conflict]:
    for number, own in enumerate(doughs):
        start = scheduled[number].steps[0].start
        late = [dough for dough in own if scheduled[dough].steps[-1].end > start]
        if late:
            ready = max(scheduled[dough].steps[-1].end for dough in late)
            yield Conflict("dough_after", number, 0, start, tuple(late), {"dough_ready": ready})


def _people(
    scheduled: Sequence[ScheduledBatch], tasks: Sequence[tuple[Task | None, ...]], crew: Crew
) -> Iterator[Conflict]:
    """Spans in which people are missing; of those at work the last to begin is the one too many."""
    at_work = [
        Placed(number, place, step.start, step.end)
        for number, one in enumerate(scheduled)
        for place, (step, task) in enumerate(zip(one.steps, tasks[number], strict=True))
        if task is not None and task.people and step.end > step.start
    ]
    if not at_work:
        return
    first = min(each.start for each in at_work)
    missing = np.zeros(max(each.end for each in at_work) - first + 1, dtype=np.int64)
    for each in at_work:
        task = tasks[each.batch][each.step]
        missing[each.start - first : each.end - first] += task.people if task else 0
    for begins, ends, people in crew.spans:
        missing[max(begins - first, 0) : max(ends - first, 0)] -= people
    edges = np.flatnonzero(np.diff((missing > 0).astype(np.int8), prepend=0, append=0)).tolist()
    for begins, ends in zip(edges[::2], edges[1::2], strict=True):
        span = (begins + first, ends + first)
        there = [each for each in at_work if each.start < span[1] and each.end > span[0]]
        last = max(there, key=lambda each: (each.start, each.batch))
        others = tuple(sorted({each.batch for each in there} - {last.batch}))
        facts = {"missing": int(missing[begins:ends].max()), "until": span[1]}
        yield Conflict("people", last.batch, last.step, span[0], others, facts)


def _machines(
    scheduled: Sequence[ScheduledBatch],
    tasks: Sequence[tuple[Task | None, ...]],
    machines: Sequence[Machine],
) -> Iterator[Conflict]:
    alike: dict[UUID, list[Machine]] = defaultdict(list)
    for machine in machines:
        alike[machine.equipment_id].append(machine)
    uses: dict[UUID, list[Use]] = defaultdict(list)
    for number, one in enumerate(scheduled):
        for place, (step, task) in enumerate(zip(one.steps, tasks[number], strict=True)):
            if task is None or task.kind is None or step.end == step.start:
                continue
            own = alike.get(step.equipment_id) if step.equipment_id else None
            gap = (
                step.start
                if own is None or own[0].kind != task.kind
                else _gap(own[0], step.start, step.end)
            )
            if own is None or gap is not None:
                facts = {"equipment": task.kind, "until": step.end}
                yield Conflict("unavailable", number, place, gap or step.start, facts=facts)
                continue
            amount = max(own[0].capacity, task.capacity) if task.whole_machine else task.capacity
            uses[own[0].equipment_id].append(
                Use(number, place, step.start, step.end, amount, task.temperature)
            )
    for equipment_id, own_uses in uses.items():
        yield from _crowded(alike[equipment_id], own_uses)


def _crowded(alike: Sequence[Machine], uses: Iterable[Use]) -> Iterator[Conflict]:
    machine = alike[0]

    def between(one: int | None, other: int | None) -> int:
        if one == other:
            return 0
        known = None if one is None or other is None else machine.changeovers.get((one, other))
        return machine.changeover_minutes if known is None else known

    for use, kind, others in shared_out(uses, len(alike), machine.capacity, between):
        facts: dict[str, Any] = {"equipment": machine.kind}
        if kind == "changeover":
            facts |= {"temperature": use.temperature, "minutes": machine.changeover_minutes}
        else:
            facts |= {"takes": round(use.amount, 3), "holds": machine.capacity}
        yield Conflict(kind, use.batch, use.step, use.start, others, facts)


def _gap(machine: Machine, start: int, end: int) -> int | None:
    """The first minute in which the machine cannot be used; None if it can throughout."""
    for first, last in machine.available:
        if first <= start < last:
            start = last
        if start >= end:
            return None
    return start

"""When each batch is made: on which machines and by whom.

Batches are inserted one family (products and their doughs) after another, each as late as its
ready-by time allows or else as early as possible; families that come out late go first in the
next pass (squeaky wheel optimisation, Joslin and Clements 1999). No randomness, no wall time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from math import inf
from uuid import UUID

from obrador.catalogue.domain import Recipe
from obrador.production.batching import MOST_BATCHES, TOLERANCE
from obrador.production.domain import (
    FIRST_MINUTE,
    LAST_MINUTE,
    Crew,
    Machine,
    PlannedBatch,
    ScheduledBatch,
    ScheduleResult,
    Unplaced,
)
from obrador.production.resources import largest_of
from obrador.production.timetable import Booked, Task, Timetable, as_scheduled, tasks_of

PASSES = 4
"""Later passes gain nothing on the bakeries tried; the second nearly all there is to gain."""

_MIDNIGHT = 24 * 60

Placed = dict[int, tuple[Booked, ...]]
"""The booked tasks of each batch that has a place, by the batch's index."""


@dataclass(frozen=True)
class _Problem:
    """Batches and what scheduling derives from them, by index."""

    batches: Sequence[PlannedBatch]
    tasks: Sequence[tuple[Task, ...]]
    made_into: Sequence[Sequence[int]]
    """What is made of each dough batch."""
    machines: Sequence[Machine]
    crew: Crew

    def empty_timetable(self) -> Timetable:
        """Nothing placed yet."""
        tasks = (task for tasks in self.tasks for task in tasks)
        return Timetable.empty(self.machines, self.crew, tasks)


def schedule(
    batches: Sequence[PlannedBatch],
    recipes: Mapping[UUID, Recipe],
    machines: Sequence[Machine],
    crew: Crew,
) -> ScheduleResult:
    """Place batches on machines and people.

    Least Σ weight × minutes late comes first, then ending as late as possible. Kept always:
    capacity (shared by batches of the same temperature, change-over between temperatures; a mixer
    mixes one batch at a time), people, availability, longest waits, doughs before what is made of
    them. What is made for day 0 ends on day 0.

    Times are minutes after day 0's midnight, tardiness weighted minutes. What cannot be made is
    in `unplaced` with its reason rather than an error. Insertion and squeaky wheel as above.
    """
    tasks = [tasks_of(recipes[batch.recipe_id], batch.units) for batch in batches]
    problem = _Problem(batches, tasks, _made_into(batches), machines, crew)
    impossible = _impossible(problem)
    timetable, placed = _best_pass(problem, _families(problem, impossible))
    scheduled = [_scheduled(problem, timetable, placed, index) for index in sorted(placed)]
    return ScheduleResult(
        tuple(sorted(scheduled, key=lambda one: one.steps[0].start)),
        tuple(
            Unplaced(batch, impossible.get(index, "no_time"))
            for index, batch in enumerate(batches)
            if index not in placed
        ),
        sum(one.batch.weight * one.late_minutes for one in scheduled),
    )


def _best_pass(problem: _Problem, families: Sequence[tuple[int, ...]]) -> tuple[Timetable, Placed]:
    """The first pass that leaves nothing out and nothing late, or else the best of all."""
    order = sorted(families, key=lambda family: -max(problem.batches[i].ready_by for i in family))
    least, best = (inf, inf), (problem.empty_timetable(), Placed())
    for _ in range(PASSES):
        timetable, placed = problem.empty_timetable(), Placed()
        for family in order:
            placed |= _place(problem, timetable, family)
        trouble = {family: _trouble(problem, placed, family) for family in order}
        missing, late = (sum(kind) for kind in zip((0, 0.0), *trouble.values(), strict=True))
        if (missing, late) < least:
            least, best = (missing, late), (timetable, placed)
        urgent = sorted(order, key=lambda family: trouble[family], reverse=True)
        if (missing, late) == (0, 0) or urgent == order:
            break
        order = urgent
    return best


def _trouble(problem: _Problem, placed: Placed, family: Iterable[int]) -> tuple[int, float]:
    """How many batches have no place, and the weighted minutes that the others are late."""
    late = sum(
        problem.batches[i].weight * max(placed[i][-1].end - problem.batches[i].ready_by, 0)
        for i in family
        if i in placed
    )
    return sum(i not in placed for i in family), late


def _place(problem: _Problem, timetable: Timetable, family: Sequence[int]) -> Placed:
    """Place a family: what is sold first, as late as it may be, then its doughs before it.

    Where a dough does not fit before what it goes into, its family is placed the other way round.
    """
    placed, due = Placed(), {i: problem.batches[i].ready_by for i in family}
    for i in reversed(family):
        users = [user for user in problem.made_into[i] if user in placed]
        due[i] = min((placed[user][0].start for user in users), default=due[i])
        booked = _fit(problem, timetable, i, FIRST_MINUTE, due[i])
        if booked is None or (users and booked[-1].end > due[i]):
            break
        timetable.book(booked)
        placed[i] = booked
    else:
        return placed
    for booked in placed.values():
        timetable.book(booked, -1)
    return _place_doughs_first(problem, timetable, family, due)


def _place_doughs_first(
    problem: _Problem, timetable: Timetable, family: Sequence[int], due: Mapping[int, int]
) -> Placed:
    """Place what fits of a family; nothing of a dough that has no place."""
    placed = Placed()
    for i in family:
        doughs = problem.batches[i].after
        if not placed.keys() >= set(doughs):
            continue
        release = max((placed[dough][-1].end for dough in doughs), default=FIRST_MINUTE)
        if booked := _fit(problem, timetable, i, release, due[i]):
            timetable.book(booked)
            placed[i] = booked
    return placed


def _fit(
    problem: _Problem, timetable: Timetable, index: int, release: int, due: int
) -> tuple[Booked, ...] | None:
    last_end = LAST_MINUTE if problem.batches[index].reason.for_next_day else _MIDNIGHT
    return timetable.fit(problem.tasks[index], release, due, last_end)


def _made_into(batches: Sequence[PlannedBatch]) -> list[list[int]]:
    made_into: list[list[int]] = [[] for _ in batches]
    for index, batch in enumerate(batches):
        for dough in batch.after:
            made_into[dough].append(index)
    return made_into


def _families(problem: _Problem, impossible: Mapping[int, str]) -> list[tuple[int, ...]]:
    """Batches that hang together through doughs, doughs before what is made of them."""
    families: list[tuple[int, ...]] = []
    seen = set(impossible)
    for first in range(len(problem.batches)):
        if first not in seen:
            family = _connected(problem, first) - impossible.keys()
            seen |= family
            families.append(_doughs_first(problem, family))
    return families


def _connected(problem: _Problem, first: int) -> set[int]:
    family, waiting = {first}, [first]
    while waiting:
        index = waiting.pop()
        near = {*problem.batches[index].after, *problem.made_into[index]} - family
        family |= near
        waiting.extend(near)
    return family


def _doughs_first(problem: _Problem, indices: Iterable[int]) -> tuple[int, ...]:
    """Doughs before what is made of them; what is as far from its doughs, by ready-by time."""
    graph = {index: problem.batches[index].after for index in indices}
    depth: dict[int, int] = {}
    for index in TopologicalSorter(graph).static_order():
        doughs = graph.get(index, ())
        depth[index] = max((depth[dough] + 1 for dough in doughs), default=0)
    return tuple(sorted(graph, key=lambda i: (depth[i], problem.batches[i].ready_by, i)))


def _impossible(problem: _Problem) -> dict[int, str]:
    """Batches that no timetable could hold, and why."""
    largest = largest_of(problem.machines)
    people = max((count for _, _, count in problem.crew.spans), default=0)
    reasons: dict[int, str] = {}
    for index in _doughs_first(problem, range(len(problem.batches))):
        batch = problem.batches[index]
        reason = next((reasons[dough] for dough in batch.after if dough in reasons), None)
        if batch.reason.batch_number > MOST_BATCHES:
            reason = "too_many_batches"
        reason = reason or _obstacle(problem.tasks[index], largest, people)
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


def _scheduled(
    problem: _Problem, timetable: Timetable, placed: Placed, index: int
) -> ScheduledBatch:
    batch, booked = problem.batches[index], placed[index]
    late = max(booked[-1].end - batch.ready_by, 0)
    because = _late_because(problem, timetable, placed, index) if late else None
    return ScheduledBatch(batch, as_scheduled(booked), late, because)


def _late_because(problem: _Problem, timetable: Timetable, placed: Placed, index: int) -> str:
    """The resource without whose other users the batch would be ready first, or `time` if it
    could not be ready even alone."""
    chain = _doughs_first(problem, _with_its_doughs(problem, index))
    empty = problem.empty_timetable()
    if _earliest_end(problem, empty, chain) > problem.batches[index].ready_by:
        return "time"
    for i in chain:
        timetable.book(placed[i], -1)
    kinds = sorted({task.kind for i in chain for task in problem.tasks[i] if task.kind})
    relaxed = {"people": replace(timetable, people=empty.people)}
    for kind in kinds:
        machines = {**timetable.machines, kind: empty.machines[kind]}
        relaxed[f"equipment:{kind}"] = replace(timetable, machines=machines)
    ends = {name: _earliest_end(problem, without, chain) for name, without in relaxed.items()}
    for i in chain:
        timetable.book(placed[i])
    return min(ends, key=lambda name: ends[name])


def _with_its_doughs(problem: _Problem, index: int) -> set[int]:
    chain, waiting = {index}, [index]
    while waiting:
        doughs = set(problem.batches[waiting.pop()].after) - chain
        chain |= doughs
        waiting.extend(doughs)
    return chain


def _earliest_end(problem: _Problem, timetable: Timetable, chain: Sequence[int]) -> float:
    """When the last batch of the chain could end at the earliest, if the others were not there."""
    ends: dict[int, int] = {}
    for i in chain:
        release = max((ends[dough] for dough in problem.batches[i].after), default=FIRST_MINUTE)
        booked = _fit(problem, timetable, i, release, FIRST_MINUTE)
        if booked is None:
            return inf
        ends[i] = booked[-1].end
    return ends[chain[-1]]

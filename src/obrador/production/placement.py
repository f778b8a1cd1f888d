"""From batches to the kernels' arrays and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Recipe
from obrador.production.domain import FIRST_MINUTE, LAST_MINUTE, Effort, PlannedBatch
from obrador.production.floor import MINUTES, WORDS, Floor, Placed, counter, two_numbers, words
from obrador.production.kernels.placing import NO_LIMIT, Ints, Problem, Timetable
from obrador.production.kernels.searching import Found, Scratch, search
from obrador.production.timetable import Task, tasks_of

LATE, EARLY, OVEN_ON = 1000.0, 1.0, 3.0
"""What a weighted minute late, a minute early and a minute of an oven cost: in time comes first."""

_MIDNIGHT = 24 * 60
_SLICES = 10
_WARMTH = (0.02, 0.0005)
"""The share of its cost by which a change may be worse, at the search's begin and end."""

Timed = dict[int, tuple[Placed, ...]]
"""The tasks of each batch that has a place, by the batch's index."""


@dataclass(frozen=True)
class Making:
    """Batches and what scheduling derives from them, by index."""

    batches: Sequence[PlannedBatch]
    tasks: Sequence[tuple[Task, ...]]
    made_into: Sequence[Sequence[int]]
    """What is made of each dough batch."""

    @classmethod
    def of(cls, batches: Sequence[PlannedBatch], recipes: Mapping[UUID, Recipe]) -> "Making":
        """What follows from batches of recipes."""
        made_into: list[list[int]] = [[] for _ in batches]
        for index, batch in enumerate(batches):
            for dough in batch.after:
                made_into[dough].append(index)
        tasks = [tasks_of(recipes[batch.recipe_id], batch.units) for batch in batches]
        return cls(batches, tasks, made_into)

    def all_tasks(self) -> list[Task]:
        """Those of all batches."""
        return [task for tasks in self.tasks for task in tasks]


def place(
    making: Making, floor: Floor, indices: Sequence[int], placed: Timed, effort: Effort
) -> Timed:
    """Find times for batches on a floor.

    Args:
        indices: of the batches to place; each has at least one task, and its machines exist.
        placed: others that stay, already taken from the floor: doughs of these batches, or what is
            made of them.

    Returns:
        the batches that have a place.
    """
    if not indices:
        return {}
    problem = _problem(making, floor, indices, placed)
    found, scratch = _empty(problem, effort.seed)
    timetable = _timetable(floor, problem)
    search(problem, timetable, found, scratch, effort.beginnings, 1, _WARMTH[0])
    done = 0
    while done < (total := effort.rounds if _is_in_time(problem, found) else effort.rounds_if_late):
        warmth = _WARMTH[0] * (_WARMTH[1] / _WARMTH[0]) ** (done / total)
        rounds = max(total // _SLICES, 1)
        search(problem, timetable, found, scratch, 0, rounds, warmth)
        done += rounds
    return {
        index: _begun_by_itself(_read(making.tasks[index], problem, found, position))
        for position, index in enumerate(indices)
        if found.placed[position]
    }


def _problem(making: Making, floor: Floor, indices: Sequence[int], placed: Timed) -> Problem:
    position = {index: place for place, index in enumerate(indices)}
    batches = [making.batches[index] for index in indices]
    tasks = [task for index in indices for task in making.tasks[index]]
    lengths = [len(making.tasks[index]) for index in indices]
    first_task = np.cumsum([0, *lengths])
    doughs = [[position[d] for d in batch.after if d in position] for batch in batches]
    users = [[position[u] for u in making.made_into[i] if u in position] for i in indices]
    due = _ints(min(max(batch.ready_by - FIRST_MINUTE, 0), MINUTES) for batch in batches)
    kinds = [machine.kind for machine in floor.machines]
    return Problem(
        first_task=first_task,
        minutes=_ints(task.minutes for task in tasks),
        wait=_ints(NO_LIMIT if task.max_wait is None else task.max_wait for task in tasks),
        kind=_ints(-1 if task.kind is None else floor.kinds[task.kind] for task in tasks),
        demand=_ints(0 if task.kind is None else floor.demand(task) for task in tasks),
        whole=np.array([task.whole_machine for task in tasks], dtype=bool),
        temperature=_ints(floor.temperatures.get(task.temperature, 0) for task in tasks),
        people=_ints(task.people for task in tasks),
        first_machine=np.searchsorted(kinds, [*floor.kinds, "\U0010ffff"]),
        capacity=floor.capacity,
        available=words(floor.available),
        changeover=floor.changeover,
        release=_ints(_release(batch, placed) for batch in batches),
        due=due,
        last_end=_ints(_last_end(making, index, placed) for index in indices),
        weight=np.array([batch.weight for batch in batches], dtype=np.float64),
        wave=np.unique(due, return_inverse=True)[1],
        bake=_ints(
            _bake(making.tasks[i], int(f)) for i, f in zip(indices, first_task, strict=False)
        ),
        first_dough=np.cumsum([0, *map(len, doughs)]),
        dough=_ints(dough for each in doughs for dough in each),
        first_user=np.cumsum([0, *map(len, users)]),
        user=_ints(user for each in users for user in each),
        depth=_depths(doughs),
        family=_families(doughs),
        length=np.add.reduceat(
            np.array([task.minutes for task in tasks], dtype=np.float64), first_task[:-1]
        ),
        cost=np.array([LATE, EARLY, OVEN_ON]),
    )


def _timetable(floor: Floor, problem: Problem) -> Timetable:
    shape = (len(floor.machines), int(problem.wave.max()) + 1)
    batches, tasks = len(problem.due), len(problem.minutes)
    longest = int(np.diff(problem.first_task).max())
    # Each batch keeps others out at most once; a minute that what stays keeps out never gets clear.
    most = (1 << (2 * batches + 1).bit_length()) - 1
    return Timetable(
        room=counter(floor.room),
        people=counter(floor.people),
        clear=two_numbers(floor.kept_out, most - batches - 1, most),
        start=np.zeros(tasks, dtype=np.int64),
        machine=np.full(tasks, -1, dtype=np.int64),
        placed=np.zeros(batches, dtype=bool),
        oven_from=np.zeros(shape, dtype=np.int64),
        oven_to=np.zeros(shape, dtype=np.int64),
        reached=np.zeros((longest, WORDS), dtype=np.uint64),
        reached_on=np.zeros((longest, max(len(floor.machines), 1), WORDS), dtype=np.uint64),
    )


def _empty(problem: Problem, seed: int) -> tuple[Found, Scratch]:
    batches, tasks = len(problem.due), len(problem.minutes)
    found = Found(
        cost=np.array([np.inf]),
        start=np.zeros(tasks, dtype=np.int64),
        machine=np.full(tasks, -1, dtype=np.int64),
        placed=np.zeros(batches, dtype=bool),
    )
    scratch = Scratch(
        random=np.array([(2 * seed + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64),
        key=np.zeros(batches),
        chosen=np.zeros(batches, dtype=np.int64),
        start=np.zeros(tasks, dtype=np.int64),
        machine=np.full(tasks, -1, dtype=np.int64),
        placed=np.zeros(batches, dtype=bool),
    )
    return found, scratch


def _is_in_time(problem: Problem, found: Found) -> bool:
    last = problem.first_task[1:] - 1
    late = (found.start[last] + problem.minutes[last] > problem.due) & (problem.weight > 0)
    return bool(found.placed.all() and not late.any())


def _read(
    tasks: Sequence[Task], problem: Problem, found: Found, position: int
) -> tuple[Placed, ...]:
    first, end = problem.first_task[position], problem.first_task[position + 1]
    return tuple(
        Placed(task, int(start) + FIRST_MINUTE, int(machine))
        for task, start, machine in zip(
            tasks, found.start[first:end], found.machine[first:end], strict=True
        )
    )


def _begun_by_itself(placed: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """What needs nothing (rise, cool) begins as soon after the task before it as the wait after it
    allows: nobody holds it back."""
    result = list(placed)
    for number in range(1, len(result)):
        task = result[number].task
        if task.kind is None and not task.people:
            earliest = result[number - 1].end
            if number + 1 < len(result) and task.max_wait is not None:
                earliest = max(earliest, result[number + 1].start - task.max_wait - task.minutes)
            result[number] = result[number]._replace(start=earliest)
    return tuple(result)


def _release(batch: PlannedBatch, placed: Timed) -> int:
    ends = (placed[dough][-1].end - FIRST_MINUTE for dough in batch.after if dough in placed)
    return max([0, *ends])


def _last_end(making: Making, index: int, placed: Timed) -> int:
    starts = [placed[user][0].start for user in making.made_into[index] if user in placed]
    is_later = making.batches[index].reason.for_next_day
    return min([LAST_MINUTE if is_later else _MIDNIGHT, *starts]) - FIRST_MINUTE


def _bake(tasks: Sequence[Task], first: int) -> int:
    """The number of a batch's last bake in an oven, −1 without any."""
    bakes = [n for n, task in enumerate(tasks) if task.step == "bake" and task.kind is not None]
    return first + bakes[-1] if bakes else -1


def _depths(doughs: Sequence[Sequence[int]]) -> Ints:
    depths = [-1] * len(doughs)

    def depth(position: int) -> int:
        if depths[position] < 0:
            depths[position] = max((depth(dough) + 1 for dough in doughs[position]), default=0)
        return depths[position]

    return _ints(depth(position) for position in range(len(doughs)))


def _families(doughs: Sequence[Sequence[int]]) -> Ints:
    """For each batch the first one of those it hangs together with through doughs."""
    family = list(range(len(doughs)))

    def first(position: int) -> int:
        while family[position] != position:
            position = family[position]
        return position

    for position, own in enumerate(doughs):
        for dough in own:
            one, other = first(position), first(dough)
            family[max(one, other)] = min(one, other)
    return _ints(first(position) for position in range(len(doughs)))


def _ints(numbers: Iterable[int]) -> Ints:
    return np.array(list(numbers), dtype=np.int64)

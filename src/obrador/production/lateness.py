"""Why batches are late, and what would help."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf
from uuid import UUID

from obrador.production.domain import (
    FIRST_MINUTE,
    Crew,
    Effort,
    Machine,
    Remedy,
    ScheduledBatch,
)
from obrador.production.floor import Floor
from obrador.production.placement import Making, Timed, place

TIME, PEOPLE, EQUIPMENT = "time", "people", "equipment:"
"""What makes a batch late: see `ScheduledBatch.late_because`."""

_ONCE = Effort(beginnings=1, rounds=0, rounds_if_late=0)
TRY = Effort(beginnings=6, rounds=0, rounds_if_late=200)
_EARLIER = (15, 30, 60, 120)
"""Minutes by which work might begin earlier; the first that is enough is told."""


def explained(
    making: Making, empty: Floor, placed: Timed, scheduled: Mapping[int, ScheduledBatch]
) -> list[ScheduledBatch]:
    """The batches by index, and for those that are late the reason; batches of one recipe and
    ready-by time have the same."""
    reasons: dict[tuple[UUID, int], str] = {}
    result = []
    for index, one in scheduled.items():
        if not one.late_minutes:
            result.append(one)
            continue
        alike = (one.batch.recipe_id, one.batch.ready_by)
        if alike not in reasons:
            reasons[alike] = late_because(making, empty, placed, index)
        result.append(replace(one, late_because=reasons[alike]))
    return result


def late_because(making: Making, empty: Floor, placed: Timed, index: int) -> str:
    """The resource without whose other users the batch would be ready first, or `time` if it could
    not be ready even alone."""
    chain = _with_its_doughs(making, index)
    if _earliest_end(making, empty, chain) > making.batches[index].ready_by:
        return TIME
    others = (each for other, tasks in placed.items() if other not in chain for each in tasks)
    floor = empty.with_placed(others)
    kinds = sorted({task.kind for i in chain for task in making.tasks[i] if task.kind})
    relaxed: dict[str, Floor] = {PEOPLE: floor.with_free(empty, None)}
    relaxed |= {f"{EQUIPMENT}{kind}": floor.with_free(empty, kind) for kind in kinds}
    ends = {name: _earliest_end(making, without, chain) for name, without in relaxed.items()}
    return min(ends, key=lambda name: ends[name])


def _with_its_doughs(making: Making, index: int) -> list[int]:
    chain, waiting = {index}, [index]
    while waiting:
        doughs = set(making.batches[waiting.pop()].after) - chain
        chain |= doughs
        waiting.extend(doughs)
    return sorted(chain)


def _earliest_end(making: Making, floor: Floor, chain: Sequence[int]) -> float:
    """When the last batch of the chain could end at the earliest on a floor."""
    at_once = [replace(batch, ready_by=FIRST_MINUTE) for batch in making.batches]
    timed = place(replace(making, batches=at_once), floor, chain, {}, _ONCE)
    ends = [tasks[-1].end for tasks in timed.values()]
    return max(ends) if len(timed) == len(chain) else inf


Plan = Callable[[Making, Sequence[Machine], Crew], tuple[float, int]]
"""Weighted minutes late and batches late of a plan with other batches, machines or people."""


def remedies(
    making: Making,
    machines: Sequence[Machine],
    crew: Crew,
    scheduled: Iterable[ScheduledBatch],
    plan: Plan,
) -> tuple[Remedy, ...]:
    """What would make less late, the best first, each tried by planning anew with it.

    Work that begins earlier, one more person, one more of the machine that most wait for, and as
    many batches as are late ready at the next ready-by time.
    """
    late = [one for one in scheduled if one.late_minutes and one.batch.weight]
    now = sum(one.batch.weight * one.late_minutes for one in late)
    found = [
        *_more_resources(making, machines, crew, late, plan),
        *_later(making, machines, crew, late, plan),
    ]
    return tuple(
        sorted(
            (one for one in found if one.tardiness < now),
            key=lambda one: (one.tardiness, one.amount),
        )
    )


def _more_resources(
    making: Making,
    machines: Sequence[Machine],
    crew: Crew,
    late: Sequence[ScheduledBatch],
    plan: Plan,
) -> list[Remedy]:
    found = []
    for minutes in _EARLIER:
        left, count = plan(making, machines, _begun_earlier(crew, minutes))
        if not left or minutes == _EARLIER[-1]:
            found.append(Remedy("start_earlier", minutes, None, left, count))
            break
    more = Crew(tuple((first, last, people + 1) for first, last, people in crew.spans))
    found.append(Remedy("more_people", 1, None, *plan(making, machines, more)))
    blamed = Counter(one.late_because for one in late if one.late_because)
    for reason, _ in blamed.most_common():
        kind = reason.removeprefix(EQUIPMENT)
        largest = max(
            (m for m in machines if m.kind == kind), key=lambda m: m.capacity, default=None
        )
        if largest is not None:
            left, count = plan(making, (*machines, largest), crew)
            found.append(Remedy("another_machine", 1, kind, left, count))
            break
    return found


def _begun_earlier(crew: Crew, minutes: int) -> Crew:
    """Each shift that begins when nobody is there begins earlier."""
    spans, there_until = [], FIRST_MINUTE
    for first, last, people in crew.spans:
        begins = first if first == there_until else max(first - minutes, there_until)
        spans.append((begins, last, people))
        there_until = last
    return Crew(tuple(spans))


def _later(
    making: Making,
    machines: Sequence[Machine],
    crew: Crew,
    late: Sequence[ScheduledBatch],
    plan: Plan,
) -> list[Remedy]:
    """What is late, moved to the next time at which anything is to be ready."""
    times = sorted({batch.ready_by for batch in making.batches if batch.weight})
    next_time = dict(pairwise(times))
    behind = {id(one.batch) for one in late if one.batch.ready_by in next_time}
    if not behind:
        return []
    moved = [
        replace(batch, ready_by=next_time[batch.ready_by]) if id(batch) in behind else batch
        for batch in making.batches
    ]
    left, still = plan(replace(making, batches=moved), machines, crew)
    return [Remedy("ready_later", len(behind), None, left, still)]

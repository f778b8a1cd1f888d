"""The search over timetables, compiled (ADR 18): many beginnings, then large-neighbourhood search.

A beginning places families of batches (what hangs together through doughs) in an order that mixes
length, weight and chance. The search then takes a few related batches out, puts them back one by
one where each adds least, and keeps the result if it costs less, or, the less the longer it goes
on, little more (large-neighbourhood search, Shaw 1998; simulated annealing). Now and then it shifts
batches as far as they go one after another instead, which closes gaps that no batch could close
alone (justification, Valls et al. 2005). All chance comes from a seed and all limits are counts:
the same morning gives the same plan.
"""

from typing import NamedTuple

import numpy as np

from obrador.kit.compiled import entry, inlined, inner
from obrador.production.kernels.minutes import Words
from obrador.production.kernels.placing import (
    AT_ONCE,
    Flags,
    Floats,
    Ints,
    Problem,
    Timetable,
    costs,
    insert,
    take_batch,
)

UNPLACED = 1e9
"""What a batch without a place costs: more than any that is late."""
_MOST_REMOVED = 10
_COSTLY = 0.5
"""How often a neighbourhood is that of a batch that costs much,"""
_SHIFT = 0.1
"""and, where something is late, batches are shifted rather than put back;"""
_AT_ONCE, _EARLIER = 0.1, 0.2
"""how often one is put back as early as it can be, or rather: up to there, somewhat earlier."""
_MINUTES_EARLIER = 240


class Found(NamedTuple):
    """The best timetable so far."""

    cost: Floats
    """(1)"""
    start: Ints
    machine: Ints
    placed: Flags


class Scratch(NamedTuple):
    """What the search writes on."""

    random: Words
    """(1) state of the random numbers; not 0."""
    key: Floats
    """(n)"""
    chosen: Ints
    """(n) batches in the order in which they are placed."""
    start: Ints
    """(s) where they were before."""
    machine: Ints
    placed: Flags


@entry
def search(
    problem: Problem,
    timetable: Timetable,
    found: Found,
    scratch: Scratch,
    beginnings: int,
    rounds: int,
    warmth: float,
) -> None:
    """Begin anew `beginnings` times, then improve the best for `rounds`; `found` is the outcome.

    Args:
        timetable: empty, or as an earlier call left it, to go on from there.
        warmth: the share of the cost by which a round may make it worse.
    """
    for _ in range(beginnings):
        _begin(problem, timetable, scratch)
        _keep_if_best(problem, timetable, found)
    if beginnings > 0 and rounds > 0:
        _restore(problem, timetable, found)
    _improve(problem, timetable, found, scratch, rounds, warmth)


@inner
def _random(scratch: Scratch) -> float:
    """The next number from 0 to before 1 (xorshift64*, Vigna 2016)."""
    state = scratch.random[0]
    state ^= state >> np.uint64(12)
    state ^= state << np.uint64(25)
    state ^= state >> np.uint64(27)
    scratch.random[0] = state
    return float((state * np.uint64(2685821657736338717)) >> np.uint64(11)) / (1 << 53)


@inlined
def _pick(scratch: Scratch, number: int) -> int:
    """One of 0 … number − 1."""
    return int(_random(scratch) * number)


@inner
def _total(problem: Problem, timetable: Timetable) -> float:
    missing = 0
    for batch in range(len(problem.due)):
        missing += not timetable.placed[batch]
    late, rest = costs(problem, timetable)
    return UNPLACED * missing + late + rest


@inlined
def _keep_if_best(problem: Problem, timetable: Timetable, found: Found) -> None:
    cost = _total(problem, timetable)
    if cost < found.cost[0]:
        found.cost[0] = cost
        for task in range(len(found.start)):
            found.start[task], found.machine[task] = timetable.start[task], timetable.machine[task]
        for batch in range(len(found.placed)):
            found.placed[batch] = timetable.placed[batch]


@inlined
def _clear(problem: Problem, timetable: Timetable) -> None:
    for batch in range(len(problem.due)):
        if timetable.placed[batch]:
            take_batch(problem, timetable, batch, -1)


@inlined
def _restore(problem: Problem, timetable: Timetable, found: Found) -> None:
    _clear(problem, timetable)
    for task in range(len(found.start)):
        timetable.start[task], timetable.machine[task] = found.start[task], found.machine[task]
    for batch in range(len(problem.due)):
        if found.placed[batch]:
            take_batch(problem, timetable, batch, 1)


@inlined
def _begin(problem: Problem, timetable: Timetable, scratch: Scratch) -> None:
    """Place everything from nothing."""
    _clear(problem, timetable)
    by_length = 0.5 + _random(scratch)
    by_weight = 20.0 + 40.0 * _random(scratch)
    by_chance = 120.0 + 120.0 * _random(scratch)
    for batch in range(len(problem.due)):
        scratch.key[batch] = np.inf
        if problem.family[batch] == batch:
            scratch.key[batch] = by_chance * _random(scratch) - (
                by_length * problem.length[batch] + by_weight * problem.weight[batch]
            )
    first = _least(scratch.key)
    while scratch.key[first] < np.inf:
        scratch.key[first] = np.inf
        _place_family(problem, timetable, scratch, first)
        first = _least(scratch.key)


@inlined
def _least(key: Floats) -> int:
    """Where the least key is; the first of equals."""
    least = 0
    for place in range(1, len(key)):
        if key[place] < key[least]:
            least = place
    return least


@inlined
def _place_family(problem: Problem, timetable: Timetable, scratch: Scratch, first: int) -> None:
    """What is sold first, as late as it may be, then its doughs before it; where they do not fit,
    doughs first. `first` is the first batch of the family."""
    count = 0
    for batch in range(first, len(problem.due)):
        if problem.family[batch] == first:
            scratch.chosen[count] = batch
            count += 1
    _sort_by_depth(problem, scratch, count, -1)
    is_whole = True
    for sign in (-1, 1):
        if sign > 0 and is_whole:
            break
        if sign > 0:
            for place in range(count):
                if timetable.placed[scratch.chosen[place]]:
                    take_batch(problem, timetable, scratch.chosen[place], -1)
            _sort_by_depth(problem, scratch, count, 1)
        for place in range(count):
            batch = scratch.chosen[place]
            if sign < 0 or _has_doughs(problem, timetable, batch):
                is_whole &= insert(problem, timetable, batch, problem.due[batch])


@inner
def _sort_by_depth(problem: Problem, scratch: Scratch, count: int, sign: int) -> None:
    """Doughs first, or with −1 last; else as they are."""
    chosen, depth = scratch.chosen, problem.depth
    for place in range(1, count):
        batch, before = chosen[place], place - 1
        while before >= 0 and sign * depth[chosen[before]] > sign * depth[batch]:
            chosen[before + 1] = chosen[before]
            before -= 1
        chosen[before + 1] = batch


@inner
def _sort_by_key(scratch: Scratch, count: int) -> None:
    """Least key first."""
    chosen, keys = scratch.chosen, scratch.key
    for place in range(1, count):
        batch, key, before = chosen[place], keys[place], place - 1
        while before >= 0 and keys[before] > key:
            chosen[before + 1], keys[before + 1] = chosen[before], keys[before]
            before -= 1
        chosen[before + 1], keys[before + 1] = batch, key


@inlined
def _has_doughs(problem: Problem, timetable: Timetable, batch: int) -> bool:
    placed = True
    for place in range(problem.first_dough[batch], problem.first_dough[batch + 1]):
        placed &= timetable.placed[problem.dough[place]]
    return placed


@inlined
def _improve(
    problem: Problem,
    timetable: Timetable,
    found: Found,
    scratch: Scratch,
    rounds: int,
    warmth: float,
) -> None:
    """Take out and put back, or shift, `rounds` times."""
    cost = _total(problem, timetable)
    for _ in range(rounds):
        most = cost - warmth * (found.cost[0] % UNPLACED) * np.log(1.0 - _random(scratch))
        late, _ = costs(problem, timetable)
        is_late = late > 0.0 or cost >= UNPLACED
        count = _choose(problem, timetable, scratch)
        is_shift = is_late and _random(scratch) < _SHIFT
        _order(problem, timetable, scratch, count, is_shift)
        _take_out(problem, timetable, scratch, count)
        if is_shift:
            _put_where_it_was(problem, timetable, scratch, count)
        # Shifting goes through the batches forward, forward again, and backward.
        for step in range(3 * count if is_shift else count):
            is_forward = step < 2 * count
            place = step % count if is_forward else 3 * count - 1 - step
            batch = scratch.chosen[place]
            if timetable.placed[batch]:
                take_batch(problem, timetable, batch, -1)
            aim = problem.due[batch]
            if is_shift and is_forward:
                aim = AT_ONCE
            elif is_late and not is_shift:
                aim = _aim(scratch, aim)
            insert(problem, timetable, batch, aim)
            if not is_shift:
                late, rest = costs(problem, timetable)
                if late + rest > most:
                    break
        changed = _total(problem, timetable)
        if changed <= most and _is_whole(problem, timetable):
            cost = changed
            if cost < found.cost[0]:
                _keep_if_best(problem, timetable, found)
        else:
            _put_where_it_was(problem, timetable, scratch, count)


@inlined
def _aim(scratch: Scratch, due: int) -> int:
    """When a batch is to end. Earlier than it need be now and then: what is best for one batch
    keeps others out."""
    chance = _random(scratch)
    if chance < _AT_ONCE:
        return AT_ONCE
    if chance < _EARLIER:
        return max(due - _pick(scratch, _MINUTES_EARLIER), AT_ONCE)
    return due


@inlined
def _take_out(problem: Problem, timetable: Timetable, scratch: Scratch, count: int) -> None:
    for place in range(count):
        batch = scratch.chosen[place]
        for task in range(problem.first_task[batch], problem.first_task[batch + 1]):
            scratch.start[task] = timetable.start[task]
            scratch.machine[task] = timetable.machine[task]
        scratch.placed[batch] = timetable.placed[batch]
        if timetable.placed[batch]:
            take_batch(problem, timetable, batch, -1)


@inner
def _put_where_it_was(problem: Problem, timetable: Timetable, scratch: Scratch, count: int) -> None:
    for place in range(count):
        batch = scratch.chosen[place]
        if timetable.placed[batch]:
            take_batch(problem, timetable, batch, -1)
    for place in range(count):
        batch = scratch.chosen[place]
        if scratch.placed[batch]:
            for task in range(problem.first_task[batch], problem.first_task[batch + 1]):
                timetable.start[task] = scratch.start[task]
                timetable.machine[task] = scratch.machine[task]
            take_batch(problem, timetable, batch, 1)


@inlined
def _is_whole(problem: Problem, timetable: Timetable) -> bool:
    """Whether nothing is made of a dough that has no place."""
    whole = True
    for batch in range(len(problem.due)):
        whole &= _has_doughs(problem, timetable, batch) or not timetable.placed[batch]
    return whole


@inlined
def _own_cost(problem: Problem, timetable: Timetable, batch: int) -> float:
    if not timetable.placed[batch]:
        return UNPLACED
    last = problem.first_task[batch + 1] - 1
    after = timetable.start[last] + problem.minutes[last] - problem.due[batch]
    late, early = problem.cost[0] * problem.weight[batch] * after, -problem.cost[1] * after
    return float(max(late, early)) + 1.0


@inlined
def _seed(problem: Problem, timetable: Timetable, scratch: Scratch) -> int:
    """Any batch, or one by its share of the cost."""
    number = len(problem.due)
    if _random(scratch) >= _COSTLY:
        return _pick(scratch, number)
    total = 0.0
    for batch in range(number):
        total += _own_cost(problem, timetable, batch)
    left, batch = total * _random(scratch), -1
    while left >= 0.0 and batch < number - 1:
        batch += 1
        left -= _own_cost(problem, timetable, batch)
    return batch


@inlined
def _middle(problem: Problem, timetable: Timetable, batch: int) -> int:
    """Where a batch lies in time: its bake, or its last task."""
    task = problem.bake[batch]
    if task < 0:
        task = problem.first_task[batch + 1] - 1
    return int(timetable.start[task] if timetable.placed[batch] else problem.due[batch])


@inner
def _choose(problem: Problem, timetable: Timetable, scratch: Scratch) -> int:
    """Choose batches near each other in time, and alike by oven, ready-by time or temperature;
    returns how many."""
    number, seed = len(problem.due), _seed(problem, timetable, scratch)
    wanted = min(2 + _pick(scratch, _MOST_REMOVED - 1), number)
    likeness = _pick(scratch, 5)
    noise = 120.0 if likeness == 0 else 30.0
    own, middle = problem.bake[seed], _middle(problem, timetable, seed)
    for batch in range(number):
        bake = problem.bake[batch]
        bakes = own >= 0 and bake >= 0
        key = abs(_middle(problem, timetable, batch) - middle) + noise * _random(scratch)
        if (
            (likeness == 1 and not (bakes and timetable.machine[bake] == timetable.machine[own]))
            or (likeness == 2 and problem.wave[batch] != problem.wave[seed])
            or (
                likeness == 3
                and not (bakes and problem.temperature[bake] == problem.temperature[own])
            )
        ):
            key += 10_000.0
        if problem.family[batch] == problem.family[seed]:
            key -= 300.0
        scratch.key[batch] = key
    scratch.key[seed] = -np.inf
    for place in range(wanted):
        nearest = _least(scratch.key)
        scratch.chosen[place] = nearest
        scratch.key[nearest] = np.inf
    return wanted


@inner
def _order(
    problem: Problem, timetable: Timetable, scratch: Scratch, count: int, is_shift: bool
) -> None:
    """By present start to shift; else by chance, mixed with length, weight or time to spare."""
    rule = _pick(scratch, 4)
    for place in range(count):
        batch = scratch.chosen[place]
        key = 200.0 * _random(scratch)
        if is_shift:
            key = np.float64(timetable.start[problem.first_task[batch]])
        elif rule == 1:
            key -= problem.length[batch]
        elif rule == 2:
            key -= 100.0 * problem.weight[batch]
        elif rule == 3:
            key += problem.due[batch] - problem.length[batch]
        scratch.key[place] = key
    _sort_by_key(scratch, count)
    if not is_shift:
        _sort_by_depth(problem, scratch, count, -1 if _random(scratch) < 0.5 else 1)

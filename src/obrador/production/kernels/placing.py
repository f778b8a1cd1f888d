"""Where a batch still fits: the inner loops of scheduling, on plain arrays, compiled (ADR 18).

Where a task can start is the minutes that have what it needs, met, narrowed to spans that are long
enough; where it can start *after the task before it* is that, met with the minutes that the longest
wait allows. All of it is shifts of words of bits (`minutes`): placing a batch takes microseconds.

Minutes count from 0. Sizes: n batches, s tasks of all batches, k kinds of machines, m machines,
c temperature classes, w words, v ready-by times, p powers of two.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from obrador.kit.compiled import inlined, inner
from obrador.production.kernels.minutes import (
    Words,
    add_to,
    bits_from,
    bits_until,
    earliest_in,
    has_minute,
    keep_at_least,
    latest_in,
    narrow,
    shift_later,
    widen,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NO_LIMIT = 1 << 40
"""The longest wait of a task that may wait for ever."""
AT_ONCE = 0
"""The aim of a batch that is to end as early as it can."""

_NEAR = 180
"""Minutes beyond its own length in which a batch is tried first: shorter sets are faster."""

_ALL, _ZERO = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0)


class Problem(NamedTuple):
    """What is to be made and on what; never changed."""

    first_task: Ints
    """(n + 1) batch b has the tasks first_task[b] … first_task[b + 1] − 1."""
    minutes: Ints
    """(s)"""
    wait: Ints
    """(s) longest pause before the next task."""
    kind: Ints
    """(s) of the machine, −1 for none."""
    demand: Ints
    """(s) capacity that it takes."""
    whole: Flags
    """(s) whether it takes the whole machine, however small it is."""
    temperature: Ints
    """(s)"""
    people: Ints
    """(s)"""
    first_machine: Ints
    """(k + 1)"""
    capacity: Ints
    """(m)"""
    available: Words
    """(m, w)"""
    changeover: Ints
    """(m, c, c) minutes from one temperature to the other."""
    release: Ints
    """(n)"""
    due: Ints
    """(n)"""
    last_end: Ints
    """(n) a batch that cannot end by then is not made."""
    weight: Floats
    """(n) of a minute late."""
    wave: Ints
    """(n) which ready-by time."""
    bake: Ints
    """(n) the task whose oven is to be on briefly, −1 for none."""
    first_dough: Ints
    """(n + 1)"""
    dough: Ints
    """Batches that must end before this one starts."""
    first_user: Ints
    """(n + 1)"""
    user: Ints
    """The same the other way round: what is made of this one."""
    depth: Ints
    """(n) 0 for what is made of nothing, 1 for what is made of that, ..."""
    family: Ints
    """(n) the first batch of those that hang together through doughs."""
    length: Floats
    """(n) minutes of a batch without waits."""
    cost: Floats
    """(3) of a weighted minute late, of a minute early, of a minute that an oven is on."""


class Timetable(NamedTuple):
    """Who and what is taken when; changed in place. The last word of each set stays empty."""

    room: Words
    """(m, p, w) counters of the capacity that is left."""
    people: Words
    """(p, w) counter of the people who are free."""
    clear: Words
    """(m, c, p, w) counters: full in minutes into which no bake of another temperature reaches."""
    start: Ints
    """(s)"""
    machine: Ints
    """(s) −1 for none."""
    placed: Flags
    """(n)"""
    oven_from: Ints
    """(m, v) when the oven's first bake for a ready-by time begins,"""
    oven_to: Ints
    """(m, v) and its last one ends; equal when there is none."""
    reached: Words
    """(longest batch, w) scratch of `insert`."""
    reached_on: Words
    """(longest batch, m, w)"""


@inlined
def _take(problem: Problem, timetable: Timetable, task: int, sign: int) -> None:
    """Take what a task needs, or with −1 give it back."""
    start, end = timetable.start[task], timetable.start[task] + problem.minutes[task]
    if end == start:
        return
    if problem.people[task] > 0:
        add_to(timetable.people, start, end, -sign * problem.people[task])
    machine = timetable.machine[task]
    if machine < 0:
        return
    use = problem.capacity[machine] if problem.whole[task] else problem.demand[task]
    add_to(timetable.room[machine], start, end, -sign * use)
    own, changeover = problem.temperature[task], problem.changeover[machine]
    latest = 64 * (timetable.people.shape[1] - 1)
    for other in range(len(changeover)):
        if other != own:
            first = max(start - changeover[other, own], 0)
            last = min(end + changeover[own, other], latest)
            add_to(timetable.clear[machine, other], first, last, -sign)


@inner
def take_batch(problem: Problem, timetable: Timetable, batch: int, sign: int) -> None:
    """Book a batch at the starts and machines that the timetable has for it, or with −1 take it
    out."""
    for task in range(problem.first_task[batch], problem.first_task[batch + 1]):
        _take(problem, timetable, task, sign)
    timetable.placed[batch] = sign > 0
    if problem.bake[batch] >= 0:
        _span_oven(problem, timetable, batch, sign)


@inlined
def _span_oven(problem: Problem, timetable: Timetable, batch: int, sign: int) -> None:
    """How long the batch's oven is on for its ready-by time, with it or, with −1, without it."""
    machine, wave = timetable.machine[problem.bake[batch]], problem.wave[batch]
    first, last = timetable.oven_from[machine, wave], timetable.oven_to[machine, wave]
    start = timetable.start[problem.bake[batch]]
    end = start + problem.minutes[problem.bake[batch]]
    if sign > 0:
        if first == last:
            first, last = start, end
        first, last = min(first, start), max(last, end)
    elif start == first or end == last:
        first, last = NO_LIMIT, 0
        for other in range(len(problem.due)):
            bake = problem.bake[other]
            if not timetable.placed[other] or bake < 0 or problem.wave[other] != wave:
                continue
            if timetable.machine[bake] == machine:
                first = min(first, timetable.start[bake])
                last = max(last, timetable.start[bake] + problem.minutes[bake])
        if last == 0:
            first = 0
    timetable.oven_from[machine, wave], timetable.oven_to[machine, wave] = first, last


@inlined
def _end(problem: Problem, timetable: Timetable, batch: int) -> int:
    last = problem.first_task[batch + 1] - 1
    return int(timetable.start[last] + problem.minutes[last])


@inner
def _reach(problem: Problem, timetable: Timetable, batch: int, release: int, last: int) -> bool:
    """Find the minutes in which each task of a batch can start after those before it, `reached`,
    and on which machine, such that the batch may end by `last`; false if there are none."""
    low, high = release >> 6, last >> 6
    first, end = problem.first_task[batch], problem.first_task[batch + 1]
    latest = last
    for task in range(first, end):
        latest -= problem.minutes[task]
    if latest < release:
        return False
    for task in range(first, end):
        reached = timetable.reached[task - first]
        if task == first:
            reached[low] = bits_from(release)
            for place in range(low + 1, high + 1):
                reached[place] = _ALL
        else:
            before = timetable.reached[task - 1 - first]
            shift_later(before, reached, problem.minutes[task - 1], low, high)
            widen(reached, problem.wait[task - 1], low, high)
            latest += problem.minutes[task - 1]
        reached[latest >> 6] &= bits_until(latest)
        for place in range((latest >> 6) + 1, high + 1):
            reached[place] = _ZERO
        if not _meet(problem, timetable, task, task - first, low, high):
            return False
    return True


@inlined
def _meet(problem: Problem, timetable: Timetable, task: int, own: int, low: int, high: int) -> bool:
    """Narrow where a task may start to where what it needs is free; false if nowhere."""
    reached, kind = timetable.reached[own], problem.kind[task]
    if kind < 0:
        if problem.people[task] > 0:
            free = timetable.reached_on[own, 0]
            for place in range(low, high + 1):
                free[place] = _ALL
            keep_at_least(free, timetable.people, problem.people[task], low, high)
            narrow(free, problem.minutes[task], low, high)
            for place in range(low, high + 1):
                reached[place] &= free[place]
    else:
        first, end = problem.first_machine[kind], problem.first_machine[kind + 1]
        for machine in range(first, end):
            _meet_machine(problem, timetable, task, own, machine, low, high)
        for place in range(low, high + 1):
            word = _ZERO
            for machine in range(first, end):
                word |= timetable.reached_on[own, machine, place]
            reached[place] = word
    found = _ZERO
    for place in range(low, high + 1):
        found |= reached[place]
    return bool(found)


@inlined
def _meet_machine(
    problem: Problem, timetable: Timetable, task: int, own: int, machine: int, low: int, high: int
) -> None:
    """Where a task may start on one machine."""
    free = timetable.reached_on[own, machine]
    demand = problem.demand[task]
    if demand > problem.capacity[machine]:
        for place in range(low, high + 1):
            free[place] = _ZERO
        return
    for place in range(low, high + 1):
        free[place] = problem.available[machine, place]
    use = problem.capacity[machine] if problem.whole[task] else demand
    keep_at_least(free, timetable.room[machine], use, low, high)
    if problem.changeover.shape[1] > 1:
        clear = timetable.clear[machine, problem.temperature[task]]
        keep_at_least(free, clear, (1 << len(clear)) - 1, low, high)
    if problem.people[task] > 0:
        keep_at_least(free, timetable.people, problem.people[task], low, high)
    narrow(free, problem.minutes[task], low, high)
    reached = timetable.reached[own]
    for place in range(low, high + 1):
        free[place] &= reached[place]


@inlined
def _start_before(
    problem: Problem, timetable: Timetable, task: int, own: int, next_start: int, begin: int
) -> int:
    """The latest start of a task such that the next one can start at `next_start`."""
    latest = next_start - problem.minutes[task]
    return latest_in(timetable.reached[own], max(latest - problem.wait[task], begin), latest)


@inlined
def _oven_cost(
    problem: Problem, timetable: Timetable, batch: int, machine: int, start: int
) -> float:
    """What it costs to keep the oven on for a batch."""
    wave, end = problem.wave[batch], start + problem.minutes[problem.bake[batch]]
    first, last = timetable.oven_from[machine, wave], timetable.oven_to[machine, wave]
    more = end - start
    if first != last:
        more = max(last, end) - min(first, start) - (last - first)
    return float(problem.cost[2] * more)


@inlined
def _best_oven(
    problem: Problem, timetable: Timetable, batch: int, end: int, begin: int
) -> tuple[float, int]:
    """The oven in which the batch, if it ends at `end`, costs least, and that cost."""
    first, bake = problem.first_task[batch], problem.bake[batch]
    task = problem.first_task[batch + 1] - 1
    start = end - problem.minutes[task]
    while task > bake:
        task -= 1
        start = _start_before(problem, timetable, task, task - first, start, begin)
    least, best = np.inf, -1
    kind = problem.kind[bake]
    for machine in range(problem.first_machine[kind], problem.first_machine[kind + 1]):
        if has_minute(timetable.reached_on[bake - first, machine], start):
            cost = _oven_cost(problem, timetable, batch, machine, start)
            if cost < least:
                least, best = cost, machine
    return least, best


@inlined
def _choose_end(
    problem: Problem, timetable: Timetable, batch: int, aim: int, begin: int, until: int
) -> tuple[int, int]:
    """When the batch ends at least cost, and in which oven (−1 for none); −1 if it cannot."""
    task = problem.first_task[batch + 1] - 1
    ends = timetable.reached[task - problem.first_task[batch]]
    minutes, due = problem.minutes[task], problem.due[batch]
    least, best, oven = np.inf, -1, -1
    start = latest_in(ends, begin, min(aim, until) - minutes)
    while start >= 0:
        end = start + minutes
        cost = problem.cost[1] * (due - end)
        if cost >= least:
            break
        if problem.bake[batch] < 0:
            return end, -1
        more, machine = _best_oven(problem, timetable, batch, end, begin)
        if cost + more < least:
            least, best, oven = cost + more, end, machine
        start = latest_in(ends, begin, start - 1)
    if best < 0:
        start = earliest_in(ends, max(aim - minutes + 1, begin), until - minutes)
        if start >= 0:
            best = start + minutes
            if problem.bake[batch] >= 0:
                _, oven = _best_oven(problem, timetable, batch, best, begin)
    return best, oven


@inner
def insert(problem: Problem, timetable: Timetable, batch: int, aim: int) -> bool:
    """Place a batch where it adds least to the cost, after its doughs and before what is made of
    it; false, and nothing changed, if it has no place.

    Dynamic programme over its tasks: forward which minutes can be reached under capacity and
    longest waits, backward the latest starts that end at the chosen minute.
    """
    release, last = problem.release[batch], problem.last_end[batch]
    for place in range(problem.first_dough[batch], problem.first_dough[batch + 1]):
        dough = problem.dough[place]
        if timetable.placed[dough]:
            release = max(release, _end(problem, timetable, dough))
    for place in range(problem.first_user[batch], problem.first_user[batch + 1]):
        user = problem.user[place]
        if timetable.placed[user]:
            last = min(last, timetable.start[problem.first_task[user]])
    first, task = problem.first_task[batch], problem.first_task[batch + 1] - 1
    length = np.int64(problem.length[batch])
    until = min(last, max(aim, release + length + _NEAR))
    begin = max(release, until - length - _NEAR)
    if not _reach(problem, timetable, batch, begin, until):
        if begin == release or not _reach(problem, timetable, batch, release, until):
            if until == last or not _reach(problem, timetable, batch, release, last):
                return False
            until = last
        begin = release
    end, oven = _choose_end(problem, timetable, batch, aim, begin, until)
    if end < 0:
        return False
    timetable.start[task] = end - problem.minutes[task]
    while task > first:
        task -= 1
        timetable.start[task] = _start_before(
            problem, timetable, task, task - first, timetable.start[task + 1], begin
        )
    if aim <= AT_ONCE:
        _start_early(problem, timetable, batch, begin)
    for task in range(first, problem.first_task[batch + 1]):
        timetable.machine[task] = _machine(problem, timetable, batch, task, oven)
    take_batch(problem, timetable, batch, 1)
    return True


@inlined
def _start_early(problem: Problem, timetable: Timetable, batch: int, begin: int) -> None:
    """Move the tasks of a batch to their earliest starts that leave its end where it is."""
    first, bake = problem.first_task[batch], problem.bake[batch]
    ready = begin
    for task in range(first, problem.first_task[batch + 1] - 1):
        minutes = problem.minutes[task]
        if task != bake:
            low = max(ready, timetable.start[task + 1] - problem.wait[task] - minutes)
            timetable.start[task] = earliest_in(
                timetable.reached[task - first], low, timetable.start[task]
            )
        ready = timetable.start[task] + minutes


@inlined
def _machine(problem: Problem, timetable: Timetable, batch: int, task: int, oven: int) -> int:
    """Of the machines on which the task can start, the smallest."""
    kind = problem.kind[task]
    if kind < 0:
        return -1
    if task == problem.bake[batch]:
        return oven
    own = task - problem.first_task[batch]
    best = -1
    for machine in range(problem.first_machine[kind], problem.first_machine[kind + 1]):
        if not has_minute(timetable.reached_on[own, machine], timetable.start[task]):
            continue
        if best < 0 or problem.capacity[machine] < problem.capacity[best]:
            best = machine
    return best


@inner
def costs(problem: Problem, timetable: Timetable) -> tuple[float, float]:
    """What is placed costs Σ weight · minutes late, and Σ minutes early + Σ minutes that ovens are
    on: each at its cost."""
    late, early, on = 0.0, 0.0, 0
    for batch in range(len(problem.due)):
        if timetable.placed[batch]:
            after = _end(problem, timetable, batch) - problem.due[batch]
            late += problem.weight[batch] * max(after, 0)
            early -= min(after, 0)
    for machine in range(timetable.oven_to.shape[0]):
        for wave in range(timetable.oven_to.shape[1]):
            on += timetable.oven_to[machine, wave] - timetable.oven_from[machine, wave]
    return problem.cost[0] * late, problem.cost[1] * early + problem.cost[2] * on

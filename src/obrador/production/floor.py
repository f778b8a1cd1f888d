"""Machines and people by the minute, as the kernels want them.

Arrays have an entry per minute from `FIRST_MINUTE` to `LAST_MINUTE`; m machines by kind, c
temperatures, t minutes. What a task takes is rounded up to hundredths of the equipment's unit
(trays, kg), what a machine has is rounded down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from obrador.production.domain import FIRST_MINUTE, LAST_MINUTE, Crew, Machine, ScheduledStep
from obrador.production.kernels.minutes import Words
from obrador.production.kernels.placing import Flags, Ints
from obrador.production.timetable import Task

MINUTES = LAST_MINUTE - FIRST_MINUTE
WORDS = MINUTES // 64 + 2
"""The last word stays empty, see `kernels.placing.Timetable`."""
_UNIT = 100
_TOLERANCE = 1e-6


class Placed(NamedTuple):
    """A task with its start, in minutes of the day, and the number of its machine (−1: none)."""

    task: Task
    start: int
    machine: int

    @property
    def end(self) -> int:
        """When it is over."""
        return self.start + self.task.minutes


@dataclass(frozen=True)
class Floor:
    """Who and what is free when; placing something gives a new floor."""

    machines: tuple[Machine, ...]
    """By kind."""
    kinds: dict[str, int]
    temperatures: dict[int | None, int]
    unit: int
    """Of capacity, in hundredths of the equipment's: the largest that divides all of them, so
    that counters are short."""
    capacity: Ints
    """(m)"""
    changeover: Ints
    """(m, c, c)"""
    available: Flags
    """(m, t)"""
    room: Ints
    """(m, t) never negative: what was placed by hand may take more than there is."""
    people: Ints
    """(t)"""
    kept_out: Flags
    """(m, c, t)"""

    @classmethod
    def of(cls, machines: Iterable[Machine], crew: Crew, tasks: Iterable[Task]) -> "Floor":
        """Nothing taken yet."""
        by_kind = tuple(sorted(machines, key=lambda machine: machine.kind))
        kinds = {kind: place for place, kind in enumerate(sorted({m.kind for m in by_kind}))}
        needs = [task for task in tasks if task.kind is not None]
        found = dict.fromkeys(task.temperature for task in needs)
        temperatures = {temperature: place for place, temperature in enumerate(found or [None])}
        available = np.zeros((len(by_kind), MINUTES), dtype=bool)
        for row, machine in zip(available, by_kind, strict=True):
            for first, last in machine.available:
                row[span(first, last)] = True
        has = [floor(machine.capacity * _UNIT + _TOLERANCE) for machine in by_kind]
        unit = gcd(*has, *(_hundredths(task) for task in needs)) or 1
        capacity = np.array(has, dtype=np.int64) // unit
        people = np.zeros(MINUTES, dtype=np.int64)
        for first, last, count in crew.spans:
            people[span(first, last)] = count
        changeover = np.array(
            [_changeovers(machine, list(temperatures)) for machine in by_kind], dtype=np.int64
        ).reshape(len(by_kind), len(temperatures), len(temperatures))
        room = np.where(available, capacity[:, None], 0)
        kept_out = np.zeros((len(by_kind), len(temperatures), MINUTES), dtype=bool)
        return cls(
            by_kind,
            kinds,
            temperatures,
            unit,
            capacity,
            changeover,
            available,
            room,
            people,
            kept_out,
        )

    def demand(self, task: Task) -> int:
        """The capacity that a task takes, in the floor's unit; see `Task.whole_machine`."""
        return _hundredths(task) // self.unit

    def machines_of(self, kind: str) -> range:
        """The numbers of the machines of a kind."""
        numbers = [n for n, machine in enumerate(self.machines) if machine.kind == kind]
        return range(numbers[0], numbers[-1] + 1) if numbers else range(0)

    def with_placed(self, placed: Iterable[Placed]) -> "Floor":
        """The floor when these tasks are done on it."""
        room, people, kept_out = self.room.copy(), self.people.copy(), self.kept_out.copy()
        for task, start, machine in placed:
            busy = span(start, start + task.minutes)
            people[busy] -= task.people
            if machine >= 0 and task.minutes:
                use = self.capacity[machine] if task.whole_machine else self.demand(task)
                room[machine, busy] -= use
                own, between = self.temperatures[task.temperature], self.changeover[machine]
                for other in set(self.temperatures.values()) - {own}:
                    first = start - int(between[other, own])
                    last = start + task.minutes + int(between[own, other])
                    kept_out[machine, other, span(first, last)] = True
        return replace(
            self, room=np.maximum(room, 0), people=np.maximum(people, 0), kept_out=kept_out
        )

    def with_free(self, of: "Floor", kind: str | None) -> "Floor":
        """The floor with a kind of machine, or the people, as free as they are on another."""
        if kind is None:
            return replace(self, people=of.people)
        rows = self.machines_of(kind)
        room, kept_out = self.room.copy(), self.kept_out.copy()
        room[rows], kept_out[rows] = of.room[rows], of.kept_out[rows]
        return replace(self, room=room, kept_out=kept_out)

    def find(self, tasks: Sequence[Task], steps: Sequence[ScheduledStep]) -> tuple[Placed, ...]:
        """A batch with its times, on machines by number: where a piece of equipment is several
        machines, the one with the most room."""
        return tuple(
            Placed(task, step.start, self._machine(step))
            for task, step in zip(tasks, steps, strict=True)
        )

    def _machine(self, step: ScheduledStep) -> int:
        numbers = [n for n, m in enumerate(self.machines) if m.equipment_id == step.equipment_id]
        busy = span(step.start, step.end)
        return max(numbers, key=lambda n: int(self.room[n, busy].min(initial=0)), default=-1)


def span(first: int, last: int) -> slice:
    """The part of an array from one minute of the day to before the other."""
    return slice(max(first - FIRST_MINUTE, 0), max(last - FIRST_MINUTE, 0))


def words(minutes: NDArray[np.bool_] | NDArray[np.uint8]) -> Words:
    """Sets of minutes (..., t) as words (..., w)."""
    packed = np.packbits(minutes, axis=-1, bitorder="little")
    padded = np.zeros((*minutes.shape[:-1], 8 * WORDS), dtype=np.uint8)
    padded[..., : packed.shape[-1]] = packed
    return padded.view("<u8")


def counter(numbers: Ints) -> Words:
    """Numbers (..., t) as counters (..., p, w)."""
    powers = max(int(numbers.max(initial=0)).bit_length(), 1)
    parts = numbers.astype("<u4").view(np.uint8).reshape(*numbers.shape, 4)[..., : -(-powers // 8)]
    bits = np.unpackbits(parts, axis=-1, count=powers, bitorder="little")
    return words(np.ascontiguousarray(np.moveaxis(bits, -1, -2)))


def two_numbers(where: NDArray[np.bool_], yes: int, no: int) -> Words:
    """Counters (..., p, w) of one number in the minutes `where` (..., t), and another elsewhere."""
    chosen, rest = words(where), words(~where)
    powers = range(max(yes, no).bit_length())
    sets = [(yes >> power & 1) * chosen | (no >> power & 1) * rest for power in powers]
    return np.stack(sets, axis=-2)


def _hundredths(task: Task) -> int:
    return ceil(task.capacity * _UNIT - _TOLERANCE)


def _changeovers(machine: Machine, temperatures: Sequence[int | None]) -> list[list[int]]:
    between = machine.changeovers
    return [
        [
            0 if one == other else between.get((one, other), machine.changeover_minutes)
            for other in temperatures
        ]
        for one in temperatures
    ]

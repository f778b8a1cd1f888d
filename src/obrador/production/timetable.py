"""Who and what is taken when, minute by minute, and where a batch still fits.

Arrays have an entry per minute from `FIRST_MINUTE` to `LAST_MINUTE`; arguments and results are
minutes of the day as everywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from obrador.catalogue.domain import Recipe, Step, StepKind
from obrador.production.domain import FIRST_MINUTE, LAST_MINUTE, Crew, Machine, ScheduledStep

Flags = NDArray[np.bool_]

_MINUTES = LAST_MINUTE - FIRST_MINUTE
_TOLERANCE = 1e-6
"""Of capacity: ten times a tenth of an oven is an oven."""


@dataclass(frozen=True, slots=True)
class Task:
    """A step of a batch of known size."""

    step: StepKind
    minutes: int
    kind: str | None
    """Of the equipment."""
    capacity: float
    whole_machine: bool
    """A mixer mixes one dough at a time, however small."""
    temperature: int | None
    people: int
    max_wait: int | None
    """Longest pause before the next step."""


class Booked(NamedTuple):
    """A task with its start and its machine."""

    task: Task
    start: int
    table: "MachineTable | None"

    @property
    def end(self) -> int:
        """When it is over."""
        return self.start + self.task.minutes


def tasks_of(recipe: Recipe, units: float) -> tuple[Task, ...]:
    """The steps of a batch of `units` made."""
    return tuple(
        Task(
            step=step.kind,
            minutes=step_minutes(step, units),
            kind=step.equipment_kind,
            capacity=round(step.capacity_per_unit * units, 4),  # 192 times 1/24 tray are 8
            whole_machine=step.kind == "mix",
            temperature=step.temperature,
            people=step.people,
            max_wait=step.max_wait_minutes,
        )
        for step in recipe.steps
    )


def step_minutes(step: Step, units: float) -> int:
    """How long the step takes for `units` made: `⌈fixed + per unit · units⌉` whole minutes."""
    return step.fixed_minutes + ceil(step.minutes_per_unit * units - _TOLERANCE)


class MachineTable:
    """One machine's free capacity and, for each temperature, the minutes that it keeps others
    out: its bakes and the change-over on both sides."""

    def __init__(self, machine: Machine, temperatures: Iterable[int | None]) -> None:
        self.machine = machine
        self.room = np.full(_MINUTES, -1.0)
        for first, last in machine.available:
            self.room[_span(first, last)] = machine.capacity
        self.taken = {
            temperature: np.zeros(_MINUTES, dtype=np.int16) for temperature in temperatures
        }

    def use(self, task: Task) -> float:
        """Capacity that the task takes of this machine."""
        if task.whole_machine:
            return max(self.machine.capacity, task.capacity)
        return task.capacity

    def free(self, task: Task, minutes: slice = slice(None)) -> Flags:
        """In which minutes the task would fit."""
        free: Flags = self.room[minutes] >= self.use(task) - _TOLERANCE
        for temperature, taken in self.taken.items():
            if temperature != task.temperature:
                free &= taken[minutes] == 0
        return free

    def book(self, task: Task, start: int, sign: int = 1) -> None:
        """Take the task's capacity from `start` on, or with −1 give it back."""
        end, margin = start + task.minutes, self.machine.changeover_minutes
        self.room[_span(start, end)] -= sign * self.use(task)
        if task.minutes:
            self.taken[task.temperature][_span(start - margin, end + margin)] += sign


@dataclass(frozen=True)
class Timetable:
    """All machines by kind, and how many people are free."""

    machines: dict[str, list[MachineTable]]
    people: NDArray[np.int64]

    @classmethod
    def empty(cls, machines: Iterable[Machine], crew: Crew, tasks: Iterable[Task]) -> "Timetable":
        """Nothing booked yet."""
        temperatures: dict[str, dict[int | None, None]] = {}
        for task in tasks:
            if task.kind is not None:
                temperatures.setdefault(task.kind, {})[task.temperature] = None
        tables: dict[str, list[MachineTable]] = {}
        for machine in machines:
            tables.setdefault(machine.kind, []).append(
                MachineTable(machine, temperatures.get(machine.kind, ()))
            )
        people = np.zeros(_MINUTES, dtype=np.int64)
        for first, last, count in crew.spans:
            people[_span(first, last)] = count
        return cls(tables, people)

    def fit(
        self, tasks: Sequence[Task], release: int, due: int, last_end: int
    ) -> tuple[Booked, ...] | None:
        """The latest times for the tasks of a batch that end by `due`, else the earliest after.

        Dynamic programme over the steps: from which minutes a step can start, given that the ones
        before were reached within the longest waits; traced back from the end for the latest
        starts. What needs nothing (rise, cool) begins by itself, so its wait comes after it.

        Args:
            release: the first step starts no earlier.
            due: the last step should end by then.
            last_end: the last step must end by then.

        Returns:
            None where the batch does not fit at all.
        """
        reached = self._reached(tasks, release)
        if reached is None:
            return None
        ends = np.flatnonzero(reached[-1]) + tasks[-1].minutes + FIRST_MINUTE
        ends = ends[ends <= last_end]
        if not ends.size:
            return None
        in_time = int(np.searchsorted(ends, due, side="right"))
        end = int(ends[in_time - 1] if in_time else ends[0])
        return tuple(
            Booked(task, start, self._machine(task, start))
            for task, start in zip(tasks, _starts_until(tasks, reached, end), strict=True)
        )

    def book(self, booked: Iterable[Booked], sign: int = 1) -> None:
        """Take what the tasks need, or with −1 give it back."""
        for task, start, table in booked:
            if table is not None:
                table.book(task, start, sign)
            self.people[_span(start, start + task.minutes)] -= sign * task.people

    def _reached(self, tasks: Sequence[Task], release: int) -> list[Flags] | None:
        """For each task the minutes in which it can start after those before it."""
        reached: list[Flags] = []
        for index, task in enumerate(tasks):
            starts = self._starts(task)
            if index == 0:
                starts[: max(release - FIRST_MINUTE, 0)] = False
            else:
                before = tasks[index - 1]
                starts &= _within_wait(reached[-1], before.minutes, before.max_wait)
            if not starts.any():
                return None
            reached.append(starts)
        return reached

    def _starts(self, task: Task) -> Flags:
        """The minutes in which the task could start, whatever comes before it."""
        enough = self.people >= task.people if task.people else None
        if task.kind is None:
            return _uninterrupted(enough, task.minutes)
        starts = np.zeros(_MINUTES, dtype=bool)
        for machine in self.machines.get(task.kind, ()):
            free = machine.free(task)
            starts |= _uninterrupted(free if enough is None else free & enough, task.minutes)
        return starts

    def _machine(self, task: Task, start: int) -> MachineTable | None:
        """Of the machines that can take the task, the one with the least room to spare."""
        if task.kind is None:
            return None
        minutes = _span(start, start + task.minutes)
        able = [m for m in self.machines[task.kind] if m.free(task, minutes).all()]
        return min(able, key=lambda machine: float(machine.room[minutes].min(initial=np.inf)))


def as_scheduled(booked: Sequence[Booked]) -> tuple[ScheduledStep, ...]:
    """The tasks without what only the timetable needs."""
    return tuple(
        ScheduledStep(
            b.task.step, b.start, b.end, b.table.machine.equipment_id if b.table else None
        )
        for b in booked
    )


def _span(first: int, last: int) -> slice:
    """The array's part from one minute to the other."""
    return slice(max(first - FIRST_MINUTE, 0), max(last - FIRST_MINUTE, 0))


def _uninterrupted(free: Flags | None, minutes: int) -> Flags:
    """Where a span of `minutes` can start that is free throughout."""
    starts = np.zeros(_MINUTES, dtype=bool)
    last = _MINUTES - minutes + 1
    if free is None or minutes == 0:
        starts[: max(last, 0)] = True
    elif last > 0:
        busy = np.zeros(_MINUTES + 1, dtype=np.int32)
        np.cumsum(~free, out=busy[1:])
        starts[:last] = busy[minutes:] == busy[:last]
    return starts


def _within_wait(starts: Flags, minutes: int, max_wait: int | None) -> Flags:
    """Minutes that lie 0 to `max_wait` after the end of a task that began in one of `starts`."""
    begun = np.cumsum(starts, dtype=np.int32)
    ended = _shifted(begun, minutes)
    if max_wait is None:
        return ended > 0
    return ended > _shifted(begun, minutes + max_wait + 1)


def _shifted(counts: NDArray[np.int32], minutes: int) -> NDArray[np.int32]:
    later = np.zeros_like(counts)
    later[minutes:] = counts[: max(_MINUTES - minutes, 0)]
    return later


def _starts_until(tasks: Sequence[Task], reached: Sequence[Flags], end: int) -> list[int]:
    """When the tasks start if the last one ends by `end`: as late as possible, but what needs
    nothing as soon after the one before as the wait after it allows."""
    starts = _latest_starts(tasks, reached, end)
    for index in range(1, len(tasks)):
        task, before = tasks[index], tasks[index - 1]
        if task.kind is None and not task.people:
            earliest = starts[index - 1] + before.minutes
            if index + 1 < len(tasks) and task.max_wait is not None:
                earliest = max(earliest, starts[index + 1] - task.max_wait - task.minutes)
            starts[index] = earliest
    return starts


def _latest_starts(tasks: Sequence[Task], reached: Sequence[Flags], end: int) -> list[int]:
    starts = [end - tasks[-1].minutes]
    for task, possible in zip(reversed(tasks[:-1]), reversed(reached[:-1]), strict=True):
        latest = starts[-1] - task.minutes
        starts.append(int(np.flatnonzero(possible[_span(FIRST_MINUTE, latest + 1)])[-1]))
        starts[-1] += FIRST_MINUTE
    return starts[::-1]

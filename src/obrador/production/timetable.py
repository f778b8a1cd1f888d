"""The steps of batches of known size."""

from dataclasses import dataclass
from math import ceil

from obrador.catalogue.domain import Recipe, Step, StepKind

_TOLERANCE = 1e-6


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

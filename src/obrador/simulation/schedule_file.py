"""Planning one morning's timetable from a file, by the code that plans bakeries.

The instance is JSON: mixers, bench (people), proofer and ovens with their capacities, change-over
minutes between temperature classes, and batches with a deadline, a weight and steps (kind, dur,
demand, max_wait). The solution lists the start of each step and the oven of each batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any
from uuid import UUID

from obrador.catalogue.domain import Recipe, Step
from obrador.kit.errors import Invalid
from obrador.production.domain import (
    FIRST_MINUTE,
    LAST_MINUTE,
    BatchReason,
    Crew,
    Effort,
    Machine,
    PlannedBatch,
    ScheduleResult,
)
from obrador.production.scheduling import schedule
from obrador.simulation.instance_file import read_file

_ON_MACHINES = {"mix": "mixer", "proof": "proofer", "bake": "oven"}
_TRIED = 30
_TINY = 1e-4
"""Seconds: a clock that has not moved says nothing."""
_SHARE_OF_BEGINNINGS = 0.4
_WARM_UP = Effort(beginnings=1, rounds=1, rounds_if_late=1)


@dataclass(frozen=True)
class Instance:
    """A morning as the planner takes it; minute 0 of the file is `FIRST_MINUTE`."""

    name: str
    batches: tuple[PlannedBatch, ...]
    recipes: Mapping[UUID, Recipe]
    machines: tuple[Machine, ...]
    crew: Crew


@dataclass(frozen=True)
class Solved:
    """A timetable and what it took."""

    result: ScheduleResult
    solution: Mapping[str, Any]
    effort: Effort
    cpu_ms: float
    """Of the whole of `schedule`, without reasons."""


def read_instance(file: Path) -> Instance:
    """An instance from a file.

    Raises:
        Invalid: it is not there, is no JSON, or lacks something.
    """
    return read_file(file, _instance)


def solve(instance: Instance, effort: Effort) -> Solved:
    """Plan it, once the kernels are there."""
    _planned(instance, _WARM_UP)
    began = process_time()
    result = _planned(instance, effort)
    return Solved(result, _solution(instance, result), effort, (process_time() - began) * 1000)


def effort_for(instance: Instance, milliseconds: float) -> Effort:
    """The effort that takes about so much processor time here, by a short trial; a plan itself is
    limited by counts only."""
    _planned(instance, _WARM_UP)
    alone = _cpu_seconds(instance, 1, 0)
    begun = max(_cpu_seconds(instance, 1 + _TRIED, 0) - alone, _TINY) / _TRIED
    improved = max(_cpu_seconds(instance, 1, 10 * _TRIED) - alone, _TINY) / (10 * _TRIED)
    left = max(milliseconds / 1000 - alone, 0.0)
    rounds = int((1 - _SHARE_OF_BEGINNINGS) * left / improved)
    return Effort(1 + int(_SHARE_OF_BEGINNINGS * left / begun), rounds, rounds)


def _cpu_seconds(instance: Instance, beginnings: int, rounds: int) -> float:
    """The least of three: other programs only add to it."""
    seconds = []
    for _ in range(3):
        began = process_time()
        _planned(instance, Effort(beginnings, rounds, rounds))
        seconds.append(process_time() - began)
    return min(seconds)


def _planned(instance: Instance, effort: Effort) -> ScheduleResult:
    return schedule(
        instance.batches,
        instance.recipes,
        instance.machines,
        instance.crew,
        effort=effort,
        explain=False,
    )


def _instance(given: Mapping[str, Any]) -> Instance:
    open_for = ((FIRST_MINUTE, min(FIRST_MINUTE + given["horizon"], LAST_MINUTE)),)
    changeovers: dict[tuple[int | None, int | None], int] = {
        (one, other): minutes
        for one, row in enumerate(given["changeover"])
        for other, minutes in enumerate(row)
    }
    capacities = [
        *(("mixer", 1) for _ in range(given["mixers"])),
        ("proofer", given["proofer"]),
        *(("oven", oven["cap"]) for oven in given["ovens"]),
    ]
    machines = tuple(
        Machine(UUID(int=number), kind, capacity, 0, open_for, changeovers)
        for number, (kind, capacity) in enumerate(capacities)
    )
    recipes = [_recipe(number, batch) for number, batch in enumerate(given["batches"])]
    return Instance(
        given["name"],
        tuple(
            PlannedBatch(
                recipe.id,
                None,
                1,
                1,
                FIRST_MINUTE + batch["deadline"],
                batch["weight"],
                BatchReason(1, 0, "none", 1, 1, for_next_day=True),
            )
            for recipe, batch in zip(recipes, given["batches"], strict=True)
        ),
        {recipe.id: recipe for recipe in recipes},
        machines,
        Crew(tuple((first, last, given["bench"]) for first, last in open_for)),
    )


def _recipe(number: int, batch: Mapping[str, Any]) -> Recipe:
    steps = tuple(_step(step, batch["temp"]) for step in batch["steps"])
    return Recipe(UUID(int=number), batch["id"], "product", "piece", 1, (), steps)


def _step(step: Mapping[str, Any], temperature: int) -> Step:
    kind = _ON_MACHINES.get(step["kind"])
    return Step(
        kind=step["kind"],
        fixed_minutes=step["dur"],
        equipment_kind=kind,
        capacity_per_unit=step["demand"] if kind else 0,
        people=step["demand"] if step["kind"] == "shape" else 0,
        max_wait_minutes=step["max_wait"],
        temperature=temperature if kind == "oven" else None,
    )


def _solution(instance: Instance, result: ScheduleResult) -> Mapping[str, Any]:
    """In the file's form: batches in its order, minutes from its 0, ovens from 0."""
    if result.unplaced:
        names = ", ".join(instance.recipes[one.batch.recipe_id].name for one in result.unplaced)
        raise Invalid(f"No place was found for {names}: give it more iterations.")
    ovens = [m.equipment_id for m in instance.machines if m.kind == "oven"]
    planned = {one.batch.recipe_id: one.steps for one in result.scheduled}
    steps = [planned[batch.recipe_id] for batch in instance.batches]
    return {
        "instance": instance.name,
        "starts": [[step.start - FIRST_MINUTE for step in each] for each in steps],
        "oven": [_oven(ovens, [step.equipment_id for step in each]) for each in steps],
    }


def _oven(ovens: Sequence[UUID], used: Sequence[UUID | None]) -> int:
    return next((ovens.index(one) for one in used if one in ovens), 0)

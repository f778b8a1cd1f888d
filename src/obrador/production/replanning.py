"""Placing some batches around others that stay where they are. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from obrador.catalogue.domain import Recipe
from obrador.production.domain import (
    Crew,
    Machine,
    PlannedBatch,
    ScheduledStep,
    ScheduleResult,
)
from obrador.production.scheduling import schedule


def schedule_around(
    batches: Sequence[PlannedBatch],
    recipes: Mapping[UUID, Recipe],
    machines: Sequence[Machine],
    crew: Crew,
    *,
    fixed: Mapping[int, tuple[ScheduledStep, ...]],
) -> ScheduleResult:
    """As `scheduling.schedule`, whose batches in the result are those given; but what is fixed may
    be of recipes that have gone or become others since. Nobody knows what such a batch takes: it is
    left out, of the result too.
    """
    known = [
        number
        for number, batch in enumerate(batches)
        if number not in fixed or _is_of_its_recipe(fixed[number], recipes.get(batch.recipe_id))
    ]
    place = {number: new for new, number in enumerate(known)}
    linked = [
        replace(batches[n], after=tuple(place[d] for d in batches[n].after if d in place))
        for n in known
    ]
    originals = {id(new): batches[number] for new, number in zip(linked, known, strict=True)}
    result = schedule(
        linked,
        recipes,
        machines,
        crew,
        fixed={place[number]: steps for number, steps in fixed.items() if number in place},
    )
    return replace(
        result,
        scheduled=tuple(replace(o, batch=originals[id(o.batch)]) for o in result.scheduled),
        unplaced=tuple(replace(o, batch=originals[id(o.batch)]) for o in result.unplaced),
    )


def _is_of_its_recipe(steps: Sequence[ScheduledStep], recipe: Recipe | None) -> bool:
    return recipe is not None and [s.kind for s in recipe.steps] == [s.kind for s in steps]

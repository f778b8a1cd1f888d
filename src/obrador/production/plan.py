"""One bakery's production plan: how much, in which batches, when. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from obrador.production.batching import product_batches
from obrador.production.begun import (
    from_now,
    in_hand,
    still_wanted,
    with_work_in_hand,
    without_dough_in_hand,
    without_made_doughs,
)
from obrador.production.demand import Floats
from obrador.production.domain import (
    Begun,
    Crew,
    Machine,
    PlannedBatch,
    ProductionPlan,
    ProductionProblem,
    ScheduleResult,
)
from obrador.production.doughs import with_doughs
from obrador.production.quantities import Quantities, bake_quantities
from obrador.production.replanning import schedule_around
from obrador.production.resources import crew_of, largest_of, machines_of
from obrador.production.scheduling import schedule


def plan_production(problem: ProductionProblem) -> ProductionPlan:
    """Plan day 0, and what each day of the forecast makes. What is begun stays and counts.

    Raises:
        Invalid: a recipe contains itself.
    """
    bakery, catalogue, day = problem.bakery, problem.catalogue, problem.forecast.first_day
    machines, crew = from_now(
        machines_of(catalogue.equipment, bakery, day),
        crew_of(catalogue.shifts, bakery, day),
        problem.now,
    )
    largest = largest_of(machines)
    quantities = bake_quantities(problem)
    batches, units = product_batches(problem, still_wanted(problem, quantities), largest)
    batches = with_doughs(without_dough_in_hand(problem), batches, units, largest)
    if problem.begun:
        batches = without_made_doughs(problem, batches)
        units = with_work_in_hand(problem, units)
    result, links = _scheduled(problem, batches, machines, crew)
    return ProductionPlan(
        quantities.targets,
        result,
        {recipe_id: tuple(made.tolist()) for recipe_id, made in units.items()},
        _recipe_sd(problem, quantities),
        tuple(doughs for doughs, _ in links),
        tuple(problem.begun),
        tuple(begun for _, begun in links),
    )


Links = tuple[tuple[int, ...], tuple[UUID, ...]]
"""Where a batch's doughs are among the scheduled ones, and which of them are begun."""


def _scheduled(
    problem: ProductionProblem,
    batches: Sequence[PlannedBatch],
    machines: Sequence[Machine],
    crew: Crew,
) -> tuple[ScheduleResult, list[Links]]:
    """The timetable without what is begun, and the links of its batches."""
    recipes, begun = problem.catalogue.recipes, in_hand(problem.begun)
    if not problem.begun:
        result = schedule(batches, recipes, machines, crew)
        return result, _links(result, batches, begun)
    every = [*batches, *map(_as_planned, begun)]
    fixed = {len(batches) + number: one.steps for number, one in enumerate(begun)}
    around = schedule_around(every, recipes, machines, crew, fixed=fixed)
    own = {id(batch) for batch in batches}
    left = tuple(one for one in around.scheduled if id(one.batch) in own)
    result = ScheduleResult(
        left, around.unplaced, sum(o.batch.weight * o.late_minutes for o in left)
    )
    return result, _links(result, batches, begun)


def _as_planned(one: Begun) -> PlannedBatch:
    return PlannedBatch(
        one.recipe_id,
        one.product_id,
        one.good_units,
        one.units,
        one.ready_by,
        one.weight,
        one.reason,
    )


def _links(
    result: ScheduleResult, batches: Sequence[PlannedBatch], begun: Sequence[Begun]
) -> list[Links]:
    place = {id(one.batch): number for number, one in enumerate(result.scheduled)}
    count = len(batches)
    return [
        (
            tuple(
                place[id(batches[dough])]
                for dough in one.batch.after
                if dough < count and id(batches[dough]) in place
            ),
            tuple(begun[dough - count].id for dough in one.batch.after if dough >= count),
        )
        for one in result.scheduled
    ]


def _recipe_sd(
    problem: ProductionProblem, quantities: Quantities
) -> Mapping[UUID, tuple[float, ...]]:
    """Standard deviation of each recipe's units per day; products of a recipe err independently."""
    variance: dict[UUID, Floats] = {}
    for row, product in enumerate(problem.catalogue.products):
        if product.recipe_id is not None:
            good = 1 - problem.catalogue.recipes[product.recipe_id].waste_share
            added = (quantities.demand_sd[row] / good) ** 2
            variance[product.recipe_id] = added + variance.get(product.recipe_id, 0.0)
    return {recipe_id: tuple(np.sqrt(v).tolist()) for recipe_id, v in variance.items()}

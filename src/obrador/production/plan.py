"""One bakery's production plan: how much, in which batches, when. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from obrador.production.batching import product_batches
from obrador.production.demand import Floats
from obrador.production.domain import (
    PlannedBatch,
    ProductionPlan,
    ProductionProblem,
    ScheduleResult,
)
from obrador.production.doughs import with_doughs
from obrador.production.quantities import Quantities, bake_quantities
from obrador.production.resources import crew_of, largest_of, machines_of
from obrador.production.scheduling import schedule


def plan_production(problem: ProductionProblem) -> ProductionPlan:
    """Plan day 0, and what each day of the forecast makes.

    Raises:
        Invalid: a recipe contains itself.
    """
    bakery, catalogue, day = problem.bakery, problem.catalogue, problem.forecast.first_day
    machines = machines_of(catalogue.equipment, bakery, day)
    largest = largest_of(machines)
    quantities = bake_quantities(problem)
    batches, units = product_batches(problem, quantities, largest)
    batches = with_doughs(problem, batches, units, largest)
    crew = crew_of(catalogue.shifts, bakery, day)
    result = schedule(batches, catalogue.recipes, machines, crew)
    return ProductionPlan(
        quantities.targets,
        result,
        {recipe_id: tuple(made.tolist()) for recipe_id, made in units.items()},
        _recipe_sd(problem, quantities),
        _doughs(batches, result),
    )


def _doughs(batches: Sequence[PlannedBatch], result: ScheduleResult) -> tuple[tuple[int, ...], ...]:
    """Of each scheduled batch, where its doughs are among the scheduled ones."""
    place = {id(one.batch): number for number, one in enumerate(result.scheduled)}
    return tuple(
        tuple(place[id(batches[dough])] for dough in one.batch.after if id(batches[dough]) in place)
        for one in result.scheduled
    )


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

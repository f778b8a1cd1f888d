"""Doughs and fillings: one batch feeds several products, some are made the day before."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import accumulate, pairwise
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Recipe, contained, making_order
from obrador.production.batching import TOLERANCE, batches_of, opening, rounded_units
from obrador.production.demand import Floats
from obrador.production.domain import LAST_MINUTE, PlannedBatch, ProductionProblem
from obrador.production.resources import first_shift
from obrador.production.timetable import step_minutes

_DAY = 24 * 60


def with_doughs(
    problem: ProductionProblem,
    batches: list[PlannedBatch],
    units: Mapping[UUID, Floats],
    largest: Mapping[str, float],
) -> list[PlannedBatch]:
    """The batches and those of all doughs in them, each dough's aggregated over what it goes into.

    A dough with `lead_days` is made that many days before it is used: on day 0 for a later day.
    What is in stock of it and still good is not made again.

    Raises:
        Invalid: a recipe contains itself.
    """
    recipes = problem.catalogue.recipes
    made = dict(units)
    needed: dict[UUID, Floats] = {}
    before: dict[UUID, Floats] = {}
    for recipe_id in reversed(making_order(recipes, units)):
        recipe = recipes[recipe_id]
        if recipe_id in needed:
            wanted = float(needed[recipe_id][0])
            taken = min(_in_stock(problem, recipe, before[recipe_id]), wanted)
            total, rounding = rounded_units(recipe, wanted - taken, least=wanted - taken)
            drafts = [
                _told_of_stock(draft, taken)
                for draft in batches_of(recipe, wanted, total, rounding, largest)
            ]
            batches = _with_dough(problem, recipe, batches, drafts, units, taken)
            days = needed[recipe_id] / (1 - recipe.waste_share)
            days[0] = total
            made[recipe_id] = days + made.get(recipe_id, 0.0)
        for dough_id, use in _dough_uses(recipe).items():
            used, lead = made[recipe_id] * use, recipes[dough_id].lead_days
            needed[dough_id] = _days_earlier(used, lead) + needed.get(dough_id, 0.0)
            before[dough_id] = used[:lead] + before.get(dough_id, 0.0)
    return batches


def _told_of_stock(draft: PlannedBatch, taken: float) -> PlannedBatch:
    return replace(draft, reason=replace(draft.reason, from_stock=round(taken, 3)))


def _in_stock(problem: ProductionProblem, dough: Recipe, before: Floats) -> float:
    """Good units in stock that can serve the day that the dough is now made for.

    `before`, (L,) the use of the days until then, takes from it first; what expires first goes
    first, and never a lot after its last day.
    """
    day, lead = problem.forecast.first_day, dough.lead_days
    lots = [
        [(lot.expires_on - day).days if lot.expires_on else lead, lot.quantity]
        for lot in problem.left_over
        if lot.item_id == dough.id
    ]
    for ahead, used in enumerate(before.tolist()):
        missing = used
        for lot in sorted(lots):
            if lot[0] >= ahead:
                taken = min(lot[1], missing)
                lot[1] -= taken
                missing -= taken
    return sum(quantity for keeps, quantity in lots if keeps >= lead)


def _dough_uses(recipe: Recipe) -> dict[UUID, float]:
    """Good units of each dough in a unit made of the recipe."""
    uses: dict[UUID, float] = {}
    for component in recipe.components:
        if component.is_recipe:
            use = component.quantity / recipe.yield_quantity / (1 - component.waste_share)
            uses[component.item_id] = uses.get(component.item_id, 0.0) + use
    return uses


def _days_earlier(units: Floats, days: int) -> Floats:
    return np.concatenate([units[days:], np.zeros(min(days, len(units)))])


def _with_dough(
    problem: ProductionProblem,
    dough: Recipe,
    batches: list[PlannedBatch],
    drafts: list[PlannedBatch],
    units: Mapping[UUID, Floats],
    in_stock: float,
) -> list[PlannedBatch]:
    """The batches, linked to those of their dough, which follow them.

    What must be ready first gets what is in stock, then the first dough. A dough is ready in time
    for the latest start of what is made of it; one for a later day, when that day's first shift
    begins.
    """
    products = _products(problem, dough, units)
    if dough.lead_days:
        ready_by = _start_of_work(problem, dough.lead_days)
        return batches + [_dough_batch(draft, ready_by, products, later=True) for draft in drafts]
    recipes = problem.catalogue.recipes
    uses = {
        index: use * batch.units
        for index, batch in enumerate(batches)
        if (use := _dough_uses(recipes[batch.recipe_id]).get(dough.id))
    }
    users = sorted(uses, key=lambda index: batches[index].ready_by)
    starts = {i: batches[i].ready_by - _minutes(recipes, batches[i]) for i in users}
    linked = list(batches)
    doughs: list[PlannedBatch] = []
    spans = _spans((d.good_units for d in drafts), in_stock)
    for draft, (first, last) in zip(drafts, spans, strict=True):
        served = [
            index
            for index, (begun, ended) in zip(users, _spans(uses[i] for i in users), strict=True)
            if begun < last - TOLERANCE and ended > first + TOLERANCE
        ]
        for index in served:
            after = (*linked[index].after, len(batches) + len(doughs))
            linked[index] = replace(linked[index], after=after)
        ready_by = min((starts[i] for i in served or users), default=opening(problem))
        doughs.append(_dough_batch(draft, ready_by, products, later=False))
    return linked + doughs


def _dough_batch(
    draft: PlannedBatch, ready_by: int, products: tuple[str, ...], *, later: bool
) -> PlannedBatch:
    """Dough for a later day is late by itself; the delay of other dough counts in its products."""
    reason = replace(draft.reason, for_products=products, for_next_day=later)
    return replace(draft, ready_by=ready_by, weight=1.0 if later else 0.0, reason=reason)


def _spans(amounts: Iterable[float], begin: float = 0.0) -> list[tuple[float, float]]:
    """Amounts laid end to end."""
    return list(pairwise(accumulate(amounts, initial=begin)))


def _minutes(recipes: Mapping[UUID, Recipe], batch: PlannedBatch) -> int:
    return sum(step_minutes(step, batch.units) for step in recipes[batch.recipe_id].steps)


def _products(
    problem: ProductionProblem, dough: Recipe, units: Mapping[UUID, Floats]
) -> tuple[str, ...]:
    """Ids of the products that the dough goes into on the day that it is made for."""
    recipes, day = problem.catalogue.recipes, dough.lead_days
    return tuple(
        str(product.id)
        for product in problem.catalogue.products
        if product.recipe_id is not None
        and units[product.recipe_id][day:].any()
        and dough.id in contained(recipes, product.recipe_id)
    )


def _start_of_work(problem: ProductionProblem, days: int) -> int:
    """When work begins, `days` days ahead."""
    shifts, day = problem.catalogue.shifts, problem.forecast.first_day
    start = first_shift(shifts, problem.bakery, day, days)
    return min(days * _DAY if start is None else start, LAST_MINUTE)

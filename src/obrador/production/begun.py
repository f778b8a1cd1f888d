"""Planning a day again on which work has begun: what is begun or done stays, and counts. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Recipe
from obrador.production.batching import TOLERANCE, rounded_units
from obrador.production.demand import Floats
from obrador.production.domain import Begun, Crew, Machine, PlannedBatch, ProductionProblem, Wave
from obrador.production.quantities import Quantities
from obrador.production.weighing import components_of


def still_wanted(problem: ProductionProblem, quantities: Quantities) -> Quantities:
    """The quantities without what begun batches give on day 0. The targets stay the whole day's.

    What is missing by less than half a tray or smallest batch is not made up for, unless it is
    firmly ordered: a short yield brings no oven to heat.
    """
    if not problem.begun:
        return quantities
    given: dict[UUID, float] = defaultdict(float)
    for one in problem.begun:
        if one.product_id is not None:
            given[one.product_id] += one.good_units
    quantity, firm = quantities.quantity.copy(), quantities.firm.copy()
    least, waves = quantities.least.copy(), dict(quantities.waves)
    for row, product in enumerate(problem.catalogue.products):
        if product.recipe_id is None or not given[product.id]:
            continue
        recipe = problem.catalogue.recipes[product.recipe_id]
        missing = max(float(quantity[row, 0]) - given[product.id], 0.0)
        firm[row, 0] = max(float(firm[row, 0]) - given[product.id], 0.0)
        least[row] = max(float(least[row]) - given[product.id], 0.0)
        if product.id in waves:
            waves[product.id] = _later_waves(waves[product.id], given[product.id])
        smallest = max(recipe.batch_multiple, recipe.batch_min) * (1 - recipe.waste_share)
        if missing < smallest / 2 and not firm[row, 0]:
            missing = 0.0
        quantity[row, 0] = missing
    return replace(quantities, quantity=quantity, firm=firm, least=least, waves=waves)


def _later_waves(waves: tuple[Wave, ...], given: float) -> tuple[Wave, ...]:
    """The bakes of a day without what is given; the first ones are served first."""
    left = []
    for wave in waves:
        served = min(given, wave.quantity)
        given -= served
        left.append(replace(wave, quantity=wave.quantity - served))
    return tuple(left)


def with_work_in_hand(
    problem: ProductionProblem, units: Mapping[UUID, Floats]
) -> dict[UUID, Floats]:
    """What each day makes, with the product batches in hand: their ingredients are still in stock
    on paper."""
    added = {recipe_id: made.copy() for recipe_id, made in units.items()}
    for one in problem.begun:
        if one.product_id is not None and not one.is_done:
            days = added.setdefault(one.recipe_id, np.zeros(problem.forecast.mean.shape[1]))
            days[0] += one.units
    return added


def without_made_doughs(
    problem: ProductionProblem, batches: Sequence[PlannedBatch]
) -> list[PlannedBatch]:
    """The batches without dough that begun batches give and begun products do not take.

    Dough that is in hand, rather than done, comes last in the list: `after` of what is made of it
    counts there, in the order of `in_hand`.
    """
    recipes = problem.catalogue.recipes
    spare = _spare_dough(problem)
    kept: dict[int, PlannedBatch] = {}
    covered: set[int] = set()
    for number, batch in enumerate(batches):
        left = spare.get(batch.recipe_id, 0.0) if batch.product_id is None else 0.0
        if left <= TOLERANCE:
            kept[number] = batch
            continue
        covered.add(number)
        spare[batch.recipe_id] = max(left - batch.good_units, 0.0)
        if batch.good_units - left > TOLERANCE:
            kept[number] = _smaller(recipes[batch.recipe_id], batch, batch.good_units - left)
    place = {old: new for new, old in enumerate(kept)}
    in_work = _places_in_hand(problem.begun, len(kept))
    return [_relinked(batch, batches, place, covered, in_work) for batch in kept.values()]


def without_dough_in_hand(problem: ProductionProblem) -> ProductionProblem:
    """The problem without the dough in stock that batches in hand have taken: on paper it leaves
    with their end."""
    taken = _dough_taken(problem)
    left = []
    for lot in problem.left_over:
        used = min(taken.get(lot.item_id, 0.0), lot.quantity)
        if used:
            taken[lot.item_id] -= used
        if lot.quantity - used > TOLERANCE:
            left.append(replace(lot, quantity=lot.quantity - used))
    return replace(problem, left_over=left)


def in_hand(begun: Sequence[Begun]) -> list[Begun]:
    """What is begun and not done: it takes machines and people."""
    return [one for one in begun if not one.is_done]


def from_now(
    machines: Sequence[Machine], crew: Crew, now: int | None
) -> tuple[tuple[Machine, ...], Crew]:
    """Machines and people from a minute on: nothing is planned into the past."""
    if now is None:
        return tuple(machines), crew
    return (
        tuple(
            replace(
                machine,
                available=tuple((max(a, now), b) for a, b in machine.available if b > now),
            )
            for machine in machines
        ),
        Crew(tuple((max(a, now), b, people) for a, b, people in crew.spans if b > now)),
    )


def _dough_taken(problem: ProductionProblem) -> dict[UUID, float]:
    """Good units of each dough that batches in hand have taken."""
    recipes = problem.catalogue.recipes
    taken: dict[UUID, float] = defaultdict(float)
    for one in in_hand(problem.begun):
        if one.recipe_id in recipes:
            for item, amount in components_of(recipes[one.recipe_id], one.units).items():
                if item in recipes:
                    taken[item] += amount
    return taken


def _spare_dough(problem: ProductionProblem) -> dict[UUID, float]:
    """Good units of each dough in hand that nothing else in hand has taken; what is done is in
    stock. Of dough that is made the day before, today's products take yesterday's."""
    recipes = problem.catalogue.recipes
    taken = _dough_taken(problem)
    for lot in problem.left_over:
        taken[lot.item_id] = max(taken[lot.item_id] - lot.quantity, 0.0)
    spare: dict[UUID, float] = defaultdict(float)
    for one in in_hand(problem.begun):
        if one.product_id is None and one.recipe_id in recipes:
            spare[one.recipe_id] += one.good_units
    return {
        dough: units if recipes[dough].lead_days else units - taken[dough]
        for dough, units in spare.items()
    }


def _smaller(recipe: Recipe, batch: PlannedBatch, good_units: float) -> PlannedBatch:
    units, _ = rounded_units(recipe, good_units, least=good_units)
    if units >= batch.units:
        return batch
    return replace(batch, good_units=round(units * (1 - recipe.waste_share), 3), units=units)


def _places_in_hand(begun: Sequence[Begun], first: int) -> dict[UUID, list[int]]:
    """Where batches of each dough that are in hand are, behind the others."""
    places: dict[UUID, list[int]] = defaultdict(list)
    for number, one in enumerate(in_hand(begun)):
        if one.product_id is None:
            places[one.recipe_id].append(first + number)
    return places


def _relinked(
    batch: PlannedBatch,
    batches: Sequence[PlannedBatch],
    place: Mapping[int, int],
    covered: set[int],
    in_work: Mapping[UUID, list[int]],
) -> PlannedBatch:
    after = [place[dough] for dough in batch.after if dough in place]
    for dough in batch.after:
        if dough in covered:
            after += in_work.get(batches[dough].recipe_id, ())
    return replace(batch, after=tuple(dict.fromkeys(after)))

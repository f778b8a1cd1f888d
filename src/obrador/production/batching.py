"""From quantities to batches: waste, whole trays, smallest and largest batches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from math import ceil, floor, inf
from typing import Literal
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Product, Recipe
from obrador.production.demand import Floats
from obrador.production.domain import BatchReason, PlannedBatch, ProductionProblem, Wave
from obrador.production.quantities import Quantities, is_made_to_order
from obrador.production.resources import wall_minute

Rounding = Literal["none", "multiple", "minimum", "maximum"]

MOST_BATCHES = 100
"""Of one recipe and day. More is a mistake in an order, and must not hold up the morning."""
FIRM_WEIGHT = 2.0
"""A customer who waits at the door counts as much as two shelves that fill late."""
_UNLESS_OPEN = 8 * 60
"""When firm orders without a time are ready on a day that the shop is closed."""
TOLERANCE = 1e-6
"""Of quantities that arithmetic should leave equal."""


def product_batches(
    problem: ProductionProblem, quantities: Quantities, largest: Mapping[str, float]
) -> tuple[list[PlannedBatch], dict[UUID, Floats]]:
    """Day 0's batches of all products, and per recipe the (H,) units to make, waste included.

    Args:
        largest: capacity of the largest machine of each kind, in the equipment's unit.

    Returns:
        batches in their recipe's unit, and minutes of day 0.
    """
    units: dict[UUID, Floats] = {}
    batches: list[PlannedBatch] = []
    for row, product in enumerate(problem.catalogue.products):
        if product.recipe_id is None:
            continue
        recipe = problem.catalogue.recipes[product.recipe_id]
        made, rounding = _units_per_day(problem, product, recipe, quantities, row)
        units[recipe.id] = made + units.get(recipe.id, 0.0)
        wanted, total = float(quantities.quantity[row, 0]), float(made[0])
        several = quantities.waves.get(product.id) or (
            Wave(_ready_by(problem, product), wanted, 1),
        )
        drafts = [
            replace(draft, ready_by=ready_by)
            for ready_by, own in _units_per_wave(recipe, several, total)
            for draft in batches_of(recipe, wanted, own, rounding, largest)
        ]
        batches += _with_times(problem, product, _numbered(drafts))
    return batches, units


def rounded_units(
    recipe: Recipe,
    wanted: float,
    least: float = 0.0,
    most: float = inf,
    rounds_up: bool | None = None,
) -> tuple[float, Rounding]:
    """Units to make, waste included, for `wanted` good ones, and what bent them.

    A recipe's multiple is met by the multiple below or above, whichever `rounds_up` says that is
    expected to pay better; unless that is known, by the nearest. But never below `least` good
    units, not above `most` while that can be kept, and never nothing: what nobody sees, nobody
    buys.

    `units = k·multiple`, `k = ⌊wanted / ((1 − waste) · multiple)⌋`, or one more.

    Args:
        wanted, least, most: good units, in the recipe's unit.
    """
    if wanted <= 0:
        return 0.0, "none"
    good, multiple = 1 - recipe.waste_share, recipe.batch_multiple
    exactly = wanted / good / multiple
    below = floor(exactly + TOLERANCE)
    up = exactly - below >= 0.5 if rounds_up is None else rounds_up and exactly > below + TOLERANCE
    count = max(below + up, 1)
    count = max(count, ceil(least / good / multiple - TOLERANCE))
    rounding: Rounding = "none" if multiple <= 1 else "multiple"
    fits = floor(most / good / multiple + TOLERANCE) if most < inf else count
    if count > fits >= max(1, least / good / multiple):
        count, rounding = fits, "maximum"
    smallest = ceil(recipe.batch_min / multiple - TOLERANCE)
    if count < smallest:
        count, rounding = smallest, "minimum"
    exact = abs(count * multiple * good - wanted) < TOLERANCE
    return count * multiple, "none" if exact else rounding


def batch_sizes(recipe: Recipe, units: float, largest: Mapping[str, float]) -> list[float]:
    """The units in batches as equal as multiples allow, none larger than the recipe or the largest
    machine takes; undivided if not even one multiple fits.

    Of n multiples, ⌈n / ⌊limit / multiple⌋⌉ batches, where the limit in units is the least of
    `batch_max` and, over the steps, capacity / `capacity_per_unit`.

    Args:
        units: to make, waste included, a number of multiples.
        largest: capacity (trays, kg) of the largest machine of each kind.
    """
    limit = inf if recipe.batch_max is None else recipe.batch_max
    for step in recipe.steps:
        capacity = largest.get(step.equipment_kind or "")
        if capacity is not None and step.capacity_per_unit > 0:
            limit = min(limit, round(capacity / step.capacity_per_unit, 3))
    multiples = floor(units / recipe.batch_multiple + 0.5)
    if limit == inf or limit < recipe.batch_multiple:
        return [units] if units > 0 else []
    count = ceil(multiples / floor(limit / recipe.batch_multiple + TOLERANCE))
    shares = [multiples * number // max(count, 1) for number in range(count, -1, -1)]
    sizes = [(upper - lower) * recipe.batch_multiple for upper, lower in pairwise(shares)]
    if count > MOST_BATCHES:
        return [*sizes[:MOST_BATCHES], sum(sizes[MOST_BATCHES:])]
    return sizes


def _units_per_day(
    problem: ProductionProblem, product: Product, recipe: Recipe, quantities: Quantities, row: int
) -> tuple[Floats, Rounding]:
    """(H,) units to make, and what bent those of day 0."""
    wanted, firm = quantities.quantity[row].tolist(), quantities.firm[row].tolist()
    if is_made_to_order(problem, product):
        return quantities.quantity[row] / (1 - recipe.waste_share), "none"
    most = inf if product.daily_max is None else product.daily_max
    rounds_up = bool(quantities.rounds_up[row])
    today, rounding = rounded_units(
        recipe, wanted[0], float(quantities.least[row]), most, rounds_up
    )
    later = [rounded_units(recipe, *day, most)[0] for day in zip(wanted[1:], firm[1:], strict=True)]
    return np.array([today, *later]), rounding


def _units_per_wave(
    recipe: Recipe, several: Sequence[Wave], units: float
) -> list[tuple[int, float]]:
    """When each wave is ready, and its units, in whole multiples. Earlier waves are rounded up,
    since the day sells what they leave, and raised to the smallest batch."""
    wanted = sum(wave.quantity for wave in several)
    if len(several) == 1 or wanted <= 0:
        return [(several[0].ready_by, units)]
    multiple, baked = recipe.batch_multiple, 0.0
    smallest = max(ceil(recipe.batch_min / multiple - TOLERANCE), 1) * multiple
    made: list[tuple[int, float]] = []
    for wave, total in zip(several, accumulate(w.quantity for w in several), strict=True):
        until = ceil(units * total / wanted / multiple - TOLERANCE) * multiple
        if until < baked + TOLERANCE:
            continue
        until = max(until, baked + smallest)
        until = until if units - until >= smallest - TOLERANCE else units
        made.append((wave.ready_by, until - baked))
        baked = until
    return [(ready_by, own) for ready_by, own in made if own > TOLERANCE]


def _numbered(drafts: Sequence[PlannedBatch]) -> list[PlannedBatch]:
    """All batches of a product, numbered over its waves."""
    return [
        replace(draft, reason=replace(draft.reason, batch_number=number, batch_count=len(drafts)))
        for number, draft in enumerate(drafts, start=1)
    ]


def batches_of(
    recipe: Recipe, wanted: float, units: float, rounding: Rounding, largest: Mapping[str, float]
) -> list[PlannedBatch]:
    """Batches of a recipe, without their times yet; none of what is made to order."""
    sizes = batch_sizes(recipe, units, largest) if recipe.steps else []
    return [
        PlannedBatch(
            recipe_id=recipe.id,
            product_id=None,
            good_units=round(size * (1 - recipe.waste_share), 3),
            units=size,
            ready_by=0,
            weight=0.0,
            reason=BatchReason(
                wanted=round(wanted, 3),
                waste_units=round(size * recipe.waste_share, 3),
                rounding=rounding,
                batch_number=number,
                batch_count=len(sizes),
            ),
        )
        for number, size in enumerate(sizes, start=1)
    ]


def _with_times(
    problem: ProductionProblem, product: Product, drafts: Iterable[PlannedBatch]
) -> Iterator[PlannedBatch]:
    """The product's batches, the first ones for its earliest orders: ready by their wave's time, or
    by that of a firm order that the batch serves and that is due before the first wave."""
    orders = _early_orders(problem, product)
    begun = 0.0
    for draft in drafts:
        due = next((due for due, served in orders if served > begun + TOLERANCE), None)
        begun += draft.good_units
        yield replace(
            draft,
            product_id=product.id,
            ready_by=draft.ready_by if due is None else due,
            weight=1.0 if due is None else FIRM_WEIGHT,
        )


def _ready_by(problem: ProductionProblem, product: Product) -> int:
    bakery, day = problem.bakery, problem.forecast.first_day
    if product.ready_by is None:
        return opening(problem)
    return wall_minute(product.ready_by, 0, bakery.time_zone, day)


def _early_orders(problem: ProductionProblem, product: Product) -> list[tuple[int, float]]:
    """Firm orders due before the product is ready anyway: minute, and units ordered until then."""
    day, zone = problem.forecast.first_day, problem.bakery.time_zone
    usual = _ready_by(problem, product)
    early = sorted(
        (due, order.quantity)
        for order in problem.firm_orders
        if order.product_id == product.id and order.due_date == day and order.due_time is not None
        if (due := wall_minute(order.due_time, 0, zone, day)) < usual
    )
    served = accumulate(quantity for _, quantity in early)
    return [(due, units) for (due, _), units in zip(early, served, strict=True)]


def opening(problem: ProductionProblem) -> int:
    """When the shop opens on day 0, or would."""
    bakery, day = problem.bakery, problem.forecast.first_day
    hours = bakery.opening_hours[day.weekday()]
    return _UNLESS_OPEN if hours is None else wall_minute(hours.opens, 0, bakery.time_zone, day)

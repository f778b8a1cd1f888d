"""What baking takes of each ingredient and day: the bill of material, exploded over time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from obrador.catalogue.domain import Recipe, making_order, use_per_unit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Requirement:
    """Of one ingredient, in base units."""

    mean: Floats
    """(T,)"""
    variance: Floats
    """(T,) from the forecast error of the products that it goes into."""


def requirements(
    recipes: Mapping[UUID, Recipe],
    units: Mapping[UUID, Sequence[float]],
    sd: Mapping[UUID, Sequence[float]],
    days: int,
) -> dict[UUID, Requirement]:
    """Requirement of every ingredient in the recipes that are made, over `days` (T) days.

    Within a product deviations add up, whatever way an ingredient takes into it; products deviate
    independently, so that variances add: mean = Σ_products factor × units, Var = Σ_products
    (factor × sd)², with the base units of the ingredient in a unit made as the factor.

    Args:
        units: by recipe, (H,) units to make a day. Days after H repeat the means of their weekday.
        sd: by recipe, (H,) standard deviation of that.

    Raises:
        Invalid: a recipe contains itself.
    """
    mean: dict[UUID, Floats] = defaultdict(lambda: np.zeros(days))
    variance: dict[UUID, Floats] = defaultdict(lambda: np.zeros(days))
    for recipe_id, daily in units.items():
        made = np.array([daily, sd[recipe_id]], dtype=np.float64)
        for ingredient_id, needed in _explode(recipes, recipe_id, made, days).items():
            mean[ingredient_id] += needed[0]
            variance[ingredient_id] += needed[1] ** 2
    return {item: Requirement(mean[item], variance[item]) for item in mean}


def _explode(
    recipes: Mapping[UUID, Recipe], recipe_id: UUID, made: Floats, days: int
) -> dict[UUID, Floats]:
    """(R, T) of each ingredient for (R, H) made of a recipe. What goes into a dough is needed the
    dough's lead days earlier; what would have been before day 0 is used up by now."""
    order = making_order(recipes, [recipe_id])
    lead = sum(recipes[dough_id].lead_days for dough_id in order)
    needed: dict[UUID, Floats] = defaultdict(lambda: np.zeros((len(made), days + lead)))
    needed[recipe_id] = _prolonged(made, days + lead)
    for dough_id in reversed(order):
        dough, units = recipes[dough_id], needed.pop(dough_id)
        if dough_id != recipe_id:
            units = _earlier(units, dough.lead_days)
        for component in dough.components:
            needed[component.item_id] += units * use_per_unit(recipes, dough, component)
    return {item: values[:, :days] for item, values in needed.items()}


def _earlier(values: Floats, days: int) -> Floats:
    if not days:
        return values
    return np.pad(values[:, days:], ((0, 0), (0, days)))


def _prolonged(values: Floats, days: int) -> Floats:
    """(R, H) to (R, days): cut, or followed by means of the same weekdays."""
    known = values.shape[1]
    if known >= days:
        return values[:, :days]
    more = [
        values[:, day % 7 :: 7].mean(axis=1) if day % 7 < known else values.mean(axis=1)
        for day in range(known, days)
    ]
    return np.column_stack([values, *more])

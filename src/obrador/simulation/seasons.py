"""Some weeks of buying before they happen: what is known of them, and what will come of it.

Pure; axes of arrays: T days, N ingredients, S suppliers. Quantities in base units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from obrador.procurement.domain import PurchaseProblem
from obrador.procurement.requirements import requirements

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Season:
    """What is known of some days, and what will happen."""

    problem: PurchaseProblem
    """Of the first morning. Its units and their deviations go on for the horizon after day T."""
    units: Mapping[UUID, Floats]
    """By recipe, what is really made on these days."""
    use: Floats
    """(T, N) what that takes, ingredients as in the problem."""
    delay: Ints
    """(S, T + horizon) days that a delivery due on a day comes late, suppliers as in the problem.
    """

    def foreseen(self) -> "Season":
        """The same days, of which everything is known, and on which suppliers are on time."""
        punctual = [replace(each, lead_time_sd_days=0.0) for each in self.problem.suppliers]
        known = replace(
            self.problem,
            recipe_units={recipe: units.tolist() for recipe, units in self.units.items()},
            recipe_sd={recipe: [0.0] * len(units) for recipe, units in self.units.items()},
            suppliers=punctual,
        )
        return replace(self, problem=known, delay=np.zeros_like(self.delay))


def draw(problem: PurchaseProblem, days: int, rng: np.random.Generator) -> Season:
    """Days that deviate as planning assumes, without bias.

    What is made of a recipe is gamma distributed with the mean and standard deviation of the
    forecast; days and recipes are independent. A delivery is late by the supplier's deviation
    times a standard normal number, in whole days, and never early.

    Args:
        problem: see `Season.problem`.
        days: T.

    Raises:
        Invalid: a recipe contains itself.
    """
    chances = rng.spawn(len(problem.recipe_units))  # a longer horizon leaves the days as they are
    units = {
        recipe: _deviating(np.array(mean), np.array(problem.recipe_sd[recipe]), chance)
        for chance, (recipe, mean) in zip(chances, problem.recipe_units.items(), strict=True)
    }
    made = {recipe: each.tolist() for recipe, each in units.items()}
    taken = requirements(problem.recipes, made, made, days)
    use = np.zeros((days, len(problem.ingredients)))
    for column, ingredient in enumerate(problem.ingredients):
        if ingredient.id in taken:
            use[:, column] = taken[ingredient.id].mean
    deviation = np.array([supplier.lead_time_sd_days for supplier in problem.suppliers])
    shape = (days + problem.bakery.policy.horizon_days, len(deviation))
    late = np.rint(deviation * rng.standard_normal(shape)).T
    return Season(problem, units, use, np.maximum(late, 0).astype(np.int64))


def _deviating(mean: Floats, sd: Floats, rng: np.random.Generator) -> Floats:
    varies = (mean > 0) & (sd > 0)
    shape = np.where(varies, (mean / np.where(varies, sd, 1.0)) ** 2, 1.0)
    drawn: Floats = np.where(varies, rng.gamma(shape) * mean / shape, mean)
    return drawn

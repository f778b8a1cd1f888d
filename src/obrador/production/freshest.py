"""What a unit more risks where customers take the freshest first.

Axes of arrays: P products, Q quantile levels, K steps of a grid of units, L days that are left.
"""

import numpy as np
from numpy.typing import NDArray

from obrador.production.demand import Floats, chance_of_at_most, highest

_STEPS = 17
_ROUNDS = 3
"""Of repetition; more bring nothing."""


class FreshestRisk:
    """Probability that a unit that is carried into tomorrow costs what throwing away costs.

    A unit more today is a unit less tomorrow, so the two are compared. The older one is worse only
    where tomorrow's customers find enough of what is fresh, D ≤ q(u), and then by its own risk on
    the days that are left to it, less the same risk of the fresh one, which is carried in turn.
    With u units carried, ℓ_k of one that keeps for k days more (ℓ₀ = 1), and m days of life,

        ℓ_k(u) = E[1{D ≤ q(u)} · (ℓ_{k−1}(q(u) − D) − ℓ_{m−1}(q(u) − D))] + idle(u)

    where q(u) is what tomorrow then bakes, by the marginal rule with the same risks, and idle(u) is
    the loss of the first unit of a bake that does not pay, so that there is nothing to make less
    of. Found by repetition on a grid. For m = 2 this is the optimum's own condition (the marginal
    values of the dynamic programme); for m > 2 it takes older stock as gone after tomorrow.
    """

    def __init__(
        self, day: Floats, keeps: NDArray[np.int64], gain: Floats, waste: Floats, holding: Floats
    ) -> None:
        """Of products whose demand (P, Q) is alike every day, with (P,) days of life, 2 or more,
        and (P,) stakes, see `marginal.Stakes`."""
        self._rows, self._keeps = np.arange(len(day)), keeps
        self._step = np.maximum(highest(day), 1e-6) / (_STEPS - 1)
        self._chances = _toeplitz(day, self._step)
        ratio = gain / np.maximum(gain + waste + holding, 1e-9)
        self._risk = np.ones((int(keeps.max(initial=2)), len(day), _STEPS))
        self._risk[1:] = ratio[:, None] / 2
        self._repeat(day, gain[:, None, None], waste[:, None, None], holding[:, None, None])

    def of_fresh(self, quantity: Floats) -> Floats:
        """(P, K) expected risk of what a bake of so many units leaves."""
        return _at(self._left(self._risk[self._keeps - 1, self._rows]), quantity / self._step)

    def of_older(self, left: NDArray[np.int64], units: Floats) -> Floats:
        """(P, 1) risk of a unit that keeps for (P,) days more, among (P, 1) units carried."""
        return _at(self._risk[left, self._rows], units / self._step)

    def _repeat(self, day: Floats, gain: Floats, waste: Floats, holding: Floats) -> None:
        below = chance_of_at_most(day, np.arange(2 * _STEPS - 1) * self._step)
        total = below[:, np.add.outer(np.arange(_STEPS), np.arange(_STEPS))]
        in_older = total - below[:, None, :_STEPS]
        kept = gain * (1 - total) - holding * total
        for _ in range(_ROUNDS):
            fresh = self._left(self._risk[self._keeps - 1, self._rows])
            displaced = self._risk[self._keeps - 2, self._rows]
            margin = kept - waste * (in_older * displaced[:, :, None] + fresh[:, None, :])
            idle = np.maximum(-margin[:, :, 0], 0) / np.maximum(waste[:, 0], 1e-9)
            baked = _falls_through_0(margin)
            found = [
                _at(self._left(risk), baked) - _at(fresh, baked) + idle for risk in self._risk[:-1]
            ]
            self._risk[1:] = (self._risk[1:] + np.clip(found, 0, 1)) / 2

    def _left(self, risk: Floats) -> Floats:
        """(P, K) Σ over demand of the risk (P, K) of what each size of a bake leaves."""
        expected: Floats = np.matmul(self._chances, risk[:, :, None])[:, :, 0]
        return expected


def _toeplitz(day: Floats, step: Floats) -> Floats:
    """(P, K, K) probability that of i steps baked, demand leaves j."""
    edges = (np.arange(_STEPS) + 0.5) * step
    cells = np.diff(chance_of_at_most(day, edges), axis=1, prepend=0.0)
    sold = np.subtract.outer(np.arange(_STEPS), np.arange(_STEPS))
    chances: Floats = np.where(sold >= 0, cells[:, np.maximum(sold, 0)], 0.0)
    return chances


def _falls_through_0(margin: Floats) -> Floats:
    """(P, K) places on the last axis of (P, K, K)."""
    flat = margin.reshape(-1, margin.shape[-1])
    count = np.minimum(np.maximum((flat > 0).sum(axis=1), 1), flat.shape[1] - 1)
    rows = np.arange(len(flat))
    last, after = flat[rows, count - 1], flat[rows, count]
    share = np.minimum(np.maximum(last / np.maximum(last - after, 1e-12), 0), 1)
    places: Floats = (count - 1 + share).reshape(margin.shape[:-1])
    return places


def _at(values: Floats, places: Floats) -> Floats:
    """Values (P, K) at fractional places (P, ...) of their grid."""
    places = np.minimum(np.maximum(places, 0), values.shape[1] - 1)
    left = np.minimum(places.astype(np.int64), values.shape[1] - 2)
    rows = np.arange(len(values))[:, None]
    low, high = values[rows, left], values[rows, left + 1]
    between: Floats = low + (places - left) * (high - low)
    return between

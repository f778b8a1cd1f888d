"""The marginal rule: how much to bake on top of left-over of several ages.

Axes of arrays: P products, M days that what is baked keeps (the longest of any product), Q quantile
levels, N scenarios of demand, K quantities to try.
"""

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from obrador.production.demand import (
    DAY_CORRELATION,
    MAX_RATIO,
    Floats,
    chance_of_at_most,
    highest,
    newsvendor,
    weights_at,
)
from obrador.production.freshest import FreshestRisk

_SCENARIOS = 128
_TRIED = np.linspace(0, 1, 33)
"""Shares of what there is room for that are tried as quantity."""
_PARTS = 4
"""Of the gap between two quantities that are compared."""


@dataclass(frozen=True)
class Stakes:
    """What a unit more wins or loses, (P,) each, in money or in shares of it."""

    gain: Floats
    """Of a sale that is not lost: price + goodwill − cost."""
    waste: Floats
    """Of a unit that is thrown away: cost + disposal − salvage; never below 0."""
    holding: Floats
    """Of a unit that is left in the evening."""

    @property
    def ratio(self) -> Floats:
        """(P,) critical ratio of what keeps for one day: gain / (gain + waste + holding)."""
        all_of_it = self.gain + self.waste + self.holding
        return np.minimum(self.gain / np.maximum(all_of_it, 1e-12), MAX_RATIO)

    def of(self, rows: NDArray[np.int64]) -> "Stakes":
        """Those of some products."""
        return Stakes(self.gain[rows], self.waste[rows], self.holding[rows])


@dataclass(frozen=True)
class Shelf:
    """What a day begins with and what may come, for products that all keep for some days."""

    days: Floats
    """(P, M, Q) quantiles of demand, the day that is planned and those after it."""
    stock: Floats
    """(P, M) left-over by the days it keeps: column k until the end of day k."""
    keeps: NDArray[np.int64]
    """(P,) days that a fresh unit can be sold on; at least 1, at most M."""
    freshest_first: NDArray[np.bool_]
    """(P,) customers take the freshest; otherwise the oldest is sold first."""

    def of(self, rows: NDArray[np.int64]) -> "Shelf":
        """Some products."""
        own = self.keeps[rows]
        most = int(own.max(initial=1))
        return Shelf(
            self.days[rows, :most], self.stock[rows, :most], own, self.freshest_first[rows]
        )


class Margin:
    """What the next unit brings, given what is on the shelf already."""

    def __init__(self, shelf: Shelf, stakes: Stakes, correlation: float = DAY_CORRELATION) -> None:
        self._shelf, self._stakes = shelf, stakes
        self._stock = shelf.stock.sum(axis=1, keepdims=True)
        keeps = shelf.keeps > 1
        self._oldest = np.flatnonzero(keeps & ~shelf.freshest_first)
        self._freshest = np.flatnonzero(keeps & shelf.freshest_first)
        if self._oldest.size:
            self._reached, self._weight = _scenarios(shelf.of(self._oldest), correlation)
        if self._freshest.size:
            own, stake = shelf.of(self._freshest), stakes.of(self._freshest)
            self._risk = FreshestRisk(
                own.days[:, 0], own.keeps, stake.gain, stake.waste, stake.holding
            )

    def of(self, quantity: Floats) -> Floats:
        """(P, K) expected profit of a unit more than `quantity` (P, K):

        `(p + g − c)·P(D₁ > x + q) − (c + w)·G(q) − h·P(D₁ ≤ x + q)`, with price p, goodwill g, unit
        cost c, cost w of throwing away less salvage, holding h, stock x, demand D₁ of the day, and
        G the probability that the unit is thrown away without sparing another one. For what keeps
        for one day, G = P(D₁ ≤ x + q): the newsvendor.
        """
        left, wasted = self._chances(quantity)
        stakes = self._stakes
        margin: Floats = (
            stakes.gain[:, None] * (1 - left)
            - stakes.waste[:, None] * wasted
            - stakes.holding[:, None] * left
        )
        return margin

    def best(self) -> Floats:
        """(P,) quantity from which on a unit more does not pay; 0 where none does. Never more
        than brings the shelf to the `MAX_RATIO` quantile of the day."""
        today = newsvendor(self._shelf.days[:, 0], self._stakes.ratio)
        best: Floats = np.maximum(today - self._stock[:, 0], 0)
        longer = self._shelf.keeps > 1
        if longer.any():
            best[longer] = self._best_tried()[longer]
        return best

    def between(self, low: Floats, high: Floats) -> Floats:
        """(P,) expected profit of `high` units compared with `low`, (P,) each."""
        step = (high - low)[:, None] / _PARTS
        middles = low[:, None] + step * (np.arange(_PARTS) + 0.5)
        profit: Floats = (self.of(middles) * step).sum(axis=1)
        return profit

    def waste_chance(self, quantity: Floats) -> Floats:
        """(P,) G of the last of `quantity` (P,) units."""
        return self._chances(quantity[:, None])[1][:, 0]

    def _best_tried(self) -> Floats:
        """(P,) the quantity of the highest profit on a grid, and where the margin falls through 0
        beside it: freshest first, it may do so more than once."""
        tried = np.maximum(highest(self._shelf.days[:, 0]) - self._stock, 0) * _TRIED
        margin = self.of(tried)
        pairs = np.cumsum(margin[:, 1:] + margin[:, :-1], axis=1)
        top = np.concatenate([np.zeros((len(pairs), 1)), pairs], axis=1).argmax(axis=1)
        return _crossing(tried, margin, top)

    def _chances(self, quantity: Floats) -> tuple[Floats, Floats]:
        """(P, K) each: P(D₁ ≤ x + q), and G."""
        left = chance_of_at_most(self._shelf.days[:, 0], quantity + self._stock)
        wasted = left.copy()
        if self._oldest.size:
            wasted[self._oldest] = self._oldest_first(quantity[self._oldest])
        if self._freshest.size:
            wasted[self._freshest] = self._freshest_first(quantity[self._freshest])
        return left, wasted

    def _oldest_first(self, quantity: Floats) -> Floats:
        """(P, K) G, oldest sold first: the unit outdates when all older ones and it outlast demand,
        B_m ≤ q, where demand that older stock does not serve is B_j = (B_{j−1} + D_j − x_j)⁺, with
        x_j the stock that keeps for j days, and B_m is not bounded (Nahmias 1975). Each scenario
        counts with the weight of `_scenarios`."""
        outlasts = self._reached[:, None, :] <= quantity[:, :, None]
        chance: Floats = np.matmul(outlasts, self._weight[:, :, None])[:, :, 0] / _SCENARIOS
        return chance

    def _freshest_first(self, quantity: Floats) -> Floats:
        """(P, K) G, freshest sold first. Demand reaches down to some unit, counted from the
        freshest: one more on top leaves one more there, fresh or older, with the risk that
        `FreshestRisk` tells."""
        shelf = self._shelf.of(self._freshest)
        rows = np.arange(len(shelf.keeps))
        depth = quantity + shelf.stock[rows, shelf.keeps - 1, None]
        chance = self._risk.of_fresh(quantity)
        above = chance_of_at_most(shelf.days[:, 0], depth)
        for left in range(shelf.stock.shape[1] - 2, -1, -1):
            older = np.where(shelf.keeps > left + 1, shelf.stock[:, left], 0.0)[:, None]
            if older.any():
                depth = depth + older
                below = chance_of_at_most(shelf.days[:, 0], depth)
                carried = shelf.stock[:, : left + 1].sum(axis=1, keepdims=True)
                days = np.minimum(left, shelf.keeps - 1)
                chance = chance + (below - above) * self._risk.of_older(days, carried)
                above = below
        return chance


def _scenarios(shelf: Shelf, correlation: float) -> tuple[Floats, Floats]:
    """Oldest first, (P, N) each: B_m of `Margin._oldest_first`, and what outdating then counts.

    A unit more today is a unit less tomorrow. If it outdates after m days, nothing of tomorrow's
    bake has been sold by then, and the unit that was spared would outdate a day later unless the
    demand of that day exceeds the bake, which replaced what left the shelf today: with probability
    γ = P(D ≤ D₁ + (x₁ − D₁)⁺), where D is taken to be like day m's. So outdating loses only
    1 − γ + γ² − … = 1 / (1 + γ) of a unit. Without this weight the rule bakes too little of what
    sells slowly.
    """
    days = shelf.days.shape[1]
    weights = _scenario_weights(days, correlation)
    demand = np.maximum(shelf.days[:, 0] @ weights[0], 0)
    reached = demand - shelf.stock[:, 0, None]
    baked = np.maximum(demand, shelf.stock[:, 0, None])
    for day in range(1, days):
        demand = np.maximum(shelf.days[:, day] @ weights[day], 0)
        outlast = np.maximum(reached, 0) + demand - shelf.stock[:, day, None]
        reached = np.where((shelf.keeps > day)[:, None], outlast, reached)
    again = chance_of_at_most(shelf.days[np.arange(len(shelf.keeps)), shelf.keeps - 1], baked)
    return reached, 1 / (1 + again)


def _crossing(tried: Floats, margin: Floats, top: NDArray[np.int64]) -> Floats:
    """(P,) where the margin falls through 0, close to the best quantity of the grid."""
    rows = np.arange(len(tried))
    at = margin[rows, top]
    other = np.clip(np.where(at > 0, top + 1, top - 1), 0, tried.shape[1] - 1)
    beside = margin[rows, other]
    share = np.where(at * beside < 0, at / np.where(at == beside, 1, at - beside), 0.0)
    found: Floats = tried[rows, top] + share * (tried[rows, other] - tried[rows, top])
    return found


@cache
def _scenario_weights(days: int, correlation: float) -> tuple[Floats, ...]:
    """Of each day, the `weights_at` of its demand in scenarios that fill the cube evenly.

    A lattice of square roots of primes (Richtmyer 1951), the first of its dimensions shared by all
    days: normal scores are `√ρ·z₀ + √(1 − ρ)·z_k`.
    """
    steps = np.sqrt(np.array(_primes(days + 1), dtype=np.float64))
    places = (np.outer(steps, np.arange(1, _SCENARIOS + 1)) + 0.5) % 1
    inverse = NormalDist().inv_cdf
    scores = np.array([[inverse(min(max(u, 1e-4), 1 - 1e-4)) for u in row] for row in places])
    shared = correlation**0.5 * scores[0] + (1 - correlation) ** 0.5 * scores[1:]
    return tuple(weights_at(day) for day in shared)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found

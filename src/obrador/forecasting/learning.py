"""Two learners of quite different kinds, whose mean is better than either. Pure.

Both fit a target by weighted least squares and are drawn to no effect: `penalty` counts like so
many records. Axes: F signals, R records, K trees, U units.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from obrador.forecasting.domain import Floats

Signals = NDArray[np.float32]
"""(F, R); (F, R, 7, P) before days and products are taken for records."""

UNITS = 150
_LINE_PENALTY = 10.0
_UNIT_PENALTY = 500.0
_SPREAD_OF_UNITS = 1.2
_FARTHEST = 4.0
"""Standard deviations beyond which a signal says no more."""

TREES = 200
DEPTH = 5
_CANDIDATES = 6
_LEARNING_RATE = 0.12
_LEAF_PENALTY = 30.0
_COMPARED = 6000
"""Records on which candidates are compared; the best is fitted to all."""


@dataclass(frozen=True)
class Curve:
    """A plane with bends: ridge regression on the signals and on units `max(0, a·x + b)` whose
    directions a and places b are random (Rahimi and Recht, NIPS 2007)."""

    middle: Floats
    """(F,)"""
    scale: Floats
    """(F,) 1 over the standard deviation; 0 for a signal that never changed."""
    weights: Floats
    """(1 + F + U,)"""

    def __call__(self, signals: Signals) -> Floats:
        """(R,)"""
        return np.asarray(_bent(signals, self.middle, self.scale) @ self.weights)


@dataclass(frozen=True)
class Trees:
    """A sum of trees that ask the same question on all branches of a level. Questions are drawn by
    lot, and of some such trees the one that explains most is taken (after Geurts et al., Machine
    Learning 63 (2006), and Friedman, Annals of Statistics 29 (2001))."""

    start: float
    signal: NDArray[np.uint8]
    """(K, DEPTH)"""
    threshold: NDArray[np.float32]
    """(K, DEPTH)"""
    value: NDArray[np.float32]
    """(K, 2 ** DEPTH)"""

    def __call__(self, signals: Signals) -> Floats:
        """(R,)"""
        above = signals[self.signal.ravel()] > self.threshold.reshape(-1, 1)
        answers = above.reshape(*self.signal.shape, signals.shape[1]).view(np.uint8)
        leaf = answers[:, -1]
        for level in reversed(range(DEPTH - 1)):
            leaf = leaf + leaf + answers[:, level]
        place = leaf + np.arange(0, self.value.size, 1 << DEPTH)[:, None]
        return np.asarray(self.start + self.value.ravel()[place].sum(axis=0))


def fit_curve(signals: Signals, target: Floats, weight: Floats, penalty: float) -> Curve:
    """Solve `(ZᵀWZ + penalty·Λ) w = ZᵀWt`, where Z are a constant, the signals and the units."""
    middle = signals.mean(axis=1, dtype=np.float64)
    deviation = signals.std(axis=1, dtype=np.float64)
    scale = np.where(deviation > 1e-3, 1 / np.maximum(deviation, 1e-3), 0.0)
    known = _bent(signals, middle, scale)
    weighed = known * weight[:, None].astype(np.float32)
    matrix = (weighed.T @ known).astype(np.float64)
    counts = np.repeat((1e-3, _LINE_PENALTY, _UNIT_PENALTY), (1, len(signals), UNITS))
    matrix[np.diag_indices_from(matrix)] += penalty * counts + 1e-6
    right = weighed.T.astype(np.float64) @ target
    return Curve(middle, scale, np.asarray(np.linalg.solve(matrix, right), dtype=np.float64))


def fit_trees(
    signals: Signals, target: Floats, weight: Floats, penalty: float, rng: np.random.Generator
) -> Trees:
    """Boost: each tree is fitted to what the sum of those before it leaves, and added in part."""
    start = float(weight @ target / weight.sum())
    rest = target - start
    changing = np.flatnonzero(signals.std(axis=1) > 1e-3)
    count = signals.shape[1]
    some = np.sort(rng.permutation(count)[:_COMPARED])
    fewer = np.ascontiguousarray(signals[:, some])
    leaf_penalty = penalty * _LEAF_PENALTY
    few_penalty = leaf_penalty * len(some) / count
    trees = []
    for _ in range(TREES if len(changing) else 0):
        asked = rng.choice(changing, (_CANDIDATES, DEPTH))
        limits = fewer[asked, rng.integers(0, len(some), asked.shape)]
        best = _best(fewer, asked, limits, weight[some], rest[some], few_penalty)
        leaf = _leaves(signals, asked[best], limits[best])
        total = np.bincount(leaf, weight * rest, 1 << DEPTH)
        value = _LEARNING_RATE * total / (np.bincount(leaf, weight, 1 << DEPTH) + leaf_penalty)
        rest = rest - value[leaf]
        trees.append((asked[best], limits[best], value))
    signal, threshold, values = (np.array([tree[part] for tree in trees]) for part in range(3))
    return Trees(
        start,
        signal.astype(np.uint8).reshape(-1, DEPTH),
        threshold.astype(np.float32).reshape(-1, DEPTH),
        values.astype(np.float32).reshape(-1, 1 << DEPTH),
    )


def _best(
    signals: Signals,
    asked: NDArray[np.int64],
    limits: Signals,
    weight: Floats,
    rest: Floats,
    penalty: float,
) -> int:
    """Which tree explains most: the largest `Σ (Σ w·r)² / (Σ w + penalty)` over its leaves."""
    weighed = weight * rest
    gains = []
    for signal, limit in zip(asked, limits, strict=True):
        leaf = _leaves(signals, signal, limit)
        total = np.bincount(leaf, weighed, 1 << DEPTH)
        gains.append((total**2 / (np.bincount(leaf, weight, 1 << DEPTH) + penalty)).sum())
    return int(np.argmax(gains))


def _leaves(signals: Signals, signal: NDArray[np.int64], limit: Signals) -> NDArray[np.int64]:
    """(R,) which leaf of one tree each record falls into."""
    leaf = np.zeros(signals.shape[1], dtype=np.uint8)
    for level in range(DEPTH):
        leaf |= (signals[signal[level]] > limit[level]).view(np.uint8) << np.uint8(level)
    return leaf.astype(np.int64)


def _bent(signals: Signals, middle: Floats, scale: Floats) -> Signals:
    """(R, 1 + F + U) a constant, the signals in standard deviations, and the units."""
    scaled = (signals.T - middle.astype(np.float32)) * scale.astype(np.float32)
    np.clip(scaled, -_FARTHEST, _FARTHEST, out=scaled)
    direction, place = _units(len(signals))
    units = np.maximum(scaled @ direction + place, 0.0)
    ones = np.ones((len(scaled), 1), dtype=np.float32)
    return np.concatenate([ones, scaled, units], axis=1)


@lru_cache(maxsize=4)
def _units(signals: int) -> tuple[Signals, Signals]:
    """(F, U) directions of ±1 over √F and (U,) places: always the same, so they are not stored.

    The stream of raw numbers is the one thing that numpy promises never to change.
    """
    raw = np.random.PCG64(signals).random_raw(signals * UNITS + UNITS)
    signs = (raw[: signals * UNITS] >> np.uint64(63)).astype(np.float32) * 2 - 1
    direction = signs.reshape(signals, UNITS) * np.float32(_SPREAD_OF_UNITS / np.sqrt(signals))
    place = (raw[signals * UNITS :] >> np.uint64(11)).astype(np.float64) / 2**53 * 2.4 - 1.2
    return direction, place.astype(np.float32)

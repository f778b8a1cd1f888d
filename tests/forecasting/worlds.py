"""Generated bakeries whose sales weather and promotions move, or do not."""

from dataclasses import dataclass, replace

import numpy as np

from obrador.forecasting.domain import Covariate, DemandHistory, Floats
from tests.forecasting.bakeries import history

DAYS, HORIZON, PRODUCTS = 400, 7, 6
_WEEKDAYS = np.array([0.8, 0.9, 0.9, 1.0, 1.1, 1.4, 1.1])


@dataclass(frozen=True)
class World:
    """A bakery, and what it would sell on an average such day to come."""

    history: DemandHistory
    expected: Floats
    """(P, H)"""

    @property
    def without(self) -> DemandHistory:
        """What is known to who knows nothing of drivers."""
        return replace(self.history, covariates=())


def world(seed: int, *, warmth: float = 0.0, rain: float = 0.0, promotion: float = 0.0) -> World:
    """400 days, at the end of which it rains, is warm, and products are promoted, each now and
    then. Effects: of a degree more than the season has, of log(1 + mm) of rain, of a promotion, on
    the logarithm of demand."""
    rng, count = np.random.default_rng(seed), DAYS + HORIZON
    season = 18 + 10 * np.sin(2 * np.pi * np.arange(count) / 365)
    departure, mood = _drifting(rng, count, 0.7, 3.0), _drifting(rng, count, 0.5, 0.05)
    wet = np.log1p(np.where(rng.random(count) < 0.3, rng.gamma(1, 6, count), 0.0))
    promoted = np.zeros((PRODUCTS, count))
    for own in promoted:
        for month in range(0, count, 50):
            start = month + int(rng.integers(0, 40))
            own[start : start + int(rng.integers(3, 9))] = 1.0
    size = 30 * np.exp(rng.normal(0, 0.6, (PRODUCTS, 1)))
    moved = np.exp(warmth * departure + rain * wet + promotion * promoted + mood)
    expected = size * _WEEKDAYS[np.arange(count) % 7] * moved
    sold = rng.poisson(expected).astype(float)
    covariates = (
        Covariate("temperature", "weather", (season + departure)[None]),
        Covariate("rain", "weather", wet[None]),
        Covariate("promotion", "promotion", promoted),
    )
    known = replace(history(sold[:, :DAYS], HORIZON), covariates=covariates)
    return World(known, expected[:, DAYS:])


def _drifting(rng: np.random.Generator, count: int, memory: float, step: float) -> Floats:
    values = np.zeros(count)
    for day in range(1, count):
        values[day] = memory * values[day - 1] + rng.normal(0, step)
    return values

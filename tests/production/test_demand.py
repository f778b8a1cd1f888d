"""The level of stock that pays: against the textbook, and against exact optima."""

from math import exp, lgamma, log
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.forecasting.domain import QUANTILE_LEVELS
from obrador.production.demand import Floats, order_up_to, spread, sum_of_days

RATIO = 0.70 / (0.70 + 0.18)


def normal(mean: float, sd: float) -> Floats:
    return np.array([NormalDist(mean, sd).inv_cdf(level) for level in QUANTILE_LEVELS])


def negative_binomial(mean: float, dispersion: float) -> Floats:
    """Probabilities of 0, 1, ... with variance mean · dispersion; Poisson where that is 1."""
    counts = np.arange(int(mean + 12 * (mean * dispersion) ** 0.5) + 2)
    if dispersion == 1:
        logs = [k * log(mean) - mean - lgamma(k + 1) for k in counts]
    else:
        r, p = mean / (dispersion - 1), 1 / dispersion
        logs = [
            lgamma(k + r) - lgamma(r) - lgamma(k + 1) + r * log(p) + k * log(1 - p) for k in counts
        ]
    chances = np.array([exp(value) for value in logs])
    scaled: Floats = chances / chances.sum()
    return scaled


def quantiles_of(chances: Floats) -> Floats:
    return np.searchsorted(np.cumsum(chances), QUANTILE_LEVELS).astype(float)


def level_of(
    quantiles: Floats, mean: float, ratio: float, days: int = 1, correlation: float = 0.0
) -> float:
    """The order-up-to level where every day is like the first."""
    horizon = 7
    means, days_quantiles = np.full((1, horizon), mean), np.tile(quantiles, (1, horizon, 1))
    cover, _ = sum_of_days(means, days_quantiles, np.array([days]), correlation)
    return float(order_up_to(quantiles, cover[0, 0], np.array(ratio)))


def test_newsvendor_of_normal_demand_is_the_textbook_one() -> None:
    level = level_of(normal(50, 8), 50, RATIO)

    score = NormalDist().inv_cdf(RATIO)
    demand = 50 + 8 * np.linspace(-8, 8, 160_001)
    density = np.exp(-(((demand - 50) / 8) ** 2) / 2) / np.sqrt(2 * np.pi) / 8
    cost = 0.18 * np.maximum(level - demand, 0) + 0.70 * np.maximum(demand - level, 0)
    assert level == pytest.approx(56.6040, abs=5e-5)
    assert level == pytest.approx(50 + 8 * score, abs=5e-5)
    assert float(np.trapezoid(cost * density, demand)) == pytest.approx(1.99761, abs=5e-6)


def test_newsvendor_of_poisson_demand_is_the_textbook_one() -> None:
    level = level_of(quantiles_of(negative_binomial(50, 1)), 50, RATIO)

    assert np.floor(level + 0.5) == 56


def average_profit(orders: list[int], chances: Floats, price: float, cost: float) -> float:
    """Of a day in the long run: shelf life 2, oldest sold first, `orders[x]` baked on top of x."""
    states = len(orders)
    demand = np.arange(len(chances))
    moves, profit = np.zeros((states, states)), np.zeros(states)
    for old, baked in enumerate(orders):
        left = np.minimum(np.maximum(old + baked - demand, 0), baked)
        np.add.at(moves[old], left, chances)
        profit[old] = price * chances @ np.minimum(demand, old + baked) - cost * baked
    balance = np.vstack([moves.T - np.eye(states), np.ones(states)])
    share = np.linalg.lstsq(balance, np.append(np.zeros(states), 1.0), rcond=None)[0]
    return float(share @ profit)


def best_orders(chances: Floats, price: float, cost: float) -> list[int]:
    """The optimum by policy iteration on the exact dynamic programme (no salvage value)."""
    most = 2 * len(chances) // 3
    demand = np.arange(len(chances))
    old, baked = np.arange(most + 1)[:, None, None], np.arange(most + 1)[None, :, None]
    left = np.minimum(np.maximum(old + baked - demand, 0), baked)
    profit = price * (np.minimum(demand, old + baked) @ chances) - cost * baked[..., 0]
    worth = np.zeros(most + 1)
    for _ in range(200):
        worth = (profit + worth[left] @ chances).max(axis=1)
        worth -= worth[0]
    return [int(order) for order in (profit + worth[left] @ chances).argmax(axis=1)]


@pytest.mark.parametrize(
    ("mean", "dispersion", "margin"),
    [(8, 1, 0.8), (14, 1, 0.5), (14, 4, 0.6), (20, 1, 0.9), (20, 4, 0.75), (30, 2, 0.4)],
)
def test_marginal_rule_for_two_days_is_near_the_dynamic_programme(
    mean: float, dispersion: float, margin: float
) -> None:
    chances = negative_binomial(mean, dispersion)
    best = best_orders(chances, 1.0, 1 - margin)
    level = level_of(quantiles_of(chances), mean, margin, days=2)
    rule = [max(int(np.floor(level + 0.5)) - old, 0) for old in range(len(best))]

    optimum = average_profit(best, chances, 1.0, 1 - margin)
    assert average_profit(rule, chances, 1.0, 1 - margin) >= 0.995 * optimum


@given(
    mean=st.floats(1, 500),
    spread_share=st.floats(0.02, 0.6),
    ratio=st.floats(0.05, 0.95),
    days=st.integers(1, 6),
)
@settings(max_examples=50)
def test_more_shelf_life_and_more_margin_never_lower_the_level(
    mean: float, spread_share: float, ratio: float, days: int
) -> None:
    quantiles = np.maximum(normal(mean, mean * spread_share), 0)

    level = level_of(quantiles, mean, ratio, days)

    assert level >= 0
    assert level <= level_of(quantiles, mean, ratio, days + 1) + 1e-6
    assert level <= level_of(quantiles, mean, ratio + 0.04, days) + 1e-6


def test_days_without_demand_add_nothing() -> None:
    mean = np.array([[10.0, 0.0, 10.0]])
    quantiles = np.stack([normal(10, 2), 0 * normal(10, 2), normal(10, 2)])[None]

    cover, days = sum_of_days(mean, quantiles, np.array([2]))

    assert days[0, :2].tolist() == [1, 1]
    assert cover[0, 0] == pytest.approx(quantiles[0, 0])


def test_sum_of_normal_days_is_normal() -> None:
    cover, _ = sum_of_days(np.full((1, 7), 10.0), np.tile(normal(10, 2), (1, 7, 1)), np.array([4]))

    sd = (4 * 4 * 0.8 + 0.2 * 64) ** 0.5
    assert cover[0, 0] == pytest.approx(normal(40, sd))
    assert spread(cover)[0, 0] == pytest.approx(sd)

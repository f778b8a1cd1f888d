"""Demand as quantiles: against the textbook, and where nothing is left over."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.bench_quantities import textbook_normal, textbook_poisson
from obrador.forecasting.domain import QUANTILE_LEVELS
from obrador.production.demand import Floats, newsvendor, order_up_to, spread, sum_of_days

RATIO = 0.70 / (0.70 + 0.18)


def normal(mean: float, sd: float) -> Floats:
    return np.array([NormalDist(mean, sd).inv_cdf(level) for level in QUANTILE_LEVELS])


def level_of(quantiles: Floats, mean: float, ratio: float, days: int = 1) -> float:
    """The order-up-to level where every day is like the first."""
    horizon = 7
    means, days_quantiles = np.full((1, horizon), mean), np.tile(quantiles, (1, horizon, 1))
    cover, _ = sum_of_days(means, days_quantiles, np.array([days]), correlation=0.0)
    return float(order_up_to(quantiles, cover[0, 0], np.array(ratio)))


def test_newsvendor_of_normal_demand_is_the_textbook_one() -> None:
    level, cost = textbook_normal()

    demand = 50 + 8 * np.linspace(-8, 8, 160_001)
    density = np.exp(-(((demand - 50) / 8) ** 2) / 2) / np.sqrt(2 * np.pi) / 8
    costs = 0.18 * np.maximum(level - demand, 0) + 0.70 * np.maximum(demand - level, 0)
    assert level == pytest.approx(56.6040, abs=5e-5)
    assert cost == pytest.approx(1.99761, abs=5e-6)
    assert float(np.trapezoid(costs * density, demand)) == pytest.approx(cost, abs=5e-6)


def test_newsvendor_of_poisson_demand_is_the_textbook_one() -> None:
    assert textbook_poisson() == 56


def test_of_what_keeps_for_a_day_the_marginal_rule_is_the_newsvendor() -> None:
    level = float(newsvendor(normal(50, 8), np.array(RATIO)))

    assert level_of(normal(50, 8), 50, RATIO) == pytest.approx(level, abs=0.05)


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

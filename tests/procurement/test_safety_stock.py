"""Safety stock by the textbook."""

import pytest

from obrador.procurement.safety_stock import safety_stock


def test_the_textbooks_example() -> None:
    found = safety_stock(0.9, demand_mean=2500, demand_sd=500, lead_days=7, lead_sd=7)

    assert found.quantity == pytest.approx(22_491, abs=1)


def test_with_a_certain_lead_time_only_demand_counts() -> None:
    found = safety_stock(0.95, demand_mean=100, demand_sd=20, lead_days=9)

    assert found.quantity == pytest.approx(1.644854 * 20 * 3)


def test_shelf_life_caps_it() -> None:
    found = safety_stock(0.95, demand_mean=100, demand_sd=20, lead_days=9, most=50)

    assert (found.quantity, found.capped_by_shelf_life) == (50, True)


def test_a_service_level_below_one_half_needs_none() -> None:
    assert safety_stock(0.3, demand_mean=100, demand_sd=20, lead_days=9).quantity == 0

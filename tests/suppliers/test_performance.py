"""What deliveries say of a supplier: the examples of the docstrings, and bounds of what follows."""

from dataclasses import replace
from datetime import date, timedelta
from math import sqrt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.suppliers.domain import Supplier
from obrador.suppliers.performance import Delivery, as_measured, performance_of

MILL = Supplier(UUID(int=1), "Mill", lead_time_days=2, delivery_weekdays=(1, 4))
TUESDAY = date(2026, 3, 3)
PUNCTUAL = Delivery(
    ordered_on=TUESDAY - timedelta(days=2),
    due_on=TUESDAY,
    shift_days=0,
    arrived_on=TUESDAY,
    is_ended=True,
    ordered_minor=1_000,
    in_time_minor=1_000,
    accepted_minor=1_000,
    refused_minor=0,
)
LATE = replace(PUNCTUAL, arrived_on=TUESDAY + timedelta(days=1), in_time_minor=0)
NEVER = replace(PUNCTUAL, arrived_on=None, is_ended=False, in_time_minor=0, accepted_minor=0)


def test_one_punctual_and_one_late_delivery() -> None:
    told = performance_of([PUNCTUAL, LATE])

    assert (told.lead_days_mean, told.delay_mean, told.delay_sd) == (2.5, 0.5, 0.5)
    assert (told.reliability, told.fill_rate, told.refused_share) == (0.5, 1, 0)


def test_what_never_comes_counts_against_reliability_only() -> None:
    told = performance_of([PUNCTUAL, NEVER])

    assert (told.deliveries, told.arrived) == (2, 1)
    assert (told.reliability, told.delay_mean, told.fill_rate) == (0.5, 0, 1)


def test_half_refused_and_half_missing() -> None:
    poor = replace(PUNCTUAL, in_time_minor=400, accepted_minor=400, refused_minor=400)

    told = performance_of([poor])

    assert (told.reliability, told.fill_rate, told.refused_share) == (0, 0.4, 0.5)


def test_nothing_is_said_of_nothing() -> None:
    told = performance_of([])

    assert told.lead_days_mean is told.delay_mean is told.reliability is told.fill_rate is None


@pytest.mark.parametrize(
    ("delays", "lead", "deviation"),
    [
        ([3] * 4, 2, 0),
        ([1] * 20, 3, 0),
        ([0, 0, 0, 0, 2], 2, sqrt(0.5 * 0.8)),
        ([-9] * 20, 0, sqrt(0.8 * 49)),
    ],
)
def test_planning_moves_the_lead_time_by_what_was_measured(
    delays: list[int], lead: int, deviation: float
) -> None:
    planned = as_measured(MILL, delays)

    assert planned.lead_time_days == lead
    assert planned.lead_time_sd_days == pytest.approx(deviation)


def test_a_supplier_that_keeps_a_moved_day_looks_no_quicker() -> None:
    assert replace(PUNCTUAL, shift_days=1).delay == 1


@given(st.lists(st.integers(-30, 60), min_size=5, max_size=20), st.integers(0, 30))
def test_the_lead_time_stays_between_what_was_given_and_measured(
    delays: list[int], lead: int
) -> None:
    planned = as_measured(replace(MILL, lead_time_days=lead), delays)
    mean = sum(delays) / len(delays)

    low, high = sorted((lead, lead + mean))
    assert max(0, low) - 0.5 <= planned.lead_time_days <= max(0, high) + 0.5
    assert planned.lead_time_sd_days >= 0

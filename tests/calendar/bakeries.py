"""A bakery whose record says when it is open and what its special days are."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np

from obrador.calendar.proposing import Record, record_of
from obrador.sales.domain import SalesHistory
from obrador.tenants.domain import Bakery
from tests.tenants.test_domain import BAKERY as SPANISH

FIRST, LAST = date(2023, 11, 1), date(2026, 10, 31)
DAYS = (LAST - FIRST).days + 1
BAKERY = replace(SPANISH, closures=(), assumed=("opening_hours", "open_on_holidays"))
"""Madrid; Monday to Saturday, as far as is assumed."""


def history(
    is_open: Callable[[date], bool], special: Collection[date] = (), effect: float = 1.62
) -> SalesHistory:
    """Three years of two products, noisy, stronger towards the weekend."""
    generator = np.random.default_rng(1)
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    level = np.array([[80.0, 30.0][row] for row in range(2)])[:, None]
    shape = np.array([0.8 + 0.1 * day.weekday() for day in days])
    sold = level * shape * generator.lognormal(0, 0.06, DAYS) * np.ones((2, 1))
    sold[:, [day in special for day in days]] *= effect
    sold[:, [not is_open(day) for day in days]] = np.nan
    return SalesHistory((UUID(int=1), UUID(int=2)), FIRST, sold.round(), np.full((2, DAYS), np.nan))


def record(bakery: Bakery, sold: SalesHistory) -> Record:
    found = record_of(bakery, sold)
    assert found is not None
    return found

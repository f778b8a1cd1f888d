"""When a model is to be trained anew."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from obrador.forecasting.accuracy import measure
from obrador.forecasting.domain import PRODUCT_DAY, DayAccuracy
from obrador.forecasting.retraining import decide, train_or_not
from obrador.tenants.domain import Policy

FIRST = date(2026, 2, 9)


def days(*mape: float | None) -> list[DayAccuracy]:
    """Days in a row with these errors."""
    records = np.ones(1, PRODUCT_DAY)
    figures = measure(records, np.array([True]))
    return [
        DayAccuracy(FIRST + timedelta(days=ahead), replace(figures, mape=value))
        for ahead, value in enumerate(mape)
    ]


@pytest.mark.parametrize(
    ("mape", "reason"),
    [
        ([20.0] * 30, "good_enough"),
        ([31.0] * 30, "inaccurate"),
        ([15.0] * 23 + [21.0] * 7, "drifting"),
        ([15.0] * 23 + [19.0] * 7, "good_enough"),
        ([40.0] * 6, "too_few_days"),
        ([None] * 30, "too_few_days"),
        ([21.0] * 7, "good_enough"),
        ([], "too_few_days"),
    ],
)
def test_decisions(mape: list[float | None], reason: str) -> None:
    decision = decide(days(*mape))

    assert decision.reason == reason
    assert decision.is_due == (reason in {"inaccurate", "drifting"})


def test_thresholds_are_the_bakerys_own() -> None:
    policy = Policy(retrain_mape=20.0, retrain_mape_rise=1.0)

    assert decide(days(*[21.0] * 30), policy).reason == "inaccurate"
    assert decide(days(*[15.0] * 23, *[17.0] * 7), policy).reason == "drifting"


LATER = FIRST + timedelta(days=60)


@pytest.mark.parametrize(
    ("mape", "age", "known", "is_asked", "reason"),
    [
        (20.0, None, 62, False, "too_little_history"),
        (20.0, None, 63, False, "first_model"),
        (20.0, 6, 400, False, "good_enough"),
        (20.0, 30, 400, False, "good_enough"),
        (20.0, 31, 400, False, "too_old"),
        (31.0, 1, 400, False, "inaccurate"),
        (20.0, 1, 400, True, "by_hand"),
        (20.0, None, 1, True, "by_hand"),
    ],
)
def test_who_is_trained(
    mape: float, age: int | None, known: int, is_asked: bool, reason: str
) -> None:
    decision = train_or_not(
        decide(days(*[mape] * 30)),
        LATER,
        champion_until=None if age is None else LATER - timedelta(days=age + 1),
        days_of_sales=known,
        is_asked=is_asked,
    )

    assert decision.reason == reason
    assert decision.is_due == (reason not in {"good_enough", "too_little_history"})
    assert decision.due_for == (reason if decision.is_due else None)
    assert decision.mape == mape

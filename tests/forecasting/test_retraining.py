"""When a model is to be trained anew."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from obrador.forecasting.accuracy import measure
from obrador.forecasting.domain import PRODUCT_DAY, DayAccuracy
from obrador.forecasting.retraining import decide

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

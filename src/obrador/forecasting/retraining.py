"""Whether forecasts have become so poor that their model is to be trained anew. Pure.

A profile is fitted to all sales every morning, so the decision changes nothing about it by itself:
it is recorded and told, and is what a model that is trained and kept starts from.
"""

from collections.abc import Sequence
from statistics import fmean

from obrador.forecasting.domain import DayAccuracy, Decision

LOOK_BACK_DAYS = 30
MOST_MAPE = 30.0
"""Per cent, mean of the days looked at."""
MOST_RISE = 5.0
"""Points of MAPE by which the last week may be worse than the days before it."""
_LATELY_DAYS = 7
_FEWEST_DAYS = 7


def decide(days: Sequence[DayAccuracy]) -> Decision:
    """Due if the mean MAPE of all days is above `MOST_MAPE`, or that of the last week's is more
    than `MOST_RISE` points above that of the days before. Fewer than a week decide nothing.

    Args:
        days: the validated days of the last `LOOK_BACK_DAYS`, in order.
    """
    measured = [day for day in days if day.accuracy.mape is not None]
    wape = fmean(day.accuracy.wape for day in measured) if measured else None
    if len(measured) < _FEWEST_DAYS:
        return Decision(False, "too_few_days", len(measured), None, None, None, wape)
    values = [day.accuracy.mape or 0.0 for day in measured]
    is_late = [(measured[-1].day - day.day).days < _LATELY_DAYS for day in measured]
    late = [value for value, lately in zip(values, is_late, strict=True) if lately]
    early = [value for value, lately in zip(values, is_late, strict=True) if not lately]
    mape, lately = fmean(values), fmean(late)
    before = fmean(early) if early else None
    if mape > MOST_MAPE:
        return Decision(True, "inaccurate", len(measured), mape, before, lately, wape)
    if before is not None and lately - before > MOST_RISE:
        return Decision(True, "drifting", len(measured), mape, before, lately, wape)
    return Decision(False, "good_enough", len(measured), mape, before, lately, wape)

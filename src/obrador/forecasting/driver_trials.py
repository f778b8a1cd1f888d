"""Whether a group of drivers earns its place in a model. Pure.

Axes: R records of days that the model was not fitted to, S signals of the group.
"""

import numpy as np
from numpy.typing import NDArray

from obrador.forecasting.domain import DriverGroup, DriverTrial, Floats

_ASIDE = 0.25
"""A driver says something of a day on which it is so many standard deviations from usual."""
_FEWEST_WEEKS = 6
_LEAST_GAIN = 0.02
"""A group that takes away less of the errors is not used: signals of pure noise, beside which the
learners draw other lots, gain up to as much,"""
_SURE = 2.0
"""nor one whose gain is not as many standard errors above 0."""


def tried(
    group: DriverGroup,
    found: NDArray[np.float32],
    age: Floats,
    without: Floats,
    gain: Floats,
) -> DriverTrial:
    """What a group takes away of the errors of those unseen days that it says something of. Used is
    one whose mean gain of a week is above 2 s / √W, s its standard deviation over W weeks (after
    Diebold and Mariano, J. Bus. Econ. Stat. 13 (1995), 253).

    Args:
        found: (S, R) the group's signals, 0 where it is as usual.
        age: (R,) days before the end of the history.
        without: (R,) absolute errors without the group,
        gain: (R,) and what is less with it.
    """
    aside = np.abs(found) > _ASIDE * found.std(axis=1, keepdims=True)
    tells = aside.any(axis=0)
    day = age[tells].astype(np.int64)
    days, week = len(np.unique(day)), (day - 1) // 7
    total = float(without[tells].sum())
    share = float(gain[tells].sum()) / total if total > 0 else 0.0
    weekly = np.bincount(week, gain[tells])[np.bincount(week) > 0]
    if len(weekly) < _FEWEST_WEEKS or share < _LEAST_GAIN:
        return DriverTrial(group, False, share, days)
    is_sure = weekly.mean() > _SURE * weekly.std(ddof=1) / np.sqrt(len(weekly))
    return DriverTrial(group, bool(is_sure), share, days)

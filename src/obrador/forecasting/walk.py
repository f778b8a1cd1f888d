"""The weeks of a history as the profile foresaw them, and those yet to come. Pure.

Axes: N weeks of history, T = N weeks and those ahead, 7 places, P products.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from obrador.forecasting import effects
from obrador.forecasting.domain import Floats
from obrador.forecasting.special_days import Positions
from obrador.forecasting.weeks import Profiles, Weeks, ratio


@dataclass(frozen=True)
class Walk:
    """Every week as its own past foresaw it, so many weeks ahead."""

    weeks: Weeks
    seen: Profiles
    origin: Positions
    """(T,) weeks of history that were known."""
    base: Floats
    """(T, 7, P) level × weekday."""
    sums: tuple[Floats, Floats]
    """(N, P) each; see `effects.weekly`."""
    season: Floats
    """(T, P)"""
    holiday: Floats
    """(T, 7, P)"""

    @cached_property
    def mean(self) -> Floats:
        """(T, 7, P) units: level × weekday × season × holiday."""
        return np.asarray(self.base * self.season[:, None] * self.holiday)

    @cached_property
    def compared(self) -> Floats:
        """(P,) what makes products add up to a shop in which each counts alike: 1 over its scale
        and their number."""
        return np.asarray(ratio(1.0, self.weeks.scale, 0.0) / max(self.base.shape[2], 1))

    @cached_property
    def departures(self) -> tuple[Floats, Floats]:
        """(N, 7, P) each: units sold and units foreseen; 0 where either is not known."""
        foreseen = self.mean[: len(self.weeks.sold)]
        known = self.weeks.seen & (foreseen > 0)
        return np.where(known, self.weeks.sold, 0.0), np.where(known, foreseen, 0.0)


def walk(weeks: Weeks, seen: Profiles, lead: int) -> Walk:
    """Foresee every week from `lead` weeks before its end, and the `lead` weeks after the last."""
    origin = np.maximum(np.arange(len(weeks.sold) + lead) - lead + 1, 0)
    base = seen.base[origin]
    sums = effects.weekly(weeks, base)
    season, _ = effects.seasons(weeks, sums, base, np.arange(len(base)))
    holiday = effects.holidays(weeks, base * season[:, None])
    return Walk(weeks, seen, origin, base, sums, season, holiday)

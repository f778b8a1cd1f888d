"""Factors on the weekday profile, learned from how earlier days departed from it. Pure.

Axes: N weeks of history, T target weeks, 7 places, P products. A factor is a ratio of sums, drawn
to the shop's factor (products over their scale, so that each counts alike) as if that had been
seen for some days more: `(Σ sold + k · shop) / (Σ expected + k)`.
"""

import numpy as np

from obrador.forecasting.domain import Floats
from obrador.forecasting.special_days import Positions
from obrador.forecasting.weeks import Weeks, ratio

WEEKS_OF_A_YEAR = 52.1775
SEASON_REACH = 1.5
"""Weeks this near to a whole number of years away tell of a week's season."""
SEASON_DAYS = 7.0
"""The shop's season counts in a product's like so many days; no season, in the shop's."""
_SEASON_LIMITS = (0.4, 2.5)
_ANY_HOLIDAY_DAYS = 4.0
"""No effect counts in that of a distance from any holiday like so many days."""
_SHOP_DAYS = 1.0
"""That counts in the shop's effect of one holiday like so many days."""
_PRODUCT_DAYS = 0.3
"""And the shop's in a product's: one holiday seen says nearly all."""


def weekly(weeks: Weeks, expected: Floats) -> tuple[Floats, Floats]:
    """(N, P) each: units sold and units expected on the ordinary days of a week.

    Args:
        expected: (T, 7, P) level × weekday, each week as forecast in advance.
    """
    expected = expected[: len(weeks.sold)]
    known = weeks.ordinary & (expected > 0)
    return (weeks.sold * known).sum(axis=1), (expected * known).sum(axis=1)


def seasons(
    weeks: Weeks,
    sums: tuple[Floats, Floats],
    expected: Floats,
    rows: Positions,
    reach: float = SEASON_REACH,
    days: float = SEASON_DAYS,
) -> tuple[Floats, Floats]:
    """(R, P), and for the whole shop (R,): how the same weeks of earlier years departed from what
    their level let expect.

    Args:
        sums: of the history, see `weekly`.
        expected: (R, 7, P) level × weekday of the target weeks.
        rows: (R,) which they are.
        reach: weeks this near to a whole number of years away tell of a week's season.
        days: the shop's season counts in a product's like so many days; no season, in the shop's.
    """
    sold, foreseen = sums
    near = alike(rows, len(sold), reach)
    compared = ratio(1.0, weeks.scale, 0.0)
    prior = days * max(len(compared), 1)
    shop = (near @ (sold @ compared) + prior) / (near @ (foreseen @ compared) + prior)
    weight = days * expected.mean(axis=1)
    factor = ratio(near @ sold + weight * shop[:, None], near @ foreseen + weight, shop[:, None])
    return np.clip(factor, *_SEASON_LIMITS), np.clip(shop, *_SEASON_LIMITS)


def alike(rows: Positions, count: int, reach: float, years: int | None = None) -> Floats:
    """(R, N) 1 for weeks of the history that lie a whole number of years before a target week, or
    just so many, give or take `reach` weeks; else 0."""
    apart = (rows[:, None] - np.arange(count)) / WEEKS_OF_A_YEAR
    whole = np.round(apart) if years is None else years
    distance = np.abs(apart - whole) * WEEKS_OF_A_YEAR
    return ((apart > 0.5) & (distance < reach)).astype(float)


def holidays(weeks: Weeks, expected: Floats) -> Floats:
    """(T, 7, P) factors of special days, 1 on others.

    A day's factor comes from the same day of the same holiday in earlier weeks, is drawn to the
    shop's on such days, and that to the shop's at that distance from any holiday.

    Args:
        expected: (T, 7, P) level × weekday × season, each week as forecast in advance.
    """
    count, products = len(weeks.sold), expected.shape[2]
    days = expected.reshape(len(expected) * 7, products)
    factors = np.ones_like(days)
    targets = weeks.special.until(len(days))
    past = weeks.special.until(count * 7)
    foreseen = days[past.index] * weeks.seen.reshape(count * 7, products)[past.index]
    sold = weeks.sold.reshape(count * 7, products)[past.index] * (foreseen > 0)
    earlier = (past.index // 7)[None] < np.minimum(targets.index // 7, count)[:, None]
    same_day = (earlier & (targets.key[:, None] == past.key)).astype(float)
    same_distance = (earlier & (targets.offset[:, None] == past.offset)).astype(float)
    compared = ratio(1.0, weeks.scale, 0.0) / max(products, 1)
    shop_sold, shop_foreseen = sold @ compared, foreseen @ compared
    prior = (same_distance @ shop_sold + _ANY_HOLIDAY_DAYS) / (
        same_distance @ shop_foreseen + _ANY_HOLIDAY_DAYS
    )
    shop = (same_day @ shop_sold + _SHOP_DAYS * prior) / (same_day @ shop_foreseen + _SHOP_DAYS)
    weight = _PRODUCT_DAYS * days[targets.index]
    factors[targets.index] = ratio(
        same_day @ sold + weight * shop[:, None], same_day @ foreseen + weight, 1.0
    )
    return factors.reshape(expected.shape)

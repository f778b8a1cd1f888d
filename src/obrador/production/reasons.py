"""Why so much of a product is baked: each number's part in data."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from obrador.production.bounds import Limits
from obrador.production.demand import Floats
from obrador.production.domain import Bound, ProductionProblem, QuantityReason, Wave
from obrador.production.economics import Economics
from obrador.tenants.domain import shop_days


@dataclass(frozen=True)
class Explained:
    """What the reasons of day 0's targets are read from. P products, H days, M days they keep."""

    mean: Floats
    """(P, H)"""
    level: Floats
    """(P,)"""
    cover_days: NDArray[np.int64]
    """(P, H)"""
    left_over: Floats
    """(P, M)"""
    limits: Limits
    economics: Sequence[Economics]
    ratio: Floats
    """(P,) critical ratio."""
    waste_chance: Floats
    """(P,)"""


def reason_of(
    problem: ProductionProblem,
    explained: Explained,
    row: int,
    quantity: float,
    waves: tuple[Wave, ...],
) -> QuantityReason:
    """Why day 0 bakes `quantity` of the product in this row, in these waves."""
    product, economics = problem.catalogue.products[row], explained.economics[row]
    has_margin = economics.ratio_from == "economics"
    keeps = explained.left_over[row, : product.shelf_life_days].tolist()
    return QuantityReason(
        expected=round(float(explained.mean[row, 0]), 2),
        firm=float(explained.limits.extra[row, 0]),
        critical_ratio=round(float(explained.ratio[row]), 4),
        ratio_from=economics.ratio_from,
        cover_days=int(explained.cover_days[row, 0]),
        quantile=round(float(explained.level[row]), 2),
        left_over=float(explained.left_over[row].sum()),
        unit_cost_minor=economics.unit_cost_minor,
        bound_by=_bound_by(problem, explained, row, quantity),
        issuing=product.issuing,
        left_over_keeps=tuple(keeps) if any(keeps) else (),
        waste_chance=round(float(explained.waste_chance[row]), 4),
        gain_minor=round(economics.gain, 4) if has_margin else None,
        waste_minor=round(economics.waste, 4) if has_margin else None,
        goodwill_minor=product.goodwill_minor,
        holding_minor=product.holding_minor,
        waves=waves,
    )


def _bound_by(
    problem: ProductionProblem, explained: Explained, row: int, quantity: float
) -> tuple[Bound, ...]:
    """What kept day 0 from following the forecast."""
    bounds: list[Bound] = []
    product, par = problem.catalogue.products[row], explained.limits.par[row, 0]
    if explained.mean[row, 0] == 0:
        is_open = shop_days(problem.bakery, problem.forecast.first_day, 1).is_open[0]
        bounds.append("no_demand" if is_open else "closed")
    elif par > explained.level[row]:
        weekday = problem.forecast.first_day.weekday()
        in_par = (product.par_levels or (0.0,) * 7)[weekday]
        bounds.append("par_level" if in_par >= par else "min_display")
    if 0 < np.floor(explained.limits.most[row]) <= quantity:
        bounds.append("daily_max")
    return tuple(bounds)

"""What bounds a bake besides its forecast: firm orders, par levels, the display, a day's most.

Axes of arrays: P products of the catalogue, H days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from obrador.production import waves
from obrador.production.demand import Floats
from obrador.production.domain import ProductionProblem
from obrador.sales.domain import FirmOrder


@dataclass(frozen=True)
class Limits:
    """Bounds on what forecasts alone would bake."""

    extra: Floats
    """(P, H) firm orders outside the forecast, baked on top."""
    known: Floats
    """(P, H) firm orders that the forecast contains: the least of it."""
    par: Floats
    """(P, H) fewest on the shelf on open days: par level or display."""
    most: Floats
    """(P,) of a day."""

    @property
    def firm(self) -> Floats:
        """(P, H) all firm orders."""
        return self.known + self.extra

    def least(self, quantity: Floats, left_over: Floats) -> Floats:
        """(P,) of day 0's quantity (P,) what these ask for, given the left-over (P,): never rounded
        away."""
        shelf = np.maximum(self.par[:, 0], self.known[:, 0]) - left_over
        least = np.maximum(shelf, 0) + self.extra[:, 0]
        bounded: Floats = np.clip(least, self.known[:, 0], quantity)
        return bounded


def limits_of(
    problem: ProductionProblem, mean: Floats, shares: Mapping[int, waves.Shares]
) -> Limits:
    """Bounds of every product and day.

    Args:
        mean: (P, H) of demand; days without any have no par level and no display.
        shares: of products with several bakes on day 0, by row; see `waves.demand_shares`.
    """
    products, first_day = problem.catalogue.products, problem.forecast.first_day
    weekdays = (first_day.weekday() + np.arange(mean.shape[1])) % 7
    par = np.array([p.par_levels or (0.0,) * 7 for p in products]).reshape(-1, 7)[:, weekdays]
    display = np.array([p.min_display for p in products])
    par = np.maximum(par, display[:, None])
    for row, own in shares.items():
        shown = waves.display_level(products[row].min_display, float(mean[row, 0]), own)
        par[row, 0] = max(par[row, 0], shown if products[row].min_display else 0.0)
    return Limits(
        extra=_firm(problem, mean.shape, (o for o in problem.firm_orders if not o.in_forecast)),
        known=_firm(problem, mean.shape, (o for o in problem.firm_orders if o.in_forecast)),
        par=np.where(mean > 0, par, 0.0),
        most=np.array([np.inf if p.daily_max is None else p.daily_max for p in products]),
    )


def _firm(
    problem: ProductionProblem, shape: tuple[int, ...], orders: Iterable[FirmOrder]
) -> Floats:
    """(P, H) units ordered of each product for each day."""
    row_of = {product.id: row for row, product in enumerate(problem.catalogue.products)}
    firm = np.zeros(shape)
    for order in orders:
        day = (order.due_date - problem.forecast.first_day).days
        if order.product_id in row_of and 0 <= day < shape[1]:
            firm[row_of[order.product_id], day] += order.quantity
    return firm

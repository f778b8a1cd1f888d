"""How much to bake: the newsvendor, and the marginal rule for what keeps longer than a day.

Axes of arrays: P products of the catalogue, H days, M days that they keep, Q `QUANTILE_LEVELS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from obrador.catalogue.domain import Product
from obrador.forecasting.domain import QUANTILE_LEVELS
from obrador.production import waves
from obrador.production.bounds import Limits, limits_of
from obrador.production.demand import (
    Floats,
    newsvendor,
    order_up_to,
    repeat_weekdays,
    spread,
    sum_of_days,
)
from obrador.production.domain import BakeTarget, ProductionProblem, Wave
from obrador.production.economics import economics_of, stakes_of
from obrador.production.marginal import Margin, Shelf
from obrador.production.reasons import Explained, reason_of


@dataclass(frozen=True)
class Quantities:
    """What each day should bake, and day 0 explained."""

    quantity: Floats
    """(P, H) good units."""
    firm: Floats
    """(P, H) of these, ordered for sure: never rounded away."""
    least: Floats
    """(P,) of day 0 that par level, display and firm orders ask for: never rounded away either."""
    rounds_up: NDArray[np.bool_]
    """(P,) of the multiples of a batch around day 0's quantity, the upper one pays better."""
    demand_sd: Floats
    """(P, H) standard deviation of the day's demand, by forecast error."""
    targets: tuple[BakeTarget, ...]
    """Of day 0; products made to order have none."""
    waves: Mapping[UUID, tuple[Wave, ...]]
    """Bakes of day 0 by product, where there are several."""


def bake_quantities(problem: ProductionProblem) -> Quantities:
    """Bake quantities of every product for every day of the forecast.

    Day 0 follows the marginal rule, `marginal.Margin`, with the left-over by age. For purchasing,
    the days after it are planned up to `demand.order_up_to`, with the left-over that remains when
    every day sells its mean. The par level, the display and the firm orders that the forecast
    contains are floors of what the shelf should hold, other firm orders come on top, the day's
    maximum caps all but firm orders. Pieces are whole, rounded half up, since forecasts treat
    demand as continuous. What is made to order is made as demanded: its mean.

    Raises:
        Invalid: a recipe contains itself.
    """
    products = problem.catalogue.products
    mean, quantiles = _demand(problem)
    economics = economics_of(problem)
    stakes = stakes_of(economics)
    keeps = np.array([min(p.shelf_life_days, mean.shape[1]) for p in products], dtype=np.int64)
    freshest = np.array([p.issuing == "freshest_first" for p in products], dtype=bool)
    left_over = _left_over(problem, keeps)
    margin = Margin(_shelf(quantiles, left_over, keeps, freshest), stakes)
    level, cover_days = _levels(mean, quantiles, keeps, stakes.ratio)
    level[:, 0] = margin.best() + left_over.sum(axis=1)
    shares = _wave_shares(problem)
    limits = limits_of(problem, mean, shares)
    quantity = _roll_forward(products, level, mean, limits, left_over, freshest)
    to_order = np.array([is_made_to_order(problem, product) for product in products], dtype=bool)
    quantity[to_order] = np.maximum(mean, limits.known)[to_order] + limits.extra[to_order]
    for_shelf = np.maximum(quantity[:, 0] - limits.extra[:, 0], 0)
    explained = Explained(
        mean, level[:, 0], cover_days, left_over, limits, economics, stakes.ratio,
        margin.waste_chance(for_shelf),
    )  # fmt: skip
    deviation = spread(quantiles)
    shares = {row: own for row, own in shares.items() if mean[row, 0] > 0 and not to_order[row]}
    several = {
        products[row].id: _waves(problem, explained, deviation, row, own, float(quantity[row, 0]))
        for row, own in shares.items()
    }
    targets = (
        _target(problem, explained, row, float(quantity[row, 0]), several)
        for row in np.flatnonzero(~to_order).tolist()
    )
    return Quantities(
        quantity=quantity,
        firm=limits.firm,
        least=limits.least(quantity[:, 0], left_over.sum(axis=1)),
        rounds_up=_rounds_up(problem, margin, quantity, limits.extra),
        demand_sd=deviation,
        targets=tuple(targets),
        waves=several,
    )


def _target(
    problem: ProductionProblem,
    explained: Explained,
    row: int,
    quantity: float,
    several: Mapping[UUID, tuple[Wave, ...]],
) -> BakeTarget:
    product_id = problem.catalogue.products[row].id
    reason = reason_of(problem, explained, row, quantity, several.get(product_id, ()))
    return BakeTarget(product_id, quantity, reason)


def is_made_to_order(problem: ProductionProblem, product: Product) -> bool:
    """Whether the product has a recipe without steps (coffee): nothing to bake ahead."""
    return product.recipe_id is not None and not problem.catalogue.recipes[product.recipe_id].steps


def _demand(problem: ProductionProblem) -> tuple[Floats, Floats]:
    """Mean (P, H) and quantiles (P, H, Q) in the catalogue's order; 0 without a forecast."""
    forecast = problem.forecast
    row_of = {product_id: row for row, product_id in enumerate(forecast.product_ids)}
    known = [row for row, p in enumerate(problem.catalogue.products) if p.id in row_of]
    rows = [row_of[problem.catalogue.products[row].id] for row in known]
    shape = (len(problem.catalogue.products), forecast.mean.shape[1])
    mean, quantiles = np.zeros(shape), np.zeros((*shape, len(QUANTILE_LEVELS)))
    mean[known], quantiles[known] = forecast.mean[rows], forecast.quantiles[rows]
    return mean, quantiles


def _shelf(
    quantiles: Floats,
    left_over: Floats,
    keeps: NDArray[np.int64],
    freshest: NDArray[np.bool_],
) -> Shelf:
    """Day 0 and those after it, as many as anything keeps."""
    days = repeat_weekdays(quantiles.shape[1], left_over.shape[1])
    return Shelf(quantiles[:, days], left_over, keeps, freshest)


def _levels(
    mean: Floats, quantiles: Floats, keeps: NDArray[np.int64], ratio: Floats
) -> tuple[Floats, NDArray[np.int64]]:
    """(P, H) levels that days should start with, and on how many days they are sold."""
    level = newsvendor(quantiles, ratio[:, None])
    cover_days = (mean > 0).astype(np.int64)
    longer = np.flatnonzero(keeps > 1)
    if longer.size:
        cover, cover_days[longer] = sum_of_days(mean[longer], quantiles[longer], keeps[longer])
        level[longer] = order_up_to(quantiles[longer], cover, ratio[longer, None])
    return level, cover_days


def _wave_shares(problem: ProductionProblem) -> dict[int, waves.Shares]:
    """Of products with several bakes on day 0, by their row."""
    hours = problem.bakery.opening_hours[problem.forecast.first_day.weekday()]
    return {
        row: waves.demand_shares(product, hours, problem.intraday.get(product.id))
        for row, product in enumerate(problem.catalogue.products)
        if product.waves and hours is not None
    }


def _waves(
    problem: ProductionProblem,
    explained: Explained,
    deviation: Floats,
    row: int,
    shares: waves.Shares,
    quantity: float,
) -> tuple[Wave, ...]:
    product = problem.catalogue.products[row]
    stock = float(explained.left_over[row].sum())
    for_shelf = quantity - float(explained.limits.extra[row, 0])
    mean, error = float(explained.mean[row, 0]), float(deviation[row, 0])
    quantities = waves.split(for_shelf + stock, mean, error, stock, product.min_display, shares)
    return waves.waves_of(problem, product, quantities, shares, quantity)


def _rounds_up(
    problem: ProductionProblem, margin: Margin, quantity: Floats, extra: Floats
) -> NDArray[np.bool_]:
    """(P,) whether the multiple above day 0's quantity is expected to pay better than that below.

    Firm orders are sold either way: what is compared is for the shelf.
    """
    step = np.array([_good_multiple(problem, product) for product in problem.catalogue.products])
    below = np.floor(quantity[:, 0] / step) * step
    low, high = (np.maximum(count - extra[:, 0], 0) for count in (below, below + step))
    pays: NDArray[np.bool_] = margin.between(low, high) > 0
    return pays


def _good_multiple(problem: ProductionProblem, product: Product) -> float:
    if product.recipe_id is None:
        return 1.0
    recipe = problem.catalogue.recipes[product.recipe_id]
    return recipe.batch_multiple * (1 - recipe.waste_share)


def _left_over(problem: ProductionProblem, shelf_life: NDArray[np.int64]) -> Floats:
    """(P, M) usable stock by the days it keeps: column k until the end of day k. A lot without
    an expiry date keeps for the product's shelf life from its receipt."""
    products = problem.catalogue.products
    row_of = {product.id: row for row, product in enumerate(products)}
    stock = np.zeros((len(products), max(shelf_life, default=1)))
    for lot in problem.left_over:
        if (row := row_of.get(lot.item_id)) is None:
            continue
        life = timedelta(days=products[row].shelf_life_days - 1)
        usable_until = lot.expires_on or lot.received_on + life
        keeps = (usable_until - problem.forecast.first_day).days
        if keeps >= 0:
            stock[row, min(keeps, int(shelf_life[row]) - 1)] += lot.quantity
    return stock


def _roll_forward(
    products: tuple[Product, ...],
    level: Floats,
    mean: Floats,
    limits: Limits,
    left_over: Floats,
    freshest: NDArray[np.bool_],
) -> Floats:
    """(P, H) to bake each day, when every day sells its mean."""
    pieces = np.array([product.unit == "piece" for product in products], dtype=bool)
    shelf = np.maximum(np.maximum(level, limits.par), limits.known)
    firm = limits.firm
    quantity = np.zeros_like(mean)
    stock = left_over.copy()
    keeps = [min(p.shelf_life_days, stock.shape[1]) for p in products]
    newest = np.array(keeps, dtype=np.int64) - 1
    for day in range(mean.shape[1]):
        wanted = np.maximum(shelf[:, day] - stock.sum(axis=1), 0) + limits.extra[:, day]
        wanted[pieces] = np.floor(wanted[pieces] + 0.5)
        most = np.where(pieces, np.floor(limits.most), limits.most)
        quantity[:, day] = np.maximum(np.minimum(wanted, most), firm[:, day])
        stock[np.arange(len(stock)), newest] += quantity[:, day] - limits.extra[:, day]
        left = _sold(stock, mean[:, day])
        if freshest.any():
            left[freshest] = _sold(stock[freshest, ::-1], mean[freshest, day])[:, ::-1]
        stock = np.concatenate([left[:, 1:], np.zeros((len(left), 1))], axis=1)
    return quantity


def _sold(stock: Floats, demand: Floats) -> Floats:
    """What is left of lots (P, M), sold in their order."""
    kept = np.maximum(np.cumsum(stock, axis=1) - demand[:, None], 0)
    kept[:, 1:] -= kept[:, :-1].copy()
    return kept

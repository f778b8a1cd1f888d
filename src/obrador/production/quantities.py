"""How much to bake: the newsvendor, and its marginal rule for what keeps longer than a day.

Axes of arrays: P products of the catalogue, H days, Q `QUANTILE_LEVELS`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from obrador.catalogue.domain import Product, explode
from obrador.forecasting.domain import QUANTILE_LEVELS
from obrador.production.demand import MAX_RATIO, Floats, order_up_to, spread, sum_of_days
from obrador.production.domain import BakeTarget, Bound, ProductionProblem, QuantityReason
from obrador.sales.domain import FirmOrder
from obrador.tenants.domain import shop_days


@dataclass(frozen=True)
class Quantities:
    """What each day should bake, and day 0 explained."""

    quantity: Floats
    """(P, H) good units."""
    firm: Floats
    """(P, H) of these, ordered for sure: never rounded away."""
    demand_sd: Floats
    """(P, H) standard deviation of the day's demand, by forecast error."""
    targets: tuple[BakeTarget, ...]
    """Of day 0; products made to order have none."""


@dataclass(frozen=True, slots=True)
class _Economics:
    ratio: float
    ratio_from: Literal["economics", "service_level"]
    unit_cost_minor: float | None


@dataclass(frozen=True)
class _Limits:
    """Bounds on what forecasts alone would bake."""

    extra: Floats
    """(P, H) firm orders outside the forecast, baked on top."""
    known: Floats
    """(P, H) firm orders that the forecast contains: the least of it."""
    par: Floats
    """(P, H) fewest on the shelf on open days."""
    most: Floats
    """(P,) of a day."""


@dataclass(frozen=True)
class _Explained:
    """What the reasons of day 0's targets are read from."""

    mean: Floats
    """(P, H)"""
    level: Floats
    """(P, H)"""
    cover_days: NDArray[np.int64]
    """(P, H)"""
    left_over: Floats
    """(P,)"""
    limits: _Limits


def bake_quantities(problem: ProductionProblem) -> Quantities:
    """Bake quantities of every product for every day of the forecast.

    Left-over is counted against the level of `demand.order_up_to`, oldest sold first; after day 0
    it is projected with the mean of demand. The par level and the firm orders that the forecast
    contains are floors of the level, other firm orders come on top, the day's maximum caps all but
    firm orders. Pieces are whole, rounded half up, since forecasts treat demand as continuous.
    What is made to order is made as demanded: its mean.

    Raises:
        Invalid: a recipe contains itself.
    """
    products = problem.catalogue.products
    mean, quantiles = _demand(problem)
    economics = [_economics(problem, product) for product in products]
    shelf_life = np.array([min(p.shelf_life_days, mean.shape[1]) for p in products], dtype=np.int64)
    ratio = np.array([e.ratio for e in economics])
    cover, cover_days = sum_of_days(mean, quantiles, shelf_life)
    level = order_up_to(quantiles, cover, ratio[:, None])
    limits = _limits(problem, mean)
    left_over = _left_over(problem, shelf_life)
    quantity = _roll_forward(products, level, mean, limits, left_over)
    to_order = np.array([is_made_to_order(problem, product) for product in products], dtype=bool)
    quantity[to_order] = np.maximum(mean, limits.known)[to_order] + limits.extra[to_order]
    explained = _Explained(mean, level, cover_days, left_over.sum(axis=1), limits)
    return Quantities(
        quantity,
        limits.known + limits.extra,
        spread(quantiles),
        tuple(
            BakeTarget(
                product.id,
                float(quantity[row, 0]),
                _reason(problem, explained, economics[row], row, float(quantity[row, 0])),
            )
            for row, product in enumerate(products)
            if not to_order[row]
        ),
    )


def is_made_to_order(problem: ProductionProblem, product: Product) -> bool:
    """Whether the product has a recipe without steps (coffee): nothing to bake ahead."""
    return product.recipe_id is not None and not problem.catalogue.recipes[product.recipe_id].steps


def unit_cost(problem: ProductionProblem, recipe_id: UUID | None) -> float | None:
    """Cost of the ingredients of a good unit, doughs exploded, all waste included, in minor units:
    `Σ use · price / (1 − waste)`; None without a recipe or where an ingredient has no price.

    Raises:
        Invalid: a recipe contains itself.
    """
    if recipe_id is None:
        return None
    recipes = problem.catalogue.recipes
    made_of = explode(recipes, recipe_id, 1 / (1 - recipes[recipe_id].waste_share))
    ingredients = {item: used for item, used in made_of.items() if item not in recipes}
    if not ingredients.keys() <= problem.ingredient_cost_minor.keys():
        return None
    cost = sum(used * problem.ingredient_cost_minor[item] for item, used in ingredients.items())
    return round(cost, 4)


def _economics(problem: ProductionProblem, product: Product) -> _Economics:
    """Critical ratio (p − c) / (p + w), where w, the cost of a left-over unit, is −salvage.

    A product that sells below cost is a loss leader or has a wrong price; either way its baker
    wants it on the shelf, so the service level stands in, as for unknown price or cost.
    """
    cost = unit_cost(problem, product.recipe_id)
    price = product.price_minor
    if price is None or cost is None or price <= cost:
        return _Economics(problem.bakery.policy.bake_service_level, "service_level", cost)
    if product.salvage_minor >= cost:
        return _Economics(MAX_RATIO, "economics", cost)
    ratio = (price - cost) / (price - product.salvage_minor)
    return _Economics(min(ratio, MAX_RATIO), "economics", cost)


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


def _limits(problem: ProductionProblem, mean: Floats) -> _Limits:
    products, first_day = problem.catalogue.products, problem.forecast.first_day
    weekdays = (first_day.weekday() + np.arange(mean.shape[1])) % 7
    par = np.array([p.par_levels or (0.0,) * 7 for p in products]).reshape(-1, 7)[:, weekdays]
    return _Limits(
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
            stock[row, min(keeps, stock.shape[1] - 1)] += lot.quantity
    return stock


def _roll_forward(
    products: tuple[Product, ...], level: Floats, mean: Floats, limits: _Limits, left_over: Floats
) -> Floats:
    """(P, H) to bake each day, when every day sells its mean, oldest first."""
    pieces = np.array([product.unit == "piece" for product in products], dtype=bool)
    shelf = np.maximum(np.maximum(level, limits.par), limits.known)
    firm = limits.extra + limits.known
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
        kept = np.maximum(np.cumsum(stock, axis=1) - mean[:, day, None], 0)
        stock = np.diff(kept, axis=1, prepend=0.0)
        stock = np.roll(stock, -1, axis=1)
        stock[:, -1] = 0.0
    return quantity


def _reason(
    problem: ProductionProblem,
    explained: _Explained,
    economics: _Economics,
    row: int,
    quantity: float,
) -> QuantityReason:
    return QuantityReason(
        expected=round(float(explained.mean[row, 0]), 2),
        firm=float(explained.limits.extra[row, 0]),
        critical_ratio=round(economics.ratio, 4),
        ratio_from=economics.ratio_from,
        cover_days=int(explained.cover_days[row, 0]),
        quantile=round(float(explained.level[row, 0]), 2),
        left_over=float(explained.left_over[row]),
        unit_cost_minor=economics.unit_cost_minor,
        bound_by=_bound_by(problem, explained, row, quantity),
    )


def _bound_by(
    problem: ProductionProblem, explained: _Explained, row: int, quantity: float
) -> tuple[Bound, ...]:
    """What kept day 0 from following the forecast."""
    bounds: list[Bound] = []
    if explained.mean[row, 0] == 0:
        is_open = shop_days(problem.bakery, problem.forecast.first_day, 1).is_open[0]
        bounds.append("no_demand" if is_open else "closed")
    elif explained.limits.par[row, 0] > explained.level[row, 0]:
        bounds.append("par_level")
    if 0 < np.floor(explained.limits.most[row]) <= quantity:
        bounds.append("daily_max")
    return tuple(bounds)

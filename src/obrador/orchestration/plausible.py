"""Whether what came over HTTP hangs together: its types are right already. Pure.

Problems that others send must not take this process's memory; answers must be of what was asked.
"""

from collections.abc import Iterable
from uuid import UUID

import numpy as np

from obrador.forecasting.domain import QUANTILE_LEVELS, DemandHistory, Forecast
from obrador.kit.errors import Fault, Invalid
from obrador.orchestration.domain import Snapshot
from obrador.procurement.domain import PurchasePlan, PurchaseProblem
from obrador.production.domain import ProductionPlan, ProductionProblem
from obrador.tenants.domain import Bakery

MOST_PRODUCTS = 3000
MOST_DAYS = 4000
MOST_AHEAD = 28
MOST_MACHINES = 500
MOST_COVARIATES = 100


def check_history(history: DemandHistory) -> None:
    """See that a demand history can be forecast from.

    Raises:
        Invalid: it cannot; names the fields.
    """
    products, days = len(history.product_ids), len(history.days)
    shape = history.sold.shape
    _refuse(
        (products <= MOST_PRODUCTS, "product_ids", f"at most {MOST_PRODUCTS}"),
        (len(history.categories) == products, "categories", "one for each product"),
        (history.days.is_open.ndim == 1 and days <= MOST_DAYS, "days.is_open", "[days]"),
        (len(history.days.holiday) == history.days.is_open.size, "days.holiday", "one for a day"),
        (len(shape) == 2 and shape[0] == products, "sold", "[products, days of the past]"),
        (history.sold_out.shape == shape, "sold_out", "of the shape of sold"),
        (
            len(shape) == 2 and 1 <= days - shape[1] <= MOST_AHEAD,
            "days",
            f"those of sold, and 1 to {MOST_AHEAD} more",
        ),
        (not np.isinf(history.sold).any(), "sold", "finite, or null where nothing is known"),
        (len(history.covariates) <= MOST_COVARIATES, "covariates", f"at most {MOST_COVARIATES}"),
        *(
            (
                each.values.shape in ((1, days), (products, days))
                and not np.isinf(each.values).any(),
                f"covariates.{place}.values",
                "[1 or products, days], finite, or null where nothing is known",
            )
            for place, each in enumerate(history.covariates)
        ),
    )


def check_production(problem: ProductionProblem) -> None:
    """See that production can be planned from this.

    Raises:
        Invalid: it cannot; names the fields.
    """
    _check_bakery(problem.bakery)
    machines = sum(max(each.count, 0) for each in problem.catalogue.equipment)
    forecast = problem.forecast
    _refuse(
        (machines <= MOST_MACHINES, "catalogue.equipment", f"at most {MOST_MACHINES} machines"),
        (len(forecast.product_ids) <= MOST_PRODUCTS, "forecast.product_ids", "too many"),
        *((False, "forecast", fault) for fault in _faults(forecast)),
    )


def check_purchases(problem: PurchaseProblem) -> None:
    """See that purchases can be planned from this.

    Raises:
        Invalid: it cannot; names the fields.
    """
    _check_bakery(problem.bakery)
    days = [*problem.recipe_units.values(), *problem.recipe_sd.values()]
    _refuse(
        (all(len(each) <= MOST_AHEAD for each in days), "recipe_units", f"at most {MOST_AHEAD}"),
        (problem.now.tzinfo is not None, "now", "with its time zone"),
    )


def forecast_faults(history: DemandHistory, forecast: Forecast) -> list[str]:
    """What keeps this from being a forecast of that."""
    first = history.days.date_of(int(history.sold.shape[1]))
    faults = _faults(forecast)
    if forecast.product_ids != history.product_ids:
        faults.append("other products than asked for")
    if forecast.first_day != first or forecast.mean.shape[1:] != (history.horizon,):
        faults.append(f"other days than the {history.horizon} from {first} on")
    return faults


def production_faults(snapshot: Snapshot, plan: ProductionPlan) -> list[str]:
    """What keeps this from being a plan of that bakery's production."""
    recipes = set(snapshot.catalogue.recipes)
    products = {product.id for product in snapshot.catalogue.products}
    batches = [
        *(each.batch for each in plan.schedule.scheduled),
        *(each.batch for each in plan.schedule.unplaced),
    ]
    return [
        *_unknown("products", (target.product_id for target in plan.targets), products),
        *_unknown("recipes", (batch.recipe_id for batch in batches), recipes),
        *_unknown("recipes", (*plan.recipe_units, *plan.recipe_sd), recipes),
    ]


def purchase_faults(snapshot: Snapshot, plan: PurchasePlan) -> list[str]:
    """What keeps this from being a plan of that bakery's purchases."""
    ingredients = {ingredient.id for ingredient in snapshot.ingredients}
    suppliers = {supplier.id for supplier in snapshot.suppliers}
    lines = (line.ingredient_id for order in plan.orders for line in order.lines)
    projected = (projection.ingredient_id for projection in plan.projections)
    return [
        *_unknown("suppliers", (order.supplier_id for order in plan.orders), suppliers),
        *_unknown("ingredients", (*lines, *projected, *plan.unsupplied), ingredients),
    ]


def _unknown(what: str, ids: Iterable[UUID], known: set[UUID]) -> list[str]:
    return [f"{what} that are not the bakery's"] if not known.issuperset(ids) else []


def _faults(forecast: Forecast) -> list[str]:
    """What keeps this from being a forecast of anything."""
    products, shape = len(forecast.product_ids), forecast.mean.shape
    if len(shape) != 2 or shape[0] != products or not 1 <= shape[1] <= MOST_AHEAD:
        return [f"mean is not [products, 1 to {MOST_AHEAD} days]"]
    if forecast.quantiles.shape != (*shape, len(QUANTILE_LEVELS)):
        return [f"quantiles is not [products, days, {len(QUANTILE_LEVELS)}]"]
    if len(forecast.models) != products:
        return ["models are not one for each product"]
    drivers = forecast.drivers
    if drivers.factors.shape != (*shape, 4) or len(drivers.holidays) != shape[1]:
        return ["drivers.factors is not [products, days, 4], or drivers.holidays not [days]"]
    if drivers.level.shape != (products,) or drivers.trend.shape != (products,):
        return ["drivers.level and drivers.trend are not [products]"]
    rules = (
        (np.isfinite(forecast.mean).all() and (forecast.mean >= 0).all(), "mean is not 0 or more"),
        (np.isfinite(forecast.quantiles).all(), "quantiles are not numbers"),
        ((forecast.quantiles >= 0).all(), "quantiles are not 0 or more"),
        ((np.diff(forecast.quantiles, axis=2) >= 0).all(), "quantiles cross"),
    )
    return [fault for holds, fault in rules if not holds]


def _check_bakery(bakery: Bakery) -> None:
    _refuse(
        (len(bakery.opening_hours) == 7, "bakery.opening_hours", "seven, from Monday"),
        (
            1 <= bakery.policy.horizon_days <= MOST_AHEAD,
            "bakery.policy.horizon_days",
            f"1 to {MOST_AHEAD}",
        ),
    )


def _refuse(*rules: tuple[bool, str, str]) -> None:
    faults = [Fault(where, message) for holds, where, message in rules if not holds]
    if faults:
        raise Invalid("The planning problem does not hang together: see `errors`.", faults)

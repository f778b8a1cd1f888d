"""What a person says of a day, on top of what the model foresees of it. Pure.

Axes: P products, H days ahead, Q levels.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from obrador.forecasting.conformal import normal_quantiles, spread
from obrador.forecasting.domain import Floats, Forecast, Overridden, Override
from obrador.forecasting.profile import rounded


def override(forecast: Forecast, overrides: Sequence[Override]) -> Forecast:
    """The forecast with what people say of its products and days; what is of others is left out.

    `add` moves mean m and quantiles q by the value, as far as 0: the extra customers are known, the
    usual ones are as uncertain as ever. `set` and `percent` give another mean n the interval that
    such a number usually has, `n + (q − m)·σ(n)/σ(m)` with σ from `conformal.spread`: about in
    proportion, and less where m is small and mostly chance. Where m is 0, quantiles are normal.

    Example: m = 60 with an interval of 50 to 72 becomes 72 with 62 to 84 by `add` 12, and 90 with
    75.5 to 107.4 by `set` 90 or by `percent` 50.

    Args:
        forecast: untouched by people so far; see `statistical`.
        overrides: at most one of a product and day.

    Returns:
        mean (P, H) and quantiles (P, H, Q) in units of the products, rounded as forecasts are, with
        what they were before in `overridden`.
    """
    row_of = {product_id: row for row, product_id in enumerate(forecast.product_ids)}
    mean, quantiles = forecast.mean.copy(), forecast.quantiles.copy()
    changed = []
    for said in overrides:
        row = row_of.get(said.product_id)
        ahead = (said.day - forecast.first_day).days
        if row is None or not 0 <= ahead < mean.shape[1]:
            continue
        own = quantiles[row, ahead]
        changed.append(Overridden(said, float(mean[row, ahead]), tuple(own.tolist())))
        mean[row, ahead], quantiles[row, ahead] = _moved(said, float(mean[row, ahead]), own)
    if not changed:
        return forecast
    return replace(
        forecast, mean=rounded(mean), quantiles=rounded(quantiles), overridden=tuple(changed)
    )


def statistical(forecast: Forecast) -> Forecast:
    """The forecast as the model made it, before people changed it."""
    if not forecast.overridden:
        return forecast
    row_of = {product_id: row for row, product_id in enumerate(forecast.product_ids)}
    mean, quantiles = forecast.mean.copy(), forecast.quantiles.copy()
    for each in forecast.overridden:
        row = row_of[each.override.product_id]
        ahead = (each.override.day - forecast.first_day).days
        mean[row, ahead], quantiles[row, ahead] = each.mean, each.quantiles
    return replace(forecast, mean=mean, quantiles=quantiles, overridden=())


def _moved(said: Override, mean: float, quantiles: Floats) -> tuple[float, Floats]:
    """Mean and quantiles (Q,) as they are then."""
    share = mean * (1 + said.value / 100)
    goal = max({"set": said.value, "add": mean + said.value, "percent": share}[said.kind], 0.0)
    before, after = spread(np.array([mean, goal]))
    if mean == 0:
        return goal, normal_quantiles(np.array(goal), after)
    if said.kind == "add":
        return goal, np.maximum(quantiles + said.value, 0.0)
    return goal, np.maximum(goal + (quantiles - mean) * after / before, 0.0)

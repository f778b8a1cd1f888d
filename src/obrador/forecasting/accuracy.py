"""Forecasts against sales: how far off, in which direction, and how sure. Pure.

Sources: Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.8 for MAE,
RMSE and MAPE, 5.9 for quantile scores (theirs are twice the pinball loss); Kolassa and Schütz,
Advantages of the MAD/Mean Ratio over the MAPE (Foresight 6, 2007) for WAPE; Koenker and Bassett,
Regression Quantiles (1978) for the pinball loss.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

from obrador.forecasting.domain import (
    PRODUCT_DAY,
    QUANTILE_LEVELS,
    Accuracy,
    DayForecast,
    Flags,
    Floats,
    Health,
    ProductAccuracy,
    ProductDays,
    Validation,
)
from obrador.sales.domain import DaySales
from obrador.tenants.domain import USUAL_POLICY, Policy

_LEVELS = np.array(QUANTILE_LEVELS)
_LOW, _HIGH = QUANTILE_LEVELS.index(0.1), QUANTILE_LEVELS.index(0.9)


def validation(
    day: date,
    revision: int,
    forecast: DayForecast,
    sales: DaySales,
    closes: float,
    policy: Policy = USUAL_POLICY,
) -> Validation | None:
    """A day's forecast against its sales.

    A product with a forecast and no record sold nothing; one with neither is not on sale and is
    left out. Sales of a day on which a product sold out count as they are, and are marked.

    Args:
        closes: minute of the day at which the shop closes.

    Returns:
        None where there is nothing to compare: the shop sold nothing that day (closed, or not
        told yet), or nothing was foreseen (closed by the calendar, or no history).
    """
    place = {product_id: index for index, product_id in enumerate(sales.product_ids)}
    rows = [place.get(product_id, -1) for product_id in forecast.product_ids]
    found = np.array(rows, dtype=np.intp)
    sold = np.append(sales.sold, 0.0)[found]
    minute = np.append(sales.sold_out_minute, np.nan)[found]
    compared = (forecast.mean > 0) | (found >= 0)
    if not sold.any() or not forecast.mean.any():
        return None
    known = found[compared] >= 0
    products = _records(forecast, sold, minute < closes, compared)
    unforeseen = np.count_nonzero(sales.sold) - np.count_nonzero(sold)
    figures = measure(products, known, int(unforeseen), policy)
    figures = replace(figures, **_of_overridden(forecast, sold))
    return Validation(day, revision, figures, products)


def measure(
    products: ProductDays, known: Flags, unforeseen: int = 0, policy: Policy = USUAL_POLICY
) -> Accuracy:
    """All figures of N ≥ 1 products with forecast f, sales a (some above 0) and error e = f − a.

    MAE = Σ|e|/N; MAPE = 100·mean of |e|/a over products with a > 0; WAPE = 100·Σ|e|/Σa;
    RMSE = √(Σe²/N); R² = 1 − Σe²/Σ(a − ā)²; accuracy = max(0, 100 − WAPE); bias = Σe/N units and
    100·Σe/Σa per cent; interval coverage = share of products with q(0.1) ≤ a ≤ q(0.9); pinball =
    mean over products and levels τ of max(τ·(a − q), (τ − 1)·(a − q)).

    Example: f = (12, 8), a = (10, 10) gives MAE 2, MAPE 20, WAPE 20, RMSE 2, bias 0.

    Args:
        known: (N,) whether the product has a record of that day.
    """
    forecast, sold = _float(products["forecast"]), _float(products["sold"])
    error = forecast - sold
    off, total, count = np.abs(error), float(sold.sum()), len(products)
    sells = sold > 0
    spread = float(((sold - total / count) ** 2).sum())
    squares = float((error * error).sum())
    wape = 100 * float(off.sum()) / total
    within = (products["low"] <= products["sold"]) & (products["sold"] <= products["high"])
    return Accuracy(
        products=count,
        unforeseen=unforeseen,
        zero_sales=count - int(sells.sum()),
        coverage=float(known.mean()),
        mae=float(off.mean()),
        mape=100 * float((off[sells] / sold[sells]).mean()) if sells.any() else None,
        wape=wape,
        rmse=(squares / count) ** 0.5,
        r2=1 - squares / spread if spread > 0 else None,
        accuracy=max(0.0, 100 - wape),
        bias=float(error.mean()),
        bias_percent=100 * float(error.sum()) / total,
        interval_coverage=float(within.mean()),
        pinball=float(products["pinball"].mean()),
        health=health(wape, policy),
    )


def health(wape: float, policy: Policy = USUAL_POLICY) -> Health:
    """What a WAPE in per cent means to the bakery. WAPE rather than MAPE: chance alone makes a
    product that sells three a day miss by half."""
    if wape > policy.warning_wape:
        return "critical"
    return "warning" if wape > policy.healthy_wape else "healthy"


def pinball(sold: Floats, quantiles: Floats) -> Floats:
    """(N,) loss of the quantiles (N, Q) at `QUANTILE_LEVELS`, mean of the levels."""
    above = sold[:, None] - quantiles
    loss: Floats = np.maximum(_LEVELS * above, (_LEVELS - 1) * above).mean(axis=1)
    return loss


def by_product(days: Sequence[ProductDays]) -> list[ProductAccuracy]:
    """Each product over all days, worst first: by the units it was off in all."""
    records = np.concatenate([*days, np.empty(0, PRODUCT_DAY)])
    ids, own = np.unique(records["id"], return_inverse=True)
    forecast, sold = _float(records["forecast"]), _float(records["sold"])
    within = (records["low"] <= records["sold"]) & (records["sold"] <= records["high"])
    columns = (
        np.ones(len(records)), forecast, sold, np.abs(forecast - sold), within,
        _float(records["pinball"]), records["sold_out"],
    )  # fmt: skip
    sums = [np.bincount(own, weights=column, minlength=len(ids)) for column in columns]
    rows = zip(product_ids(ids), *(column.tolist() for column in sums), strict=True)
    found = [_product(*row) for row in rows]
    return sorted(found, key=lambda each: -each.mae * each.days)


def best(products: Sequence[ProductAccuracy], count: int) -> list[ProductAccuracy]:
    """Products that sold and came nearest to what they sold, in per cent of it."""
    sold = [each for each in products if each.wape is not None]
    return sorted(sold, key=lambda each: (each.wape, -each.sold))[:count]


def product_ids(ids: "np.ndarray[tuple[int], np.dtype[np.bytes_]]") -> list[UUID]:
    """Ids of records as ids."""
    # Taken from the buffer: an element of its own would lose its trailing zeros.
    content = np.ascontiguousarray(ids, dtype="S16").tobytes()
    return [UUID(bytes=content[at : at + 16]) for at in range(0, len(content), 16)]


def _product(
    product_id: UUID,
    days: float,
    forecast: float,
    sold: float,
    off: float,
    within: float,
    loss: float,
    sold_out: float,
) -> ProductAccuracy:
    return ProductAccuracy(
        product_id=product_id,
        days=int(days),
        forecast=forecast,
        sold=sold,
        mae=off / days,
        wape=100 * off / sold if sold > 0 else None,
        bias=(forecast - sold) / days,
        interval_coverage=within / days,
        pinball=loss / days,
        sold_out_days=int(sold_out),
    )


def _records(forecast: DayForecast, sold: Floats, sold_out: Flags, compared: Flags) -> ProductDays:
    quantiles = forecast.quantiles[compared]
    records = np.empty(int(compared.sum()), PRODUCT_DAY)
    ids = b"".join(product_id.bytes for product_id in forecast.product_ids)
    records["id"] = np.frombuffer(ids, "S16")[compared]
    records["forecast"] = forecast.mean[compared]
    records["sold"] = sold[compared]
    records["low"], records["high"] = quantiles[:, _LOW], quantiles[:, _HIGH]
    records["pinball"] = pinball(sold[compared], quantiles)
    records["sold_out"] = sold_out[compared]
    return records


def _of_overridden(forecast: DayForecast, sold: Floats) -> dict[str, Any]:
    """The figures of `Accuracy` that tell whether people knew better than the model: over the
    products whose forecast they had changed, Σa, Σ|f − a|, and Σ|s − a| with the model's own s."""
    alone = [forecast.statistical.get(each, np.nan) for each in forecast.product_ids]
    statistical = np.array(alone, dtype=np.float64)
    changed = ~np.isnan(statistical)
    actual = sold[changed]
    return {
        "overridden": int(changed.sum()),
        "overridden_sold": float(actual.sum()),
        "overridden_off": float(np.abs(forecast.mean[changed] - actual).sum()),
        "statistical_off": float(np.abs(statistical[changed] - actual).sum()),
    }


def _float(column: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> Floats:
    return column.astype(np.float64)

"""A forecast of a whole bakery, cut into what it says of each product. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Product
from obrador.forecasting.domain import (
    DayAhead,
    DemandHistory,
    Forecast,
    Overridden,
    ProductForecast,
)


def by_product(
    forecast: Forecast,
    products: Sequence[Product],
    *,
    history_until: date | None,
    revision: int | None = None,
) -> dict[UUID, ProductForecast]:
    """What a forecast says of each of the products that it is about, all days ahead."""
    row_of = {product_id: row for row, product_id in enumerate(forecast.product_ids)}
    sells = bool((forecast.drivers.level > 0).any())
    is_open = [not sells or bool(day.any()) for day in forecast.mean.T]
    changed: dict[UUID, dict[date, Overridden]] = defaultdict(dict)
    for each in forecast.overridden:
        changed[each.override.product_id][each.override.day] = each
    return {
        product.id: ProductForecast(
            product_id=product.id,
            product=product.name,
            unit=product.unit,
            model=forecast.models[row],
            business_date=forecast.first_day,
            history_until=history_until,
            revision=revision,
            model_version=forecast.model_version,
            days=_days(forecast, row, is_open, changed.get(product.id, {})),
        )
        for product in products
        if (row := row_of.get(product.id)) is not None
    }


def last_day_sold(history: DemandHistory) -> date | None:
    """The last day with a record of any product."""
    known = np.flatnonzero(~np.isnan(history.sold).all(axis=0))
    return history.days.date_of(int(known[-1])) if known.size else None


def _days(
    forecast: Forecast, row: int, is_open: Sequence[bool], changed: Mapping[date, Overridden]
) -> tuple[DayAhead, ...]:
    days = [forecast.first_day + timedelta(days=ahead) for ahead in range(len(is_open))]
    values = zip(
        days,
        is_open,
        forecast.mean[row].round(2).tolist(),
        forecast.quantiles[row].round(2).tolist(),
        forecast.drivers[row],
        strict=True,
    )
    return tuple(
        DayAhead(day, opens, mean, tuple(quantiles), drivers, changed.get(day))
        for day, opens, mean, quantiles, drivers in values
    )

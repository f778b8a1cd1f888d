"""A forecast of a whole bakery, cut into what it says of each product. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Product
from obrador.forecasting.domain import DayAhead, DemandHistory, Forecast, ProductForecast


def by_product(
    forecast: Forecast,
    products: Sequence[Product],
    *,
    history_until: date | None,
    revision: int | None = None,
    model_version: str | None = None,
) -> dict[UUID, ProductForecast]:
    """What a forecast says of each of the products that it is about, all days ahead."""
    row_of = {product_id: row for row, product_id in enumerate(forecast.product_ids)}
    sells = any(own[0].level > 0 for own in forecast.drivers if own)
    is_open = [not sells or bool(day.any()) for day in forecast.mean.T]
    return {
        product.id: ProductForecast(
            product_id=product.id,
            product=product.name,
            unit=product.unit,
            model=forecast.models[row],
            business_date=forecast.first_day,
            history_until=history_until,
            revision=revision,
            model_version=model_version,
            days=_days(forecast, row, is_open),
        )
        for product in products
        if (row := row_of.get(product.id)) is not None
    }


def last_day_sold(history: DemandHistory) -> date | None:
    """The last day with a record of any product."""
    known = np.flatnonzero(~np.isnan(history.sold).all(axis=0))
    return history.days.date_of(int(known[-1])) if known.size else None


def _days(forecast: Forecast, row: int, is_open: Sequence[bool]) -> tuple[DayAhead, ...]:
    values = zip(
        is_open,
        forecast.mean[row].round(2).tolist(),
        forecast.quantiles[row].round(2).tolist(),
        forecast.drivers[row],
        strict=True,
    )
    return tuple(
        DayAhead(forecast.first_day + timedelta(days=ahead), opens, mean, tuple(quantiles), drivers)
        for ahead, (opens, mean, quantiles, drivers) in enumerate(values)
    )

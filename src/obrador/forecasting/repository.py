"""Every query on forecasts."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import models
from obrador.forecasting.domain import QUANTILE_LEVELS, Drivers, Forecast
from obrador.kit.db import copy_rows, table_of
from obrador.tenants.domain import Morning

_TABLE = table_of(models.Forecast)
_COLUMNS = (
    "tenant_id", "business_date", "revision", "product_id", "mean", "quantiles", "model", "drivers",
)  # fmt: skip
_DIGITS = 5


async def save(session: AsyncSession, forecasts: Sequence[tuple[Morning, Forecast]]) -> None:
    """Write the forecasts of many tenants at once."""
    rows = (row for morning, forecast in forecasts for row in _rows(morning, forecast))
    await copy_rows(session, _TABLE, _COLUMNS, rows)


async def read(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Forecast:
    """One morning's forecast, products by id; empty if there is none."""
    stored = models.Forecast
    query = select(
        stored.product_id, stored.mean, stored.quantiles, stored.model, stored.drivers
    ).where(
        stored.tenant_id == tenant,
        stored.business_date == business_date,
        stored.revision == revision,
    )
    rows = (await session.execute(query.order_by(stored.product_id))).all()
    days = len(rows[0].mean) if rows else 0
    shape = (len(rows), days, len(QUANTILE_LEVELS))
    return Forecast(
        product_ids=tuple(row.product_id for row in rows),
        first_day=business_date,
        mean=np.array([row.mean for row in rows], dtype=np.float64).reshape(shape[:2]),
        quantiles=np.array([row.quantiles for row in rows], dtype=np.float64).reshape(shape),
        models=tuple(row.model for row in rows),
        drivers=tuple(tuple(Drivers(*day) for day in row.drivers) for row in rows),
    )


def _rows(morning: Morning, forecast: Forecast) -> Iterator[tuple[Any, ...]]:
    products = len(forecast.product_ids)
    for product_id, mean, quantiles, model, drivers in zip(
        forecast.product_ids,
        forecast.mean.tolist(),
        forecast.quantiles.reshape(products, -1).tolist() if products else (),
        forecast.models,
        forecast.drivers,
        strict=True,
    ):
        yield (
            morning.tenant, morning.business_date, morning.revision, product_id,
            mean, quantiles, model, Jsonb([_compact(day) for day in drivers]),
        )  # fmt: skip


def _compact(day: Drivers) -> list[float | str | None]:
    """The drivers in their own order; names would triple what is stored."""
    return [
        round(day.level, _DIGITS),
        round(day.weekday, _DIGITS),
        round(day.season, _DIGITS),
        round(day.holiday, _DIGITS),
        day.holiday_name,
        round(day.trend, _DIGITS),
    ]

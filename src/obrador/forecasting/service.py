"""Storing forecasts and reading them back; what others ask of their accuracy."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import repository
from obrador.forecasting.domain import Forecast
from obrador.forecasting.overrides import read_overrides
from obrador.forecasting.summary import AccuracySummary, Period, ProductCard
from obrador.forecasting.validating import (
    evaluate_retraining,
    load_products,
    load_trends,
    summary_of,
    validate,
    validate_days,
)
from obrador.tenants.domain import Morning

__all__ = [
    "AccuracySummary",
    "Period",
    "ProductCard",
    "evaluate_retraining",
    "load_forecasts",
    "load_products",
    "load_trends",
    "newest_forecast",
    "read_forecast",
    "read_overrides",
    "save_forecasts",
    "summary_of",
    "validate",
    "validate_days",
]


async def save_forecasts(
    session: AsyncSession, forecasts: Sequence[tuple[Morning, Forecast]]
) -> None:
    """Store what mornings foresaw, many tenants in one statement. Each morning only once."""
    await repository.save(session, forecasts)


async def read_forecast(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Forecast | None:
    """What a morning foresaw, if it foresaw anything."""
    return await repository.read(session, tenant, business_date, revision)


async def load_forecasts(
    session: AsyncSession, mornings: Sequence[Morning]
) -> dict[TenantId, Forecast]:
    """What mornings foresaw, many tenants in one query; without those that foresaw nothing."""
    return await repository.read_many(session, mornings)


async def newest_forecast(session: AsyncSession, tenant: TenantId, until: date) -> Forecast | None:
    """What the newest morning up to a day foresaw, if any did."""
    return await repository.read_newest(session, tenant, until)

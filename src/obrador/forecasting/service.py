"""Storing forecasts and reading them back, and making them for who asks; what others ask of their
accuracy."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import repository
from obrador.forecasting.asking import generate
from obrador.forecasting.domain import Forecast
from obrador.forecasting.forecast_cache import ForecastCache, Kept, forget_retrained
from obrador.forecasting.model_version import model_version
from obrador.forecasting.schemas_ahead import ForecastsOutput, GenerateInput
from obrador.forecasting.validating import (
    evaluate_retraining,
    load_products,
    load_trends,
    validate,
    validate_days,
)
from obrador.forecasting.wording import explain_drivers
from obrador.tenants.domain import Morning

__all__ = [
    "ForecastCache",
    "ForecastsOutput",
    "GenerateInput",
    "Kept",
    "evaluate_retraining",
    "explain_drivers",
    "forget_retrained",
    "generate",
    "load_forecasts",
    "load_products",
    "load_trends",
    "model_version",
    "read_forecast",
    "save_forecasts",
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

"""Storing forecasts and reading them back, and making them for who asks; what others ask of their
accuracy and models."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import repository
from obrador.forecasting.activity import TrainingActivity, training_activity
from obrador.forecasting.asking import generate
from obrador.forecasting.domain import Forecast
from obrador.forecasting.events import ForecastGenerated
from obrador.forecasting.forecast_cache import ForecastCache, Kept
from obrador.forecasting.known_drivers import DRIVER_DAYS, load_drivers
from obrador.forecasting.overrides import read_overrides
from obrador.forecasting.schemas import BackfillInput, ProductFigures
from obrador.forecasting.schemas_ahead import ForecastsOutput, GenerateInput
from obrador.forecasting.summary import AccuracySummary, OverrideCard, Period, ProductCard
from obrador.forecasting.training import (
    Trained,
    ask_for_training,
    begin_training,
    call_off_training,
    cancel_job,
    finish_training,
    get_model,
    get_training_job,
    give_up_training,
    has_model,
    load_champions,
)
from obrador.forecasting.training_schemas import DriverFigures, ModelDetail, TrainingJobOutput
from obrador.forecasting.validating import (
    accuracy_of,
    backfill,
    load_products,
    load_trends,
    summary_of,
    validate,
    validate_days,
)
from obrador.forecasting.wording import day_forecast
from obrador.kit.outbox import publish_all
from obrador.tenants.domain import Morning

__all__ = [
    "DRIVER_DAYS",
    "AccuracySummary",
    "BackfillInput",
    "DriverFigures",
    "ForecastCache",
    "ForecastsOutput",
    "GenerateInput",
    "Kept",
    "ModelDetail",
    "OverrideCard",
    "Period",
    "ProductCard",
    "ProductFigures",
    "Trained",
    "TrainingActivity",
    "TrainingJobOutput",
    "accuracy_of",
    "ask_for_training",
    "backfill",
    "begin_training",
    "call_off_training",
    "cancel_job",
    "day_forecast",
    "finish_training",
    "generate",
    "get_model",
    "get_training_job",
    "give_up_training",
    "has_model",
    "load_champions",
    "load_drivers",
    "load_forecasts",
    "load_products",
    "load_trends",
    "newest_forecast",
    "read_forecast",
    "read_overrides",
    "save_forecasts",
    "summary_of",
    "training_activity",
    "validate",
    "validate_days",
]


async def save_forecasts(
    session: AsyncSession, forecasts: Sequence[tuple[Morning, Forecast]]
) -> None:
    """Store what mornings foresaw, and tell it; two statements for many tenants. Each morning only
    once."""
    await repository.save(session, forecasts)
    await publish_all(session, [_generated(morning, made) for morning, made in forecasts])


def _generated(morning: Morning, made: Forecast) -> ForecastGenerated:
    return ForecastGenerated(
        tenant_id=morning.tenant,
        business_date=morning.business_date.isoformat(),
        revision=morning.revision,
        products=len(made.product_ids),
        days=int(made.mean.shape[1]),
        model_version=made.model_version,
    )


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

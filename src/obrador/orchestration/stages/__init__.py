"""Every stage there is, by the name that a workflow's steps call it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.drivers.domain import WeatherProvider
from obrador.kit.clock import Clock
from obrador.kit.workflow import Engine
from obrador.orchestration.definitions import MORNING, RETRAINING
from obrador.orchestration.endings import Undo
from obrador.orchestration.run_state import RunKey
from obrador.orchestration.services import Services
from obrador.orchestration.stages.base import PlatformStage, Stage
from obrador.orchestration.stages.planning import (
    Forecasting,
    Procurement,
    Production,
    Projection,
    TakeSnapshot,
)
from obrador.orchestration.stages.retention import Retention
from obrador.orchestration.stages.telling import Insights, Notifications, Validation
from obrador.orchestration.stages.training import RetrainingEvaluation
from obrador.orchestration.stages.upkeep import (
    AlertCleanup,
    MetricsRollup,
    ProcurementReview,
    StalePlans,
    StaleSchedules,
    ValidationBackfill,
    WeeklyDigest,
)
from obrador.orchestration.stages.weather import Weather, weather_provider
from obrador.settings import Settings


def morning_stages(clock: Clock, services: Services | None = None) -> tuple[Stage, ...]:
    """Those of a morning, in their order.

    Args:
        services: what is kept elsewhere; None: nothing, all is done in this process.
    """
    return (
        TakeSnapshot(clock, services),
        Forecasting(services),
        Production(services),
        Procurement(services),
        Projection(services),
        Validation(),
        Insights(services),
        Notifications(services),
    )


def all_stages(
    clock: Clock, settings: Settings, engine: Engine, services: Services | None = None
) -> Mapping[str, Stage | PlatformStage]:
    """All of them."""
    stages: tuple[Stage | PlatformStage, ...] = (
        *bakery_stages(clock, services, weather_provider(settings)),
        MetricsRollup(clock),
        Retention(clock, settings, engine),
    )
    return {stage.name: stage for stage in stages}


def bakery_stages(
    clock: Clock, services: Services | None = None, weather: WeatherProvider | None = None
) -> tuple[Stage, ...]:
    """Those that are for each bakery."""
    return (
        *morning_stages(clock, services),
        StaleSchedules(),
        StalePlans(),
        ProcurementReview(),
        RetrainingEvaluation(clock),
        Weather(weather),
        WeeklyDigest(),
        AlertCleanup(clock),
        ValidationBackfill(),
    )


PLATFORM_STAGES = (MetricsRollup.name, Retention.name)


def undo_all(clock: Clock) -> Undo:
    """Takes back whatever stages of a morning have created, last things first, and calls off what
    is being trained."""
    stages = morning_stages(clock)
    training = RetrainingEvaluation(clock)

    async def undo(session: AsyncSession, keys: Sequence[RunKey]) -> None:
        mornings = [key for key in keys if key.workflow == MORNING]
        for stage in reversed(stages):
            if mornings:
                await stage.undo(session, mornings)
        await training.undo(session, [key for key in keys if key.workflow == RETRAINING])

    return undo

"""Every stage there is, by the name that a workflow's steps call it."""

from collections.abc import Mapping

from obrador.kit.clock import Clock
from obrador.orchestration.stages.base import PlatformStage, Stage
from obrador.orchestration.stages.planning import (
    Forecasting,
    Procurement,
    Production,
    Projection,
    TakeSnapshot,
)


def morning_stages(clock: Clock) -> tuple[Stage, ...]:
    """Those of a morning, in their order."""
    return (TakeSnapshot(clock), Forecasting(), Production(), Procurement(), Projection())


def all_stages(clock: Clock) -> Mapping[str, Stage | PlatformStage]:
    """All of them."""
    stages: tuple[Stage | PlatformStage, ...] = morning_stages(clock)
    return {stage.name: stage for stage in stages}

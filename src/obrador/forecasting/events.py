"""What other contexts may hear of forecasts."""

from dataclasses import dataclass
from typing import ClassVar

from obrador.kit.outbox import Event


@dataclass(frozen=True)
class ValidationCompleted(Event):
    """A day's forecast was compared with its sales."""

    routing_key: ClassVar[str] = "forecasting.validation.completed"

    business_date: str
    """ISO date."""
    products: int
    wape: float
    """Per cent, as the other two."""
    mape: float | None
    accuracy: float
    health: str


@dataclass(frozen=True)
class ForecastGenerated(Event):
    """A morning foresaw what will be sold."""

    routing_key: ClassVar[str] = "forecasting.forecast.generated"

    business_date: str
    """ISO date of the first day foreseen."""
    revision: int
    products: int
    days: int
    model_version: int | None
    """Of the trained model that made it; null: none did."""


@dataclass(frozen=True)
class ModelRetrained(Event):
    """A forecasting model was trained and compared with the one before it."""

    routing_key: ClassVar[str] = "forecasting.model.retrained"

    version: int
    reason: str
    is_promoted: bool
    """It forecasts from now on; else the one before it goes on."""
    wape: float
    """Per cent on weeks that it had not seen, as the other one."""
    wape_before: float
    """Of the model before it, or of the profile alone."""

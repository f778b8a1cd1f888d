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

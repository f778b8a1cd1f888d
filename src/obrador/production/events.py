"""What other contexts may hear of production."""

from dataclasses import dataclass
from typing import ClassVar

from obrador.kit.outbox import Event


@dataclass(frozen=True)
class ScheduleCreated(Event):
    """A production schedule was drafted."""

    routing_key: ClassVar[str] = "production.schedule.created"

    schedule_id: str
    business_date: str
    """ISO date."""
    revision: int

"""What other contexts may hear of alerts."""

from dataclasses import dataclass
from typing import Any, ClassVar

from obrador.kit.outbox import Event


@dataclass(frozen=True)
class AlertCritical(Event):
    """Something is critical while the day is made: a batch will be late, or equipment it needs is
    broken."""

    routing_key: ClassVar[str] = "alerts.alert.critical"

    kind: str
    """Such as `batch_delayed`."""
    key: str
    """What it is about; told again under the same key, it is the same alert."""
    business_date: str
    """ISO date."""
    facts: dict[str, Any]
    """What its sentence is made of, by kind."""

"""What other contexts may hear of purchasing."""

from dataclasses import dataclass
from typing import ClassVar

from obrador.kit.outbox import Event


@dataclass(frozen=True)
class PlanCreated(Event):
    """A purchase plan is there to look at and approve."""

    routing_key: ClassVar[str] = "procurement.plan.created"

    plan_id: str
    business_date: str
    """ISO date."""
    revision: int
    orders: int
    cost_minor: int


@dataclass(frozen=True)
class StockCritical(Event):
    """Ingredients that run out before any supplier can deliver."""

    routing_key: ClassVar[str] = "inventory.stock.critical"

    business_date: str
    """ISO date."""
    runs_out: dict[str, str]
    """By ingredient id, the ISO date from which some is missing."""

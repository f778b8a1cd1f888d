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
class PlanStatusChanged(Event):
    """A purchase plan has passed from one state into another, by whomever."""

    routing_key: ClassVar[str] = "procurement.plan.status_changed"

    plan_id: str
    business_date: str
    """ISO date."""
    revision: int
    from_status: str
    to_status: str
    changed_by: str
    """Name of a person or program; `system`: Obrador itself; empty: the person at its machine."""
    reason: str


@dataclass(frozen=True)
class OrderStatusChanged(Event):
    """A purchase order has passed from one state into another, by whomever."""

    routing_key: ClassVar[str] = "procurement.order.status_changed"

    order_id: str
    plan_id: str | None
    """Null: it was placed outside a plan."""
    supplier_id: str
    delivery_on: str
    """ISO date."""
    goods_minor: int
    fee_minor: int
    from_status: str
    to_status: str
    changed_by: str
    """Name of a person or program; `system`: Obrador itself; empty: the person at its machine."""
    reason: str


@dataclass(frozen=True)
class StockCritical(Event):
    """Ingredients that run out before any supplier can deliver."""

    routing_key: ClassVar[str] = "inventory.stock.critical"

    business_date: str
    """ISO date."""
    runs_out: dict[str, str]
    """By ingredient id, the ISO date from which some is missing."""

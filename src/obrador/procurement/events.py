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
class PlanRejected(Event):
    """A purchase plan was turned down."""

    routing_key: ClassVar[str] = "procurement.plan.rejected"

    plan_id: str
    business_date: str
    """ISO date."""
    revision: int
    rejected_by: str
    reason: str
    says_stale: bool
    """The reason says that the data was out of date."""
    regenerates: bool
    """The day is planned again at once, because of that."""


@dataclass(frozen=True)
class PlanRegenerationRequested(Event):
    """The day of a purchase plan is to be planned again, from what is known now."""

    routing_key: ClassVar[str] = "procurement.plan.regeneration_requested"

    plan_id: str
    """Of the plan that the new one replaces."""
    business_date: str
    """ISO date."""
    revision: int
    requested_by: str


@dataclass(frozen=True)
class PlanEdited(Event):
    """Somebody changed orders of a purchase plan."""

    routing_key: ClassVar[str] = "procurement.plan.edited"

    plan_id: str
    business_date: str
    """ISO date."""
    revision: int
    edited_by: str
    order_ids: list[str]
    """What was changed, added or called off."""
    cost_minor: int
    """Goods and fees of the plan, now."""
    stock_outs: int
    """Ingredients that run out within the horizon."""


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
class OrderNotSent(Event):
    """An order could not be sent, and is not tried again until somebody says so."""

    routing_key: ClassVar[str] = "procurement.order.not_sent"

    order_id: str
    number: str
    supplier_id: str
    delivery_on: str
    """ISO date."""
    attempts: int
    reason: str


@dataclass(frozen=True)
class OrderReceived(Event):
    """Goods of an order have come, or it was said that a rest will not; stock was moved in the same
    transaction."""

    routing_key: ClassVar[str] = "procurement.order.received"

    order_id: str
    number: str
    supplier_id: str
    receipt_id: str
    received_on: str
    """ISO date."""
    accepted: dict[str, float]
    """By ingredient id, in base units; as `refused` and `will_not_come`."""
    refused: dict[str, float]
    will_not_come: dict[str, float]
    is_ended: bool
    """Nothing more of the order is to come."""


@dataclass(frozen=True)
class OrderOverdue(Event):
    """An order has not come, or not all of it, by the day agreed; told once."""

    routing_key: ClassVar[str] = "procurement.order.overdue"

    order_id: str
    number: str
    supplier_id: str
    delivery_on: str
    """ISO date."""
    outstanding: dict[str, float]
    """By ingredient id, in base units."""


@dataclass(frozen=True)
class StockCritical(Event):
    """Ingredients that run out before any supplier can deliver."""

    routing_key: ClassVar[str] = "inventory.stock.critical"

    business_date: str
    """ISO date."""
    runs_out: dict[str, str]
    """By ingredient id, the ISO date from which some is missing."""

"""Alerts of orders that are not on their way, or have not come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import repository
from obrador.alerts.domain import Alert, Kind, Severity
from obrador.alerts.watching import mornings_of
from obrador.authz import TenantId
from obrador.suppliers import service as suppliers

_SEVERITIES: Mapping[Kind, Severity] = {"order_not_sent": "critical", "order_overdue": "warning"}


async def raise_of_order(
    session: AsyncSession, tenant: TenantId, kind: Kind, order: Mapping[str, Any], now: datetime
) -> None:
    """Raise what an event says of an order; once for each order and kind."""
    supplier_id = UUID(order["supplier_id"])
    contact = (await suppliers.load_contacts(session, [tenant], [supplier_id])).get(supplier_id)
    facts = {
        "order_id": order["order_id"],
        "number": order["number"],
        "name": contact.name if contact else "?",
        "day": order["delivery_on"],
        "reason": order.get("reason", ""),
    }
    morning = (await mornings_of(session, [tenant], now))[tenant]
    alert = Alert(kind, _SEVERITIES[kind], _key(kind, order["order_id"]), facts)
    await repository.keep(session, [(morning, [alert])])


async def order_settled(
    session: AsyncSession, tenant: TenantId, order_id: str, status: str, now: datetime
) -> None:
    """Resolve what has lost its point now that an order has passed into a state."""
    kinds: list[Kind] = ["order_not_sent"]
    if status in ("received", "cancelled"):
        kinds.append("order_overdue")
    await repository.resolve_keys(session, tenant, [_key(each, order_id) for each in kinds], now)


def _key(kind: Kind, order_id: str) -> str:
    return f"{kind}:{order_id}"

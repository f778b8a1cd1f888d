"""States of purchase orders. Those of plans are `plan_changes.PLAN_STATES`. Pure."""

from obrador.kit.states import machine

ORDER_STATES = machine(
    "order",
    draft="approved cancelled",
    approved="sent cancelled",
    sent="partially_received received cancelled",
    partially_received="received cancelled",
    received="",
    cancelled="",
)
"""Cancelled after it was received in part: the rest will not come."""
OPEN = ("approved", "sent", "partially_received")
"""Orders that will be delivered: plans are made around them."""
SENT = ("sent", "partially_received", "received")
"""Orders that the supplier knows of."""
ENDED = ("received", "cancelled")
EDITABLE = ("draft", "pending_approval", "approved", "in_progress")
"""Plans whose draft orders can be edited and approved."""

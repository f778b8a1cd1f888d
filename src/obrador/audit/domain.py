"""Words of the log that programs read."""

from typing import Literal

ActorKind = Literal[
    "person", "program", "local_owner", "platform_admin", "service", "command_line", "unknown"
]
Outcome = Literal["done", "refused"]

QUESTIONS = (
    "/forecasts/single",
    "/forecasts/generate",
    "/inventory/operations/ingredients/batch",
    "/inventory/operations/stock-levels/batch",
)
"""Ends of paths that are asked with POST for the length of what they are asked, and often."""
LOOKED = "GET /api/v1/tenants/{tenant_id}"
"""What whoever runs the platform does in a bakery that is not theirs, whatever they look at."""

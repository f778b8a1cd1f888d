"""What other contexts may hear of sales."""

from dataclasses import dataclass
from typing import ClassVar

from obrador.kit.outbox import Event


@dataclass(frozen=True)
class SalesImported(Event):
    """Sales of these days came in or changed."""

    routing_key: ClassVar[str] = "sales.imported"

    first_day: str
    """ISO date."""
    last_day: str
    new_rows: int
    changed_rows: int

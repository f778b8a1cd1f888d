"""What other contexts may hear of stock."""

from dataclasses import dataclass
from typing import ClassVar

from obrador.kit.outbox import Event


@dataclass(frozen=True)
class StockMoved(Event):
    """Somebody posted what arrived, left or was counted."""

    routing_key: ClassVar[str] = "inventory.stock.moved"

    posting_id: str
    kind: str
    """Of its movements."""
    item_ids: list[str]
    """Ingredients, products, or recipes of semi-finished goods."""


@dataclass(frozen=True)
class StockLow(Event):
    """Ingredients fall below their safety stock, or run out, before a delivery can come."""

    routing_key: ClassVar[str] = "inventory.stock.low"

    business_date: str
    """ISO date."""
    low_from: dict[str, str]
    """By ingredient id, the ISO date from which there is too little."""
    is_planned: bool
    """A morning's plan found it and has planned with it: the day need not be planned again."""


@dataclass(frozen=True)
class LotsExpiring(Event):
    """Stock expires soon and is not needed before."""

    routing_key: ClassVar[str] = "inventory.lot.expiring"

    business_date: str
    """ISO date."""
    expires_on: dict[str, str]
    """By ingredient id, the ISO date of its first lot to expire."""

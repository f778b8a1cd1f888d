"""Suppliers as plain data for planning. Money in minor units of the tenant's currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from itertools import pairwise
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who delivers, when, and on what terms."""

    id: UUID
    name: str
    lead_time_days: int
    delivery_weekdays: tuple[int, ...]
    lead_time_sd_days: float = 0.0
    order_cutoff: time | None = None
    min_order_minor: int = 0
    delivery_fee_minor: int = 0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom orders are written to."""

    name: str
    email: str | None
    language: str | None
    """None: the bakery's own."""


@dataclass(frozen=True, slots=True)
class Price:
    """From `min_packs` packs on, each pack of `pack_size` base units costs `pack_price_minor`."""

    supplier_id: UUID
    ingredient_id: UUID
    pack_size: float
    min_packs: int
    pack_price_minor: int


def longest_wait(lead_time_days: int, delivery_weekdays: Iterable[int]) -> int:
    """Days after which something ordered today has come, whatever day today is."""
    weekdays = sorted(delivery_weekdays)
    gaps = ((later - day) % 7 or 7 for day, later in pairwise([*weekdays, weekdays[0]]))
    return lead_time_days + max(gaps)

"""What the figures of a bakery suggest, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from obrador.alerts.domain import MorningFacts

__all__ = ["Counts", "Feedback", "Insight", "Kind", "MorningFacts"]

Kind = Literal[
    "forecast_bias",
    "often_sold_out",
    "expiring_value",
    "forecast_drift",
    "delivery_fees",
    "price_break",
    "dead_stock",
    "supplier_alternative",
]
Feedback = Literal["useful", "not_useful", "done"]


@dataclass(frozen=True, slots=True)
class Insight:
    """One suggestion. `facts` are JSON-ready and fill the sentence of its kind."""

    kind: Kind
    key: str
    """What it is about, and in which week: an insight is told once for each key."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    value_minor: int | None = None
    """What is at stake in a week or, for stock, all at once; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of looking for insights in a bakery."""

    generated: int
    """Found in the facts."""
    posted: int
    """Of those, told for the first time on this morning."""

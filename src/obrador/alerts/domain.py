"""What a person should look at before it costs something, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from obrador.catalogue.domain import Catalogue
from obrador.forecasting.domain import Forecast, Validation
from obrador.inventory.domain import Ingredient, Lot
from obrador.procurement.domain import PurchasePlan
from obrador.production.domain import ProductionPlan
from obrador.suppliers.domain import Price, Supplier
from obrador.tenants.domain import Morning

Severity = Literal["critical", "warning", "info"]
Kind = Literal[
    "stock_critical",
    "stock_low",
    "batch_unplaced",
    "batch_late",
    "lot_expiring",
    "product_without_recipe",
    "ingredient_unsupplied",
    "order_urgent",
    "order_not_sent",
    "order_overdue",
    "schedule_waiting",
    "capacity_short",
    "batch_delayed",
    "equipment_out",
    "yield_off",
    "yield_trend",
    "stock_short_on_completion",
]
Status = Literal["open", "acknowledged", "resolved", "archived"]


@dataclass(frozen=True)
class MorningFacts:
    """What one bakery's morning knows once it has planned, and what is told from."""

    morning: Morning
    catalogue: Catalogue
    ingredients: Sequence[Ingredient]
    lots: Sequence[Lot]
    suppliers: Sequence[Supplier]
    prices: Sequence[Price]
    forecast: Forecast
    production: ProductionPlan
    purchases: PurchasePlan
    validation: Validation | None = None
    """Of the day before."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at. `facts` are JSON-ready and fill the sentence of its kind."""

    kind: Kind
    severity: Severity
    key: str
    """Says what it is about: what has been raised with the same key is not raised again."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    relevant_until: date | None = None
    """The last day on which it matters; after that, it resolves itself. None: until somebody
    resolves it."""

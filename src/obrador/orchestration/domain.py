"""What a morning gathers and what it says, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Catalogue
from obrador.forecasting.domain import Forecast, Override
from obrador.inventory.domain import Ingredient, Lot
from obrador.procurement.domain import OpenOrder, PurchasePlan
from obrador.production.domain import Begun, ProductionPlan
from obrador.sales.domain import FirmOrder, SalesHistory
from obrador.suppliers.domain import Price, Supplier
from obrador.tenants.domain import Morning

Severity = Literal["critical", "warning", "info"]


@dataclass(frozen=True)
class Snapshot:
    """All that one bakery's morning is planned from, read once."""

    morning: Morning
    catalogue: Catalogue
    sales: SalesHistory
    firm_orders: tuple[FirmOrder, ...]
    ingredients: tuple[Ingredient, ...]
    lots: tuple[Lot, ...]
    suppliers: tuple[Supplier, ...]
    prices: tuple[Price, ...]
    open_orders: tuple[OpenOrder, ...]
    reference: UUID | None = None
    """Names catalogue, ingredients, suppliers and prices as they are kept, see `references`."""
    missing: tuple[str, ...] = ()
    """Parts that could not be fetched, and are as they were in an earlier snapshot."""
    lacking: tuple[str, ...] = ()
    """Those of them that no earlier snapshot had young enough either: empty."""
    overrides: tuple[Override, ...] = ()
    """What people say of the days to plan, instead of the model."""
    begun: tuple[Begun, ...] = ()
    """Batches of the day that work has begun on, where it is planned again."""
    intraday: Mapping[UUID, tuple[float, ...]] = field(default_factory=dict)
    """(24,) shares by hour of what products with several bakes a day sell."""

    @property
    def data_until(self) -> date | None:
        """Last day before the planned one with sales, or None without any."""
        days = max((self.morning.business_date - self.sales.first).days, 0)
        recorded = np.flatnonzero(~np.isnan(self.sales.sold[:, :days]).all(axis=0))
        return self.sales.first + timedelta(days=int(recorded[-1])) if recorded.size else None


@dataclass(frozen=True)
class MorningPlan:
    """What came of a snapshot."""

    forecast: Forecast
    production: ProductionPlan
    purchases: PurchasePlan


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know or decide. `facts` fill the sentence of its `code`."""

    severity: Severity
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

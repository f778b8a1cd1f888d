"""A run in the hands of a process: who it is, and what is known of it so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from obrador.authz import TenantId
from obrador.catalogue.domain import Product
from obrador.drivers.domain import WeatherDay
from obrador.forecasting.covariates import KnownDrivers
from obrador.forecasting.domain import (
    Champion,
    Decision,
    Forecast,
    TrainingOrder,
    Trial,
    Validation,
)
from obrador.orchestration.domain import Note, Snapshot
from obrador.procurement.domain import PurchasePlan
from obrador.production.domain import ProductionPlan
from obrador.sales.domain import SalesHistory
from obrador.tenants.domain import Morning


class RunKey(NamedTuple):
    """What makes a run that run."""

    tenant: TenantId
    business_date: date
    workflow: str
    revision: int


@dataclass(eq=False)
class Training:
    """What a model is trained on, and what came of it."""

    order: TrainingOrder
    products: tuple[Product, ...]
    sales: SalesHistory
    drivers: KnownDrivers
    trial: Trial | None = None
    outcome: str | None = None
    """promoted, refused, failed or cancelled; None: nothing is stored yet."""


@dataclass(eq=False)
class RunState:
    """What stages hand on to the next. All of it can be had again from what is stored, so a run
    goes on in another process where it was."""

    key: RunKey
    id: UUID
    execution_id: UUID | None
    priority: str
    morning: Morning
    tenant_timeout_seconds: int
    strikes: int = 0
    snapshot: Snapshot | None = None
    champion: Champion | None = None
    """What forecasts, if the bakery has a trained model."""
    drivers: KnownDrivers | None = None
    """Of its demand, if what forecasts looks at any."""
    weather: Sequence[WeatherDay] = ()
    """Just fetched."""
    weather_since: date | None = None
    """From when on it is to be fetched."""
    forecast: Forecast | None = None
    production: ProductionPlan | None = None
    purchases: PurchasePlan | None = None
    notes: tuple[Note, ...] = ()
    validation: Validation | None = None
    """Of the day before; None: there is nothing to compare, or nobody has looked yet."""
    is_validated: bool = False
    """Somebody has looked."""
    decision: Decision | None = None
    training: Training | None = None
    """Of the bakery's model, if it is due."""
    failure: str | None = None
    """Why its last attempt failed."""
    remarks: list[str] = field(default_factory=list)
    """What is worth a line in the run's log."""

    @property
    def tenant(self) -> TenantId:
        """Whose it is."""
        return self.key.tenant

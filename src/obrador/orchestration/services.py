"""Contexts that are kept elsewhere, as the stages of a morning ask them.

The payload is the very problem that the function in this process would be given, and the answer is
what it would return: see `kit.wire`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import msgspec

from obrador.authz import TenantId
from obrador.forecasting.covariates import KnownDrivers
from obrador.forecasting.domain import DemandHistory, Forecast
from obrador.forecasting.profile import rounded
from obrador.integrations.http_services.client import HttpServices
from obrador.kit.errors import ServiceAway
from obrador.kit.wire import decode, encode
from obrador.orchestration import planning, plausible
from obrador.orchestration.domain import Snapshot
from obrador.orchestration.parts import KINDS, Part
from obrador.procurement.domain import PurchasePlan
from obrador.production.domain import ProductionPlan
from obrador.settings import Settings

T = TypeVar("T")

NAMES = ("forecasting", "production", "procurement", "inventory", "suppliers", "recipes")
PATHS: Mapping[str, str] = {
    "forecasting": "forecasts/generate",
    "production": "production/operations/generate-schedule",
    "procurement": "procurement/operations/auto-generate",
    "inventory": "planning/inventory",
    "suppliers": "planning/suppliers",
    "recipes": "planning/recipes",
}
"""Below a bakery's own path: the same in every installation."""


class Services:
    """What is kept where. What is not named is in this process."""

    def __init__(self, urls: Mapping[str, str], http: HttpServices) -> None:
        self._urls = urls
        self._http = http

    def has(self, name: str) -> bool:
        """Whether this context is kept elsewhere."""
        return name in self._urls

    async def forecast(self, snapshot: Snapshot, drivers: KnownDrivers | None = None) -> Forecast:
        """What the bakery's products will sell, as `planning.plan_demand`. Raises as `foresee`."""
        history = await asyncio.to_thread(planning.known_demand, snapshot, drivers)
        return await self.foresee(snapshot.morning.tenant, history)

    async def foresee(self, tenant: TenantId, history: DemandHistory) -> Forecast:
        """What comes after a bakery's history.

        Raises:
            Invalid: the service refuses the problem.
            ServiceAway: it does not answer, or not with a forecast.
        """
        forecast = await self._post("forecasting", tenant, history, Forecast)
        _refuse("forecasting", plausible.forecast_faults(history, forecast))
        mean, quantiles = rounded(forecast.mean), rounded(forecast.quantiles)
        return replace(forecast, mean=mean, quantiles=quantiles, overridden=())

    async def bake(self, snapshot: Snapshot, demand: Forecast) -> ProductionPlan:
        """How much to bake of what, and when, as `planning.plan_bake`. Raises as `foresee`."""
        problem = planning.bake_problem(snapshot, demand)
        plan = await self._post("production", snapshot.morning.tenant, problem, ProductionPlan)
        _refuse("production", plausible.production_faults(snapshot, plan))
        return plan

    async def buying(self, snapshot: Snapshot, production: ProductionPlan) -> PurchasePlan:
        """What to buy, as `planning.plan_buying`. Raises as `foresee`."""
        problem = await asyncio.to_thread(planning.buying_problem, snapshot, production)
        plan = await self._post("procurement", snapshot.morning.tenant, problem, PurchasePlan)
        _refuse("procurement", plausible.purchase_faults(snapshot, plan))
        return plan

    async def part(self, name: str, tenant: TenantId) -> Part:
        """A part of a bakery's snapshot. Raises as `foresee`."""
        return _read(name, await self._ask(name, "GET", tenant), KINDS[name])

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    async def _post(self, name: str, tenant: TenantId, problem: object, kind: type[T]) -> T:
        content = await asyncio.to_thread(encode, problem)
        answer = await self._ask(name, "POST", tenant, content)
        return await asyncio.to_thread(_read, name, answer, kind)

    async def _ask(
        self, name: str, method: str, tenant: TenantId, content: bytes | None = None
    ) -> bytes:
        url = f"{self._urls[name].rstrip('/')}/api/v1/tenants/{tenant}/{PATHS[name]}"
        return await self._http.ask(name, method, url, content)


def services_of(settings: Settings) -> Services | None:
    """Contexts that the settings put elsewhere; None: none."""
    urls = {
        name: url for name in NAMES if (url := getattr(settings, f"{name}_service_url")) is not None
    }
    if not urls:
        return None
    token = settings.service_token.get_secret_value() if settings.service_token else None
    return Services(urls, HttpServices(token, settings.service_timeout_seconds))


@asynccontextmanager
async def services(settings: Settings) -> AsyncIterator[Services | None]:
    """As `services_of`, for as long as the block lasts."""
    own = services_of(settings)
    try:
        yield own
    finally:
        if own is not None:
            await own.close()


def _read(name: str, content: bytes, kind: type[T]) -> T:
    try:
        return decode(content, kind)
    except msgspec.DecodeError as error:
        raise ServiceAway(
            "The {name} service answers with what is no {kind}: {error}.",
            name=name,
            kind=kind.__name__,
            error=error,
        ) from error


def _refuse(name: str, faults: list[str]) -> None:
    if faults:
        raise ServiceAway(
            "The {name} service's answer cannot be used: {wrong}.",
            name=name,
            wrong="; ".join(faults),
        )

"""Forecasts for who asks: made from all sales there are, or as the newest morning foresaw them.

Making one takes a bakery's whole history and some ten milliseconds of arithmetic, which are spent
off the event loop.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Product
from obrador.forecasting import registry, repository
from obrador.forecasting.by_product import by_product, last_day_sold
from obrador.forecasting.champion import foreseen
from obrador.forecasting.covariates import KnownDrivers, with_covariates
from obrador.forecasting.domain import (
    DRIVER_GROUPS,
    MOST_DAYS_AHEAD,
    Champion,
    DemandHistory,
    DriverGroup,
    Forecast,
    ProductForecast,
)
from obrador.forecasting.forecast_cache import ForecastCache, Making, packed
from obrador.forecasting.history import HISTORY_DAYS, demand_history
from obrador.forecasting.known_drivers import DRIVER_DAYS, load_drivers
from obrador.forecasting.override import override
from obrador.forecasting.overrides import read_overrides
from obrador.forecasting.repository import Basis
from obrador.kit.clock import business_date, seconds_to_midnight
from obrador.kit.errors import NotFound
from obrador.kit.i18n import Speech, speech
from obrador.sales import service as sales
from obrador.sales.domain import SalesHistory
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery

Foreseen = Mapping[UUID, tuple[ProductForecast, bool]]
"""By product: its forecast, and whether that came from the cache."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A bakery that somebody asks about, now."""

    tenant: TenantId
    now: datetime
    basis: Basis

    @property
    def today(self) -> date:
        """The bakery's own day."""
        return business_date(self.now, self.basis.time_zone)

    @property
    def seconds(self) -> float:
        """How long a forecast made now is kept: at midnight there is a day of sales more."""
        return seconds_to_midnight(self.now, self.basis.time_zone)

    def speech(self, language: str | None) -> Speech:
        """How to speak to its people."""
        return speech(language, self.basis.locale, self.basis.currency)


async def asked(session: AsyncSession, tenant: TenantId, now: datetime) -> Asked:
    """What forecasts of a bakery depend on. One query.

    Raises:
        NotFound: there is no such bakery.
    """
    basis = await repository.read_basis(session, tenant, now)
    if basis is None:
        raise NotFound("There is no such bakery here.")
    return Asked(tenant, now, basis)


async def foresee(
    session: AsyncSession, cache: ForecastCache, about: Asked, product_ids: Sequence[UUID]
) -> Foreseen:
    """Forecasts from today on, 28 days, of these of a bakery's products; nothing is stored but in
    the cache."""
    last = about.today - timedelta(days=1)
    furthest = last + timedelta(days=MOST_DAYS_AHEAD)
    state = about.basis.sales_state
    if about.basis.watched_until is None or about.basis.watched_until < last:
        state = await sales.watch(session, about.tenant, last)

    async def make() -> Mapping[UUID, bytes]:
        bakery = (await tenants.load_bakeries(session, [about.tenant]))[about.tenant]
        products = (await catalogue.load_products(session, [about.tenant]))[about.tenant]
        first = about.today - timedelta(days=HISTORY_DAYS)
        history = (await sales.load_history(session, [about.tenant], first, last))[about.tenant]
        champion = None
        if cache.forecaster is None:
            champion = (await registry.read_champions(session, [about.tenant])).get(about.tenant)
        groups = {about.tenant: DRIVER_GROUPS if cache.forecaster else _drivers_of(champion)}
        days = {about.tenant: about.today}
        known = (await load_drivers(session, groups, days, DRIVER_DAYS)).get(about.tenant)
        said = (await read_overrides(session, [about.tenant], about.today, furthest))[about.tenant]
        if not products:
            return {}
        demand = await asyncio.to_thread(_demand, bakery, products, history, about.today, known)
        made = await cache.forecaster(about.tenant, demand) if cache.forecaster else None

        def worded() -> Mapping[UUID, bytes]:
            forecast = override(made or foreseen(demand, champion), said)
            until = last_day_sold(demand)
            return packed(by_product(forecast, products, history_until=until))

        return await asyncio.to_thread(worded)

    making = _making(about, state)
    return await cache.read(about.tenant, making, product_ids, about.seconds, make)


async def recall(
    session: AsyncSession, cache: ForecastCache, about: Asked, product_ids: Sequence[UUID]
) -> Foreseen:
    """What the newest morning foresaw of these of a bakery's products; nothing, if none did."""
    morning = await repository.newest(session, about.tenant)
    if morning is None:
        return {}

    async def make() -> Mapping[UUID, bytes]:
        products = (await catalogue.load_products(session, [about.tenant]))[about.tenant]
        stored = await repository.read(session, about.tenant, *morning)
        return {} if stored is None else await asyncio.to_thread(_recalled, stored, products)

    def _recalled(stored: Forecast, products: Sequence[Product]) -> Mapping[UUID, bytes]:
        until = morning[0] - timedelta(days=1)
        return packed(by_product(stored, products, history_until=until, revision=morning[1]))

    making = _recalling(about, *morning)
    return await cache.read(about.tenant, making, product_ids, about.seconds, make)


async def kept_makings(session: AsyncSession, about: Asked) -> list[Making]:
    """What the cache may hold of a bakery that would still be served. One query."""
    morning = await repository.newest(session, about.tenant)
    recalling = [] if morning is None else [_recalling(about, *morning)]
    return [_making(about, about.basis.sales_state), *recalling]


def _making(about: Asked, sales_state: UUID | None) -> Making:
    return Making(
        about.today,
        {
            "retraining": about.basis.model,
            "sales": sales_state,
            "products": about.basis.products_state,
            "bakery": about.basis.bakery_state,
            "overrides": about.basis.overrides_state,
            "drivers": about.basis.drivers_state,
        },
    )


def _recalling(about: Asked, day: date, revision: int) -> Making:
    return Making(day, {"products": about.basis.products_state}, revision)


def _drivers_of(champion: Champion | None) -> tuple[DriverGroup, ...]:
    return champion.drivers if champion else ()


def _demand(
    bakery: Bakery,
    products: Sequence[Product],
    sold: SalesHistory,
    today: date,
    known: KnownDrivers | None,
) -> DemandHistory:
    history = demand_history(bakery, products, sold, today, MOST_DAYS_AHEAD)
    return history if known is None else with_covariates(history, products, known)

"""Forecasts in the cache: how they are named, counted, and forgotten.

A value is what one forecast says of one product, all 28 days; a making is the whole bakery, because
products are foreseen together. The name of a value has its product, and that of its making: the day
that it was made for, the version of the model, and the state of all that it was made from, what
people say included, read before it. So nothing stale is served, whoever changed what and how; see
`orchestration.cached_briefing`. What is forgotten by hand is forgotten besides.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache as once
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

import obrador
from obrador.authz import TenantId
from obrador.forecasting.domain import DemandHistory, Forecast, ProductForecast
from obrador.kit.cache import Cache, CacheKey, Counts
from obrador.kit.cache_news import changed
from obrador.kit.ids import derived_id
from obrador.kit.pack import pack, unpack
from obrador.observability import metrics
from obrador.observability.tenant_labels import OTHER

KIND = "forecast"
Reason = Literal["manual", "retraining", "sales", "products", "bakery", "overrides", "drivers"]
"""Why what was kept is not good any more."""
Made = Mapping[UUID, ProductForecast]
Forecaster = Callable[[TenantId, DemandHistory], Awaitable[Forecast]]
"""Foresees the days after a bakery's history, somewhere else."""


@dataclass(frozen=True, slots=True)
class Making:
    """What is foreseen together, and from what; `states` are others after each change."""

    origin: date
    states: Mapping[Reason, Any]
    revision: int | None = None
    """Of a morning."""

    @property
    def name(self) -> str:
        """The same for the same forecasts, in every process of this version of the program."""
        state = derived_id(obrador.__version__, _layout(), *self.states.values())
        what = self.states.get("retraining", f"morning-{self.revision}")
        return f"{self.origin}:{what}:{state}"


class ForecastCache:
    """Product forecasts of all bakeries, in a cache that holds other things too."""

    def __init__(
        self,
        cache: Cache,
        store: Literal["memory", "redis"],
        forecaster: Forecaster | None = None,
    ) -> None:
        """
        Args:
            forecaster: makes what is not kept; without one, this process does.
        """
        self.store = store
        self.forecaster = forecaster
        self._cache = cache
        self._counts: dict[UUID, Counts] = defaultdict(Counts)
        self._last: dict[UUID, Making] = {}
        """What was served last, to notice what made it go."""

    async def read(
        self,
        tenant: TenantId,
        making: Making,
        product_ids: Sequence[UUID],
        seconds: float,
        make: Callable[[], Awaitable[Mapping[UUID, bytes]]],
    ) -> dict[UUID, tuple[ProductForecast, bool]]:
        """The forecasts of these products, and whether each came from the cache.

        Args:
            make: all of the making, each as `packed`; nothing for a product is kept as well.
        """
        self._notice(tenant, making, len(product_ids))

        async def made() -> Mapping[str, bytes]:
            forecasts = await make()
            return {
                _name(each, making): forecasts.get(each, b"") for each in {*forecasts, *product_ids}
            }

        key = CacheKey(tenant, KIND, making.name)
        names = [_name(each, making) for each in product_ids]
        served = await self._cache.get_or_make_many(key, names, seconds, made)
        await self._tell(tenant, len(served.hits), len(names) - len(served.hits))
        hits = set(served.hits)
        return {
            product_id: (unpack(content, ProductForecast), name in hits)
            for product_id, name in zip(product_ids, names, strict=True)
            if (content := served.contents.get(name))
        }

    async def count(
        self, tenant: TenantId, makings: Sequence[Making], product_ids: Sequence[UUID]
    ) -> int:
        """How many forecasts of these makings and products are kept."""
        return await self._cache.count(tenant, KIND, _names(makings, product_ids))

    async def forget(
        self,
        session: AsyncSession,
        tenant: TenantId,
        makings: Sequence[Making],
        product_ids: Sequence[UUID],
        *,
        only: UUID | None = None,
    ) -> int:
        """Forget a bakery's forecasts, or those of one product, in all processes; returns how many
        were kept."""
        names = _names(makings, product_ids if only is None else [only])
        count = await self._cache.count(tenant, KIND, names)
        gone = [] if only is None else names
        await self._cache.forget(tenant, KIND, *gone)
        for name in gone or [""]:
            await changed(session, tenant, KIND, name)
        metrics.forecasts_invalidated(tenant, "manual", count)
        return count

    async def forget_all(self, session: AsyncSession) -> int:
        """Forget those of all bakeries, in all processes; returns how many were kept."""
        count = await self._cache.forget_kind(KIND)
        await changed(session, None, KIND)
        metrics.forecasts_invalidated(OTHER, "manual", count)
        return count

    def counts(self, tenant: TenantId) -> Counts:
        """How often a bakery's forecasts were there when this process was asked for them."""
        return self._counts[tenant]

    async def _tell(self, tenant: TenantId, hits: int, misses: int) -> None:
        counts = self._counts[tenant]
        counts.hits += hits
        counts.misses += misses
        metrics.forecasts_read(tenant, hits=hits, misses=misses)
        if misses:
            metrics.cache_holds(self.store, await self._cache.entries())

    def _notice(self, tenant: TenantId, making: Making, count: int) -> None:
        """Count what was kept for the same day, and is not good any more."""
        if making.revision is not None:  # what a morning foresaw stays as it was
            return
        before, self._last[tenant] = self._last.get(tenant), making
        if before is None or before.origin != making.origin:
            return
        for reason, state in making.states.items():
            if before.states[reason] != state:
                metrics.forecasts_invalidated(tenant, reason, count)
                return


def packed(forecasts: Made) -> dict[UUID, bytes]:
    """Forecasts as they are kept: some 2 kB each. Not for the event loop."""
    return {product_id: pack(forecast) for product_id, forecast in forecasts.items()}


async def forecast_cache(request: Request) -> ForecastCache:
    """That of the application."""
    cache: ForecastCache = request.app.state.forecast_cache
    return cache


Kept = Annotated[ForecastCache, Depends(forecast_cache)]


def _names(makings: Sequence[Making], product_ids: Sequence[UUID]) -> list[str]:
    return [_name(product_id, making) for making in makings for product_id in product_ids]


def _name(product_id: UUID, making: Making) -> str:
    return f"{product_id}:{making.name}"


@once
def _layout() -> str:
    """Redis may hold what another build of the program has kept."""
    return str(msgspec.json.schema(ProductForecast))

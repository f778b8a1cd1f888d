"""Use cases of whoever asks for forecasts, or for what is kept of them."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting.domain import MOST_DAYS_AHEAD
from obrador.forecasting.forecast_cache import ForecastCache
from obrador.forecasting.foreseeing import Asked, Foreseen, asked, foresee, kept_makings, recall
from obrador.forecasting.schemas_ahead import (
    CacheStats,
    ForecastOutput,
    ForecastsOutput,
    GenerateInput,
    InvalidatedOutput,
    SingleInput,
)
from obrador.kit.errors import Fault, Invalid, NotFound
from obrador.kit.i18n import Speech
from obrador.kit.pagination import Page, PageRequest, Slice

_AT_ONCE = 3
"""Forecasts that are put into words on the event loop; more take milliseconds."""


async def generate(
    session: AsyncSession,
    cache: ForecastCache,
    tenant: TenantId,
    given: GenerateInput,
    now: datetime,
    language: str | None,
) -> ForecastsOutput:
    """Forecasts of all or some products, from today on. Nothing is stored but in the cache.

    Raises:
        NotFound: there is no such bakery.
        Invalid: a product is not one of those on sale; names each.
    """
    about = await asked(session, tenant, now)
    known = set(about.basis.product_ids)
    faults = [
        Fault(f"product_ids.{place}", "there is no such product on sale")
        for place, each in enumerate(given.product_ids)
        if each not in known
    ]
    if faults:
        raise Invalid("Some products are not there.", faults)
    wanted = list(dict.fromkeys(given.product_ids)) or about.basis.product_ids
    foreseen = await foresee(session, cache, about, wanted)
    end = about.today + timedelta(days=given.days_ahead)
    shown = await _shown(foreseen, about.speech(language), lambda day: day < end)
    return ForecastsOutput.model_construct(forecasts=shown)


async def single(
    session: AsyncSession,
    cache: ForecastCache,
    tenant: TenantId,
    given: SingleInput,
    now: datetime,
    language: str | None,
) -> ForecastOutput:
    """A forecast of one product for some days.

    Raises:
        NotFound: there is no such bakery, or the product is not one of those on sale.
        Invalid: the days are not among those ahead.
    """
    about = await asked(session, tenant, now)
    first = given.first or about.today
    end = first + timedelta(days=given.days)
    furthest = about.today + timedelta(days=MOST_DAYS_AHEAD)
    if not about.today <= first or end > furthest:
        last = furthest - timedelta(days=1)
        raise Invalid(
            "Ask for days from {today} to {last}.",
            [
                Fault(
                    "first",
                    "{first} and {days} days more are not all among them",
                    first=first,
                    days=given.days - 1,
                )
            ],
            today=about.today,
            last=last,
        )
    _on_sale(about, given.product_id)
    foreseen = await foresee(session, cache, about, [given.product_id])
    (shown,) = await _shown(foreseen, about.speech(language), lambda day: first <= day < end)
    return shown


async def newest(
    session: AsyncSession,
    cache: ForecastCache,
    tenant: TenantId,
    paging: PageRequest,
    now: datetime,
    language: str | None,
    product_id: UUID | None,
    day: date | None,
) -> Page[ForecastOutput]:
    """A page of what the newest morning foresaw, by the ids of products."""
    about = await asked(session, tenant, now)
    ids = sorted(
        each
        for each in about.basis.product_ids
        if product_id in (None, each) and (paging.cursor is None or each > paging.cursor)
    )
    page = Slice.cut(ids, paging.limit, lambda each: each)
    foreseen = await recall(session, cache, about, page.rows) if page.rows else {}
    shown = await _shown(foreseen, about.speech(language), lambda each: day in (None, each))
    return Page[ForecastOutput].model_construct(
        items=[each for each in shown if each.days], next_cursor=page.next_cursor
    )


async def cache_stats(
    session: AsyncSession, cache: ForecastCache, tenant: TenantId, now: datetime
) -> CacheStats:
    """How a bakery's forecasts were served, and how many are kept."""
    about = await asked(session, tenant, now)
    counts = cache.counts(tenant)
    reads = counts.hits + counts.misses
    makings = await kept_makings(session, about)
    return CacheStats(
        hits=counts.hits,
        misses=counts.misses,
        hit_rate=100 * counts.hits / reads if reads else None,
        entries=await cache.count(tenant, makings, about.basis.product_ids),
        store=cache.store,
    )


async def forget(
    session: AsyncSession,
    cache: ForecastCache,
    tenant: TenantId,
    now: datetime,
    product_id: UUID | None = None,
) -> InvalidatedOutput:
    """Forget what is kept of a bakery, or of one of its products.

    Raises:
        NotFound: the product is not one of those on sale.
    """
    about = await asked(session, tenant, now)
    if product_id is not None:
        _on_sale(about, product_id)
    makings = await kept_makings(session, about)
    ids = about.basis.product_ids
    count = await cache.forget(session, tenant, makings, ids, only=product_id)
    return InvalidatedOutput(invalidated_keys=count)


def _on_sale(about: Asked, product_id: UUID) -> None:
    if product_id not in about.basis.product_ids:
        raise NotFound("There is no product {product_id} on sale here.", product_id=product_id)


async def _shown(
    foreseen: Foreseen, say: Speech, wanted: Callable[[date], bool]
) -> list[ForecastOutput]:
    def shown() -> list[ForecastOutput]:
        return [
            ForecastOutput.of(forecast, say, cached=cached, wanted=wanted)
            for forecast, cached in foreseen.values()
        ]

    return shown() if len(foreseen) <= _AT_ONCE else await asyncio.to_thread(shown)

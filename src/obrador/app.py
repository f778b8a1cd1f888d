"""The HTTP application: the routers of all contexts, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import text
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

import obrador
from obrador.alerts import endpoints as alerts
from obrador.audit import endpoints as audit
from obrador.audit.recording import Recorder
from obrador.authn import endpoints as sign_in
from obrador.authn.attempts import Attempts
from obrador.authn.browser import Cookies
from obrador.authn.tokens import signing_key
from obrador.authz import endpoints as access
from obrador.calendar import endpoints as calendar
from obrador.catalogue import endpoints as catalogue
from obrador.dashboard import (
    account_pages,
    accuracy_pages,
    assumed_pages,
    audit_pages,
    count_pages,
    forecast_pages,
    forgotten_pages,
    import_pages,
    invitation_pages,
    normal_day_pages,
    order_pages,
    pages,
    pictures,
    platform_execution_pages,
    platform_health_pages,
    platform_live_pages,
    platform_schedule_pages,
    production_edit,
    production_pages,
    purchasing_pages,
    reference_pages,
    setup_pages,
    sheet_pages,
    sign_in_pages,
    start_pages,
    stock_pages,
    welcome_pages,
    workbook_pages,
)
from obrador.dashboard.errors import shown
from obrador.dashboard.guarding import at_a_page
from obrador.dashboard.live import Streams
from obrador.dashboard.rendering import static
from obrador.delivery import mailer
from obrador.drivers import endpoints as drivers
from obrador.events import OF_BAKERIES
from obrador.events import catalogue as event_catalogue
from obrador.forecasting import endpoints as forecasting
from obrador.forecasting import training_endpoints as models
from obrador.forecasting.service import ForecastCache
from obrador.insights import endpoints as insights
from obrador.integrations.redis.cache import redis_store
from obrador.integrations.redis.counts import RedisCounts
from obrador.inventory import endpoints as inventory
from obrador.kit.cache import Cache, memory_store
from obrador.kit.cache_news import listening
from obrador.kit.clock import Clock, system_clock
from obrador.kit.db import Database
from obrador.kit.errors import Unavailable
from obrador.kit.headers import SecurityHeaders
from obrador.kit.http import Session, problems, render_problems
from obrador.kit.middleware import UPLOADS_TAKE, RequestLimit, RequestTimeout
from obrador.kit.outbox_news import hearing
from obrador.kit.throttling import Counts, MemoryCounts, RateLimit, RateLimits
from obrador.kit.workflow import Engine
from obrador.notifications import endpoints as notifications
from obrador.observability.exposition import metrics_endpoint
from obrador.observability.http_metrics import RequestMetrics
from obrador.observability.logs import RequestLog
from obrador.observability.pool_metrics import watch_pool
from obrador.observability.traces import trace_requests
from obrador.orchestration import endpoints as orchestration
from obrador.orchestration import forecast_endpoints as foreseen
from obrador.orchestration import planning_endpoints as planning
from obrador.orchestration import procurement_endpoints as rebuying
from obrador.orchestration import production_endpoints as replanning
from obrador.orchestration import training_endpoints as training
from obrador.orchestration.desk import Desk
from obrador.orchestration.services import services_of
from obrador.procurement import endpoints as procurement
from obrador.procurement import order_endpoints as ordering
from obrador.production import endpoints as production
from obrador.sales import endpoints as sales
from obrador.settings import Settings
from obrador.suppliers import endpoints as suppliers
from obrador.tenants import endpoints as tenants
from obrador.webhooks import endpoints as webhooks

IN_TENANT = [
    *forecasting.routers,  # first, as routes are tried in this order and these have to be quick
    *tenants.routers,
    *access.routers,
    audit.router,
    webhooks.router,
    *catalogue.routers,
    *sales.routers,
    *inventory.routers,
    suppliers.router,
    *calendar.routers,
    *drivers.routers,
    models.router,
    training.router,
    production.router,
    replanning.router,
    sheet_pages.api,
    *procurement.routers,
    ordering.router,
    rebuying.router,
    alerts.router,
    *insights.routers,
    *notifications.routers,
    *orchestration.routers,
    planning.router,
    foreseen.router,
    pictures.router,
]

_WORTH_PACKING = 1_000
_PACKING = 5
"""Of nine: a tenth larger than the most there is, in a third of the time."""
_PACKED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)

PAGES = (
    welcome_pages,
    start_pages,
    normal_day_pages,
    import_pages,
    workbook_pages,
    assumed_pages,
    pages,
    production_pages,
    production_edit,
    sheet_pages,
    purchasing_pages,
    order_pages,
    stock_pages,
    count_pages,
    reference_pages,
    forecast_pages,
    accuracy_pages,
    setup_pages,
    sign_in_pages,
    forgotten_pages,
    account_pages,
    invitation_pages,
    audit_pages,
    platform_live_pages,
    platform_execution_pages,
    platform_schedule_pages,
    platform_health_pages,
)
"""Parts of the dashboard: every router of pages stands here, so that none goes unguarded."""


def create_app(database: Database, settings: Settings, clock: Clock = system_clock) -> FastAPI:
    """The application on a database that is up and migrated; closes it when it stops.

    Whoever stops it sets `app.state.stopping`, which ends streams that would go on.

    Raises:
        Misconfigured: there is no secret key and none can be kept.
    """

    cache, counts = _cache(settings), _counts(settings)
    attempts = Attempts(_redis_url(settings))
    desk = Desk(settings.service_timeout_seconds)
    away = services_of(settings)
    fenced = database.fenced(settings.request_timeout_seconds * UPLOADS_TAKE)
    watch_pool(fenced.engine.sync_engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with (
            listening(cache, database.url),
            hearing(app.state.streams.news, database.url, app.state.stopping),
        ):
            yield
        desk.close()
        await cache.close()
        await counts.close()
        await attempts.close()
        if away is not None:
            await away.close()
        app.state.engine.close()
        await fenced.close()
        await database.close()

    app = FastAPI(
        title="Obrador",
        version=obrador.__version__,
        summary="Plans a bakery's day before anyone is awake.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.database = fenced
    app.state.recorder = Recorder(clock)
    app.state.cache = cache
    app.state.forecast_cache = ForecastCache(
        cache,
        "redis" if settings.redis_url else "memory",
        away.foresee if away and away.has("forecasting") else None,
    )
    app.state.settings = settings
    app.state.clock = clock
    app.state.engine = Engine(database.url)
    app.state.stopping = asyncio.Event()
    app.state.streams = Streams()
    app.state.signing_key = signing_key(settings)
    app.state.mailer = mailer(settings)
    app.state.attempts = attempts
    app.state.desk = desk
    app.state.event_types = OF_BAKERIES
    render_problems(app, shown)
    _add_middleware(app, settings, counts, clock)
    trace_requests(app)
    _include_api(app)
    app.include_router(health)
    app.add_api_route("/asyncapi.json", asyncapi, include_in_schema=False)
    for part in PAGES:
        app.include_router(part.router, dependencies=[Depends(at_a_page, scope="function")])
    app.mount("/static", static)
    app.add_route("/metrics", metrics_endpoint, include_in_schema=False)
    return app


def _cache(settings: Settings) -> Cache:
    url = _redis_url(settings)
    return Cache(memory_store() if url is None else redis_store(url))


def _redis_url(settings: Settings) -> str | None:
    return settings.redis_url.get_secret_value() if settings.redis_url else None


def _counts(settings: Settings) -> Counts:
    url = _redis_url(settings)
    return MemoryCounts() if url is None else RedisCounts(url)


def _add_middleware(app: FastAPI, settings: Settings, counts: Counts, clock: Clock) -> None:
    """Each around those before it."""
    app.add_middleware(RequestLimit, upload_bytes=settings.upload_limit_mb * 1_000_000)
    app.add_middleware(RequestTimeout, seconds=settings.request_timeout_seconds)
    limits = RateLimits(
        settings.rate_limit_requester, settings.rate_limit_tenant, settings.rate_limit_address
    )
    app.add_middleware(RateLimit, limits=limits, counts=counts, clock=clock)
    app.add_middleware(Cookies)  # which pages of errors may ask for as well
    app.add_middleware(
        GZipMiddleware,
        minimum_size=_WORTH_PACKING,
        compresslevel=_PACKING,
        exclude_content_types=_PACKED,
    )
    app.add_middleware(RequestLog)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestMetrics)


def _include_api(app: FastAPI) -> None:
    """Each router by itself: within another one, its routes would be looked through twice."""
    for router in IN_TENANT:
        app.include_router(router, prefix="/api/v1/tenants/{tenant_id}")
    for router in (
        sign_in.router,
        access.me_route,
        tenants.bakeries,
        *orchestration.orchestrator,
        audit.platform,
        forecasting.platform,
    ):
        app.include_router(router, prefix="/api/v1")


async def asyncapi() -> dict[str, Any]:
    """The catalogue of events, as `/openapi.json` is that of routes."""
    return event_catalogue()


health = APIRouter(prefix="/health", tags=["health"])


@health.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@health.get("/ready", responses=problems(Unavailable))
async def ready(session: Session) -> dict[str, str]:
    """The process answers, and so does its database."""
    await session.execute(text("select 1"))
    return {"status": "ready"}

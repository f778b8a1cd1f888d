"""HTTP face of forecasts, of what people say of them, and of their accuracy."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from obrador.authz.access import Manager, Platform, ProductionManager, Viewer
from obrador.authz.requester import Asking
from obrador.forecasting import asking, overriding, validating
from obrador.forecasting.forecast_cache import Kept
from obrador.forecasting.override_schemas import OverrideInput, OverrideOutput
from obrador.forecasting.schemas import (
    AccuracyOutput,
    BackfillInput,
    BackfillOutput,
    ValidationOutput,
    ValidationSummary,
)
from obrador.forecasting.schemas_ahead import (
    CacheStats,
    ForecastOutput,
    InvalidatedOutput,
    SingleInput,
)
from obrador.forecasting.summary import AccuracySummary
from obrador.kit.errors import Forbidden, Unauthenticated
from obrador.kit.http import ANYWHERE, IN_A_TENANT, Language, Now, Session, problems
from obrador.kit.pagination import Page, Paging

accuracy = APIRouter(tags=["forecasting"], responses=IN_A_TENANT)
forecasts = APIRouter(prefix="/forecasts", tags=["forecasting"], responses=IN_A_TENANT)
overrides = APIRouter(prefix="/forecasts/overrides", tags=["forecasting"], responses=IN_A_TENANT)
routers = (accuracy, forecasts, overrides)
platform = APIRouter(
    prefix="/admin/forecasting",
    tags=["forecasting"],
    responses=ANYWHERE | problems(Unauthenticated, Forbidden),
)


@accuracy.get("/validation-runs")
async def list_validations(
    tenant: Viewer, session: Session, paging: Paging
) -> Page[ValidationSummary]:
    """Days on which forecasts were compared with sales, newest first."""
    return await validating.page(session, tenant, paging)


@accuracy.get("/validation-runs/{id}")
async def get_validation(tenant: Viewer, session: Session, id: UUID) -> ValidationOutput:
    """One of them with its products."""
    return await validating.get(session, tenant, id)


@accuracy.post("/validation/backfill")
async def backfill_validations(
    tenant: Manager, session: Session, given: BackfillInput
) -> BackfillOutput:
    """Validate days whose sales came or changed late."""
    return await validating.backfill(session, tenant, given)


@accuracy.get("/accuracy")
async def get_accuracy(
    tenant: Viewer, session: Session, now: Now, days: Annotated[int, Query(ge=1, le=366)] = 28
) -> AccuracyOutput:
    """How good forecasts have been over the last days, day by day and product by product."""
    return await validating.accuracy_of(session, tenant, days, now)


@accuracy.get("/accuracy/summary")
async def get_accuracy_summary(
    tenant: Viewer, session: Session, now: Now, days: Annotated[int, Query(ge=1, le=366)] = 30
) -> AccuracySummary:
    """How good forecasts have been over the last days, by day, week and product, whether they get
    better, and whether what people changed has helped."""
    return await validating.summary_of(session, tenant, days, now)


@overrides.get("")
async def list_overrides(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    first: date | None = None,
    last: date | None = None,
    product_id: UUID | None = None,
    history: Annotated[
        bool, Query(description="Also what was said before, and what was withdrawn.")
    ] = False,
) -> Page[OverrideOutput]:
    """What people say of products and days, instead of the model; said last first."""
    return await overriding.page(
        session, tenant, paging, first=first, last=last, product_id=product_id, history=history
    )


@overrides.put("")
async def put_override(
    tenant: ProductionManager,
    session: Session,
    given: OverrideInput,
    requester: Asking,
    now: Now,
) -> OverrideOutput:
    """Say what to plan a product's day with. The next plan of that day is made with it."""
    return await overriding.put(session, tenant, given, requester, now)


@overrides.delete("/{id}", status_code=204)
async def withdraw_override(
    tenant: ProductionManager, session: Session, requester: Asking, now: Now, id: UUID
) -> None:
    """Let the model's forecast count again; what was said stays in the history."""
    await overriding.withdraw(session, tenant, id, requester, now)


@forecasts.get("")
async def list_forecasts(
    tenant: Viewer,
    session: Session,
    cache: Kept,
    now: Now,
    paging: Paging,
    lang: Language = None,
    product_id: UUID | None = None,
    day: Annotated[date | None, Query(description="Without it: all that were foreseen.")] = None,
) -> Page[ForecastOutput]:
    """What the newest morning foresaw of each product."""
    return await asking.newest(session, cache, tenant, paging, now, lang, product_id, day)


@forecasts.post("/single")
async def forecast_one(
    tenant: Viewer,
    session: Session,
    cache: Kept,
    now: Now,
    given: SingleInput,
    lang: Language = None,
) -> ForecastOutput:
    """A forecast of one product from all sales there are. Nothing is stored."""
    return await asking.single(session, cache, tenant, given, now, lang)


@forecasts.get("/cache/stats")
async def get_cache_stats(tenant: Viewer, session: Session, cache: Kept, now: Now) -> CacheStats:
    """How often forecasts were there when somebody asked, and how many are kept."""
    return await asking.cache_stats(session, cache, tenant, now)


@forecasts.delete("/cache")
async def forget_forecasts(
    tenant: Manager, session: Session, cache: Kept, now: Now
) -> InvalidatedOutput:
    """Forget the forecasts that are kept for answers; those of mornings stay."""
    return await asking.forget(session, cache, tenant, now)


@forecasts.delete("/cache/product/{product_id}")
async def forget_product(
    tenant: Manager, session: Session, cache: Kept, now: Now, product_id: UUID
) -> InvalidatedOutput:
    """Forget those of one product."""
    return await asking.forget(session, cache, tenant, now, product_id)


@platform.delete("/cache/all")
async def forget_all_forecasts(_: Platform, session: Session, cache: Kept) -> InvalidatedOutput:
    """Forget those of all bakeries."""
    return InvalidatedOutput(invalidated_keys=await cache.forget_all(session))

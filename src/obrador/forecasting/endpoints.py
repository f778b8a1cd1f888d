"""HTTP face of the accuracy of forecasts, and of what people say of them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from obrador.authz.access import Manager, ProductionManager, Viewer
from obrador.authz.requester import Asking
from obrador.forecasting import overriding, validating
from obrador.forecasting.override_schemas import OverrideInput, OverrideOutput
from obrador.forecasting.schemas import (
    AccuracyOutput,
    BackfillInput,
    BackfillOutput,
    ValidationOutput,
    ValidationSummary,
)
from obrador.forecasting.summary import AccuracySummary
from obrador.kit.http import IN_A_TENANT, Now, Session
from obrador.kit.pagination import Page, Paging

accuracy = APIRouter(tags=["forecasting"], responses=IN_A_TENANT)
overrides = APIRouter(prefix="/forecasts/overrides", tags=["forecasting"], responses=IN_A_TENANT)
routers = (accuracy, overrides)


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

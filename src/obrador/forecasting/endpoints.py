"""HTTP face of the accuracy of forecasts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from obrador.authz.access import Manager, Viewer
from obrador.forecasting import validating
from obrador.forecasting.schemas import (
    AccuracyOutput,
    BackfillInput,
    BackfillOutput,
    ValidationOutput,
    ValidationSummary,
)
from obrador.kit.http import IN_A_TENANT, Now, Session
from obrador.kit.pagination import Page, Paging

accuracy = APIRouter(tags=["forecasting"], responses=IN_A_TENANT)
routers = (accuracy,)


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

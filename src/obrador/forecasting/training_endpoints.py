"""HTTP face of trained models and their training."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from obrador.authz.access import Manager, Viewer
from obrador.forecasting import training
from obrador.forecasting.training_schemas import ModelDetail, ModelOutput, TrainingJobOutput
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, Now, Session, problems
from obrador.kit.pagination import Page, Paging

router = APIRouter(tags=["training"], responses=IN_A_TENANT)


@router.get("/models")
async def list_models(tenant: Viewer, session: Session, paging: Paging) -> Page[ModelOutput]:
    """Trained forecasting models, newest first."""
    return await training.page_of_models(session, tenant, paging)


@router.get("/models/{version:int}")
async def get_model(
    tenant: Viewer, session: Session, version: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> ModelDetail:
    """One of them, and what it brought."""
    return await training.get_model(session, tenant, version)


@router.get("/training-jobs")
async def list_training_jobs(
    tenant: Viewer, session: Session, paging: Paging
) -> Page[TrainingJobOutput]:
    """Trainings, newest first."""
    return await training.page_of_jobs(session, tenant, paging)


@router.get("/training-jobs/{id}")
async def get_training_job(tenant: Viewer, session: Session, id: UUID) -> TrainingJobOutput:
    """One of them."""
    return await training.get_training_job(session, tenant, id)


@router.post("/training-jobs/{id}/cancel", responses=problems(Conflict))
async def cancel_training_job(
    tenant: Manager, session: Session, now: Now, id: UUID
) -> TrainingJobOutput:
    """Call it off; the model that forecasts goes on."""
    return await training.cancel_job(session, tenant, id, now)

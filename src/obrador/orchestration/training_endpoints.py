"""HTTP face of having a bakery's forecasting model trained: what starts a run."""

from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.access import Manager
from obrador.authz.requester import Asking
from obrador.forecasting import service as forecasting
from obrador.forecasting.service import TrainingJobOutput
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, NewId, Now, Session, problems
from obrador.kit.workflow import Engine
from obrador.orchestration import reports
from obrador.orchestration.definitions import RETRAINING
from obrador.orchestration.endpoints import Durable, InForce, named, started
from obrador.orchestration.progress import UNFINISHED
from obrador.orchestration.schemas import PlanStarted
from obrador.orchestration.triggering import trigger
from obrador.settings import Settings
from obrador.tenants.service import time_zone_of

router = APIRouter(tags=["training"], responses=IN_A_TENANT)


@router.post("/models/train", status_code=202, responses=problems(Conflict))
async def train_model(
    tenant: Manager,
    requester: Asking,
    session: Session,
    engine: Durable,
    settings: InForce,
    now: Now,
    job_id: NewId,
) -> TrainingJobOutput:
    """Train the forecasting model now. A job that has not ended is the one that is given."""
    job, is_new = await forecasting.ask_for_training(session, tenant, job_id, now)
    # A run that is under way may have looked for jobs before this one was there.
    await _run(session, engine, settings, tenant, now, named(requester), always=is_new)
    return job


@router.post("/models/evaluate-retraining", status_code=202, responses=problems(Conflict))
async def evaluate_retraining(
    tenant: Manager,
    requester: Asking,
    session: Session,
    engine: Durable,
    settings: InForce,
    now: Now,
) -> PlanStarted:
    """Look whether the forecasting model is to be trained, and train it if so."""
    return await _run(session, engine, settings, tenant, now, named(requester))


async def _run(
    session: AsyncSession,
    engine: Engine,
    settings: Settings,
    tenant: TenantId,
    now: datetime,
    by: str,
    *,
    always: bool = False,
) -> PlanStarted:
    """The run of today that has not ended, or a new one."""
    day = business_date(now, await time_zone_of(session, tenant))
    run = await reports.run_of(session, tenant, day, RETRAINING)
    if run is not None and run.status in UNFINISHED and not always:
        return started(run, is_new=False)
    await trigger(
        session,
        engine,
        settings,
        RETRAINING,
        now,
        tenants=[tenant],
        is_forced=True,
        triggered_by=by,
    )
    run = await reports.run_of(session, tenant, day, RETRAINING)
    if run is None:
        raise Conflict("The bakery is not active, so nothing runs for it.")
    return started(run, is_new=True)

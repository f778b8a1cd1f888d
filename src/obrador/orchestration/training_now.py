"""Training a model at once, in the caller's transaction, for a person who waits for it.

The same stage as in an execution. Killed at any moment, it leaves nothing.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.forecasting.service import TrainingJobOutput
from obrador.kit.clock import business_date
from obrador.kit.ids import new_id
from obrador.orchestration.definitions import RETRAINING
from obrador.orchestration.run_state import RunKey, RunState
from obrador.orchestration.stages.training import RetrainingEvaluation
from obrador.tenants import service as tenants
from obrador.tenants.domain import Morning


async def train_now(session: AsyncSession, tenant: TenantId, now: datetime) -> TrainingJobOutput:
    """Train a bakery's model, compare it with the champion, and keep it; returns how that ended. A
    job that is open already is done here."""
    job, _ = await forecasting.ask_for_training(session, tenant, new_id(), now)
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    day = business_date(now, bakery.time_zone)
    morning = Morning(tenant, bakery, day, 0, now.astimezone(ZoneInfo(bakery.time_zone)))
    run = RunState(RunKey(tenant, day, RETRAINING, 0), new_id(), None, "high", morning, 0)
    stage = RetrainingEvaluation(lambda: now)
    await stage.read(session, [run])
    stage.plan(run)
    await stage.write(session, [run])
    return await forecasting.get_training_job(session, tenant, job.id)

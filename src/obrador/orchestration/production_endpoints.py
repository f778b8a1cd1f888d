"""HTTP face of having production planned again: a schedule is turned down, or another asked for."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from obrador.authz.access import ProductionManager
from obrador.authz.requester import Asking
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, Now, Session, VersionRead, problems
from obrador.orchestration.endpoints import Durable, InForce, named, started
from obrador.orchestration.regeneration import plan_again
from obrador.orchestration.schemas import PlanStarted
from obrador.plan_changes import VersionChanged, VersionMissing, who
from obrador.production import service as production
from obrador.production.service import RejectInput, ScheduleOutput

router = APIRouter(prefix="/production/schedules", tags=["production"], responses=IN_A_TENANT)


class RejectOutput(BaseModel):
    """A schedule that was turned down, and what comes of it."""

    schedule: ScheduleOutput
    says_stale: bool = Field(description="The reason says that the data is out of date.")
    regeneration: PlanStarted | None = Field(
        description="The run that plans the day again; null: that waits for a person."
    )


@router.post("/{id}/reject", responses=problems(Conflict, VersionChanged, VersionMissing))
async def reject_schedule(
    tenant: ProductionManager,
    requester: Asking,
    session: Session,
    engine: Durable,
    settings: InForce,
    now: Now,
    id: UUID,
    version: VersionRead,
    given: RejectInput,
) -> RejectOutput:
    """Turn a schedule down. Needs `If-Match`. A reason that says that the data is out of date has
    the day planned again at once, at most three times a day."""
    by = await who(session, requester, now)
    rejection = await production.reject(session, tenant, id, version, by, given.reason)
    await session.flush()
    shown = await production.show_schedule(session, tenant, id)
    regeneration = None
    if rejection.regenerates:
        run, is_new = await plan_again(
            session,
            engine,
            settings,
            tenant,
            shown.business_date,
            now,
            kind="event",
            triggered_by="production.schedule.rejected",
        )
        regeneration = started(run, is_new=is_new)
    return RejectOutput(schedule=shown, says_stale=rejection.says_stale, regeneration=regeneration)


@router.post("/{id}/regenerate", status_code=202, responses=problems(Conflict))
async def regenerate_schedule(
    tenant: ProductionManager,
    requester: Asking,
    session: Session,
    engine: Durable,
    settings: InForce,
    now: Now,
    id: UUID,
) -> PlanStarted:
    """Plan the schedule's day again from what is known now. Batches that are begun or done stay and
    are counted; the others are planned around them, as a new revision that takes its place."""
    day = (await production.show_schedule(session, tenant, id)).business_date
    run, is_new = await plan_again(
        session,
        engine,
        settings,
        tenant,
        day,
        now,
        kind="manual",
        triggered_by=named(requester),
    )
    return started(run, is_new=is_new)

"""HTTP face of having purchases planned again: a plan is turned down, or another asked for."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from obrador.authz.access import ProcurementManager
from obrador.authz.requester import Asking
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, Now, Session, VersionRead, problems
from obrador.observability import metrics
from obrador.orchestration.endpoints import Durable, InForce, named, started
from obrador.orchestration.regeneration import plan_again
from obrador.orchestration.schemas import PlanStarted
from obrador.plan_changes import VersionChanged, VersionMissing, who
from obrador.procurement import service as procurement
from obrador.procurement.service import PlanOutput, RejectInput

router = APIRouter(prefix="/procurement/plans", tags=["procurement"], responses=IN_A_TENANT)


class PlanRejectOutput(BaseModel):
    """A purchase plan that was turned down, and what comes of it."""

    plan: PlanOutput
    says_stale: bool = Field(description="The reason says that the data is out of date.")
    regeneration: PlanStarted | None = Field(
        description="The run that plans the day again; null: that waits for a person."
    )


@router.post("/{id}/reject", responses=problems(Conflict, VersionChanged, VersionMissing))
async def reject_plan(
    tenant: ProcurementManager,
    requester: Asking,
    session: Session,
    engine: Durable,
    settings: InForce,
    now: Now,
    id: UUID,
    version: VersionRead,
    given: RejectInput,
) -> PlanRejectOutput:
    """Turn a plan down: its drafts are called off, what is approved or sent stays. Needs
    `If-Match`. A reason that says that the data is out of date has the day planned again at once,
    at most three times a day."""
    by = await who(session, requester, now)
    rejection = await procurement.reject(session, tenant, id, version, by, given.reason)
    await session.flush()
    shown = await procurement.show_plan(session, tenant, id)
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
            triggered_by="procurement.plan.rejected",
        )
        regeneration = started(run, is_new=is_new)
    metrics.plan_rejected(tenant, auto_regenerated=rejection.regenerates)
    return PlanRejectOutput(plan=shown, says_stale=rejection.says_stale, regeneration=regeneration)


@router.post("/{id}/regenerate", status_code=202, responses=problems(Conflict))
async def regenerate_plan(
    tenant: ProcurementManager,
    requester: Asking,
    session: Session,
    engine: Durable,
    settings: InForce,
    now: Now,
    id: UUID,
) -> PlanStarted:
    """Plan the day again from what is known now. Orders that are approved or sent stay and are
    counted; the rest is planned around them, as a new revision that says what it orders
    otherwise."""
    by = await who(session, requester, now)
    day = await procurement.request_regeneration(session, tenant, id, by)
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

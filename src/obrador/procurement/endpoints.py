"""HTTP face of purchasing: plans, orders, projected stock."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from obrador.authz import TenantId
from obrador.authz.access import ProcurementManager, Viewer, role_in
from obrador.authz.requester import Asking
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, Now, Session, VersionRead, etag, problems
from obrador.kit.pagination import Page, Paging
from obrador.kit.schemas import Day
from obrador.plan_changes import VersionChanged, VersionMissing, who
from obrador.procurement import approving, editing, service, showing
from obrador.procurement.edit_schemas import (
    ApproveInput,
    ApproveOutput,
    CancelInput,
    ConsequencesOutput,
    DraftOutput,
    EditOutput,
    PlanChanges,
)
from obrador.procurement.order_schemas import OrderDetail, OrderOutput, OrderStatus
from obrador.procurement.plan_schemas import PlanOutput, PlanStatus, PlanSummary
from obrador.procurement.schemas import StockProjectionOutput
from obrador.procurement.showing import Wanted

router = APIRouter(prefix="/procurement", tags=["procurement"], responses=IN_A_TENANT)
stock = APIRouter(prefix="/stock", tags=["stock"], responses=IN_A_TENANT)
routers = (router, stock)

VERSIONED = problems(Conflict, VersionChanged, VersionMissing)

First = Annotated[Day | None, Query(description="Earliest day.")]
Last = Annotated[Day | None, Query(description="Latest day.")]


@router.get("/plans")
async def list_plans(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    first: First = None,
    last: Last = None,
    status: PlanStatus | None = None,
) -> Page[PlanSummary]:
    """Purchase plans, the latest day first, and of a day the last revision first."""
    return await showing.page_of_plans(session, tenant, paging, Wanted(first, last, status))


@router.get("/plans/{id}")
async def get_plan(tenant: Viewer, session: Session, id: UUID, response: Response) -> PlanOutput:
    """What to buy, from whom, by when and why; what became of it; and what it orders otherwise than
    the plan that it replaces. The `ETag` is its version."""
    return await _shown(session, tenant, id, response)


@router.patch("/plans/{id}", responses=VERSIONED)
async def edit_plan(
    tenant: ProcurementManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    version: VersionRead,
    given: PlanChanges,
    response: Response,
) -> EditOutput:
    """Change packs, suppliers and days of orders that are drafts, or add to them, and see what
    follows. Nothing is refused for that. Needs `If-Match`, but for a `dry_run`, which saves
    nothing."""
    by = await who(session, requester, now)
    outcome = await editing.edit(
        session,
        tenant,
        id,
        version,
        by,
        given.edits(),
        reason=given.reason,
        dry_run=given.dry_run,
    )
    shown = await _shown(session, tenant, id, response)
    terms = await showing.load_terms(session, tenant)
    return EditOutput(
        is_saved=not given.dry_run,
        drafts=[DraftOutput.of(order, terms) for order in outcome.drafts],
        consequences=ConsequencesOutput.of(outcome.told, terms),
        plan=shown,
    )


@router.post("/plans/{id}/submit", responses=VERSIONED)
async def submit_plan(
    tenant: ProcurementManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    version: VersionRead,
    response: Response,
) -> PlanOutput:
    """Say that a draft is ready for approval. Needs `If-Match`."""
    by = await who(session, requester, now)
    await approving.submit(session, tenant, id, version, by)
    return await _shown(session, tenant, id, response)


@router.post("/plans/{id}/approve", responses=VERSIONED)
async def approve_plan(
    tenant: ProcurementManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    version: VersionRead,
    response: Response,
    given: ApproveInput | None = None,
) -> ApproveOutput:
    """Approve a plan as it was read, with its drafts as far as your role may. Needs `If-Match`: of
    two people who approve at the same moment, one is told that the other was quicker."""
    by = await who(session, requester, now)
    role = await role_in(session, requester, tenant)
    until = given.until if given else None
    outcome = await approving.approve(session, tenant, id, version, by, role, until)
    return ApproveOutput(
        plan=await _shown(session, tenant, id, response),
        approved=list(outcome.approved),
        waiting=list(outcome.waiting),
    )


@router.get("/orders")
async def list_orders(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    first: First = None,
    last: Last = None,
    status: OrderStatus | None = None,
    plan_id: Annotated[UUID | None, Query(description="Of one plan only.")] = None,
    supplier_id: Annotated[UUID | None, Query(description="From one supplier only.")] = None,
) -> Page[OrderOutput]:
    """Purchase orders by the day to place them; `first` and `last` are days of delivery."""
    wanted = Wanted(first, last, status, plan_id, supplier_id)
    return await showing.page_of_orders(session, tenant, paging, wanted)


@router.get("/orders/{id}")
async def get_order(tenant: Viewer, session: Session, id: UUID, response: Response) -> OrderDetail:
    """An order with the reasons of its lines, and what became of it. The `ETag` is its version."""
    return await _order(session, tenant, id, response)


@router.post("/orders/{id}/approve", responses=VERSIONED)
async def approve_order(
    tenant: ProcurementManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    version: VersionRead,
    response: Response,
) -> OrderDetail:
    """Approve a single order; from then on, plans are made around it. Needs `If-Match`."""
    by = await who(session, requester, now)
    role = await role_in(session, requester, tenant)
    await approving.approve_order(session, tenant, id, version, by, role)
    return await _order(session, tenant, id, response)


@router.post("/orders/{id}/cancel", responses=VERSIONED)
async def cancel_order(
    tenant: ProcurementManager,
    requester: Asking,
    session: Session,
    now: Now,
    id: UUID,
    version: VersionRead,
    given: CancelInput,
    response: Response,
) -> OrderDetail:
    """Call an order off; of one that has come in part, the rest. A supplier who knows of it has to
    be told. Needs `If-Match`."""
    by = await who(session, requester, now)
    plan_id = await approving.cancel_order(session, tenant, id, version, by, given.reason)
    if plan_id is not None:
        await editing.project_again(session, tenant, plan_id, by)
    return await _order(session, tenant, id, response)


@stock.get("/projection")
async def project_stock(
    tenant: Viewer, session: Session, days: Annotated[int, Query(ge=1, le=28)] = 14
) -> StockProjectionOutput:
    """Stock day by day as the newest plan foresees it."""
    plan = await service.newest_plan(session, tenant)
    return StockProjectionOutput.of(plan, days)


async def _shown(
    session: Session, tenant: TenantId, plan_id: UUID, response: Response
) -> PlanOutput:
    await session.flush()
    shown = await showing.show_plan(session, tenant, plan_id)
    response.headers.update(etag(shown.version))
    return shown


async def _order(
    session: Session, tenant: TenantId, order_id: UUID, response: Response
) -> OrderDetail:
    await session.flush()
    shown = await showing.show_order(session, tenant, order_id)
    response.headers.update(etag(shown.version))
    return shown

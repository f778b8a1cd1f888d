"""Orders and plans passing from one state into another: checked, kept, told."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.outbox import publish
from obrador.plan_changes import PLAN_STATES, Who, note_change
from obrador.procurement.events import OrderStatusChanged, PlanStatusChanged
from obrador.procurement.life import ENDED, ORDER_STATES, SENT
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.revisions import pass_on


def pass_order_to(
    session: AsyncSession,
    tenant: TenantId,
    row: PurchaseOrder,
    status: str,
    by: Who,
    reason: str = "",
    facts: dict[str, Any] | None = None,
    *,
    plan: ProcurementPlan | None = None,
) -> None:
    """Take an order into another state; keep and tell it. The transaction has locked its plan, if
    it has one, and then the order: see `lists.Orders.lock_with_plan`. Afterwards, `follow_orders`
    of its plan.

    Raises:
        WrongState: the state does not follow from its own.
    """
    before = row.status
    ORDER_STATES.check(before, status)
    row.status, row.version = status, row.version + 1
    note_change(
        session,
        tenant,
        row.plan_id or row.id,
        by,
        version=plan.version if plan else row.version,
        before=before,
        after=status,
        reason=reason,
        part_id=row.id,
        facts=facts,
    )
    publish(
        session,
        OrderStatusChanged(
            tenant_id=tenant,
            order_id=str(row.id),
            plan_id=None if row.plan_id is None else str(row.plan_id),
            supplier_id=str(row.supplier_id),
            delivery_on=row.delivery_on.isoformat(),
            goods_minor=row.goods_minor,
            fee_minor=row.fee_minor,
            from_status=before,
            to_status=status,
            changed_by=by.name,
            reason=reason,
        ),
    )


def pass_plan_to(
    session: AsyncSession,
    tenant: TenantId,
    row: ProcurementPlan,
    status: str,
    by: Who,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    """Take a plan, which the transaction has locked, into another state; keep and tell it.

    Raises:
        WrongState: the state does not follow from its own.
    """
    before = pass_on(session, tenant, row, PLAN_STATES, status, by, reason, facts)
    publish(
        session,
        PlanStatusChanged(
            tenant_id=tenant,
            plan_id=str(row.id),
            business_date=row.business_date.isoformat(),
            revision=row.revision,
            from_status=before,
            to_status=status,
            changed_by=by.name,
            reason=reason,
        ),
    )


async def follow_orders(
    session: AsyncSession, tenant: TenantId, plan: ProcurementPlan | None, by: Who
) -> None:
    """Take an approved plan, which the transaction has locked, into progress once a supplier knows
    of one of its orders, and to its end once nothing of them is to come. One query."""
    if plan is None or plan.status not in ("approved", "in_progress"):
        return
    await session.flush()
    query = select(PurchaseOrder.status).where(
        PurchaseOrder.tenant_id == tenant, PurchaseOrder.plan_id == plan.id
    )
    statuses = set(await session.scalars(query))
    if plan.status == "approved" and statuses.intersection(SENT):
        pass_plan_to(session, tenant, plan, "in_progress", by)
    if plan.status == "in_progress" and statuses.issubset(ENDED):
        pass_plan_to(session, tenant, plan, "completed", by)

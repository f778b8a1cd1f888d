"""Decisions about purchase plans and orders: ready, approved, turned down, called off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.roles import Role
from obrador.kit.errors import Forbidden
from obrador.kit.money import from_minor
from obrador.kit.outbox import publish
from obrador.kit.states import WrongState
from obrador.plan_changes import PLAN_STATES, Who, check_version, note_change
from obrador.procurement.events import PlanRegenerationRequested, PlanRejected
from obrador.procurement.life import EDITABLE, ORDER_STATES
from obrador.procurement.limits import Limits, may_approve, who_may
from obrador.procurement.lists import Orders, Plans
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.procurement.ordering import follow_orders, pass_order_to, pass_plan_to
from obrador.procurement.sending import note_called_off
from obrador.rejection import Rejection, judge
from obrador.tenants import service as tenants


class OverLimit(Forbidden):
    """The order costs more than the role may approve."""

    type, title = "over-limit", "This costs more than your role may approve"


@dataclass(frozen=True, slots=True)
class Approval:
    """What came of approving a plan."""

    approved: tuple[UUID, ...]
    """Orders."""
    waiting: tuple[UUID, ...]
    """Orders for somebody else to approve."""


async def submit(
    session: AsyncSession, tenant: TenantId, plan_id: UUID, version: int | None, by: Who
) -> None:
    """Say that a plan is ready to be approved.

    Raises:
        NotFound, VersionMissing, VersionChanged, WrongState.
    """
    row = await _read_as(session, tenant, plan_id, version)
    pass_plan_to(session, tenant, row, "pending_approval", by)


async def approve(
    session: AsyncSession,
    tenant: TenantId,
    plan_id: UUID,
    version: int | None,
    by: Who,
    role: Role,
    until: date | None = None,
) -> Approval:
    """Approve a plan with its draft orders, as far as the role may: if an order costs more, the
    plan waits for somebody who may approve that.

    Args:
        until: only orders to be placed until then, and urgent ones, which have to go out at once;
            what comes later is for the mornings to come.

    Raises:
        NotFound, VersionMissing, VersionChanged, WrongState.
        OverLimit: it waits already, and there is nothing in it that the role may approve.
    """
    row = await _read_as(session, tenant, plan_id, version)
    PLAN_STATES.check(row.status, "approved")
    orders = [
        order
        for order in await Orders(session, tenant).of_plan(plan_id)
        if order.status == "draft" and (until is None or order.order_on <= until or order.is_urgent)
    ]
    limits = await _limits(session, tenant)
    allowed = [order for order in orders if may_approve(role, _amount(order), limits)]
    waiting = [order for order in orders if order not in allowed]
    if waiting and not allowed and row.status == "pending_approval":
        raise await _over_limit(session, tenant, role, waiting, limits)
    for order in allowed:
        pass_order_to(session, tenant, order, "approved", by, plan=row)
    if not waiting:
        pass_plan_to(session, tenant, row, "approved", by)
        await follow_orders(session, tenant, row, by)
    else:
        _wait(session, tenant, row, by, waiting)
    return Approval(tuple(each.id for each in allowed), tuple(each.id for each in waiting))


async def approve_order(
    session: AsyncSession,
    tenant: TenantId,
    order_id: UUID,
    version: int | None,
    by: Who,
    role: Role,
) -> None:
    """Approve a single order, whatever becomes of the rest of its plan.

    Raises:
        NotFound, VersionMissing, VersionChanged.
        WrongState: it is no draft, or its plan no longer counts.
        OverLimit: it costs more than the role may approve.
    """
    order, plan = await Orders(session, tenant).lock_with_plan(order_id)
    check_version(version, order.version)
    ORDER_STATES.check(order.status, "approved")
    if plan is not None and plan.status not in EDITABLE:
        raise WrongState(
            "The plan is {status}, so its orders cannot be approved any more.", status=plan.status
        )
    limits = await _limits(session, tenant)
    if not may_approve(role, _amount(order), limits):
        raise await _over_limit(session, tenant, role, [order], limits)
    pass_order_to(session, tenant, order, "approved", by, plan=plan)
    await follow_orders(session, tenant, plan, by)


async def cancel_order(
    session: AsyncSession,
    tenant: TenantId,
    order_id: UUID,
    version: int | None,
    by: Who,
    reason: str,
) -> UUID | None:
    """Call an order off; of one that has come in part, the rest. Returns its plan.

    Raises:
        NotFound, VersionMissing, VersionChanged.
        WrongState: it has come, or was called off before.
    """
    order, plan = await Orders(session, tenant).lock_with_plan(order_id)
    check_version(version, order.version)
    pass_order_to(session, tenant, order, "cancelled", by, reason, plan=plan)
    await note_called_off(session, tenant, order_id, by)
    if plan is not None:
        plan.cost_minor -= _amount(order)
    await follow_orders(session, tenant, plan, by)
    return order.plan_id


async def reject(
    session: AsyncSession,
    tenant: TenantId,
    plan_id: UUID,
    version: int | None,
    by: Who,
    reason: str,
) -> Rejection:
    """Turn a plan down: its drafts are called off, what is approved or sent stays. If the reason
    says that its data is out of date, the day is to be planned again at once, by whoever calls
    this; at most three times a day.

    Raises:
        NotFound, VersionMissing, VersionChanged, WrongState.
    """
    row = await _read_as(session, tenant, plan_id, version)
    rejection = await judge(session, tenant, ProcurementPlan, row.business_date, reason, by.at)
    pass_plan_to(session, tenant, row, "rejected", by, reason, rejection.facts)
    for order in await Orders(session, tenant).of_plan(plan_id):
        if order.status == "draft":
            pass_order_to(
                session, tenant, order, "cancelled", by, "its plan was rejected", plan=row
            )
    publish(
        session,
        PlanRejected(
            tenant_id=tenant,
            plan_id=str(row.id),
            business_date=row.business_date.isoformat(),
            revision=row.revision,
            rejected_by=by.name,
            reason=reason,
            says_stale=rejection.says_stale,
            regenerates=rejection.regenerates,
        ),
    )
    if rejection.regenerates:
        publish(session, regeneration_requested(tenant, row, by))
    return rejection


async def request_regeneration(
    session: AsyncSession, tenant: TenantId, plan_id: UUID, by: Who
) -> date:
    """Tell that somebody wants another plan in place of one; returns its day.

    Raises:
        NotFound: it is not there.
    """
    row = await Plans(session, tenant).get(plan_id)
    publish(session, regeneration_requested(tenant, row, by))
    return row.business_date


def regeneration_requested(
    tenant: TenantId, row: ProcurementPlan, by: Who
) -> PlanRegenerationRequested:
    """The event that tells it."""
    return PlanRegenerationRequested(
        tenant_id=tenant,
        plan_id=str(row.id),
        business_date=row.business_date.isoformat(),
        revision=row.revision,
        requested_by=by.name,
    )


async def _read_as(
    session: AsyncSession, tenant: TenantId, plan_id: UUID, version: int | None
) -> ProcurementPlan:
    """The plan, locked, if it still is as it was read."""
    row = await Plans(session, tenant).lock(plan_id)
    check_version(version, row.version)
    return row


def _wait(
    session: AsyncSession,
    tenant: TenantId,
    row: ProcurementPlan,
    by: Who,
    waiting: Sequence[PurchaseOrder],
) -> None:
    """Let the plan wait for somebody who may approve more."""
    facts = {"waiting": [str(order.id) for order in waiting]}
    if row.status == "draft":
        pass_plan_to(session, tenant, row, "pending_approval", by, facts=facts)
        return
    row.version += 1
    note_change(
        session,
        tenant,
        row.id,
        by,
        version=row.version,
        before=row.status,
        after=row.status,
        facts=facts,
    )


async def _limits(session: AsyncSession, tenant: TenantId) -> Limits:
    return (await tenants.load_bakeries(session, [tenant]))[tenant].policy.approval_limits


def _amount(order: PurchaseOrder) -> int:
    return order.goods_minor + order.fee_minor


async def _over_limit(
    session: AsyncSession,
    tenant: TenantId,
    role: Role,
    orders: Sequence[PurchaseOrder],
    limits: Limits,
) -> OverLimit:
    """The error, about the dearest of the orders."""
    amount = max(map(_amount, orders))
    currency = await tenants.currency_of(session, tenant)
    limit = limits.get(role)
    own = "nothing" if limit is None else f"up to {from_minor(limit, currency)} {currency}"
    return OverLimit(
        "The order costs {amount} {currency}, and the role {role} may approve {own}: {who_may}.",
        amount=from_minor(amount, currency),
        currency=currency,
        role=role,
        own=own,
        who_may=who_may(amount, limits),
    )

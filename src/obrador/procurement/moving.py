"""Orders of many bakeries passing into another state by themselves, however many in a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Subquery,
    Uuid,
    and_,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.db import table_of
from obrador.kit.queries import any_of
from obrador.plan_changes import PlanChange
from obrador.procurement.life import OPEN, SENT
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.revisions import PLANNED_AGAIN, SYSTEM, Moved, PlanKey


@dataclass(frozen=True, slots=True)
class MovedOrder:
    """An order that has passed into another state by itself."""

    tenant: UUID
    order_id: UUID
    plan_id: UUID
    supplier_id: UUID
    delivery_on: date
    goods_minor: int
    fee_minor: int
    from_status: str
    to_status: str
    reason: str


async def cancel_drafts_of(session: AsyncSession, plans: Sequence[Moved]) -> list[MovedOrder]:
    """Call off the drafts of plans that have just passed into another state together, for the same
    reason: plans are locked before their orders, as everywhere. One statement."""
    if not plans:
        return []
    which = and_(
        PurchaseOrder.tenant_id == any_of([each.tenant for each in plans]),
        PurchaseOrder.plan_id == any_of([each.plan_id for each in plans]),
        PurchaseOrder.status == "draft",
    )
    return await _move(session, which, "cancelled", plans[0].reason)


async def cancel_stale(session: AsyncSession, keys: Sequence[PlanKey]) -> list[MovedOrder]:
    """Call off the drafts of plans of days before the keys', whatever has become of the plans: the
    keys' own plans have taken their place. One statement."""
    given = _given(keys)
    which = and_(
        # Follows from the rest; without it all bakeries' drafts might be looked through.
        PurchaseOrder.tenant_id == any_of([key.tenant for key in keys]),
        PurchaseOrder.tenant_id == ProcurementPlan.tenant_id,
        PurchaseOrder.plan_id == ProcurementPlan.id,
        ProcurementPlan.tenant_id == given.c.tenant_id,
        ProcurementPlan.business_date < given.c.day,
        PurchaseOrder.status == "draft",
    )
    return await _move(session, which, "cancelled", "nobody acted on it")


async def bring_back(session: AsyncSession, plans: Sequence[Moved]) -> list[MovedOrder]:
    """Let orders be drafts again that were called off when these plans were superseded. One
    statement."""
    if not plans:
        return []
    orders = PurchaseOrder
    last = (
        select(PlanChange.reason)
        .where(
            PlanChange.tenant_id == orders.tenant_id,
            PlanChange.plan_id == orders.plan_id,
            PlanChange.part_id == orders.id,
        )
        .order_by(PlanChange.changed_at.desc(), PlanChange.id.desc())
        .limit(1)
        .correlate(orders)
        .scalar_subquery()
    )
    which = and_(
        orders.tenant_id == any_of([each.tenant for each in plans]),
        orders.plan_id == any_of([each.plan_id for each in plans]),
        orders.status == "cancelled",
        last == PLANNED_AGAIN,
    )
    return await _move(session, which, "draft", "what was to replace its plan failed")


def has_ended() -> ColumnElement[bool]:
    """Plans of whose orders nothing is to come any more, and something has."""
    return ~_has_orders(OPEN) & _has_orders(SENT)


def was_never_sent() -> ColumnElement[bool]:
    """Plans none of whose orders is to come or has come."""
    return ~_has_orders((*OPEN, *SENT))


def _has_orders(statuses: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(
        PurchaseOrder.tenant_id == ProcurementPlan.tenant_id,
        PurchaseOrder.plan_id == ProcurementPlan.id,
        PurchaseOrder.status.in_(statuses),
    )


def _given(keys: Sequence[PlanKey]) -> Subquery:
    return select(
        func.unnest(cast([key.tenant for key in keys], ARRAY(Uuid))).label("tenant_id"),
        func.unnest(cast([key.business_date for key in keys], ARRAY(Date))).label("day"),
    ).subquery()


async def _move(
    session: AsyncSession, which: ColumnElement[bool], status: str, reason: str
) -> list[MovedOrder]:
    """Put orders into another state and keep that with their plans, as `revisions.move` does with
    plans."""
    table, plans = table_of(PurchaseOrder), table_of(ProcurementPlan)
    before = (
        select(table.c.tenant_id, table.c.id, table.c.status)
        .where(which)
        .with_for_update(of=table)
        .cte("before")
    )
    changed = (
        update(table)
        .where(
            table.c.tenant_id == before.c.tenant_id,
            table.c.id == before.c.id,
            plans.c.tenant_id == table.c.tenant_id,
            plans.c.id == table.c.plan_id,
        )
        .values(status=status, version=table.c.version + 1)
        .returning(
            table.c.tenant_id,
            table.c.id,
            table.c.plan_id,
            table.c.supplier_id,
            table.c.delivery_on,
            table.c.goods_minor,
            table.c.fee_minor,
            before.c.status.label("before"),
            plans.c.version.label("plan_version"),
        )
        .cte("changed")
    )
    names = (
        "tenant_id", "id", "plan_id", "part_id", "version", "from_status", "to_status", "reason",
        "changed_by_name",
    )  # fmt: skip
    kept = (
        insert(PlanChange)
        .from_select(
            names,
            select(
                changed.c.tenant_id,
                func.gen_random_uuid(),
                changed.c.plan_id,
                changed.c.id,
                changed.c.plan_version,
                changed.c.before,
                literal(status),
                literal(reason),
                literal(SYSTEM),
            ),
            include_defaults=False,
        )
        .returning(PlanChange.id)
        .cte("kept")
    )
    rows = await session.execute(
        select(changed).add_cte(kept).order_by(changed.c.tenant_id, changed.c.id)
    )
    return [
        MovedOrder(
            row.tenant_id,
            row.id,
            row.plan_id,
            row.supplier_id,
            row.delivery_on,
            row.goods_minor,
            row.fee_minor,
            row.before,
            status,
            reason,
        )
        for row in rows
    ]

"""Every query of purchasing."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from obrador import revisions
from obrador.authz import TenantId
from obrador.kit.db import copy_rows, table_of
from obrador.kit.errors import NotFound
from obrador.kit.ids import new_id
from obrador.kit.queries import any_of
from obrador.procurement.domain import (
    LineReason,
    OpenOrder,
    Order,
    OrderLine,
    Projection,
    PurchasePlan,
    SafetyStock,
    StoredOrder,
    StoredPlan,
)
from obrador.procurement.models import (
    ProcurementPlan,
    PurchaseOrder,
    PurchaseOrderLine,
    StockProjection,
)
from obrador.revisions import earlier
from obrador.tenants.domain import Morning

OPEN = ("approved", "sent", "partially_received")
"""Orders that will be delivered."""
_REASON_FIELDS = [field.name for field in fields(LineReason)]
_DIGITS = 3

_PLAN_COLUMNS = ("tenant_id", "id", "business_date", "revision", "cost_minor", "unsupplied")
_ORDER_COLUMNS = (
    "tenant_id", "id", "plan_id", "supplier_id", "order_on", "delivery_on", "goods_minor",
    "fee_minor", "is_urgent", "below_minimum",
)  # fmt: skip
_LINE_COLUMNS = (
    "tenant_id", "order_id", "position", "ingredient_id", "packs", "pack_size",
    "pack_price_minor", "reason",
)  # fmt: skip
_PROJECTION_COLUMNS = (
    "tenant_id", "plan_id", "ingredient_id", "opening", "requirement", "receipts", "expired",
    "unmet", "closing", "overdue", "safety_stock", "safety_inputs", "is_safety_capped",
    "is_critical",
)  # fmt: skip


async def read_open_orders(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> list[tuple[UUID, OpenOrder]]:
    """Lines still to come, each with its tenant, by day."""
    line, order = PurchaseOrderLine, PurchaseOrder
    outstanding = line.packs * line.pack_size - line.received
    query = (
        select(
            line.tenant_id, line.ingredient_id, order.delivery_on, outstanding.label("outstanding")
        )
        .join(order, and_(order.tenant_id == line.tenant_id, order.id == line.order_id))
        .where(order.tenant_id == any_of(tenants), order.status.in_(OPEN), outstanding > 0)
        .order_by(line.tenant_id, order.delivery_on, line.ingredient_id, line.order_id)
    )
    return [
        (row.tenant_id, OpenOrder(row.ingredient_id, row.delivery_on, float(row.outstanding)))
        for row in await session.execute(query)
    ]


async def supersede(session: AsyncSession, mornings: Sequence[Morning]) -> None:
    """Mark earlier revisions of these mornings' plans, and cancel their orders that are drafts."""
    of_plan = and_(
        PurchaseOrder.tenant_id == ProcurementPlan.tenant_id,
        PurchaseOrder.plan_id == ProcurementPlan.id,
    )
    await session.execute(
        update(PurchaseOrder)
        .where(of_plan, earlier(ProcurementPlan, mornings), PurchaseOrder.status == "draft")
        .values(status="cancelled", version=PurchaseOrder.version + 1)
        .execution_options(synchronize_session=False)
    )
    await revisions.supersede(session, ProcurementPlan, mornings)


async def add_plans(
    session: AsyncSession, plans: Sequence[tuple[UUID, Morning, PurchasePlan]]
) -> None:
    """Write the plans of many tenants at once."""
    orders = [
        (morning.tenant, plan_id, new_id(), order)
        for plan_id, morning, plan in plans
        for order in plan.orders
    ]
    await copy_rows(
        session, table_of(ProcurementPlan), _PLAN_COLUMNS, (_plan_row(*plan) for plan in plans)
    )
    await copy_rows(
        session,
        table_of(PurchaseOrder),
        _ORDER_COLUMNS,
        (_order_row(tenant, plan_id, own_id, order) for tenant, plan_id, own_id, order in orders),
    )
    await copy_rows(
        session,
        table_of(PurchaseOrderLine),
        _LINE_COLUMNS,
        (row for tenant, _, own_id, order in orders for row in _line_rows(tenant, own_id, order)),
    )
    await copy_rows(
        session,
        table_of(StockProjection),
        _PROJECTION_COLUMNS,
        (
            _projection_row(morning.tenant, plan_id, projection)
            for plan_id, morning, plan in plans
            for projection in plan.projections
        ),
    )


async def newest_key(session: AsyncSession, tenant: TenantId) -> tuple[date, int] | None:
    """Date and revision of the newest plan."""
    found = await session.execute(
        select(ProcurementPlan.business_date, ProcurementPlan.revision)
        .where(ProcurementPlan.tenant_id == tenant)
        .order_by(ProcurementPlan.business_date.desc(), ProcurementPlan.revision.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else (row.business_date, row.revision)


async def read_plan(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> StoredPlan:
    """A plan with its orders and projections. Four queries.

    Raises:
        NotFound: there is none for this date and revision.
    """
    plan = await session.scalar(
        select(ProcurementPlan).where(
            ProcurementPlan.tenant_id == tenant,
            ProcurementPlan.business_date == business_date,
            ProcurementPlan.revision == revision,
        )
    )
    if plan is None:
        raise NotFound(f"There is no purchase plan for {business_date}, revision {revision}.")
    orders = await session.scalars(
        select(PurchaseOrder)
        .where(PurchaseOrder.tenant_id == tenant, PurchaseOrder.plan_id == plan.id)
        .options(selectinload(PurchaseOrder.lines))
        .order_by(PurchaseOrder.order_on, PurchaseOrder.delivery_on, PurchaseOrder.supplier_id)
    )
    projections = await session.scalars(
        select(StockProjection)
        .where(StockProjection.tenant_id == tenant, StockProjection.plan_id == plan.id)
        .order_by(StockProjection.ingredient_id)
    )
    return StoredPlan(
        id=plan.id,
        business_date=plan.business_date,
        revision=plan.revision,
        status=plan.status,
        version=plan.version,
        made_at=plan.made_at,
        orders=tuple(map(_stored_order, orders)),
        projections=tuple(map(_projection, projections)),
        unsupplied=tuple(plan.unsupplied),
        cost_minor=plan.cost_minor,
    )


def _plan_row(plan_id: UUID, morning: Morning, plan: PurchasePlan) -> tuple[Any, ...]:
    return (
        morning.tenant, plan_id, morning.business_date, morning.revision, plan.cost_minor,
        list(plan.unsupplied),
    )  # fmt: skip


def _order_row(tenant: TenantId, plan_id: UUID, own_id: UUID, order: Order) -> tuple[Any, ...]:
    return (
        tenant, own_id, plan_id, order.supplier_id, order.order_on, order.delivery_on,
        order.goods_minor, order.fee_minor, order.is_urgent, order.below_minimum,
    )  # fmt: skip


def _line_rows(tenant: TenantId, order_id: UUID, order: Order) -> Iterator[tuple[Any, ...]]:
    for position, line in enumerate(order.lines):
        yield (
            tenant, order_id, position, line.ingredient_id, line.packs,
            Decimal(line.pack_size).quantize(Decimal("0.001")), line.pack_price_minor,
            Jsonb(_compact(line.reason)),
        )  # fmt: skip


def _projection_row(tenant: TenantId, plan_id: UUID, projection: Projection) -> tuple[Any, ...]:
    safety = projection.safety
    inputs = [
        safety.service_level, safety.lead_days, safety.demand_mean, safety.demand_sd,
        safety.lead_sd,
    ]  # fmt: skip
    return (
        tenant, plan_id, projection.ingredient_id, projection.opening,
        list(projection.requirement), list(projection.receipts), list(projection.expired),
        list(projection.unmet), list(projection.closing), projection.overdue,
        safety.quantity, inputs, safety.capped_by_shelf_life, projection.is_critical,
    )  # fmt: skip


def _compact(reason: LineReason) -> list[Any]:
    """The fields in their order; names would triple what is stored."""
    return [
        round(value, _DIGITS) if isinstance(value, float) else value for value in astuple(reason)
    ]


def _stored_order(row: PurchaseOrder) -> StoredOrder:
    lines = tuple(map(_line, row.lines))
    order = Order(
        supplier_id=row.supplier_id,
        order_on=row.order_on,
        delivery_on=row.delivery_on,
        lines=lines,
        goods_minor=row.goods_minor,
        fee_minor=row.fee_minor,
        is_urgent=row.is_urgent,
        below_minimum=row.below_minimum,
    )
    return StoredOrder(row.id, row.status, row.version, order)


def _line(row: PurchaseOrderLine) -> OrderLine:
    reason = dict(zip(_REASON_FIELDS, row.reason, strict=True))
    return OrderLine(
        ingredient_id=row.ingredient_id,
        packs=row.packs,
        pack_size=float(row.pack_size),
        pack_price_minor=row.pack_price_minor,
        reason=LineReason(**reason | {"bent_by": tuple(reason["bent_by"])}),
    )


def _projection(row: StockProjection) -> Projection:
    level, lead_days, mean, sd, lead_sd = row.safety_inputs
    unmet = tuple(row.unmet)
    return Projection(
        ingredient_id=row.ingredient_id,
        opening=row.opening,
        requirement=tuple(row.requirement),
        receipts=tuple(row.receipts),
        expired=tuple(row.expired),
        unmet=unmet,
        closing=tuple(row.closing),
        safety=SafetyStock(
            row.safety_stock, level, lead_days, mean, sd, lead_sd, row.is_safety_capped
        ),
        stock_out_day=next((day for day, lacking in enumerate(unmet) if lacking), None),
        is_critical=row.is_critical,
        overdue=row.overdue,
    )

"""Every query of purchasing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from obrador.authz import TenantId
from obrador.kit.db import copy_rows, table_of
from obrador.kit.errors import NotFound
from obrador.kit.ids import derived_id, numbered_id
from obrador.kit.pack import pack, unpack
from obrador.kit.queries import any_of, row_state, state_of
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
from obrador.procurement.life import OPEN
from obrador.procurement.models import (
    ProcurementPlan,
    PurchaseOrder,
    PurchaseOrderLine,
    StockProjection,
)
from obrador.revisions import PlanKey
from obrador.tenants.domain import Morning

_PLAN_COLUMNS = (
    "tenant_id", "id", "business_date", "revision", "cost_minor", "unsupplied", "reasons",
)  # fmt: skip
_ORDER_COLUMNS = (
    "tenant_id", "id", "plan_id", "supplier_id", "order_on", "delivery_on", "goods_minor",
    "fee_minor", "is_urgent", "below_minimum",
)  # fmt: skip
_LINE_COLUMNS = (
    "tenant_id", "order_id", "position", "ingredient_id", "packs", "pack_size",
    "pack_price_minor",
)  # fmt: skip
_PROJECTION_COLUMNS = ("tenant_id", "plan_id", "business_date", "content")

Reasons = tuple[tuple[LineReason, ...], ...]
"""Of each order of a plan, by the number in its id: of each line, by position."""


@dataclass(frozen=True)
class _Packed:
    """Projections as they are stored. Axes: N ingredients, H days."""

    ingredient_ids: tuple[UUID, ...]
    days: int
    flows: bytes
    """(N, 5, H) float32: requirement, receipts, expired, unmet, closing."""
    levels: bytes
    """(N, 8) float32: opening, overdue, safety stock, and its five inputs in their order."""
    flags: tuple[tuple[bool, bool], ...]
    """(N, 2) safety stock capped by shelf life; critical."""


async def read_open_orders(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> list[tuple[UUID, OpenOrder]]:
    """Lines still to come, each with its tenant, by day."""
    line, order = PurchaseOrderLine, PurchaseOrder
    outstanding = line.packs * line.pack_size - line.received - line.cancelled
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


async def add_plans(
    session: AsyncSession, plans: Sequence[tuple[UUID, Morning, PurchasePlan]]
) -> None:
    """Write the plans of many tenants at once."""
    orders = [
        (morning.tenant, plan_id, numbered_id(plan_id, number), order)
        for plan_id, morning, plan in plans
        for number, order in enumerate(plan.orders)
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


async def add_projections(
    session: AsyncSession, plans: Sequence[tuple[UUID, Morning, PurchasePlan]]
) -> None:
    """Write the projections of many tenants at once."""
    await copy_rows(
        session,
        table_of(StockProjection),
        _PROJECTION_COLUMNS,
        (
            (morning.tenant, plan_id, morning.business_date, pack(_packed(plan.projections)))
            for plan_id, morning, plan in plans
        ),
    )


def plan_id(key: PlanKey) -> UUID:
    """The id of a date's plan: planning it twice cannot make two."""
    return derived_id("procurement_plan", key.tenant, key.business_date, key.revision)


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
        raise NotFound(
            "There is no purchase plan for {business_date}, revision {revision}.",
            business_date=business_date,
            revision=revision,
        )
    return await read_whole(session, tenant, plan)


async def read_whole(session: AsyncSession, tenant: TenantId, plan: ProcurementPlan) -> StoredPlan:
    """A plan that has been read, with its orders and projections. Three queries."""
    orders = await session.scalars(
        select(PurchaseOrder)
        .where(PurchaseOrder.tenant_id == tenant, PurchaseOrder.plan_id == plan.id)
        .options(selectinload(PurchaseOrder.lines))
        .order_by(PurchaseOrder.order_on, PurchaseOrder.delivery_on, PurchaseOrder.supplier_id)
    )
    reasons = reasons_of(plan)
    return StoredPlan(
        id=plan.id,
        business_date=plan.business_date,
        revision=plan.revision,
        status=plan.status,
        version=plan.version,
        made_at=plan.made_at,
        orders=tuple(_stored_order(order, reasons) for order in orders),
        projections=await read_projections(session, tenant, plan.id),
        unsupplied=tuple(plan.unsupplied),
        cost_minor=plan.cost_minor,
        replaces_id=plan.replaces_id,
    )


async def read_projections(
    session: AsyncSession, tenant: TenantId, plan_id: UUID
) -> tuple[Projection, ...]:
    """The stock that a plan leads to; nothing, if that was not kept. One query."""
    content = await session.scalar(
        select(StockProjection.content).where(
            StockProjection.tenant_id == tenant, StockProjection.plan_id == plan_id
        )
    )
    return () if content is None else _unpacked(unpack(content, _Packed))


async def write_projections(
    session: AsyncSession, tenant: TenantId, plan_id: UUID, projections: Sequence[Projection]
) -> None:
    """Keep others in place of a plan's."""
    await session.execute(
        update(StockProjection)
        .where(StockProjection.tenant_id == tenant, StockProjection.plan_id == plan_id)
        .values(content=pack(_packed(projections)))
        .execution_options(synchronize_session=False)
    )


def reasons_of(plan: ProcurementPlan) -> dict[UUID, tuple[LineReason, ...]]:
    """Of each order of a plan by its id, the reasons of its lines by position."""
    return {
        numbered_id(plan.id, number): lines
        for number, lines in enumerate(unpack(plan.reasons, Reasons))
    }


def packed_reasons(plan_id: UUID, reasons: Mapping[UUID, tuple[LineReason, ...]]) -> bytes:
    """As `reasons_of` reads them back; orders are numbered without gaps."""
    return pack(tuple(reasons[numbered_id(plan_id, number)] for number in range(len(reasons))))


async def state(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Decimal:
    """A number that changes with the plan, its orders and their lines, see
    `kit.queries.row_state`."""
    plans, orders, lines = map(table_of, (ProcurementPlan, PurchaseOrder, PurchaseOrderLine))
    plan = and_(
        plans.c.tenant_id == tenant,
        plans.c.business_date == business_date,
        plans.c.revision == revision,
    )
    own_id = select(plans.c.id).where(plan).scalar_subquery()
    of_plan = and_(orders.c.tenant_id == tenant, orders.c.plan_id == own_id)
    line_of_order = and_(lines.c.tenant_id == orders.c.tenant_id, lines.c.order_id == orders.c.id)
    query = state_of(
        select(row_state(plans)).where(plan),
        select(row_state(orders)).where(of_plan),
        select(row_state(lines)).where(of_plan, line_of_order),
    )
    return (await session.execute(query)).scalar_one()


def _plan_row(plan_id: UUID, morning: Morning, plan: PurchasePlan) -> tuple[Any, ...]:
    reasons: Reasons = tuple(tuple(line.reason for line in order.lines) for order in plan.orders)
    return (
        morning.tenant, plan_id, morning.business_date, morning.revision, plan.cost_minor,
        plan.unsupplied, pack(reasons),
    )  # fmt: skip


def _order_row(tenant: TenantId, plan_id: UUID, own_id: UUID, order: Order) -> tuple[Any, ...]:
    return (
        tenant, own_id, plan_id, order.supplier_id, order.order_on, order.delivery_on,
        order.goods_minor, order.fee_minor, order.is_urgent, order.below_minimum,
    )  # fmt: skip


def _line_rows(tenant: TenantId, order_id: UUID, order: Order) -> Iterator[tuple[Any, ...]]:
    for position, line in enumerate(order.lines):
        yield (
            tenant, order_id, position, line.ingredient_id, line.packs, round(line.pack_size, 3),
            line.pack_price_minor,
        )  # fmt: skip


def _packed(projections: Sequence[Projection]) -> _Packed:
    flows = [(p.requirement, p.receipts, p.expired, p.unmet, p.closing) for p in projections]
    levels = [
        (
            p.opening, p.overdue, p.safety.quantity, p.safety.service_level, p.safety.lead_days,
            p.safety.demand_mean, p.safety.demand_sd, p.safety.lead_sd,
        )
        for p in projections
    ]  # fmt: skip
    return _Packed(
        ingredient_ids=tuple(p.ingredient_id for p in projections),
        days=len(projections[0].requirement) if projections else 0,
        flows=np.array(flows, dtype="<f4").tobytes(),
        levels=np.array(levels, dtype="<f4").tobytes(),
        flags=tuple((p.safety.capped_by_shelf_life, p.is_critical) for p in projections),
    )


def _unpacked(packed: _Packed) -> tuple[Projection, ...]:
    count = len(packed.ingredient_ids)
    flows = np.frombuffer(packed.flows, dtype="<f4").reshape(count, 5, packed.days)
    levels = np.frombuffer(packed.levels, dtype="<f4").reshape(count, 8)
    return tuple(
        _projection(*one)
        for one in zip(
            packed.ingredient_ids, flows.tolist(), levels.tolist(), packed.flags, strict=True
        )
    )


def _projection(
    ingredient_id: UUID,
    flows: Sequence[Sequence[float]],
    levels: Sequence[float],
    flags: tuple[bool, bool],
) -> Projection:
    requirement, receipts, expired, unmet, closing = map(tuple, flows)
    opening, overdue, quantity, level, lead_days, mean, sd, lead_sd = levels
    is_capped, is_critical = flags
    return Projection(
        ingredient_id=ingredient_id,
        opening=opening,
        requirement=requirement,
        receipts=receipts,
        expired=expired,
        unmet=unmet,
        closing=closing,
        safety=SafetyStock(quantity, level, lead_days, mean, sd, lead_sd, is_capped),
        stock_out_day=next((day for day, lacking in enumerate(unmet) if lacking), None),
        is_critical=is_critical,
        overdue=overdue,
    )


def _stored_order(
    row: PurchaseOrder, reasons: Mapping[UUID, tuple[LineReason, ...]]
) -> StoredOrder:
    lines = zip(row.lines, reasons[row.id], strict=True)
    order = Order(
        supplier_id=row.supplier_id,
        order_on=row.order_on,
        delivery_on=row.delivery_on,
        lines=tuple(_line(line, reason) for line, reason in lines),
        goods_minor=row.goods_minor,
        fee_minor=row.fee_minor,
        is_urgent=row.is_urgent,
        below_minimum=row.below_minimum,
    )
    return StoredOrder(
        row.id,
        row.status,
        row.version,
        order,
        positions=tuple(line.position for line in row.lines),
        received=tuple(float(line.received) for line in row.lines),
        edits=tuple(line.edited for line in row.lines),
    )


def _line(row: PurchaseOrderLine, reason: LineReason) -> OrderLine:
    return OrderLine(
        ingredient_id=row.ingredient_id,
        packs=row.packs,
        pack_size=float(row.pack_size),
        pack_price_minor=row.pack_price_minor,
        reason=reason,
    )

"""How purchase plans and orders are read over the API."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from obrador.authz import TenantId
from obrador.kit.pagination import Page, PageRequest
from obrador.plan_changes import changes_of
from obrador.procurement import lists, repository
from obrador.procurement.comparing import Comparison, compare
from obrador.procurement.domain import StoredPlan
from obrador.procurement.lists import Orders, Plans
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.procurement.order_schemas import OrderDetail, OrderOutput, Terms
from obrador.procurement.plan_schemas import PlanOutput, PlanSummary, summary_of
from obrador.tenants import service as tenants


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which plans, or which orders by their day of delivery."""

    first: date | None = None
    last: date | None = None
    status: str | None = None
    plan_id: UUID | None = None
    supplier_id: UUID | None = None


async def page_of_plans(
    session: AsyncSession, tenant: TenantId, paging: PageRequest, wanted: Wanted
) -> Page[PlanSummary]:
    """Plans, the latest day first. Three queries."""
    where = _between(ProcurementPlan.business_date, wanted)
    if wanted.status is not None:
        where.append(ProcurementPlan.status == wanted.status)
    found = await Plans(session, tenant).newest_days(paging, *where)
    counts = await lists.order_counts(session, tenant, [row.id for row in found.rows])
    currency = await tenants.currency_of(session, tenant)
    items = [summary_of(row, counts.get(row.id, {}), currency) for row in found.rows]
    return Page[PlanSummary](items=items, next_cursor=found.next_cursor)


async def page_of_orders(
    session: AsyncSession, tenant: TenantId, paging: PageRequest, wanted: Wanted
) -> Page[OrderOutput]:
    """Orders with their lines, by the day to place them. Four queries."""
    where = _between(PurchaseOrder.delivery_on, wanted)
    given = (
        (PurchaseOrder.status, wanted.status),
        (PurchaseOrder.plan_id, wanted.plan_id),
        (PurchaseOrder.supplier_id, wanted.supplier_id),
    )
    where += [column == value for column, value in given if value is not None]
    found = await Orders(session, tenant).soonest(paging, *where)
    terms = await load_terms(session, tenant)
    items = [OrderOutput.of_row(row, terms) for row in found.rows]
    return Page[OrderOutput](items=items, next_cursor=found.next_cursor)


async def read_plan(session: AsyncSession, tenant: TenantId, plan_id: UUID) -> StoredPlan:
    """A plan with its orders and projections. Four queries.

    Raises:
        NotFound: it is not there.
    """
    row = await Plans(session, tenant).get(plan_id)
    return await repository.read_whole(session, tenant, row)


async def show_plan(session: AsyncSession, tenant: TenantId, plan_id: UUID) -> PlanOutput:
    """A plan with what became of it, and what it orders otherwise than the one that it replaces. At
    most eleven queries.

    Raises:
        NotFound: it is not there.
    """
    plan = await read_plan(session, tenant, plan_id)
    history = await changes_of(session, tenant, plan_id)
    return PlanOutput.of(
        plan, history, await _compared(session, tenant, plan), await load_terms(session, tenant)
    )


async def show_order(session: AsyncSession, tenant: TenantId, order_id: UUID) -> OrderDetail:
    """An order with the reasons of its lines, and what became of it. At most eight queries.

    Raises:
        NotFound: it is not there.
    """
    row = await Orders(session, tenant).get(order_id)
    terms = await load_terms(session, tenant)
    history = await changes_of(session, tenant, row.plan_id or row.id)
    own = [change for change in history if change.part_id == order_id]
    if row.plan_id is None:
        found = await Orders(session, tenant).with_lines(order_id)
        return OrderDetail.outside_plan(found, own, terms)
    plan = await read_plan(session, tenant, row.plan_id)
    return OrderDetail.of(plan, next(o for o in plan.orders if o.id == order_id), own, terms)


async def _compared(session: AsyncSession, tenant: TenantId, plan: StoredPlan) -> Comparison | None:
    if plan.replaces_id is None:
        return None
    return compare(await read_plan(session, tenant, plan.replaces_id), plan)


async def load_terms(session: AsyncSession, tenant: TenantId) -> Terms:
    """What of the bakery decides how its orders are shown. Three queries."""
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    return Terms(bakery.currency, bakery.policy.approval_limits)


def _between(column: InstrumentedAttribute[date], wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.first is not None:
        where.append(column >= wanted.first)
    if wanted.last is not None:
        where.append(column <= wanted.last)
    return where

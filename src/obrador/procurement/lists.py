"""Queries of purchase plans and orders in lists, and of single rows to change."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.kit.errors import NotFound
from obrador.kit.pagination import PageRequest, Slice
from obrador.kit.queries import any_of
from obrador.plan_changes import STANDING
from obrador.procurement.models import ProcurementPlan, PurchaseOrder


class Plans(ScopedRepository[ProcurementPlan]):
    """Purchase plans without their orders."""

    model = ProcurementPlan

    async def newest_days(
        self, paging: PageRequest, *where: ColumnElement[bool]
    ) -> Slice[ProcurementPlan]:
        """A page of those that fulfil all conditions: the latest day first, and of a day its last
        revision."""
        plans = ProcurementPlan
        query = self.query().where(*where)
        if paging.cursor is not None:
            last = select(plans.business_date, plans.revision).where(
                plans.tenant_id == self.tenant, plans.id == paging.cursor
            )
            query = query.where(
                tuple_(plans.business_date, plans.revision) < last.scalar_subquery()
            )
        order = (plans.business_date.desc(), plans.revision.desc())
        rows = (await self.session.scalars(query.order_by(*order).limit(paging.limit + 1))).all()
        return Slice.cut(rows, paging.limit, lambda row: row.id)

    async def newest_of(self, day: date) -> ProcurementPlan | None:
        """The day's last revision that stands."""
        query = (
            self.query()
            .where(ProcurementPlan.business_date == day, ProcurementPlan.status.in_(STANDING))
            .order_by(ProcurementPlan.revision.desc())
            .limit(1)
        )
        return (await self.session.scalars(query)).one_or_none()


class Orders(ScopedRepository[PurchaseOrder]):
    """Purchase orders with their lines."""

    model = PurchaseOrder

    async def lock_with_plan(self, order_id: UUID) -> tuple[PurchaseOrder, ProcurementPlan | None]:
        """An order with its lines, and its plan, locked: the plan first, as everybody does who
        changes orders, so that no two wait for each other. Four queries.

        Raises:
            NotFound: the order is not there.
        """
        plan_id = (await self.get(order_id)).plan_id
        plan = None if plan_id is None else await Plans(self.session, self.tenant).lock(plan_id)
        query = self._with_lines(order_id).with_for_update()
        return (await self.session.scalars(query)).one(), plan

    async def with_lines(self, order_id: UUID) -> PurchaseOrder:
        """An order with its lines. Two queries.

        Raises:
            NotFound: it is not there.
        """
        row = (await self.session.scalars(self._with_lines(order_id))).one_or_none()
        if row is None:
            raise NotFound("There is no order {order_id} here.", order_id=order_id)
        return row

    def _with_lines(self, order_id: UUID) -> Select[PurchaseOrder]:
        return (
            self.query()
            .where(PurchaseOrder.id == order_id)
            .options(selectinload(PurchaseOrder.lines))
            .execution_options(populate_existing=True)
        )

    async def of_plan(self, plan_id: UUID) -> list[PurchaseOrder]:
        """All of a plan with their lines, as they are now; nobody else changes them until the
        transaction ends. Two queries."""
        query = (
            self.query()
            .where(PurchaseOrder.plan_id == plan_id)
            .options(selectinload(PurchaseOrder.lines))
            .order_by(PurchaseOrder.order_on, PurchaseOrder.delivery_on, PurchaseOrder.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return list(await self.session.scalars(query))

    async def soonest(
        self, paging: PageRequest, *where: ColumnElement[bool]
    ) -> Slice[PurchaseOrder]:
        """A page of those that fulfil all conditions, with their lines, by the day to place them.
        Two queries."""
        orders = PurchaseOrder
        query = self.query().where(*where).options(selectinload(orders.lines))
        if paging.cursor is not None:
            last = select(orders.order_on, orders.id).where(
                orders.tenant_id == self.tenant, orders.id == paging.cursor
            )
            query = query.where(tuple_(orders.order_on, orders.id) > last.scalar_subquery())
        query = query.order_by(orders.order_on, orders.id).limit(paging.limit + 1)
        rows = (await self.session.scalars(query)).all()
        return Slice.cut(rows, paging.limit, lambda row: row.id)


async def order_counts(
    session: AsyncSession, tenant: TenantId, plan_ids: Collection[UUID]
) -> dict[UUID | None, dict[str, int]]:
    """Of each plan, how many orders are in which state. One query."""
    rows = await session.execute(
        select(PurchaseOrder.plan_id, PurchaseOrder.status, func.count())
        .where(PurchaseOrder.tenant_id == tenant, PurchaseOrder.plan_id == any_of(plan_ids))
        .group_by(PurchaseOrder.plan_id, PurchaseOrder.status)
    )
    found: dict[UUID | None, dict[str, int]] = {}
    for plan_id, status, count in rows:
        found.setdefault(plan_id, {})[status] = count
    return found

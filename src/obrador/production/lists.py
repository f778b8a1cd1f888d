"""Queries of schedules and batches in lists, and of single rows to change."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.kit.pagination import PageRequest, Slice
from obrador.kit.queries import any_of
from obrador.plan_changes import STANDING
from obrador.production.models import Batch, Schedule


class Schedules(ScopedRepository[Schedule]):
    """Schedules without their batches."""

    model = Schedule

    async def newest_days(
        self, paging: PageRequest, *where: ColumnElement[bool]
    ) -> Slice[Schedule]:
        """A page of those that fulfil all conditions: the latest day first, and of a day its last
        revision."""
        query = self.query().where(*where)
        if paging.cursor is not None:
            last = select(Schedule.business_date, Schedule.revision).where(
                Schedule.tenant_id == self.tenant, Schedule.id == paging.cursor
            )
            query = query.where(
                tuple_(Schedule.business_date, Schedule.revision) < last.scalar_subquery()
            )
        order = (Schedule.business_date.desc(), Schedule.revision.desc())
        rows = (await self.session.scalars(query.order_by(*order).limit(paging.limit + 1))).all()
        return Slice.cut(rows, paging.limit, lambda row: row.id)

    async def newest_of(self, day: date) -> Schedule | None:
        """The day's last revision that stands."""
        query = (
            self.query()
            .where(Schedule.business_date == day, Schedule.status.in_(STANDING))
            .order_by(Schedule.revision.desc())
            .limit(1)
        )
        return (await self.session.scalars(query)).one_or_none()


class Batches(ScopedRepository[Batch]):
    """Batches, each of a schedule."""

    model = Batch

    async def of_schedule(self, schedule_id: UUID) -> list[Batch]:
        """All of a schedule, as they are now; nobody else changes them until the transaction
        ends."""
        query = (
            self.query()
            .where(Batch.schedule_id == schedule_id)
            .order_by(Batch.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return list(await self.session.scalars(query))


def is_over(now: datetime) -> ColumnElement[bool]:
    """Schedules none of whose batches lies ahead: what is made for the next day is made late."""
    ahead = exists().where(
        Batch.tenant_id == Schedule.tenant_id,
        Batch.schedule_id == Schedule.id,
        Batch.ends_at > now,
    )
    return ~ahead


async def batch_counts(
    session: AsyncSession, tenant: TenantId, schedule_ids: Collection[UUID]
) -> dict[UUID, dict[str, int]]:
    """Of each schedule, how many batches are in which state, and how many are planned late. One
    query."""
    late = func.count().filter(Batch.status == "planned", Batch.late_minutes > 0)
    rows = await session.execute(
        select(Batch.schedule_id, Batch.status, func.count(), late)
        .where(Batch.tenant_id == tenant, Batch.schedule_id == any_of(schedule_ids))
        .group_by(Batch.schedule_id, Batch.status)
    )
    found: dict[UUID, dict[str, int]] = {}
    for schedule_id, status, count, late_ones in rows:
        counts = found.setdefault(schedule_id, {"late": 0})
        counts[status] = count
        counts["late"] += late_ones
    return found


async def page_of_batches(
    session: AsyncSession, tenant: TenantId, paging: PageRequest, *where: ColumnElement[bool]
) -> Slice[Row[Batch, date]]:
    """A page of batches with their days, by their start. One query."""
    query = (
        select(Batch, Schedule.business_date)
        .join(
            Schedule,
            (Schedule.tenant_id == Batch.tenant_id) & (Schedule.id == Batch.schedule_id),
        )
        .where(Batch.tenant_id == tenant, *where)
        .order_by(Batch.starts_at, Batch.id)
        .limit(paging.limit + 1)
    )
    if paging.cursor is not None:
        last = select(Batch.starts_at, Batch.id).where(
            Batch.tenant_id == tenant, Batch.id == paging.cursor
        )
        query = query.where(tuple_(Batch.starts_at, Batch.id) > last.scalar_subquery())
    rows: Sequence[Row[Batch, date]] = (await session.execute(query)).all()
    return Slice.cut(rows, paging.limit, lambda row: row[0].id)

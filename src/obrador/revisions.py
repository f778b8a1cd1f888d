"""Plans of a date, which a later revision of the same date replaces."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    SmallInteger,
    String,
    Subquery,
    Uuid,
    and_,
    cast,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from obrador.authz import TenantId
from obrador.kit.db import Identified

_REPLACEABLE = ("draft", "pending_approval", "approved")


class Revised(Identified):
    """A table of such plans: one for each tenant, date and revision."""

    business_date: Mapped[date] = mapped_column(Date)
    revision: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(String(20), server_default="draft")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))


class PlanKey(Protocol):
    """Whatever names a plan: a morning, or a run."""

    @property
    def tenant(self) -> TenantId:
        """Whose plan."""
        ...

    @property
    def business_date(self) -> date:
        """Of which day."""
        ...

    @property
    def revision(self) -> int:
        """The how manieth, from 0."""
        ...


def earlier(plans: type[Revised], keys: Sequence[PlanKey]) -> ColumnElement[bool]:
    """Plans of an earlier revision than that of their date among the keys."""
    return _among(plans, keys, lambda given: plans.revision < given.c.revision)


def exactly(plans: type[Revised], keys: Sequence[PlanKey]) -> ColumnElement[bool]:
    """The plans with these keys."""
    return _among(plans, keys, lambda given: plans.revision == given.c.revision)


def _among(
    plans: type[Revised],
    keys: Sequence[PlanKey],
    matches: Callable[[Subquery], ColumnElement[bool]],
) -> ColumnElement[bool]:
    given = select(
        func.unnest(cast([key.tenant for key in keys], ARRAY(Uuid))).label("tenant_id"),
        func.unnest(cast([key.business_date for key in keys], ARRAY(Date))).label("day"),
        func.unnest(cast([key.revision for key in keys], ARRAY(Integer))).label("revision"),
    ).subquery()
    return and_(
        plans.tenant_id == given.c.tenant_id, plans.business_date == given.c.day, matches(given)
    )


async def supersede(session: AsyncSession, plans: type[Revised], keys: Sequence[PlanKey]) -> None:
    """Mark earlier revisions that nobody has begun to work by."""
    await session.execute(
        update(plans)
        .where(earlier(plans, keys), plans.status.in_(_REPLACEABLE))
        .values(status="superseded", version=plans.version + 1)
        .execution_options(synchronize_session=False)
    )


async def withdraw(
    session: AsyncSession, plans: type[Revised], keys: Sequence[PlanKey]
) -> set[UUID]:
    """Archive drafts that nobody has begun to work by; returns whose. Repeating it changes
    nothing."""
    rows = await session.scalars(
        update(plans)
        .where(exactly(plans, keys), plans.status == "draft")
        .values(status="archived", version=plans.version + 1)
        .returning(plans.tenant_id)
        .execution_options(synchronize_session=False)
    )
    return set(rows)

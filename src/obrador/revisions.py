"""Plans of a date, which a later revision of the same date replaces."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    or_,
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
    archived_on: Mapped[date | None] = mapped_column(Date)
    """The morning that found it a draft after its day."""


@dataclass(frozen=True, slots=True)
class Stale:
    """What a morning found of plans that nobody acted on."""

    archived: int
    """Drafts of days that have passed."""
    waiting: int
    """Drafts of today that nobody has looked at."""


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
    given = _given(keys)
    return and_(
        plans.tenant_id == given.c.tenant_id, plans.business_date == given.c.day, matches(given)
    )


def _given(keys: Sequence[PlanKey]) -> Subquery:
    return select(
        func.unnest(cast([key.tenant for key in keys], ARRAY(Uuid))).label("tenant_id"),
        func.unnest(cast([key.business_date for key in keys], ARRAY(Date))).label("day"),
        func.unnest(cast([key.revision for key in keys], ARRAY(Integer))).label("revision"),
    ).subquery()


def repeated(keys: Sequence[PlanKey]) -> list[PlanKey]:
    """Those of dates that were planned before: a first revision replaces none, so that nothing has
    to be looked for on an ordinary morning."""
    return [key for key in keys if key.revision]


async def supersede(session: AsyncSession, plans: type[Revised], keys: Sequence[PlanKey]) -> None:
    """Mark earlier revisions that nobody has begun to work by."""
    if not (keys := repeated(keys)):
        return
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


def overdue(plans: type[Revised], keys: Sequence[PlanKey]) -> ColumnElement[bool]:
    """Drafts of days before the keys'."""
    given = _given(keys)
    return and_(
        plans.tenant_id == given.c.tenant_id,
        plans.business_date < given.c.day,
        plans.status == "draft",
    )


async def archive_stale(
    session: AsyncSession, plans: type[Revised], keys: Sequence[PlanKey]
) -> None:
    """Archive drafts of days before the keys'."""
    given = _given(keys)
    await session.execute(
        update(plans)
        .where(
            plans.tenant_id == given.c.tenant_id,
            plans.business_date < given.c.day,
            plans.status == "draft",
        )
        .values(status="archived", archived_on=given.c.day, version=plans.version + 1)
        .execution_options(synchronize_session=False)
    )


async def count_stale(
    session: AsyncSession, plans: type[Revised], keys: Sequence[PlanKey]
) -> dict[TenantId, Stale]:
    """How many plans the keys' mornings have archived, and how many of theirs are drafts."""
    given = _given(keys)
    archived = plans.archived_on == given.c.day
    waiting = and_(plans.business_date == given.c.day, plans.status == "draft")
    rows = await session.execute(
        select(plans.tenant_id, func.count().filter(archived), func.count().filter(waiting))
        .where(plans.tenant_id == given.c.tenant_id, or_(archived, waiting))
        .group_by(plans.tenant_id)
    )
    found = {tenant_id: Stale(*counts) for tenant_id, *counts in rows}
    return {key.tenant: found.get(key.tenant, Stale(0, 0)) for key in keys}

"""Plans of a date, which a later revision of the same date replaces."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    SmallInteger,
    String,
    Subquery,
    Table,
    Uuid,
    and_,
    cast,
    func,
    insert,
    inspect,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from obrador.authz import TenantId
from obrador.kit.db import Identified
from obrador.kit.queries import any_of
from obrador.kit.states import StateMachine
from obrador.plan_changes import PlanChange, Who, note_change

_REPLACEABLE = ("draft", "pending_approval", "approved", "in_progress")
SYSTEM = "system"
"""Who changes plans when nobody in particular does, in their history and in events."""
PLANNED_AGAIN = "planned again"
"""Why a plan is superseded."""


class Revised(Identified):
    """A table of such plans: one for each tenant, date and revision."""

    business_date: Mapped[date] = mapped_column(Date)
    revision: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(String(20), server_default="draft")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    archived_on: Mapped[date | None] = mapped_column(Date)
    """The morning that found it a draft after its day."""
    replaces_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The revision of the same date that it was made in place of."""


@dataclass(frozen=True, slots=True)
class Stale:
    """What a morning found of plans that nobody acted on."""

    archived: int
    """Plans of days that have passed."""
    waiting: int
    """Plans of today that wait for somebody to look at them."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A plan that has passed into another state by itself."""

    tenant: UUID
    plan_id: UUID
    business_date: date
    revision: int
    version: int
    from_status: str
    to_status: str
    reason: str


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


def _table(plans: type[Revised]) -> Table:
    table: Table = inspect(plans).local_table
    return table


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


async def supersede(
    session: AsyncSession, plans: type[Revised], keys: Sequence[PlanKey]
) -> list[Moved]:
    """Mark earlier revisions, whose place those of the keys take; returns which."""
    if not (keys := repeated(keys)):
        return []
    which = and_(earlier(plans, keys), plans.status.in_(_REPLACEABLE))
    return await move(session, plans, which, "superseded", PLANNED_AGAIN)


async def link(session: AsyncSession, plans: type[Revised], keys: Sequence[PlanKey]) -> None:
    """Say which revision those of the keys were made in place of: the one before."""
    if not (keys := repeated(keys)):
        return
    before = aliased(plans)
    replaced = (
        select(before.id)
        .where(
            before.tenant_id == plans.tenant_id,
            before.business_date == plans.business_date,
            before.revision < plans.revision,
            before.status != "archived",
        )
        .order_by(before.revision.desc())
        .limit(1)
        .correlate(plans)
        .scalar_subquery()
    )
    await session.execute(
        update(plans)
        .where(exactly(plans, keys))
        .values(replaces_id=replaced)
        .execution_options(synchronize_session=False)
    )


async def withdraw(
    session: AsyncSession, plans: type[Revised], keys: Sequence[PlanKey]
) -> list[Moved]:
    """Archive drafts that nobody has begun to work by; returns which. Repeating it changes
    nothing."""
    which = and_(exactly(plans, keys), plans.status == "draft")
    return await move(session, plans, which, "archived", "its morning failed")


async def reinstate(
    session: AsyncSession, plans: type[Revised], withdrawn: Sequence[Moved]
) -> list[Moved]:
    """Let the plans stand again, in the states they had, in whose places withdrawn ones were made;
    returns which those are."""
    if not (withdrawn := [each for each in withdrawn if each.revision]):
        return []
    replaced = aliased(plans)
    given = select(replaced.replaces_id).where(
        replaced.tenant_id == any_of([each.tenant for each in withdrawn]),
        replaced.id == any_of([each.plan_id for each in withdrawn]),
        replaced.tenant_id == plans.tenant_id,
    )
    superseded = select(PlanChange.from_status).where(
        PlanChange.tenant_id == plans.tenant_id,
        PlanChange.plan_id == plans.id,
        PlanChange.part_id.is_(None),
        PlanChange.to_status == "superseded",
        PlanChange.version == plans.version,
    )
    found: list[Moved] = []
    for status in _REPLACEABLE:
        which = and_(
            plans.tenant_id == any_of([each.tenant for each in withdrawn]),
            plans.status == "superseded",
            plans.id.in_(given.correlate(plans)),
            superseded.correlate(plans).scalar_subquery() == status,
        )
        found += await move(session, plans, which, status, "what was to replace it failed")
    return found


async def move(
    session: AsyncSession,
    plans: type[Revised],
    which: ColumnElement[bool],
    status: str,
    reason: str,
    **values: Any,
) -> list[Moved]:
    """Put plans into another state and keep that with them, however many in one statement; returns
    which those were. Their own states are for the caller to check, in `which`."""
    table = _table(plans)
    before = (
        select(table.c.tenant_id, table.c.id, table.c.status)
        .where(which)
        .with_for_update(of=table)
        .cte("before")
    )
    changed = (
        update(table)
        .where(table.c.tenant_id == before.c.tenant_id, table.c.id == before.c.id)
        .values(status=status, version=table.c.version + 1, **values)
        .returning(
            table.c.tenant_id,
            table.c.id,
            table.c.business_date,
            table.c.revision,
            table.c.version,
            before.c.status.label("before"),
        )
        .cte("changed")
    )
    names = (
        "tenant_id", "id", "plan_id", "version", "from_status", "to_status", "reason",
        "changed_by_name",
    )  # fmt: skip
    kept = (
        insert(PlanChange)
        .from_select(
            names,
            select(
                changed.c.tenant_id,
                func.gen_random_uuid(),
                changed.c.id,
                changed.c.version,
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
        select(changed).add_cte(kept).order_by(changed.c.tenant_id, changed.c.business_date)
    )
    return [
        Moved(
            row.tenant_id,
            row.id,
            row.business_date,
            row.revision,
            row.version,
            row.before,
            status,
            reason,
        )
        for row in rows
    ]


def pass_on(
    session: AsyncSession,
    tenant: TenantId,
    row: Revised,
    states: StateMachine,
    status: str,
    by: Who,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Take one plan, which the transaction has locked, into another state, and keep that with it;
    returns the state it was in.

    Raises:
        WrongState: the state does not follow from its own.
    """
    before = row.status
    states.check(before, status)
    row.status, row.version = status, row.version + 1
    note_change(
        session,
        tenant,
        row.id,
        by,
        version=row.version,
        before=before,
        after=status,
        reason=reason,
        facts=facts,
    )
    return before


async def archive_stale(
    session: AsyncSession,
    plans: type[Revised],
    keys: Sequence[PlanKey],
    *,
    statuses: Sequence[str] = ("draft",),
    reason: str = "nobody acted on it",
    which: ColumnElement[bool] | None = None,
) -> list[Moved]:
    """Archive plans in these states of days before the keys', of them those that fulfil `which`;
    returns which."""
    table, given = _table(plans), _given(keys)
    own_day = (
        select(func.min(given.c.day))
        .where(given.c.tenant_id == table.c.tenant_id)
        .correlate(table)
        .scalar_subquery()
    )
    stale = and_(
        plans.tenant_id == given.c.tenant_id,
        plans.business_date < given.c.day,
        plans.status.in_(statuses),
        true() if which is None else which,
    )
    return await move(session, plans, stale, "archived", reason, archived_on=own_day)


async def complete_past(
    session: AsyncSession,
    plans: type[Revised],
    keys: Sequence[PlanKey],
    which: ColumnElement[bool],
) -> list[Moved]:
    """Complete plans in progress of days before the keys', of them those that fulfil `which`;
    returns which."""
    given = _given(keys)
    over = and_(
        plans.tenant_id == given.c.tenant_id,
        plans.business_date < given.c.day,
        plans.status == "in_progress",
        which,
    )
    return await move(session, plans, over, "completed", "nothing of it is to come any more")


async def count_stale(
    session: AsyncSession,
    plans: type[Revised],
    keys: Sequence[PlanKey],
    *,
    waiting_in: Sequence[str] = ("draft",),
) -> dict[TenantId, Stale]:
    """How many plans the keys' mornings have archived, and how many of theirs wait for somebody."""
    given = _given(keys)
    archived = plans.archived_on == given.c.day
    waiting = and_(plans.business_date == given.c.day, plans.status.in_(waiting_in))
    rows = await session.execute(
        select(plans.tenant_id, func.count().filter(archived), func.count().filter(waiting))
        .where(plans.tenant_id == given.c.tenant_id, or_(archived, waiting))
        .group_by(plans.tenant_id)
    )
    found = {tenant_id: Stale(*counts) for tenant_id, *counts in rows}
    return {key.tenant: found.get(key.tenant, Stale(0, 0)) for key in keys}

"""What became of plans and of their parts: who changed what, when and why. Never altered.

A plan is a production schedule, a purchase plan or a counting sheet, a part one of its batches,
orders or lines. What the contexts' plans have alike lies here and in `revisions`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, String, Uuid, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from obrador.authz import TenantId
from obrador.authz.requester import Requester, id_of, name_of
from obrador.kit.db import Base, Identified
from obrador.kit.errors import ObradorError
from obrador.kit.ids import new_id
from obrador.kit.states import machine

PLAN_STATES = machine(
    "plan",
    draft="pending_approval approved rejected superseded archived",
    pending_approval="approved rejected superseded archived",
    approved="in_progress rejected superseded archived",
    in_progress="completed superseded",
    completed="",
    rejected="superseded archived",
    superseded="",
    archived="",
)
"""`draft` comes of planning; what is begun is no longer rejected, only planned anew."""
STANDING = ("draft", "pending_approval", "approved", "in_progress", "completed")
"""Plans that are, or were, meant to be followed."""


class VersionChanged(ObradorError):
    """Somebody was quicker."""

    status, type, title = 412, "version-changed", "It has changed since you read it"


class VersionMissing(ObradorError):
    """A change has to say which version it is about."""

    status, type, title = 428, "version-missing", "Say which version you have read"


class PlanChange(Base, Identified):
    """One change of a plan, or of a part of it."""

    __tablename__ = "plan_changes"

    plan_id: Mapped[UUID] = mapped_column(Uuid)
    part_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Null: the plan itself changed."""
    version: Mapped[int] = mapped_column(Integer)
    """Of the plan, after the change."""
    from_status: Mapped[str] = mapped_column(String(20))
    to_status: Mapped[str] = mapped_column(String(20))
    """The same as before: what it holds was edited."""
    changed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    changed_by: Mapped[UUID | None] = mapped_column(Uuid)
    """A person, or the key of a program; null: Obrador itself."""
    changed_by_name: Mapped[str] = mapped_column(String(254), server_default="")
    reason: Mapped[str] = mapped_column(String(500), server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))

    __table_args__ = (Index(None, "tenant_id", "plan_id"),)


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who changes plans, and when."""

    id: UUID | None
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as it is told. JSON-ready but for ids and the moment."""

    part_id: UUID | None
    version: int
    from_status: str
    to_status: str
    at: datetime
    by_id: UUID | None
    by: str
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)


async def who(session: AsyncSession, requester: Requester, now: datetime) -> Who:
    """The requester, as changes keep it."""
    return Who(id_of(requester), await name_of(session, requester), now)


def note_change(
    session: AsyncSession,
    tenant: TenantId,
    plan_id: UUID,
    by: Who,
    *,
    version: int,
    before: str,
    after: str,
    reason: str = "",
    part_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Keep a change; it is written with the transaction."""
    session.add(
        PlanChange(
            tenant_id=tenant,
            id=new_id(),
            plan_id=plan_id,
            part_id=part_id,
            version=version,
            from_status=before,
            to_status=after,
            changed_at=by.at,
            changed_by=by.id,
            changed_by_name=by.name,
            reason=reason,
            facts=dict(facts or {}),
        )
    )


async def changes_of(session: AsyncSession, tenant: TenantId, plan_id: UUID) -> tuple[Change, ...]:
    """All that became of a plan and its parts, oldest first. One query."""
    rows = await session.scalars(
        select(PlanChange)
        .where(PlanChange.tenant_id == tenant, PlanChange.plan_id == plan_id)
        .order_by(PlanChange.version, PlanChange.changed_at, PlanChange.id)
    )
    return tuple(_change(row) for row in rows)


async def count_of_day(
    session: AsyncSession, tenant: TenantId, plan_ids: Sequence[UUID], since: datetime, fact: str
) -> int:
    """How many changes of these plans since a moment have a fact that is true. One query."""
    counted = await session.scalar(
        select(func.count())
        .select_from(PlanChange)
        .where(
            PlanChange.tenant_id == tenant,
            PlanChange.plan_id.in_(plan_ids),
            PlanChange.changed_at >= since,
            PlanChange.facts.contains({fact: True}),
        )
    )
    return counted or 0


def check_version(given: int | None, current: int) -> None:
    """See that a change is about the version that there is.

    Raises:
        VersionMissing: it does not say.
        VersionChanged: it is about another.
    """
    if given is None:
        raise VersionMissing(
            'Send the ETag that you have read as If-Match; the newest is "{current}".',
            current=current,
        )
    if given != current:
        raise VersionChanged(
            "You have read version {given}, and it is now version {current}: read it again,"
            " and then decide.",
            given=given,
            current=current,
        )


def _change(row: PlanChange) -> Change:
    return Change(
        row.part_id,
        row.version,
        row.from_status,
        row.to_status,
        row.changed_at,
        row.changed_by,
        row.changed_by_name,
        row.reason,
        row.facts,
    )

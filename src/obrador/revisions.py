"""Plans of a date, which a later revision of the same date replaces."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    SmallInteger,
    String,
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

from obrador.kit.db import Identified
from obrador.tenants.domain import Morning

_REPLACEABLE = ("draft", "pending_approval", "approved")


class Revised(Identified):
    """A table of such plans: one for each tenant, date and revision."""

    business_date: Mapped[date] = mapped_column(Date)
    revision: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(String(20), server_default="draft")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))


def earlier(plans: type[Revised], mornings: Sequence[Morning]) -> ColumnElement[bool]:
    """Plans of an earlier revision than that of their date among the mornings."""
    given = select(
        func.unnest(cast([m.tenant for m in mornings], ARRAY(Uuid))).label("tenant_id"),
        func.unnest(cast([m.business_date for m in mornings], ARRAY(Date))).label("day"),
        func.unnest(cast([m.revision for m in mornings], ARRAY(Integer))).label("revision"),
    ).subquery()
    return and_(
        plans.tenant_id == given.c.tenant_id,
        plans.business_date == given.c.day,
        plans.revision < given.c.revision,
    )


async def supersede(
    session: AsyncSession, plans: type[Revised], mornings: Sequence[Morning]
) -> None:
    """Mark earlier revisions that nobody has begun to work by."""
    await session.execute(
        update(plans)
        .where(earlier(plans, mornings), plans.status.in_(_REPLACEABLE))
        .values(status="superseded", version=plans.version + 1)
        .execution_options(synchronize_session=False)
    )

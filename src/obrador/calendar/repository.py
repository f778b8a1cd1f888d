"""Queries of what was said to proposals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.calendar.domain import Decision
from obrador.calendar.models import CalendarDecision
from obrador.kit.db import table_of, upsert_rows


async def decisions(session: AsyncSession, tenant: TenantId) -> dict[UUID, str]:
    """What was said to which proposal."""
    own = CalendarDecision
    rows = await session.execute(select(own.id, own.decision).where(own.tenant_id == tenant))
    return dict(rows.all())


async def decide(
    session: AsyncSession,
    tenant: TenantId,
    proposal_id: UUID,
    decision: Decision,
    by: UUID | None,
    now: datetime,
) -> None:
    """Keep what was said, in place of what was said before."""
    row = {
        "tenant_id": tenant,
        "id": proposal_id,
        "decision": decision,
        "decided_at": now,
        "decided_by": by,
    }
    await upsert_rows(session, table_of(CalendarDecision), [row])

"""Use cases of what was done: read it, and remove what is old."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.audit.recording import record_command
from obrador.audit.repository import Entries, Wanted
from obrador.audit.schemas import AuditOutput
from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.kit.pagination import Page, PageRequest

__all__ = ["Wanted", "actors", "page", "record_command", "remove_old"]

_BATCH = 2_000
_ALLOW = text("select set_config('obrador.audit_before', :before, true)")
_REMOVE = text("""
    delete from audit_log where id in (
        select id from audit_log where at < :before order by at limit :batch
    ) returning 1
""")


async def page(
    session: AsyncSession, tenant: TenantId | None, paging: PageRequest, wanted: Wanted
) -> Page[AuditOutput]:
    """What was done in a bakery, or everywhere, the newest first."""
    found = await Entries(session, tenant).newest(paging, wanted)
    items = [AuditOutput.model_validate(row) for row in found.rows]
    return Page[AuditOutput](items=items, next_cursor=found.next_cursor)


async def actors(session: AsyncSession, tenant: TenantId) -> Sequence[tuple[UUID, str]]:
    """Who did something in a bakery, by name."""
    return await Entries(session, tenant).actors()


async def remove_old(database: Database, before: datetime) -> int:
    """Remove what was done before, a few thousand at a time; returns how many. Nothing else ever
    removes any of it."""
    count = 0
    while True:
        async with database.transaction() as session:
            await session.execute(_ALLOW, {"before": before.isoformat()})
            values = {"before": before, "batch": _BATCH}
            removed = (await session.execute(_REMOVE, values)).all()
        count += len(removed)
        if len(removed) < _BATCH:
            return count

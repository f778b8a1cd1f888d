"""Queries of what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.audit.models import AuditEntry
from obrador.authz import TenantId
from obrador.kit.pagination import PageRequest, Slice


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; all of it where nothing is said."""

    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As a query has them."""
        found: list[ColumnElement[bool]] = []
        if self.actor_id is not None:
            found.append(AuditEntry.actor_id == self.actor_id)
        if self.since is not None:
            found.append(AuditEntry.at >= self.since)
        if self.until is not None:
            found.append(AuditEntry.at < self.until)
        return found


class Entries:
    """What was done in a bakery; without one, everywhere."""

    def __init__(self, session: AsyncSession, tenant: TenantId | None) -> None:
        self.session = session
        self.tenant = tenant

    def query(self) -> Select[AuditEntry]:
        """The entries."""
        query = select(AuditEntry)
        return query if self.tenant is None else query.where(AuditEntry.tenant_id == self.tenant)

    async def newest(self, paging: PageRequest, wanted: Wanted) -> Slice[AuditEntry]:
        """A page of them, those written last first."""
        query = self.query().where(*wanted.conditions()).order_by(AuditEntry.id.desc())
        if paging.cursor is not None:
            query = query.where(AuditEntry.id < paging.cursor)
        rows = (await self.session.scalars(query.limit(paging.limit + 1))).all()
        return Slice.cut(rows, paging.limit, lambda row: row.id)

    async def actors(self) -> Sequence[tuple[UUID, str]]:
        """Whoever did something, by a name that they had."""
        name = func.max(AuditEntry.actor_name)
        query = (
            self.query()
            .with_only_columns(AuditEntry.actor_id, name)
            .where(AuditEntry.actor_id.is_not(None))
            .group_by(AuditEntry.actor_id)
            .order_by(name)
        )
        return [(who, called) for who, called in await self.session.execute(query) if who]

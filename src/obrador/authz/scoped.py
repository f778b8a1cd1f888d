"""Rows of one tenant: what every repository of a plain resource does."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Row, Select, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.tenant import TenantId
from obrador.kit.db import Base, Identified, table_of
from obrador.kit.errors import NotFound
from obrador.kit.integrity import refused_delete, refused_write
from obrador.kit.pagination import PageRequest, Slice
from obrador.kit.queries import any_of

Rows = Sequence[Row[Any]]
T = TypeVar("T")
M = TypeVar("M", bound=Identified)


class ScopedRepository(Generic[M]):
    """Reads and writes rows of `model` that belong to the tenant, and no others.

    A subclass names its model and adds queries of its own, which start from `query()`; one whose
    rows have parts loads them there.
    """

    model: type[M]

    def __init__(self, session: AsyncSession, tenant: TenantId) -> None:
        self.session = session
        self.tenant = tenant

    def query(self) -> Select[M]:
        """The tenant's rows."""
        return select(self.model).where(self.model.tenant_id == self.tenant)

    async def find(self, row_id: UUID) -> M | None:
        """The row, if it is there."""
        query = self.query().where(self.model.id == row_id)
        return (await self.session.scalars(query)).one_or_none()

    async def get(self, row_id: UUID) -> M:
        """The row.

        Raises:
            NotFound: it is not there.
        """
        row = await self.find(row_id)
        if row is None:
            raise self._missing(row_id)
        return row

    async def lock(self, row_id: UUID) -> M:
        """The row, which nobody else changes or removes until the transaction ends.

        Raises:
            NotFound: it is not there.
        """
        query = (
            self.query()
            .where(self.model.id == row_id)
            .with_for_update()
            .execution_options(populate_existing=True)  # as it is now, whatever was read before
        )
        row = (await self.session.scalars(query)).one_or_none()
        if row is None:
            raise self._missing(row_id)
        return row

    async def by_ids(self, row_ids: Collection[UUID]) -> list[M]:
        """Those of the rows that are there, in one query, by id."""
        query = self.query().where(self.model.id == any_of(row_ids)).order_by(self.model.id)
        return list(await self.session.scalars(query))

    async def page(self, paging: PageRequest, *where: ColumnElement[bool]) -> Slice[M]:
        """A page of the rows that fulfil all conditions, by id."""
        query = self.query().where(*where).order_by(self.model.id).limit(paging.limit + 1)
        if paging.cursor is not None:
            query = query.where(self.model.id > paging.cursor)
        rows = (await self.session.scalars(query)).all()
        return Slice.cut(rows, paging.limit, lambda row: row.id)

    async def named(self, key: str, most: int) -> list[M]:
        """Up to `most` of the rows with the key, or part of one, in that of their name; by name."""
        name_key = table_of(cast("type[Base]", self.model)).c.name_key
        query = self.query().where(name_key.contains(key, autoescape=True)).order_by(name_key)
        return list(await self.session.scalars(query.limit(most)))

    async def newest(self, paging: PageRequest, *where: ColumnElement[bool]) -> Slice[M]:
        """A page of the rows that fulfil all conditions, those made last first."""
        query = self.query().where(*where).order_by(self.model.id.desc()).limit(paging.limit + 1)
        if paging.cursor is not None:
            query = query.where(self.model.id < paging.cursor)
        rows = (await self.session.scalars(query)).all()
        return Slice.cut(rows, paging.limit, lambda row: row.id)

    def made(self, row_id: UUID, values: Mapping[str, Any]) -> M:
        """A new row of the tenant, not yet kept."""
        row = self.model(**values)
        row.tenant_id, row.id = self.tenant, row_id
        return row

    async def add(self, row: M) -> M:
        """The row, kept; or the one that an earlier request with its id made.

        Raises:
            Conflict: its name is taken.
            Invalid: it refers to something that is not there, or breaks a rule.
        """
        try:
            async with self.session.begin_nested():
                self.session.add(row)
        except IntegrityError as error:
            if first := await self.find(row.id):
                return first
            raise refused_write(error) from error
        return row

    async def change(self, row: M, values: Mapping[str, Any]) -> M:
        """The row with other values. Raises as `add`."""
        try:
            async with self.session.begin_nested():
                for name, value in values.items():
                    setattr(row, name, value)
        except IntegrityError as error:
            raise refused_write(error) from error
        return row

    async def delete(self, row_id: UUID) -> None:
        """Remove the row.

        Raises:
            NotFound: it is not there.
            Conflict: other rows refer to it.
        """
        removal = delete(self.model).where(
            self.model.tenant_id == self.tenant, self.model.id == row_id
        )
        try:
            async with self.session.begin_nested():
                removed = await self.session.scalar(removal.returning(self.model.id))
        except IntegrityError as error:
            raise refused_delete(error) from error
        if removed is None:
            raise self._missing(row_id)

    def _missing(self, row_id: UUID) -> NotFound:
        return NotFound(
            "There is no {name} {row_id} here.",
            name=self.model.__name__.lower(),
            row_id=row_id,
        )


async def read_rows(
    session: AsyncSession,
    tenants: Sequence[TenantId],
    table: FromClause,
    *order: Any,
    where: Any = True,
) -> Rows:
    """All rows of some tenants in one query, by tenant and then as ordered: for planning, which
    reads much and changes nothing, so they are plain rows rather than objects."""
    query = (
        select(*table.columns)
        .where(table.c.tenant_id == any_of(tenants), where)
        .order_by(table.c.tenant_id, *order)
    )
    rows: Rows = (await session.execute(query)).all()
    return rows


def by_tenant(
    tenants: Sequence[TenantId], rows: Rows, made_of: Callable[[Row[Any]], T]
) -> dict[TenantId, tuple[T, ...]]:
    """What is made of each row, by the tenant that owns it; an entry for every tenant asked for."""
    things: dict[UUID, list[T]] = {tenant: [] for tenant in tenants}
    for row in rows:
        things[row.tenant_id].append(made_of(row))
    return {tenant: tuple(things[tenant]) for tenant in tenants}

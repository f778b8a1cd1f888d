"""The use cases of a plain resource: list, read, add, change, confirm, remove.

Suppliers, products, equipment and the like differ in their fields and in a rule or two, not in
what one does with them. A context makes a `Resource` of its table and its output; rules of its
own go into `check`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import M, ScopedRepository
from obrador.kit.names import name_key
from obrador.kit.pagination import Page, PageRequest
from obrador.kit.schemas import Fields, Kept, field_name, to_columns
from obrador.tenants.service import currency_of

K = TypeVar("K", bound=Kept)
MOST_ASSUMED = 500


class Resource(Generic[M, K]):
    """Rows of a repository, shown as `output`. Everything happens in the caller's transaction."""

    def __init__(self, repository: type[ScopedRepository[M]], output: type[K]) -> None:
        self.repository = repository
        self.output = output

    async def check(self, session: AsyncSession, tenant: TenantId, row: M) -> None:
        """The context's own rules about a row that is new or was changed; by default none.

        Raises:
            Invalid: a rule is broken.
        """

    async def columns(
        self, session: AsyncSession, tenant: TenantId, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the table keeps of the fields that are given."""
        return to_columns(self.repository.model, given, await currency_of(session, tenant))

    async def show(self, session: AsyncSession, tenant: TenantId, rows: Sequence[M]) -> list[K]:
        """The rows as the API shows them."""
        currency = await currency_of(session, tenant)
        return [self.output.of(row, currency) for row in rows]

    async def page(
        self, session: AsyncSession, tenant: TenantId, paging: PageRequest, *where: Any
    ) -> Page[K]:
        """A page of those that fulfil all conditions."""
        found = await self.repository(session, tenant).page(paging, *where)
        items = await self.show(session, tenant, found.rows)
        # The type is known only at run time, which a checker cannot follow.
        return Page[self.output](items=items, next_cursor=found.next_cursor)  # type: ignore[name-defined]

    async def search(
        self, session: AsyncSession, tenant: TenantId, words: str, most: int
    ) -> list[K]:
        """Up to `most` of those with the words in their name, whatever case and accents; by name.
        Of what has a name."""
        rows = await self.repository(session, tenant).named(name_key(words), most)
        return await self.show(session, tenant, rows)

    async def get(self, session: AsyncSession, tenant: TenantId, row_id: UUID) -> K:
        """One of them.

        Raises:
            NotFound: it is not there.
        """
        return await self._one(session, tenant, await self.repository(session, tenant).get(row_id))

    async def add(self, session: AsyncSession, tenant: TenantId, row_id: UUID, given: Fields) -> K:
        """A new one; or the one that an earlier request with the same id made.

        Raises:
            Conflict: its name is taken.
            Invalid: it refers to something that is not there, or breaks a rule.
        """
        rows = self.repository(session, tenant)
        values = await self.columns(session, tenant, given.model_dump())
        row = await rows.add(rows.made(row_id, values))
        await self.check(session, tenant, row)
        return await self._one(session, tenant, row)

    async def change(
        self, session: AsyncSession, tenant: TenantId, row_id: UUID, changes: Fields
    ) -> K:
        """Other values for the fields that are given; they count as confirmed.

        Raises:
            NotFound: it is not there.
            Conflict, Invalid: as `add`.
        """
        rows = self.repository(session, tenant)
        values = await self.columns(
            session, tenant, changes.model_dump(include=changes.model_fields_set)
        )
        row = await rows.lock(row_id)
        row = await rows.change(row, values | _confirmed(row, changes.model_fields_set))
        await self.check(session, tenant, row)
        return await self._one(session, tenant, row)

    async def confirm(self, session: AsyncSession, tenant: TenantId, row_id: UUID) -> K:
        """Nothing of it is an assumption any longer.

        Raises:
            NotFound: it is not there.
        """
        rows = self.repository(session, tenant)
        row = await rows.change(await rows.lock(row_id), {"assumed": []})
        return await self._one(session, tenant, row)

    async def assumed(self, session: AsyncSession, tenant: TenantId) -> list[K]:
        """Those with something that nobody has confirmed yet, by id; at most `MOST_ASSUMED`."""
        rows = self.repository(session, tenant)
        paging = PageRequest(limit=MOST_ASSUMED)
        found = await rows.page(paging, _is_assumed(self.repository.model))
        return await self.show(session, tenant, found.rows)

    async def confirm_all(self, session: AsyncSession, tenant: TenantId) -> None:
        """Nothing of any of them is an assumption any longer."""
        model = self.repository.model
        await session.execute(
            update(model).where(model.tenant_id == tenant, _is_assumed(model)).values(assumed=[])
        )

    async def remove(self, session: AsyncSession, tenant: TenantId, row_id: UUID) -> None:
        """Without it.

        Raises:
            NotFound: it is not there.
            Conflict: others refer to it.
        """
        await self.repository(session, tenant).delete(row_id)

    async def _one(self, session: AsyncSession, tenant: TenantId, row: M) -> K:
        return (await self.show(session, tenant, [row]))[0]


def _is_assumed(model: type[Any]) -> ColumnElement[bool]:
    return func.cardinality(model.assumed) > 0


def _confirmed(row: Any, fields: set[str]) -> dict[str, Any]:
    """The row's assumptions without those that somebody has just stated."""
    if not hasattr(row, "assumed"):
        return {}
    stated = {name.removesuffix("_id") for name in fields}
    return {"assumed": [name for name in row.assumed if field_name(name) not in stated]}

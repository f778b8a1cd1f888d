"""Queries of who may do what."""

from uuid import UUID

from sqlalchemy import Boolean, Row, String, Uuid, column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.models import User
from obrador.authz.models import ApiKey, Membership
from obrador.authz.roles import Role
from obrador.authz.scoped import ScopedRepository
from obrador.authz.tenant import TenantId
from obrador.kit.pagination import PageRequest, Slice

tenants = table(
    "tenants",
    column("id", Uuid),
    column("name", String),
    column("status", String),
    column("is_demo", Boolean),
)
"""As much of the tenants' table as it takes to say whose it is; the context lies above."""


async def valid_key(session: AsyncSession, key_hash: str) -> ApiKey | None:
    """The API key with this hash, unless it was revoked."""
    query = select(ApiKey).where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None))
    return (await session.scalars(query)).one_or_none()


async def role_of_member(session: AsyncSession, user_id: UUID, tenant_id: UUID) -> Role | None:
    """A person's role in a bakery."""
    role = await session.scalar(
        select(Membership.role).where(
            Membership.tenant_id == tenant_id, Membership.user_id == user_id
        )
    )
    return None if role is None else Role(role)


async def roles_of(session: AsyncSession, user_id: UUID) -> list[Membership]:
    """Every bakery that somebody works at."""
    query = select(Membership).where(Membership.user_id == user_id).order_by(Membership.tenant_id)
    return list(await session.scalars(query))


class Members:
    """Who works at a bakery."""

    def __init__(self, session: AsyncSession, tenant: TenantId) -> None:
        self.session = session
        self.tenant = tenant

    async def page(self, paging: PageRequest) -> Slice[Row[Membership, User]]:
        """Memberships and their people, by the id of the person."""
        query = (
            select(Membership, User)
            .join(User, User.id == Membership.user_id)
            .where(Membership.tenant_id == self.tenant)
            .order_by(User.id)
            .limit(paging.limit + 1)
        )
        if paging.cursor is not None:
            query = query.where(User.id > paging.cursor)
        rows = (await self.session.execute(query)).all()
        return Slice.cut(rows, paging.limit, lambda row: row.User.id)

    async def lock_all(self) -> dict[UUID, Membership]:
        """All of them by the id of the person; nobody else changes them until the transaction
        ends. The bakery's row is what is locked, since there may be no member yet."""
        await self.session.execute(
            select(tenants.c.id).where(tenants.c.id == self.tenant).with_for_update()
        )
        query = select(Membership).where(Membership.tenant_id == self.tenant)
        return {each.user_id: each for each in await self.session.scalars(query)}


class ApiKeys(ScopedRepository[ApiKey]):
    """Keys for programs, revoked ones too."""

    model = ApiKey


async def exists(session: AsyncSession, tenant_id: UUID) -> bool:
    """Whether there is such a bakery."""
    found = await session.scalar(select(tenants.c.id).where(tenants.c.id == tenant_id))
    return found is not None

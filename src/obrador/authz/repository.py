"""Queries of who may do what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Row, String, Uuid, column, delete, or_, select, table, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.models import User
from obrador.authz.models import ApiKey, Invitation, Membership
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
    column("locale", String),
    column("currency", String),
)
"""As much of the tenants' table as it takes to say whose it is; the context lies above."""


async def valid_key(session: AsyncSession, key_hash: str, now: datetime) -> ApiKey | None:
    """The API key with this hash, unless it was revoked or is too old."""
    query = select(ApiKey).where(
        ApiKey.key_hash == key_hash,
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now),
    )
    return (await session.scalars(query)).one_or_none()


async def note_use(session: AsyncSession, key: ApiKey, now: datetime) -> None:
    """Keep when the key was used last; a request that would wait for another one leaves it."""
    free = (
        select(ApiKey.id)
        .where(ApiKey.tenant_id == key.tenant_id, ApiKey.id == key.id)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    await session.execute(
        update(ApiKey)
        .where(ApiKey.tenant_id == key.tenant_id, ApiKey.id == free)
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


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


class Invitations(ScopedRepository[Invitation]):
    """Links that nobody has used yet."""

    model = Invitation

    async def forget(self, email: str) -> None:
        """Without the one for this address, if there is one."""
        await self.session.execute(
            delete(Invitation).where(Invitation.tenant_id == self.tenant, Invitation.email == email)
        )

    async def bakery(self) -> Row[str, str, str]:
        """Who invites: name, locale and currency."""
        query = select(tenants.c.name, tenants.c.locale, tenants.c.currency)
        return (await self.session.execute(query.where(tenants.c.id == self.tenant))).one()


async def invitation_of(session: AsyncSession, hash_of_token: str) -> Invitation | None:
    """The invitation of a link, however old."""
    query = select(Invitation).where(Invitation.token_hash == hash_of_token)
    return (await session.scalars(query)).one_or_none()


async def use_invitation(session: AsyncSession, hash_of_token: str, now: datetime) -> bool:
    """Use the link up; of two who do so at once only one succeeds."""
    removal = delete(Invitation).where(
        Invitation.token_hash == hash_of_token, Invitation.expires_at > now
    )
    return await session.scalar(removal.returning(Invitation.id)) is not None


async def exists(session: AsyncSession, tenant_id: UUID) -> bool:
    """Whether there is such a bakery."""
    found = await session.scalar(select(tenants.c.id).where(tenants.c.id == tenant_id))
    return found is not None

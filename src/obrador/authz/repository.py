"""Queries of who may do what."""

from uuid import UUID

from sqlalchemy import Boolean, String, Uuid, column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.models import ApiKey, Membership
from obrador.authz.roles import Role

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


async def exists(session: AsyncSession, tenant_id: UUID) -> bool:
    """Whether there is such a bakery."""
    found = await session.scalar(select(tenants.c.id).where(tenants.c.id == tenant_id))
    return found is not None

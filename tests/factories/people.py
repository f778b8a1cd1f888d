"""People and what they may do."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.models import User
from obrador.authz import TenantId
from obrador.authz.models import Membership
from obrador.authz.roles import Role
from obrador.kit.ids import new_id


async def make_user(session: AsyncSession, *, is_platform_admin: bool = False) -> UUID:
    """Somebody with an account whose password nobody knows."""
    user = User(
        id=new_id(),
        email=f"{new_id()}@bakery.example",
        password_hash="none",
        is_platform_admin=is_platform_admin,
    )
    session.add(user)
    await session.flush()
    return user.id


async def make_member(session: AsyncSession, tenant: TenantId, role: Role) -> UUID:
    """Somebody who works at the bakery."""
    user_id = await make_user(session)
    session.add(Membership(tenant_id=tenant, user_id=user_id, role=role))
    await session.flush()
    return user_id

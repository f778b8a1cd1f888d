"""Use cases of accounts: make one, sign in, stay signed in."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import repository
from obrador.authn.models import User
from obrador.authn.repository import has_users
from obrador.kit.errors import Unauthenticated

__all__ = ["get_user", "has_users"]


async def get_user(session: AsyncSession, user_id: UUID) -> User:
    """The account of somebody who is signed in.

    Raises:
        Unauthenticated: it is gone.
    """
    user = await repository.find_user(session, user_id)
    if user is None:
        raise Unauthenticated("This account is gone. Sign in with another.")
    return user

"""Queries of people and their sessions."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.models import User


async def has_users(session: AsyncSession) -> bool:
    """Whether anybody has an account."""
    return bool(await session.scalar(select(exists().select_from(User))))


async def find_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The account, if it is there."""
    return await session.get(User, user_id)

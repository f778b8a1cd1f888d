"""Queries of people and their sessions."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.models import RefreshToken, User
from obrador.kit.queries import any_of


async def has_users(session: AsyncSession) -> bool:
    """Whether anybody has an account."""
    return bool(await session.scalar(select(exists().select_from(User))))


async def find_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The account, if it is there."""
    return await session.get(User, user_id)


async def addresses_of(session: AsyncSession, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """The address of each account that is there."""
    query = select(User.id, User.email).where(User.id == any_of(user_ids))
    return {row.id: row.email for row in await session.execute(query)}


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    """The account with this address in lower case, if there is one."""
    return (await session.scalars(select(User).where(User.email == email))).one_or_none()


async def use_refresh_token(
    session: AsyncSession, token_hash: str, now: datetime
) -> tuple[UUID, UUID] | None:
    """Use the token up; its family and user, or None if it is unknown, too old or used.

    One statement, so that of two who use it at once only one succeeds.
    """
    query = (
        update(RefreshToken)
        .where(
            RefreshToken.token_hash == token_hash,
            RefreshToken.used_at.is_(None),
            RefreshToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(RefreshToken.family, RefreshToken.user_id)
    )
    row = (await session.execute(query)).one_or_none()
    return row and (row.family, row.user_id)


async def revoke_family_of(session: AsyncSession, token_hash: str) -> None:
    """Forget every token that descends from the same sign-in as this one."""
    family = select(RefreshToken.family).where(RefreshToken.token_hash == token_hash)
    await session.execute(delete(RefreshToken).where(RefreshToken.family.in_(family)))

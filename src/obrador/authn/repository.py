"""Queries of people and their sessions."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.models import BrowserSession, RecoveryCode, RefreshToken, User
from obrador.kit.queries import any_of


async def has_users(session: AsyncSession) -> bool:
    """Whether anybody has an account."""
    return bool(await session.scalar(select(exists().select_from(User))))


async def find_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The account, if it is there."""
    return await session.get(User, user_id)


async def lock_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The account as it is now, which nobody else changes until the transaction ends."""
    return await session.get(User, user_id, with_for_update=True, populate_existing=True)


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


async def forget_refresh_tokens(session: AsyncSession, user_id: UUID) -> None:
    """Whoever holds one has to sign in again."""
    await session.execute(delete(RefreshToken).where(RefreshToken.user_id == user_id))


async def forget_old(session: AsyncSession, user_id: UUID, now: datetime) -> None:
    """Without what is too old to open anything, of one account."""
    for table in (RefreshToken, BrowserSession):
        await session.execute(
            delete(table).where(table.user_id == user_id, table.expires_at <= now)
        )


async def alone(session: AsyncSession) -> None:
    """Let nobody else make an account until the transaction ends."""
    await session.execute(text("lock table users in share row exclusive mode"))


async def session_of(
    session: AsyncSession,
    token_hash: str,
    now: datetime,
    rotated_after: datetime,
    seen_after: datetime,
) -> tuple[BrowserSession, User] | None:
    """The session with this token and whose it is, unless it is too old.

    Args:
        rotated_after: a token that was replaced later than this is still good.
        seen_after: a session that was used no later than this has ended.
    """
    just_replaced = and_(
        BrowserSession.previous_hash == token_hash, BrowserSession.rotated_at > rotated_after
    )
    query = (
        select(BrowserSession, User)
        .join(User, User.id == BrowserSession.user_id)
        .where(
            or_(BrowserSession.token_hash == token_hash, just_replaced),
            BrowserSession.expires_at > now,
            BrowserSession.last_seen_at > seen_after,
        )
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


async def replace_token(
    session: AsyncSession, session_id: UUID, old_hash: str, new_hash: str, now: datetime
) -> bool:
    """Give a session another token; of two requests that do so at once only one succeeds."""
    query = (
        update(BrowserSession)
        .where(BrowserSession.id == session_id, BrowserSession.token_hash == old_hash)
        .values(token_hash=new_hash, previous_hash=old_hash, rotated_at=now, last_seen_at=now)
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(query) is not None


async def note_seen(session: AsyncSession, session_id: UUID, now: datetime) -> None:
    """Keep that it was used; a request that would wait for another one leaves it."""
    free = (
        select(BrowserSession.id)
        .where(BrowserSession.id == session_id)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    await session.execute(
        update(BrowserSession)
        .where(BrowserSession.id == free)
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )


async def sessions_of(session: AsyncSession, user_id: UUID) -> list[BrowserSession]:
    """The browsers in which somebody is signed in, the one used last first."""
    query = (
        select(BrowserSession)
        .where(BrowserSession.user_id == user_id)
        .order_by(BrowserSession.last_seen_at.desc(), BrowserSession.id.desc())
    )
    return list(await session.scalars(query))


async def end_session(session: AsyncSession, user_id: UUID, session_id: UUID) -> bool:
    """End one; whether it was there."""
    removal = delete(BrowserSession).where(
        BrowserSession.user_id == user_id, BrowserSession.id == session_id
    )
    return await session.scalar(removal.returning(BrowserSession.id)) is not None


async def end_sessions(session: AsyncSession, user_id: UUID, kept: UUID | None = None) -> None:
    """End all but one."""
    removal = delete(BrowserSession).where(BrowserSession.user_id == user_id)
    if kept is not None:
        removal = removal.where(BrowserSession.id != kept)
    await session.execute(removal)


async def use_step(session: AsyncSession, user_id: UUID, step: int) -> bool:
    """Take a code of this half minute, unless one of it or of a later one was taken."""
    query = (
        update(User)
        .where(User.id == user_id, or_(User.code_step.is_(None), User.code_step < step))
        .values(code_step=step)
        .returning(User.id)
    )
    return await session.scalar(query) is not None


async def use_recovery_code(session: AsyncSession, user_id: UUID, code_hash: str) -> bool:
    """Use a code up; whether it was there."""
    removal = delete(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash
    )
    return await session.scalar(removal.returning(RecoveryCode.user_id)) is not None


async def count_recovery_codes(session: AsyncSession, user_id: UUID) -> int:
    """How many are left."""
    query = select(func.count()).where(RecoveryCode.user_id == user_id)
    return await session.scalar(query) or 0


async def forget_recovery_codes(session: AsyncSession, user_id: UUID) -> None:
    """Without any."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))

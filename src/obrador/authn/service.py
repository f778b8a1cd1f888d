"""Use cases of accounts: make one, sign in, stay signed in."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import passwords, repository
from obrador.authn.door import Door
from obrador.authn.local import is_loopback
from obrador.authn.models import RefreshToken, User
from obrador.authn.repository import alone as lock_accounts
from obrador.authn.repository import find_by_email, has_users
from obrador.authn.schemas import Credentials, Tokens
from obrador.authn.tokens import (
    ACCESS_LIFETIME,
    REFRESH_LIFETIME,
    access_token,
    random_token,
    token_hash,
)
from obrador.kit.errors import Conflict, Fault, Unauthenticated
from obrador.kit.ids import new_id

__all__ = [
    "add_user",
    "find_by_email",
    "get_user",
    "has_users",
    "lock_accounts",
    "may_listen_on",
    "refresh",
    "sign_in",
]


async def may_listen_on(session: AsyncSession, host: str) -> bool:
    """Whether the server may be reached under this address: before anybody has an account, only
    from this machine."""
    return is_loopback(host) or await has_users(session)


async def get_user(session: AsyncSession, user_id: UUID) -> User:
    """The account of somebody who is signed in.

    Raises:
        Unauthenticated: it is gone.
    """
    user = await repository.find_user(session, user_id)
    if user is None:
        raise Unauthenticated("This account is gone. Sign in with another.")
    return user


async def addresses_of(session: AsyncSession, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """The mail address of each account that is there. One query."""
    return await repository.addresses_of(session, user_ids)


async def add_user(
    session: AsyncSession,
    email: str,
    password: str,
    *,
    name: str = "",
    is_platform_admin: bool = False,
) -> User:
    """A new account.

    Raises:
        Conflict: there is one with this address.
    """
    email = email.strip().lower()
    if await repository.find_by_email(session, email) is not None:
        raise Conflict("{email} has an account already.", [Fault("email", "is taken")], email=email)
    user = User(
        id=new_id(),
        email=email,
        name=name,
        password_hash=await passwords.hashed(password),
        is_platform_admin=is_platform_admin,
    )
    session.add(user)
    await session.flush()
    return user


async def sign_in(door: Door, given: Credentials) -> Tokens:
    """Tokens for who knows the password, and has a code where the account asks for one. Raises as
    `Door.let_in`."""
    user = await door.let_in(given.email, given.password, given.code)
    await repository.forget_old(door.session, user.id, door.now)
    return await _tokens(door.session, user.id, new_id(), door.key, door.now)


async def refresh(session: AsyncSession, token: str, key: str, now: datetime) -> Tokens | None:
    """New tokens for an unused refresh token.

    None if it is no good. Then somebody may have stolen it, so everything that descends from its
    sign-in is revoked, which the caller must commit.
    """
    used = await repository.use_refresh_token(session, token_hash(token), now)
    if used is None:
        await repository.revoke_family_of(session, token_hash(token))
        return None
    family, user_id = used
    return await _tokens(session, user_id, family, key, now)


async def _tokens(
    session: AsyncSession, user_id: UUID, family: UUID, key: str, now: datetime
) -> Tokens:
    fresh = random_token()
    session.add(
        RefreshToken(
            token_hash=token_hash(fresh),
            family=family,
            user_id=user_id,
            expires_at=now + REFRESH_LIFETIME,
        )
    )
    await session.flush()
    return Tokens(
        access_token=access_token(user_id, key, now),
        refresh_token=fresh,
        expires_in=int(ACCESS_LIFETIME.total_seconds()),
    )

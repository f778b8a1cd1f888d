"""Browsers in which somebody is signed in.

A browser holds a random token in a cookie, of which a hash is kept. Signing in always makes a new
one, so a token that somebody planted before opens nothing; and it is replaced as time passes, so
one that was stolen is good for hours only, and its use shows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import repository
from obrador.authn.models import BrowserSession, User
from obrador.authn.tokens import random_token, token_hash
from obrador.kit.errors import NotFound
from obrador.kit.ids import new_id

LIFETIME = timedelta(days=90)
IDLE = timedelta(days=14)
ROTATE_AFTER = timedelta(hours=12)
GRACE = timedelta(minutes=1)
"""That a replaced token is good for: requests that are under way at once show the same."""
_SEEN_NOTED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody at a page."""

    session_id: UUID
    user: User
    token_hash: str
    is_due: bool
    """The token is old enough to be replaced."""


async def begin(
    session: AsyncSession, user: User, address: str, agent: str, now: datetime
) -> tuple[UUID, str]:
    """A session in another browser: its id, and the token for its cookie."""
    token = random_token()
    await repository.forget_old(session, user.id, now)
    row = BrowserSession(
        id=new_id(),
        user_id=user.id,
        token_hash=token_hash(token),
        created_at=now,
        rotated_at=now,
        last_seen_at=now,
        expires_at=now + LIFETIME,
        address=address[:64],
        agent=agent[:200],
    )
    session.add(row)
    await session.flush()
    return row.id, token


async def find(session: AsyncSession, token: str, now: datetime) -> SignedIn | None:
    """Whose token it is, if it is good."""
    shown = token_hash(token)
    found = await repository.session_of(session, shown, now, now - GRACE, now - IDLE)
    if found is None:
        return None
    row, user = found
    if row.last_seen_at <= now - _SEEN_NOTED:
        await repository.note_seen(session, row.id, now)
    is_due = row.token_hash == shown and row.rotated_at <= now - ROTATE_AFTER
    return SignedIn(row.id, user, shown, is_due)


async def renew(session: AsyncSession, signed_in: SignedIn, now: datetime) -> str | None:
    """Another token for the cookie; None if a request beside this one was quicker."""
    token = random_token()
    is_first = await repository.replace_token(
        session, signed_in.session_id, signed_in.token_hash, token_hash(token), now
    )
    return token if is_first else None


async def of_user(session: AsyncSession, user_id: UUID, now: datetime) -> list[BrowserSession]:
    """Where somebody is signed in, the browser used last first."""
    return [
        each
        for each in await repository.sessions_of(session, user_id)
        if each.expires_at > now and each.last_seen_at > now - IDLE
    ]


async def end(session: AsyncSession, user_id: UUID, session_id: UUID) -> None:
    """Sign one browser out.

    Raises:
        NotFound: it is signed out already, or somebody else's.
    """
    if not await repository.end_session(session, user_id, session_id):
        raise NotFound("There is no such session of yours.")


async def end_all(session: AsyncSession, user_id: UUID, kept: UUID | None = None) -> None:
    """Sign out everywhere: all browsers but one, and all programs with refresh tokens."""
    await repository.end_sessions(session, user_id, kept)
    await repository.forget_refresh_tokens(session, user_id)

"""Access tokens (signed, short), refresh tokens and API keys (random, kept as hashes)."""

import hashlib
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from jwt.types import Options

from obrador.kit.errors import Misconfigured, Unauthenticated
from obrador.settings import Settings

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
TICKET_LIFETIME = timedelta(minutes=5)
RESET_LIFETIME = timedelta(hours=1)
API_KEY_PREFIX = "obrador_"
_ALGORITHM = "HS256"
_FOR_A_CODE = "code"
_FOR_A_RESET = "reset"


def signing_key(settings: Settings) -> str:
    """The key that signs access tokens: SECRET_KEY, or one made once and kept in OBRADOR_HOME.

    Raises:
        Misconfigured: it can be neither read nor made.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    path = settings.obrador_home / "secret_key"
    try:
        return _kept(path)
    except OSError as error:
        raise Misconfigured(
            "SECRET_KEY is not set and {path} cannot be used: {error}.",
            path=path,
            error=error,
        ) from error


def _kept(path: Path) -> str:
    """The content of the file; it appears at once and whole, so that two starts agree on it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


def access_token(user_id: UUID, key: str, now: datetime) -> str:
    """A token that proves for a quarter of an hour who asks."""
    claims = {"sub": str(user_id), "iat": now, "exp": now + ACCESS_LIFETIME}
    return jwt.encode(claims, key, _ALGORITHM)


def read_access_token(token: str, key: str, now: datetime) -> UUID:
    """Whose token it is.

    Raises:
        Unauthenticated: not our signature, or too old.
    """
    try:
        user_id, expires = _read(token, key)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthenticated("The access token is not one of ours. Sign in again.") from error
    if expires <= now:
        raise Unauthenticated("The access token is too old. Refresh it.")
    return user_id


def ticket(user_id: UUID, key: str, now: datetime) -> str:
    """A token that proves for some minutes that somebody has shown their password. Its audience
    keeps it from being an access token."""
    claims = {"sub": str(user_id), "exp": now + TICKET_LIFETIME, "aud": _FOR_A_CODE}
    return jwt.encode(claims, key, _ALGORITHM)


def read_ticket(token: str, key: str, now: datetime) -> UUID:
    """Whose ticket it is.

    Raises:
        Unauthenticated: not one of ours, or too old.
    """
    try:
        user_id, expires = _read(token, key, _FOR_A_CODE)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthenticated("Give your password again.") from error
    if expires <= now:
        raise Unauthenticated("That took too long. Give your password again.")
    return user_id


def reset_token(user_id: UUID, password_hash: str, key: str, now: datetime) -> str:
    """A token that proves for an hour that somebody reads an account's mail; good until the account
    has another password, so once."""
    claims = {
        "sub": str(user_id),
        "exp": now + RESET_LIFETIME,
        "aud": _FOR_A_RESET,
        "was": password_mark(password_hash),
    }
    return jwt.encode(claims, key, _ALGORITHM)


def read_reset_token(token: str, key: str, now: datetime) -> tuple[UUID, str] | None:
    """Whose token it is, and the `password_mark` of that time; None: it is none of ours, or too
    old."""
    try:
        claims = _claims(token, key, _FOR_A_RESET)
        user_id, expires = _whose(claims)
    except (jwt.InvalidTokenError, ValueError):
        return None
    return (user_id, claims["was"]) if expires > now else None


def password_mark(password_hash: str) -> str:
    """What tells one password's hash from the next, short enough for a link."""
    return token_hash(password_hash)[:16]


def _read(token: str, key: str, audience: str | None = None) -> tuple[UUID, datetime]:
    return _whose(_claims(token, key, audience))


def _claims(token: str, key: str, audience: str | None) -> dict[str, Any]:
    # Expiry is left to the caller, by the application's clock.
    options: Options = {"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False}
    return jwt.decode(token, key, [_ALGORITHM], options=options, audience=audience)


def _whose(claims: dict[str, Any]) -> tuple[UUID, datetime]:
    return UUID(claims["sub"]), datetime.fromtimestamp(claims["exp"], UTC)


def random_token(prefix: str = "") -> str:
    """A token that nobody guesses."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a random token. Plain SHA-256: such tokens cannot be tried out."""
    return hashlib.sha256(token.encode()).hexdigest()

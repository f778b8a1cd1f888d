"""Access tokens (signed, short), refresh tokens and API keys (random, kept as hashes)."""

import hashlib
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt

from obrador.kit.errors import Misconfigured, Unauthenticated
from obrador.settings import Settings

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
API_KEY_PREFIX = "obrador_"
_ALGORITHM = "HS256"


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
        raise Misconfigured(f"SECRET_KEY is not set and {path} cannot be used: {error}.") from error


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
        # Expiry is checked below, by the application's clock.
        claims = jwt.decode(
            token,
            key,
            [_ALGORITHM],
            options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
        )
        user_id, expires = UUID(claims["sub"]), datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthenticated("The access token is not one of ours. Sign in again.") from error
    if expires <= now:
        raise Unauthenticated("The access token is too old. Refresh it.")
    return user_id


def random_token(prefix: str = "") -> str:
    """A token that nobody guesses."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a random token. Plain SHA-256: such tokens cannot be tried out."""
    return hashlib.sha256(token.encode()).hexdigest()

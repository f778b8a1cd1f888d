"""Passwords: argon2id. Hashing is slow on purpose, so it happens beside the event loop."""

import asyncio
from functools import cache

from pwdlib import PasswordHash

_hasher = PasswordHash.recommended()


async def hashed(password: str) -> str:
    """What is kept of the password."""
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; without a hash it never is, but that takes as long."""
    return await asyncio.to_thread(_verify, password, password_hash)


def _verify(password: str, password_hash: str | None) -> bool:
    is_right = _hasher.verify(password, password_hash or _nobodys())
    return is_right and password_hash is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody")

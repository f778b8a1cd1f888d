"""Codes of a second step (TOTP, RFC 6238), and those on paper for who has lost the telephone.

No secret is kept: it is derived from the signing key and a random seed, so a copy of the database
alone makes no codes.
"""

import base64
import hmac
import secrets
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import repository
from obrador.authn.models import RecoveryCode, User
from obrador.authn.tokens import token_hash

_STEP = 30
_RECOVERY_CODES = 10


def new_seed() -> str:
    """What, with the signing key, another secret comes from."""
    return secrets.token_urlsafe(24)


def secret_of(key: str, user_id: UUID, seed: str) -> str:
    """The secret that the telephone keeps too, in base32."""
    told = f"code\n{user_id}\n{seed}".encode()
    return base64.b32encode(hmac.digest(key.encode(), told, "sha256")[:20]).decode()


def address_of(secret: str, email: str) -> str:
    """What the picture says that the telephone reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Obrador")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute that the code belongs to; clocks may differ by one."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    steps = (current - 1, current, current + 1)
    right = [step for step in steps if hmac.compare_digest(totp.at(step * _STEP), code)]
    return right[0] if right else None


async def use(session: AsyncSession, user: User, code: str, key: str, now: datetime) -> bool:
    """Whether the code is one of the account's and was not used before; then it is used up."""
    plain = "".join(code.split()).replace("-", "").lower()
    if not (plain.isascii() and plain.isdigit()):
        return await repository.use_recovery_code(session, user.id, token_hash(plain))
    step = step_of(secret_of(key, user.id, user.code_seed or ""), plain, now)
    return step is not None and await repository.use_step(session, user.id, step)


async def renew_recovery_codes(session: AsyncSession, user_id: UUID) -> list[str]:
    """Ten codes, shown this once; those before open nothing any more."""
    codes = [_written() for _ in range(_RECOVERY_CODES)]
    await repository.forget_recovery_codes(session, user_id)
    session.add_all(
        RecoveryCode(user_id=user_id, code_hash=token_hash(code.replace("-", ""))) for code in codes
    )
    await session.flush()
    return codes


async def recovery_codes_left(session: AsyncSession, user_id: UUID) -> int:
    """How many are unused."""
    return await repository.count_recovery_codes(session, user_id)


def _written() -> str:
    """80 random bits in groups of four, hardly ever digits only, by which codes are told apart."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))

"""Use cases of one's own account: name, password, codes."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import codes, passwords, repository, sessions
from obrador.authn.door import Door
from obrador.authn.models import User
from obrador.authn.schemas import CodeInput, PasswordChange, Profile
from obrador.kit.errors import Fault, Invalid


async def describe(session: AsyncSession, user: User, given: Profile) -> None:
    """Another name, or other language."""
    user.name, user.language = given.name, given.language
    session.add(user)
    await session.flush()


async def change_password(door: Door, user: User, given: PasswordChange, kept: UUID) -> None:
    """Another password. Whoever is signed in elsewhere with the old one is no more.

    Raises:
        Invalid: the old one is wrong.
        TooManyAttempts: it was so too often.
    """
    await _confirm(door, user, given.password)
    await set_password(door.session, user, given.new_password, kept)


async def set_password(
    session: AsyncSession, user: User, password: str, kept: UUID | None = None
) -> None:
    """Another password, and an end of all sessions but one."""
    user.password_hash = await passwords.hashed(password)
    session.add(user)
    await session.flush()
    await sessions.end_all(session, user.id, kept)


async def turn_codes_on(door: Door, user: User, given: CodeInput) -> list[str]:
    """Ask for a code from now on; returns the recovery codes, which are shown this once.

    Raises:
        Invalid: the password is wrong, or the telephone has another secret.
        TooManyAttempts: it was so too often.
    """
    await _confirm(door, user, given.password)
    secret = codes.secret_of(door.key, user.id, given.seed)
    step = codes.step_of(secret, "".join(given.code.split()), door.now)
    if step is None:
        raise Invalid(
            "The code is wrong. Wait for the next one, and see that the clock of the telephone is"
            " right.",
            [Fault("code", "is wrong")],
        )
    user.code_seed, user.code_step = given.seed, step
    door.session.add(user)
    await door.session.flush()
    return await codes.renew_recovery_codes(door.session, user.id)


async def turn_codes_off(door: Door, user: User, password: str) -> None:
    """Ask for no code any more. Raises as `change_password`."""
    await _confirm(door, user, password)
    await forget_codes(door.session, user)


async def forget_codes(session: AsyncSession, user: User) -> None:
    """Ask for no code any more, and forget those on paper."""
    user.code_seed = user.code_step = None
    session.add(user)
    await session.flush()
    await repository.forget_recovery_codes(session, user.id)


async def _confirm(door: Door, user: User, password: str) -> None:
    if not await door.check_password(user, password):
        raise Invalid("The password is wrong.", [Fault("password", "is wrong")])

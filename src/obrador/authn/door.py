"""Where people try to get in: with a password, and a code where the account asks for one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import codes, passwords, repository, sessions
from obrador.authn.attempts import ACCOUNT, ADDRESS, CODES, HERE, Attempts, network_of
from obrador.authn.errors import CodeNeeded
from obrador.authn.models import User
from obrador.authn.tokens import read_ticket, ticket
from obrador.kit.errors import Unauthenticated
from obrador.kit.http import Now, Session

SIGNED_IN = "signed_in"
"""In the session's `info`: the account that this request has signed in."""
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Door:
    """What it takes to let somebody in, and to keep others from trying on."""

    session: AsyncSession
    attempts: Attempts
    key: str
    now: datetime
    address: str
    agent: str

    async def let_in(self, email: str, password: str, code: str | None = None) -> User:
        """The account of who knows its password and, where it asks for one, has a code.

        Raises:
            TooManyAttempts: too many were wrong.
            CodeNeeded: the password is right, and no code was given or a wrong one.
            Unauthenticated: address or password is wrong; it does not say which.
        """
        email = email.strip().lower()
        user = await repository.find_by_email(self.session, email)
        await self._count(email, user)
        is_right = await passwords.matches(password, user.password_hash if user else None)
        if user is None or not is_right:
            raise Unauthenticated("E-mail address or password is wrong.")
        if user.code_seed is not None:
            await self._check_code(user, code or "")
        return await self._entered(user)

    async def let_in_by_code(self, ticket: str, code: str) -> User:
        """The account of who has shown its password a moment ago, and now the code.

        Raises:
            TooManyAttempts, CodeNeeded: as `let_in`.
            Unauthenticated: the moment was too long.
        """
        user = await repository.find_user(self.session, read_ticket(ticket, self.key, self.now))
        if user is None:
            raise Unauthenticated("Give your password again.")
        await self._count(user.email, user)
        if user.code_seed is not None:
            await self._check_code(user, code)
        return await self._entered(user)

    async def check_password(self, user: User, password: str) -> bool:
        """Whether it is the password of who is signed in already.

        Raises:
            TooManyAttempts: too many were wrong.
        """
        await self.attempts.count(HERE, user.email, network_of(self.address))
        if not await passwords.matches(password, user.password_hash):
            return False
        await self.attempts.forget(HERE, user.email, network_of(self.address))
        return True

    async def open(self, user: User) -> tuple[UUID, str]:
        """A session in this browser: its id, and the token for its cookie."""
        return await sessions.begin(self.session, user, self.address, self.agent, self.now)

    async def _count(self, email: str, user: User | None) -> None:
        here = network_of(self.address)
        await self.attempts.count(ADDRESS, here)
        await self.attempts.count(HERE, email, here)
        if not await self._is_known(user.id if user else _NOBODY):  # as slow either way
            await self.attempts.count(ACCOUNT, email)

    async def _is_known(self, user_id: UUID) -> bool:
        """Whether the account is signed in at this address already."""
        known = await sessions.of_user(self.session, user_id, self.now)
        return any(each.address == self.address for each in known)

    async def _check_code(self, user: User, code: str) -> None:
        if not code:
            raise CodeNeeded("Send the code that your telephone shows.", self._ticket(user))
        await self.attempts.count(CODES, str(user.id))
        if not await codes.use(self.session, user, code, self.key, self.now):
            raise CodeNeeded(
                "The code is wrong, or was used already. Wait for the next one.",
                self._ticket(user),
            )

    def _ticket(self, user: User) -> str:
        return ticket(user.id, self.key, self.now)

    async def _entered(self, user: User) -> User:
        await self.attempts.forget(HERE, user.email, network_of(self.address))
        await self.attempts.forget(ACCOUNT, user.email)
        await self.attempts.forget(CODES, str(user.id))
        self.session.info[SIGNED_IN] = user
        return user


async def _door(request: Request, session: Session, now: Now) -> Door:
    state = request.app.state
    address = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    return Door(session, state.attempts, state.signing_key, now, address, agent)


AtTheDoor = Annotated[Door, Depends(_door)]

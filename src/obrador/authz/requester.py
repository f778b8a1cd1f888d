"""Who asks: somebody who signed in, a program with a key, or the person at this machine."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import compare_digest
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import browser, local
from obrador.authn import service as authn
from obrador.authn.tokens import API_KEY_PREFIX, read_access_token, token_hash
from obrador.authz import repository
from obrador.authz.noted import noted
from obrador.authz.roles import Role
from obrador.authz.scopes import covers, needed_scope
from obrador.authz.tenant import TenantId
from obrador.kit.errors import Forbidden, Unauthenticated
from obrador.kit.fence import confine, lift
from obrador.kit.http import Now, Session
from obrador.kit.throttling import ASKED_BY, UNLIMITED


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    user_id: UUID
    is_platform_admin: bool


@dataclass(frozen=True, slots=True)
class Program:
    """Something that shows an API key of one bakery."""

    key_id: UUID
    tenant_id: UUID
    role: Role


@dataclass(frozen=True, slots=True)
class LocalOwner:
    """The person at this machine, as long as nobody has an account."""


Requester = Person | Program | LocalOwner

AT_THIS_MACHINE = UUID(int=0)
_SAFE = {"GET", "HEAD"}
_USE_NOTED = timedelta(hours=1)


def id_of(requester: Requester) -> UUID:
    """Who asks, as it is kept with what they did: a person's id, a key's, or nobody's."""
    match requester:
        case Person(user_id=own_id) | Program(key_id=own_id):
            return own_id
        case LocalOwner():
            return AT_THIS_MACHINE


async def name_of(session: AsyncSession, requester: Requester) -> str:
    """What people call who asks: a person's name, or else their address; a key's name; nothing for
    the person at this machine, who is the only one."""
    match requester:
        case Person(user_id=user_id):
            user = await authn.get_user(session, user_id)
            return user.name or user.email
        case Program(key_id=key_id, tenant_id=own):
            return (await repository.ApiKeys(session, TenantId(own)).get(key_id)).name
        case LocalOwner():
            return ""


_bearer = HTTPBearer(auto_error=False, description="An access token, or an API key.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def who_asks(
    request: Request,
    session: Session,
    now: Now,
    credentials: Credentials,
) -> Requester:
    """The requester, who is also kept as `request.state.requester`, and counted from here on.

    Raises:
        Unauthenticated: no credentials, or such that are wrong, too old or revoked.
        Forbidden: a key whose scopes do not cover the route.
    """
    requester = await _requester(request, session, now, credentials)
    request.state.requester = requester
    noted(session).requester = requester
    is_at_hand = isinstance(requester, LocalOwner)
    setattr(request.state, ASKED_BY, UNLIMITED if is_at_hand else str(id_of(requester)))
    return requester


async def _requester(
    request: Request,
    session: AsyncSession,
    now: datetime,
    credentials: HTTPAuthorizationCredentials | None,
) -> Requester:
    if credentials is None:
        if person := await _in_browser(request, session, now):
            return person
        if local.is_same_machine(request) and not await authn.has_users(session):
            return LocalOwner()
        raise Unauthenticated("Send a bearer token: POST /api/v1/auth/token gives one.")
    if credentials.credentials.startswith(API_KEY_PREFIX):
        return await _program(request, session, credentials.credentials, now)
    user_id = read_access_token(credentials.credentials, request.app.state.signing_key, now)
    user = await authn.get_user(session, user_id)
    return Person(user.id, user.is_platform_admin)


async def known_requester(
    request: Request, session: AsyncSession, now: datetime
) -> Requester | None:
    """Who looks at a page, if that is known."""
    try:
        return await who_asks(request, session, now, None)
    except Unauthenticated:
        return None


async def _in_browser(request: Request, session: AsyncSession, now: datetime) -> Person | None:
    """Who is signed in in the browser. Pages see to it that forms are ours; elsewhere a session is
    good for looking only, such as at a PDF that a page links to."""
    if not (request.method in _SAFE or getattr(request.state, "is_page", False)):
        return None
    found = await browser.signed_in(request, session, now)
    return None if found is None else Person(found.user.id, found.user.is_platform_admin)


def is_service(request: Request, credentials: HTTPAuthorizationCredentials | None) -> bool:
    """Whether another installation asks, which shows the SERVICE_TOKEN of this one. Few routes are
    for those: everywhere else the token opens nothing."""
    token: SecretStr | None = request.app.state.settings.service_token
    if token is None or credentials is None or not token.get_secret_value():
        return False
    is_ours = compare_digest(credentials.credentials.encode(), token.get_secret_value().encode())
    if is_ours:
        setattr(request.state, ASKED_BY, UNLIMITED)
    return is_ours


async def _program(request: Request, session: AsyncSession, token: str, now: datetime) -> Program:
    await lift(session)  # whose key it is, the key itself says
    key = await repository.valid_key(session, token_hash(token), now)
    if key is None:
        raise Unauthenticated("The API key is not valid, is too old, or was revoked.")
    await confine(session, [key.tenant_id])
    _check_scopes(key.scopes, request)
    if key.last_used_at is None or key.last_used_at < now - _USE_NOTED:
        await repository.note_use(session, key, now)
    return Program(key.id, key.tenant_id, Role(key.role))


def _check_scopes(scopes: list[str], request: Request) -> None:
    if not scopes:
        return
    needed = needed_scope(request.scope["route"].tags, request.method)
    if needed is None:
        raise Forbidden("A key with scopes is for the API of its bakery only.")
    if not covers(scopes, needed):
        raise Forbidden("This key lacks the scope {scope}.", scope=needed)


Asking = Annotated[Requester, Depends(who_asks)]

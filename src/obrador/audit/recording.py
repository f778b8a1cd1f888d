"""Writes down what requests and commands do, each in its own transaction, in one place for all."""

import os
from dataclasses import dataclass
from datetime import datetime
from getpass import getuser
from uuid import UUID

import msgspec
from fastapi import Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.audit.domain import LOOKED, QUESTIONS, ActorKind, Outcome
from obrador.authn.door import SIGNED_IN
from obrador.authz.access import enter, is_guest
from obrador.authz.noted import Noted, noted
from obrador.authz.requester import LocalOwner, Person, Program, id_of, name_of
from obrador.kit.clock import Clock
from obrador.kit.errors import Forbidden, ObradorError
from obrador.kit.ids import derived_id, new_id
from obrador.observability.http_metrics import route_of

_SAFE = {"GET", "HEAD", "OPTIONS"}
_SIGN_IN = ("/auth/", "/sign-in")
"""In the paths where people say who they are."""
_INSERT = """
    insert into audit_log (id, at, tenant_id, actor_kind, actor_id, actor_name, action, things,
        outcome, address, program, once)
    select :id, :at, :tenant_id, :actor_kind, :actor_id, :actor_name, :action,
        cast(:things as jsonb), :outcome, :address, :program, :once
"""
_WRITE = text(f"{_INSERT} on conflict do nothing")
# What asked for nothing but an answer has changed nothing, whatever its method.
_WRITE_IF_CHANGED = text(f"{_INSERT} where pg_current_xact_id_if_assigned() is not null")


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever did it."""

    kind: ActorKind
    id: UUID | None = None
    name: str = ""


class Recorder:
    """What `kit.http` calls at the end of every request."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked: tuple[datetime | None, set[UUID]] = (None, set())

    async def done(self, request: Request, session: AsyncSession) -> None:
        """Write down what a request has changed; and who looked into a bakery that is not theirs,
        once an hour."""
        found = noted(session)
        if request.method in _SAFE or request.url.path.endswith(QUESTIONS):
            await self._look(request, session, found)
        elif found.came_to_nothing:
            await self._came_to_nothing(request, session, found)
        else:
            actor = await _actor(session, found)
            row = _row(request, found, actor, "done", self._clock())
            await session.execute(_WRITE_IF_CHANGED, row)

    async def refused(
        self, request: Request, ended: AsyncSession, session: AsyncSession, error: ObradorError
    ) -> None:
        """Write down what somebody was not let do, and that somebody could not sign in: in another
        session, since what happened in that of the request is undone."""
        before = noted(ended)
        if not isinstance(error, Forbidden) and not _is_sign_in(request):
            return
        # What was signed in when it was undone is not.
        ended.info.pop(SIGNED_IN, None)
        if before.tenant is not None:
            await enter(session, before.tenant)
        actor = await _actor(session, before)
        await session.execute(_WRITE, _row(request, before, actor, "refused", self._clock()))

    async def _came_to_nothing(self, request: Request, session: AsyncSession, found: Noted) -> None:
        """A form that is shown again is no news, unless somebody tried to get in with it."""
        if _is_sign_in(request):
            row = _row(request, found, Actor("unknown"), "refused", self._clock())
            await session.execute(_WRITE, row)

    async def _look(self, request: Request, session: AsyncSession, found: Noted) -> None:
        who, tenant = found.requester, found.tenant
        if tenant is None or not isinstance(who, Person) or not who.is_platform_admin:
            return
        now = self._clock()
        once = derived_id("looked", who.user_id, tenant, f"{now:%Y-%m-%d %H}")
        if once in self._known(now) or not await is_guest(session, who, tenant):
            return
        row = _row(request, found, await _actor(session, found), "done", now)
        await session.execute(_WRITE, row | {"action": LOOKED, "things": "{}", "once": once})
        self._known(now).add(once)

    def _known(self, now: datetime) -> set[UUID]:
        """What this process has written in the running hour, so that reading stays quick."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._looked[0] != hour:
            self._looked = (hour, set())
        return self._looked[1]


async def record_command(session: AsyncSession, command: str, now: datetime) -> None:
    """Write down what a command has changed, and under whose name it ran."""
    row = {
        "id": new_id(),
        "at": now,
        "tenant_id": noted(session).tenant,
        "actor_kind": "command_line",
        "actor_id": None,
        "actor_name": _system_user()[:254],
        "action": command[:200],
        "things": "{}",
        "outcome": "done",
        "address": "",
        "program": "",
        "once": None,
    }
    await session.execute(_WRITE_IF_CHANGED, row)


async def _actor(session: AsyncSession, found: Noted) -> Actor:
    who = found.requester
    match who:
        case None if user := session.info.get(SIGNED_IN):
            return Actor("person", user.id, user.name or user.email)
        case None:
            return Actor("service" if found.is_service else "unknown")
        case LocalOwner():
            return Actor("local_owner")
        case Program():
            return Actor("program", id_of(who), await name_of(session, who))
        case Person():
            is_guest_there = who.is_platform_admin and (
                found.tenant is None or await is_guest(session, who, found.tenant)
            )
            kind: ActorKind = "platform_admin" if is_guest_there else "person"
            return Actor(kind, id_of(who), await name_of(session, who))


def _system_user() -> str:
    """Who is signed in at the machine; a container may know its users by number only."""
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _row(
    request: Request, found: Noted, actor: Actor, outcome: Outcome, at: datetime
) -> dict[str, object]:
    """Never bodies, query strings or headers but one, and of a path its ids only: the rest may
    hold secrets, such as an invitation's token."""
    things = {
        name: str(value)
        for name, value in request.path_params.items()
        if name != "tenant_id" and _is_id(str(value))
    }
    return {
        "id": new_id(),
        "at": at,
        "tenant_id": found.tenant,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name[:254],
        "action": f"{request.method} {route_of(request.scope)}"[:200],
        "things": msgspec.json.encode(things).decode(),
        "outcome": outcome,
        "address": request.client.host[:45] if request.client else "",
        "program": request.headers.get("user-agent", "")[:120],
        "once": None,
    }


def _is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_sign_in(request: Request) -> bool:
    return request.method not in _SAFE and any(word in request.url.path for word in _SIGN_IN)

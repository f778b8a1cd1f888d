"""What a browser brings along by itself: the cookie of a session, and the one that forms of people
without a session are bound to."""

import secrets
from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obrador.authn import sessions
from obrador.authn.sessions import LIFETIME, SignedIn

_SESSION = "obrador-session"
_VISITOR = "obrador-visitor"
_Known = tuple[AsyncSession, SignedIn | None]
_ONLY_HERE = "__Host-"
"""Over https, browsers take a cookie of such a name from this very host only."""


async def signed_in(request: Request, session: AsyncSession, now: datetime) -> SignedIn | None:
    """Who is signed in in this browser; looked up once for a transaction, of which a stream has
    many."""
    known: _Known | None = getattr(request.state, "signed_in", None)
    if known is None or known[0] is not session:
        token = _cookie(request, _SESSION)
        known = session, await sessions.find(session, token, now) if token else None
        request.state.signed_in = known
    return known[1]


def whose(request: Request) -> str:
    """What tells this browser from others: the session that was found in it, or a random word."""
    known: _Known | None = getattr(request.state, "signed_in", None)
    return str(known[1].session_id) if known and known[1] else visitor(request)


def keep_session(request: Request, token: str) -> None:
    """Give the browser the token of a session with the answer."""
    _set_cookie(request, _SESSION, token, int(LIFETIME.total_seconds()))


def drop_session(request: Request) -> None:
    """Have the browser forget its session."""
    _set_cookie(request, _SESSION, "", 0)


def visitor(request: Request) -> str:
    """A random word that stays the same for a browser; one that has none gets it with the
    answer."""
    if not hasattr(request.state, "visitor"):
        known = _cookie(request, _VISITOR)
        request.state.visitor = known or secrets.token_urlsafe(16)
        if not known:
            _set_cookie(request, _VISITOR, request.state.visitor, None)
    word: str = request.state.visitor
    return word


def _cookie(request: Request, name: str) -> str | None:
    return request.cookies.get(_name(request, name))


def _name(request: Request, name: str) -> str:
    return f"{_ONLY_HERE}{name}" if request.url.scheme == "https" else name


def _set_cookie(request: Request, name: str, value: str, max_age: int | None) -> None:
    carrier = Response()
    carrier.set_cookie(
        _name(request, name),
        value,
        max_age=max_age,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    request.state.cookies.append(carrier.headers["set-cookie"].encode("latin-1"))


class Cookies:
    """ASGI middleware: puts the cookies that a request has collected into its answer, whatever
    makes that."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cookies: list[bytes] = []
        scope.setdefault("state", {})["cookies"] = cookies

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = [(b"set-cookie", cookie) for cookie in cookies]
                message["headers"] = [*message["headers"], *told]
            await send(message)

        await self.app(scope, receive, send_with_cookies)

"""Pages that move: a part of a page, sent anew as ready HTML whenever it looks different.

A page's part is a template of its own, which the page includes. What a template needs:

    {% from "parts.html" import moving %}
    <section {{ moving(home ~ "/production/live") }}>{% include "production_now.html" %}</section>
    <noscript><a href="">{{ phrase("Reload") }}</a></noscript>

and what its route needs, next to the page's own:

    @router.get("/live")
    async def follow(visit: Visiting) -> Response:
        return await live(visit, _now)

    async def _now(visit: Visit) -> str:
        return visit.part("production_now.html", batches=await ...(visit.session, visit.tenant))

The part is made in a transaction of its own, by somebody who still may see it, and only then: while
nothing happens, a stream holds neither a connection nor a transaction. It is made when an event of
the bakery is committed, or as often as the route says, never more than once a second; and sent if
it differs from what was sent before, also on a connection before this one. The browser merges it
into what it shows (`hx-swap="innerMorph"`), so that what has the focus keeps it. Hidden tabs let go
of their stream.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol, Self, TypeVar
from uuid import UUID

import structlog
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.requester import Requester, id_of
from obrador.kit.errors import ObradorError
from obrador.kit.outbox_news import News
from obrador.kit.process import pass_by

_MOST_EACH = 20
"""Streams of one person in a process: of more tabs than that, some do not move."""
_AT_ONCE = 3
"""Parts that a process makes at the same time, so that pages find connections too."""
_LEAST_SECONDS = 1.0
_HEARTBEAT_SECONDS = 15.0
_RENEWAL_SECONDS = 300.0
"""When a part is made although nothing has happened, which also ends the streams of people who may
not see it any more."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

log = structlog.get_logger()


class _Visit(Protocol):
    """Somebody at a page; see `visiting`."""

    @property
    def request(self) -> Request: ...

    @property
    def requester(self) -> Requester: ...

    @property
    def whose(self) -> UUID | None:
        """The bakery that it is about; none: the platform."""

    async def again(self, session: AsyncSession) -> Self: ...


V = TypeVar("V", bound=_Visit)
Render = Callable[[V], Awaitable[str]]


@dataclass
class Streams:
    """The streams of a process."""

    news: News = field(default_factory=News)
    by_person: Counter[UUID] = field(default_factory=Counter)
    making: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))


async def live(visit: V, render: Render[V], every: float = _RENEWAL_SECONDS) -> Response:
    """A stream of what `render` makes of the visit, whenever something has happened.

    Args:
        every: seconds after which it is made anyhow, for what moves without an event.
    """
    streams: Streams = visit.request.app.state.streams
    if streams.by_person[id_of(visit.requester)] >= _MOST_EACH:
        # The browser keeps what it shows, and tries again less and less often.
        return Response(status_code=429, headers={"HX-Reswap": "none", "Retry-After": "60"})
    return StreamingResponse(
        _messages(visit, render, every), headers=_HEADERS, media_type="text/event-stream"
    )


async def _messages(visit: V, render: Render[V], every: float) -> AsyncIterator[bytes]:
    """Until the process stops, the person leaves, or may not see it any more."""
    state, person = visit.request.app.state, id_of(visit.requester)
    streams: Streams = state.streams
    seen = visit.request.headers.get("last-event-id", "")
    streams.by_person[person] += 1
    try:
        with streams.news.bell(visit.whose) as bell:
            while not state.stopping.is_set():
                bell.clear()
                part = await _part(visit, render)
                if part is None:
                    return
                own = blake2b(part.encode(), digest_size=8).hexdigest()
                yield KEEPALIVE_COMMENT if own == seen else format_sse_event(data_str=part, id=own)
                seen, left = own, every - _LEAST_SECONDS
                await pass_by(state.stopping, _LEAST_SECONDS)
                while left > 0 and not bell.is_set():
                    await pass_by(bell, min(left, _HEARTBEAT_SECONDS))
                    left -= _HEARTBEAT_SECONDS
                    yield KEEPALIVE_COMMENT
    finally:
        streams.by_person[person] -= 1


async def _part(visit: V, render: Render[V]) -> str | None:
    """None: they may not see it any more, or nobody can tell just now; the browser asks again."""
    state = visit.request.app.state
    streams: Streams = state.streams
    try:
        async with streams.making, state.database.transaction() as session:
            return await render(await visit.again(session))
    except ObradorError as error:
        log.info("stream_ended", reason=error.type)
    except (OperationalError, InterfaceError, NoConnection) as error:
        log.warning("stream_ended", reason=str(error))
    return None

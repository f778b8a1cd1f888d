"""ASGI middleware around every request: how large it may be, and how long it may take."""

import asyncio
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obrador.kit.errors import HeadTooLarge, TooLarge, Unavailable
from obrador.kit.http import refuse

_JSON_BYTES = 10_000_000
_MOST_HEADERS = 100
_HEAD_BYTES = 32_768
UPLOADS_TAKE = 10
"""Times as long as other requests."""
_PATIENCE = 30
"""Seconds that a body may take, however small;"""
_SLOWEST = 20_000
"""and bytes that bring another second."""


class RequestLimit:
    """Refuse what is too large before it is read, or as soon as it is, if it did not say so; and
    what trickles in so slowly that nobody means it."""

    def __init__(self, app: ASGIApp, upload_bytes: int, patience: float = _PATIENCE) -> None:
        self.app = app
        self.upload_bytes = upload_bytes
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if _is_large(scope):
            error = HeadTooLarge(
                "At most {most} headers of {bytes:,} bytes together are taken.",
                most=_MOST_HEADERS,
                bytes=_HEAD_BYTES,
            )
            return await refuse(scope, receive, send, error)
        limit = self.upload_bytes if _is_upload(scope) else _JSON_BYTES
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0")
        received, until = 0, time.monotonic() + self.patience
        is_whole = announced == "0" and "transfer-encoding" not in headers

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_whole:
                # Nobody reads what may still come.
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        if announced.isascii() and announced.isdigit() and int(announced) > limit:
            return await refuse(scope, receive, send_and_close, _too_large(limit))

        async def receive_within_limit() -> Message:
            nonlocal received, is_whole
            if is_whole:
                return await receive()
            message = await _in_time(receive, until + received / _SLOWEST)
            received += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if received > limit:
                raise HTTPException(413, _too_large(limit).detail.removesuffix("."))
            return message

        return await self.app(scope, receive_within_limit, send_and_close)


class RequestTimeout:
    """End what takes too long. Once its answer has begun, it has as long as it is read: so live
    pages go on, and whatever was written is known to be kept."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        seconds = self.seconds * (UPLOADS_TAKE if _is_upload(scope) else 1)

        async def send_without_haste(message: Message) -> None:
            deadline.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(seconds) as deadline:
                await self.app(scope, receive, send_without_haste)
        except TimeoutError:
            if not deadline.expired():
                raise
            error = Unavailable(
                "This took longer than {seconds:g} seconds, so it was ended; nothing was kept. Ask"
                " for less at once.",
                seconds=seconds,
            )
            await refuse(scope, receive, send, error)


def _is_upload(scope: Scope) -> bool:
    return Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        "At most {most} MB are taken at once; send it in parts.", most=limit // 1_000_000
    )


def _is_large(scope: Scope) -> bool:
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    size += sum(len(name) + len(value) for name, value in scope["headers"])
    return len(scope["headers"]) > _MOST_HEADERS or size > _HEAD_BYTES


async def _in_time(receive: Receive, until: float) -> Message:
    try:
        async with asyncio.timeout(until - time.monotonic()):
            return await receive()
    except TimeoutError:
        raise HTTPException(408, "The rest of the request did not arrive in time") from None

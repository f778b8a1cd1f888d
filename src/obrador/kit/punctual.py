"""Connections on which a request has to arrive: not never, not byte by byte, and not as anything
else. The server itself would wait for ever."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from obrador.kit.errors import HeadTooLarge, ObradorError
from obrador.kit.http import problem_response

HEAD_BYTES = 32_768
"""The most that a request line and its headers may have."""


class PunctualProtocol(H11Protocol):
    """HTTP/1.1 whose heads are in time: `patience` seconds after they may begin or have begun."""

    patience: float = 10

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._until_head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a first request."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take what arrives; wait for the rest of a head, but from its beginning on."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect_head()
        else:
            self._forget_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._forget_head()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request of HTTP, as everything else is refused."""
        if len(self.conn.trailing_data[0]) > HEAD_BYTES:
            error: ObradorError = HeadTooLarge(
                "A request's head has at most {bytes:,} bytes.", bytes=HEAD_BYTES
            )
        else:
            error = ObradorError("This is no request of HTTP/1.1.")
        answer = problem_response(error)
        head = h11.Response(
            status_code=answer.status_code, headers=[*answer.raw_headers, (b"connection", b"close")]
        )
        for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _expect_head(self) -> None:
        if self._until_head is None:
            self._until_head = self.loop.call_later(self.patience, self.transport.close)

    def _forget_head(self) -> None:
        if self._until_head is not None:
            self._until_head.cancel()
            self._until_head = None

"""What arrives slowly, endlessly or not as HTTP, on real connections."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from obrador.kit.http import render_problems
from obrador.kit.middleware import RequestLimit, RequestTimeout
from obrador.kit.punctual import PunctualProtocol
from obrador.settings import Settings
from tests.fixtures.served import listening

PATIENCE = 0.3
GET = b"GET /from HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
LATE = 5.0
"""A test waits so long for what should take `PATIENCE`."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that is in a hurry."""
    monkeypatch.setattr(PunctualProtocol, "patience", PATIENCE)
    app = FastAPI()
    render_problems(app)
    app.add_middleware(RequestLimit, upload_bytes=1_000_000, patience=PATIENCE)
    app.add_middleware(RequestTimeout, seconds=1.0)

    @app.post("/body")
    async def body(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    @app.get("/live")
    async def live() -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            for number in range(4):
                yield f"data: {number}\n\n"
                await asyncio.sleep(0.5)

        return StreamingResponse(lines(), media_type="text/event-stream")

    @app.get("/from")
    async def where(request: Request) -> dict[str, str | None]:
        return {"host": request.client.host if request.client else None}

    with listening(app) as url:
        yield int(url.rsplit(":", 1)[1])


async def _sent(port: int, *pieces: bytes, pause: float = 0) -> bytes:
    """All that comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reading = asyncio.create_task(reader.read())
    try:
        for piece in pieces:
            if not reading.done():
                writer.write(piece)
                await asyncio.sleep(pause)
        async with asyncio.timeout(LATE):
            return await reading
    except (ConnectionResetError, BrokenPipeError):
        return b""
    finally:
        writer.close()


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    began = time.monotonic()

    assert await _sent(port) == b""
    assert time.monotonic() - began < LATE


async def test_a_head_that_trickles_in_is_not_waited_for(port: int) -> None:
    began = time.monotonic()

    assert await _sent(port, GET, *[b"X: a\r\n"] * 12, pause=0.05) == b""
    assert time.monotonic() - began < LATE
    assert _status(await _sent(port, GET, b"\r\n")) == 200


async def test_a_body_that_trickles_in_is_not_waited_for(port: int) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"

    answer = await _sent(port, head, *[b"a"] * 10, pause=0.05)

    assert _status(answer) == 408
    assert b"urn:obrador:problem:too-slow" in answer


async def test_a_body_that_takes_its_time_in_good_order_is_taken(port: int) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"

    answer = await _sent(port, head, *[b"a" * 10_000] * 10, pause=0.05)

    assert _status(answer) == 200
    assert answer.endswith(b'{"bytes":100000}')


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (GET + b"X: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n", 431),
        (GET + b"X: a\r\n" * 101 + b"\r\n", 431),
        (b"nonsense\r\n\r\n", 400),
        (GET + b"Content-Length: x\r\n\r\n", 400),
        (GET + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400),
    ],
)
async def test_what_is_no_request_is_a_problem(port: int, head: bytes, status: int) -> None:
    answer = await _sent(port, head)

    assert _status(answer) == status
    assert b"application/problem+json" in answer
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["status"] == status


async def test_an_answer_that_takes_too_long_is_given_up(port: int) -> None:
    answer = await _sent(port, b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert _status(answer) == 503
    assert b"longer than 1 seconds" in answer


async def test_a_live_page_goes_on(port: int) -> None:
    answer = await _sent(port, b"GET /live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert b"data: 3" in answer


async def test_two_requests_on_one_connection(port: int) -> None:
    ask = b"GET /from HTTP/1.1\r\nHost: a\r\n\r\n"

    assert (await _sent(port, ask, GET + b"\r\n", pause=PATIENCE + 0.2)).count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    ("trusted", "forwarded", "host"),
    [
        ("", "198.51.100.7", "127.0.0.1"),
        ("10.0.0.0/8", "198.51.100.7", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1, 10.0.0.0/8", "198.51.100.7, 10.1.2.3", "198.51.100.7"),
    ],
    ids=["nobody is trusted", "another is", "the proxy is", "what came before it", "two proxies"],
)
async def test_only_a_proxy_that_is_named_says_where_requests_come_from(
    trusted: str, forwarded: str, host: str
) -> None:
    app = FastAPI()

    @app.get("/from")
    async def where(request: Request) -> dict[str, str | None]:
        return {"host": request.client.host if request.client else None}

    settings = Settings(_env_file=None, forwarded_allow_ips=trusted)
    with listening(app, settings=settings) as url:
        answer = await _sent(
            int(url.rsplit(":", 1)[1]),
            GET + f"X-Forwarded-For: {forwarded}\r\n\r\n".encode(),
        )

    assert json.loads(answer.split(b"\r\n\r\n", 1)[1]) == {"host": host}

"""Services that answer, that refuse, that are slow and that are away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from starlette.responses import JSONResponse, Response

from obrador.integrations.http_services.client import (
    AT_ONCE,
    ATTEMPTS,
    FAILURES,
    HttpServices,
)
from obrador.kit.errors import Invalid, ServiceAway
from tests.fixtures.scripted import Scripted, scripted

PAUSE = 0.3


@pytest.fixture
def service() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[HttpServices]:
    client = HttpServices("secret", seconds=1, pause_seconds=PAUSE)
    yield client
    await client.close()


async def _ask(http: HttpServices, service: Scripted) -> bytes:
    return await http.ask("forecasting", "POST", f"{service.url}/x", b"{}")


async def test_a_service_is_shown_the_token(http: HttpServices, service: Scripted) -> None:
    assert await _ask(http, service) == b"{}"

    assert service.requests[0].headers["Authorization"] == "Bearer secret"


async def test_a_passing_fault_is_tried_again(http: HttpServices, service: Scripted) -> None:
    service.answer = lambda before: Response(b"ok", 200 if before else 500)

    assert await _ask(http, service) == b"ok"
    assert len(service.requests) == 2


async def test_what_is_refused_says_why_and_is_not_sent_again(
    http: HttpServices, service: Scripted
) -> None:
    service.answer = lambda before: JSONResponse({"detail": "A recipe contains itself."}, 422)

    with pytest.raises(Invalid, match="A recipe contains itself"):
        await _ask(http, service)
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 302])
async def test_a_service_that_is_not_ours_is_named(
    http: HttpServices, service: Scripted, status: int
) -> None:
    service.answer = lambda before: Response("no", status)

    with pytest.raises(ServiceAway, match="FORECASTING_SERVICE_URL and SERVICE_TOKEN"):
        await _ask(http, service)
    assert len(service.requests) == 1


async def test_a_service_that_stays_away_is_left_alone(service: Scripted) -> None:
    """Long enough for a hundred requests to be refused meanwhile, on a busy machine too."""
    service.answer = lambda before: Response(status_code=503)
    http = HttpServices("secret", seconds=1)

    answers = await asyncio.gather(
        *(_ask(http, service) for _ in range(100)), return_exceptions=True
    )
    await http.close()

    assert all(isinstance(answer, ServiceAway) for answer in answers)
    assert FAILURES <= len(service.requests) <= FAILURES + AT_ONCE


async def test_a_service_that_is_back_is_asked_again_and_may_fail_once(
    http: HttpServices, service: Scripted
) -> None:
    service.answer = lambda before: Response(status_code=503)
    for _ in range(FAILURES):
        with pytest.raises(ServiceAway):
            await _ask(http, service)
    await asyncio.sleep(PAUSE * 1.2)

    service.answer = lambda before: Response(b"back")
    assert await _ask(http, service) == b"back"
    reached = len(service.requests)
    service.answer = lambda before: Response(b"back", 500 if before == reached else 200)
    assert await _ask(http, service) == b"back"


async def test_one_service_away_leaves_the_others(http: HttpServices, service: Scripted) -> None:
    service.answer = lambda before: Response(status_code=503)
    for _ in range(FAILURES):
        with pytest.raises(ServiceAway):
            await _ask(http, service)

    service.answer = lambda before: Response(b"ok")
    assert await http.ask("production", "GET", f"{service.url}/x") == b"ok"


async def test_no_more_than_a_few_are_asked_at_once(http: HttpServices, service: Scripted) -> None:
    service.seconds = 0.02

    await asyncio.gather(*(_ask(http, service) for _ in range(40)))

    assert 1 < service.at_once <= AT_ONCE


async def test_a_slow_answer_is_none(service: Scripted) -> None:
    service.seconds = 2
    http = HttpServices(None, seconds=0.5)

    with pytest.raises(ServiceAway, match="ReadTimeout"):
        await _ask(http, service)
    assert len(service.requests) <= ATTEMPTS
    assert "Authorization" not in service.requests[0].headers
    await http.close()


async def test_nobody_at_the_address(http: HttpServices) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(ServiceAway, match="The forecasting service does not answer"):
        await http.ask("forecasting", "GET", f"http://127.0.0.1:{port}/")

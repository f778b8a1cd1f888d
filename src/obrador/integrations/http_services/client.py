"""Asks services over HTTP: few at a time, again where that may help, and not at all for a while
once a service has not answered several times in a row."""

import asyncio
from collections import defaultdict
from typing import Any

import httpx
import msgspec
import stamina
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import ClosedState, HalfOpenedState, OpenedState

from obrador.kit.errors import Invalid, ServiceAway

AT_ONCE = 8
"""Requests under way to one service."""
ATTEMPTS = 3
FAILURES = 5
"""In a row, after which a service is left alone,"""
PAUSE_SECONDS = 30.0
"""for so long."""
_CONNECT_SECONDS = 3.0
_WORDS = 300
"""Letters of an answer that are worth repeating."""


class HttpServices:
    """One pool of connections, and one circuit for each service, for the whole process."""

    def __init__(
        self,
        token: str | None,
        seconds: float,
        pause_seconds: float = PAUSE_SECONDS,
        advice: str | None = None,
    ) -> None:
        """
        Args:
            token: shown as bearer.
            seconds: that an answer may take.
            pause_seconds: that a service is left alone once it is taken to be away.
            advice: what to look at when one answers with an error; None: its settings.
        """
        self._seconds = seconds
        self._advice = advice
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}"} if token else None,
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS), pool=None),
        )
        self._circuits = AsyncCircuitBreakerFactory(FAILURES, pause_seconds)
        self._room: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))

    async def ask(self, service: str, method: str, url: str, content: bytes | None = None) -> bytes:
        """The body of the service's answer to a JSON body, or to none.

        Raises:
            Invalid: the service refuses what it is sent, and says why.
            ServiceAway: it does not answer, or not to us.
        """
        retrying = stamina.AsyncRetryingCaller(
            attempts=ATTEMPTS, timeout=self._seconds, wait_initial=0.1, wait_max=1, wait_jitter=0.3
        ).on(httpx.HTTPError)
        try:
            async with self._room[service]:
                response = await retrying(self._try, service, method, url, content)
        except OpenedState as error:
            raise ServiceAway(f"The {service} service has not answered of late.") from error
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise ServiceAway(f"The {service} service does not answer: {why}.") from error
        if response.status_code == 422:
            raise Invalid(f"The {service} service refuses what it was sent: {_detail(response)}")
        if not response.is_success:
            advice = self._advice or f"Check {service.upper()}_SERVICE_URL and SERVICE_TOKEN."
            raise ServiceAway(
                f"The {service} service answers {response.status_code}: {_detail(response)}"
                f" {advice}"
            )
        return response.content

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _try(
        self, service: str, method: str, url: str, content: bytes | None
    ) -> httpx.Response:
        circuit = await self._circuits.get_breaker(service)
        async with circuit:
            response = await self._client.request(
                method, url, content=content, headers={"Content-Type": "application/json"}
            )
            if response.status_code == 429 or response.is_server_error:
                response.raise_for_status()
        # Without a store outside the process, the library leaves a circuit half open for good.
        if circuit.context.state == HalfOpenedState.name:
            circuit.context.set_state(ClosedState())
        return response


def _detail(response: httpx.Response) -> str:
    """What the answer says, if it is a problem; else how it begins."""
    try:
        body: Any = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return response.text[:_WORDS]
    told = body if isinstance(body, dict) else {}
    detail = told.get("detail") or told.get("reason")
    return str(detail or body)[:_WORDS]

"""Posts a body to a receiver: at an address that was checked at the moment of connecting, once, and
without going where it is sent on to."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

import httpx

from obrador.integrations.webhooks.addresses import Address, host_of, refused_address

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, for a port."""

_ANSWER_BYTES = 2_000
_ANSWER_LETTERS = 300
_NAMES_AT_ONCE = 32
_USER_AGENT = "Obrador-Webhooks/1"


class Refused(httpx.ConnectError):
    """The receiver's name leads to an address that nothing is sent to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt."""

    status: int | None
    """None: there was no answer."""
    text: str
    """How the answer begins, or why there is none."""
    milliseconds: int
    retry_after: int | None = None
    """Seconds that the receiver asks to be left alone for."""

    @property
    def is_success(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Posts to receivers. One for a process."""

    def __init__(
        self, seconds: float, *, allow_private: bool = False, resolve: Resolve | None = None
    ) -> None:
        """
        Args:
            seconds: that an attempt may take as a whole, from name to answer.
            allow_private: also to addresses inside this network.
            resolve: asks for addresses; None: the system does.
        """
        self._seconds = seconds
        self._names = _Names()
        self._client = httpx.AsyncClient(
            transport=_Checked(resolve or self._names, allow_private=allow_private),
            follow_redirects=False,
            timeout=None,  # noqa: S113  below, for the attempt as a whole
            trust_env=False,  # a proxy would ask for the name again
            headers={"User-Agent": _USER_AGENT},
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What the receiver says to it; never raises for what is theirs."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        status, text, retry_after = None, "", None
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream("POST", url, content=body, headers=headers) as response,
            ):
                status, retry_after = response.status_code, _retry_after(response)
                text = await _beginning(response)
        except TimeoutError:
            status, text = None, f"No answer within {self._seconds:g} seconds."
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            status, text = None, _shown(f"{error}" or type(error).__name__)
        return Answer(status, text, round((loop.time() - started) * 1000), retry_after)

    async def close(self) -> None:
        """Let go of what is open."""
        await self._client.aclose()
        self._names.close()


class _Checked(httpx.AsyncBaseTransport):
    """Connects to addresses that it has looked at itself, so that a name cannot mean another one a
    moment later. TLS still proves the name.

    Connections are not kept: two names at one address would share them.
    """

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._inner = httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0), trust_env=False
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises:
        Refused: one of the host's addresses is inside this network.
        """
        named = request.url
        addresses = await self._addresses(named)
        request.extensions = {**request.extensions, "sni_hostname": host_of(named)}
        for address in addresses[:-1]:
            try:
                return await self._at(request, named, address)
            except httpx.ConnectError:
                continue
        return await self._at(request, named, addresses[-1])

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _at(
        self, request: httpx.Request, named: httpx.URL, address: Address
    ) -> httpx.Response:
        request.url = named.copy_with(host=str(address))
        return await self._inner.handle_async_request(request)

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        host = host_of(url)
        try:
            found = await self._resolve(host, url.port or (80 if url.scheme == "http" else 443))
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} is not found: {_reason(error)}.") from error
        addresses = [ip_address(each) for each in dict.fromkeys(found)]
        if not addresses:
            raise httpx.ConnectError(f"{host} has no address.")
        for address in addresses if not self._allow_private else ():
            if why := refused_address(address):
                raise Refused(f"{host} is not asked: {why}.")
        return addresses


class _Names:
    """Asks the system for addresses, in threads of its own: whoever lets it wait for an answer
    holds up nothing else that needs a thread."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_NAMES_AT_ONCE, thread_name_prefix="names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await loop.run_in_executor(self._threads, ask)
        return [str(place[0]) for *_, place in found]

    def close(self) -> None:
        """Without waiting for answers."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


async def _beginning(response: httpx.Response) -> str:
    """Of the body as it came: nothing is unpacked, which might be endless."""
    start = b""
    async for chunk in response.aiter_raw(_ANSWER_BYTES):
        start += chunk
        if len(start) >= _ANSWER_BYTES:
            break
    return _shown(start.decode("utf-8", "replace"))


def _shown(text: str) -> str:
    """One short line that a database keeps and a page shows."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    return " ".join(words)[:_ANSWER_LETTERS]


def _retry_after(response: httpx.Response) -> int | None:
    asked = response.headers.get("retry-after", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None

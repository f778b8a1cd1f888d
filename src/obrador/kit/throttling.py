"""How many requests a minute one requester, one bakery and one address may make.

Who asks is known once the application has looked, which is after they have been counted. So the
middleware remembers what the application found of what a request shows (its token, key or cookie):
whoever shows something unknown, or nothing, counts as a stranger at their address. Guessing keys is
held up like anything else that strangers do, and nobody uses up what is another's.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Protocol

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obrador.kit.clock import Clock, system_clock
from obrador.kit.errors import TooMany
from obrador.kit.http import refuse

log = structlog.get_logger()
ASKED_BY = "asked_by"
"""What the application calls the requester, in the state of the request;"""
UNLIMITED = ""
"""and what it calls those who are not counted."""
WINDOW = 60
"""Seconds."""
_MOST_KNOWN = 20_000
_EXEMPT = re.compile(r"/(health/|metrics$|static/)")
_TENANT = re.compile(r"/(?:tenants|bakeries)/([0-9a-fA-F-]{36})(?:/|$)")


@dataclass(frozen=True)
class RateLimits:
    """Requests a minute; 0: as many as they like."""

    requester: int
    tenant: int
    address: int


class Counts(Protocol):
    """How often each key was met in a window."""

    async def add(self, key: str, window: int) -> int:
        """Count once more; how often it was, this time included."""

    async def close(self) -> None:
        """Let go of what it holds."""


class MemoryCounts:
    """Those of this process. Only the window that goes on is kept."""

    def __init__(self) -> None:
        self._window = 0
        self._counts: Counter[str] = Counter()

    async def add(self, key: str, window: int) -> int:
        """Count once more; how often it was, this time included."""
        if window != self._window:
            self._window = window
            self._counts.clear()
        self._counts[key] += 1
        return self._counts[key]

    async def close(self) -> None:
        """There is nothing to let go of."""


class RateLimit:
    """ASGI middleware: refuses what is too much, and says how much is left."""

    def __init__(
        self, app: ASGIApp, limits: RateLimits, counts: Counts, clock: Clock = system_clock
    ) -> None:
        self.app = app
        self.clock = clock
        self.limits = limits
        self.counts = counts
        self._known: dict[bytes, str] = {}
        self._members: set[tuple[str, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _EXEMPT.match(scope["path"]):
            return await self.app(scope, receive, send)
        shown = _shown(scope)
        limit, left = await self._count(scope, self._known.get(shown))
        wait = WINDOW - self._seconds() % WINDOW
        state = scope.setdefault("state", {})

        async def send_and_learn(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._learn(scope, shown, state.get(ASKED_BY), message["status"])
                message["headers"] = [*message["headers"], *_told(limit, left, wait)]
            await send(message)

        if left >= 0:
            return await self.app(scope, receive, send_and_learn)
        log.warning("too_many_requests", path=scope["path"], limit=limit)
        error = TooMany(
            "At most {limit} requests a minute are taken here. Wait {wait} seconds.",
            limit=limit,
            wait=wait,
        )
        return await refuse(scope, receive, send_and_learn, error)

    async def _count(self, scope: Scope, asked_by: str | None) -> tuple[int, int]:
        """The limit that is nearest, and how much is left of it; without one, (0, 0)."""
        if asked_by == UNLIMITED:
            return 0, 0
        buckets = [("address", _address(scope), self.limits.address)]
        if asked_by is not None:
            buckets = [("requester", asked_by, self.limits.requester)]
            tenant = _tenant(scope)
            if (asked_by, tenant) in self._members:
                buckets.append(("tenant", tenant, self.limits.tenant))
        window = self._seconds() // WINDOW
        left = [
            (most - await self.counts.add(f"{kind}:{name}", window), most)
            for kind, name, most in buckets
            if most
        ]
        nearest, most = min(left, default=(0, 0))
        return most, nearest

    def _seconds(self) -> int:
        return int(self.clock().timestamp())

    def _learn(self, scope: Scope, shown: bytes, asked_by: str | None, status: int) -> None:
        if status == 401:
            self._known.pop(shown, None)
        elif asked_by is not None:
            if len(self._known) + len(self._members) > _MOST_KNOWN:
                self._known.clear()
                self._members.clear()
            self._known[shown] = asked_by
            tenant = _tenant(scope)
            if tenant and status < 400:
                self._members.add((asked_by, tenant))


def _shown(scope: Scope) -> bytes:
    """What a request shows of who makes it, unreadable; else where it comes from."""
    headers = Headers(scope=scope)
    told = "\n".join((headers.get("authorization", ""), headers.get("cookie", "")))
    return hashlib.blake2b((told if told != "\n" else _address(scope)).encode()).digest()


def _address(scope: Scope) -> str:
    """Where a request comes from; of IPv6 the network, for that is what one customer has."""
    host = str((scope.get("client") or ("nowhere",))[0])
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ip_network((address, 64), strict=False))


def _tenant(scope: Scope) -> str:
    found = _TENANT.search(scope["path"])
    return found[1].lower() if found else ""


def _told(limit: int, left: int, wait: int) -> list[tuple[bytes, bytes]]:
    if not limit:
        return []
    told = [
        (b"ratelimit-limit", str(limit).encode()),
        (b"ratelimit-remaining", str(max(left, 0)).encode()),
        (b"ratelimit-reset", str(wait).encode()),
    ]
    return told if left >= 0 else [*told, (b"retry-after", str(wait).encode())]

"""What feeds the metrics of HTTP requests."""

import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obrador.observability import metrics

_UNTOLD = re.compile(r"/metrics$|/health/|/static")
"""What machines ask all day long would drown what people ask."""


class RequestMetrics:
    """ASGI middleware: counts and times requests by route, not by path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _UNTOLD.match(scope["path"]):
            return await self.app(scope, receive, send)
        began, status, seconds = time.perf_counter(), 500, None

        async def send_and_look(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                # A page that shows progress live stays open for as long as it is read.
                status, seconds = message["status"], time.perf_counter() - began
            await send(message)

        try:
            await self.app(scope, receive, send_and_look)
        finally:
            if seconds is None:
                seconds = time.perf_counter() - began
            method, route = scope["method"], route_of(scope)
            metrics.HTTP_REQUESTS.labels(method, route, f"{status // 100}xx").inc()
            metrics.HTTP_DURATION.labels(method, route).observe(seconds)


def route_of(scope: Scope) -> str:
    """The path with names for what it asks about; "none", if it leads nowhere."""
    if "endpoint" not in scope:
        return "none"
    left = list(scope["path_params"].items())
    return "/".join(_named(part, left) for part in scope["path"].split("/"))


def _named(part: str, left: list[tuple[str, object]]) -> str:
    """The part, or the name of the next parameter if that is what it is."""
    if left and part == str(left[0][1]):
        return f"{{{left.pop(0)[0]}}}"
    return part

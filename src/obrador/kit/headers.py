"""What answers tell browsers about themselves: where their parts may come from, and who may keep
them."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_A_YEAR = 31_536_000
PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""Everything from here, nothing written into the page itself."""
PICTURES = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""An SVG picture brings its own colours, and is no page: it runs nothing, whatever it holds."""
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
]


class SecurityHeaders:
    """ASGI middleware: no strangers' parts, no sniffing, no framing, no copies of what is private.
    A policy of its own that an answer brings stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_ALWAYS, *_missing(scope, message)]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _missing(scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
    given = Headers(raw=message["headers"])
    added = []
    if "content-security-policy" not in given:
        is_picture = given.get("content-type", "").startswith("image/svg+xml")
        policy = PICTURES if is_picture else PAGES
        added.append((b"content-security-policy", policy.encode()))
    if "cache-control" not in given:
        added.append((b"cache-control", _kept(scope)))
    if scope["scheme"] == "https":
        added.append((b"strict-transport-security", f"max-age={_A_YEAR}".encode()))
    return added


def _kept(scope: Scope) -> bytes:
    """How long a browser may keep an answer: files that are asked for by their version for ever,
    other files as long as they are the same, all else not at all."""
    if not scope["path"].startswith("/static/"):
        return b"no-store"
    if scope["query_string"].startswith(b"v="):
        return f"public, max-age={_A_YEAR}, immutable".encode()
    return b"no-cache"

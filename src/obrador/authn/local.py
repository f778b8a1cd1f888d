"""One bakery, one person, one machine: before anybody has an account, who sits at the machine is
the owner. A page of another site that the same browser shows is not."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

_SAFE = {"GET", "HEAD", "OPTIONS"}
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_same_machine(request: Request) -> bool:
    """Whether the request was made on this machine, to this machine, and on purpose.

    The `Host` must be loopback as well, so that a name that a stranger points at 127.0.0.1 opens
    nothing; and what changes something must not come from a page of another origin.
    """
    if request.client is None or not is_loopback(request.client.host):
        return False
    if any(header in request.headers for header in _PROXY_HEADERS):
        return False
    if not is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or ""):
        return False
    return request.method in _SAFE or is_same_origin(request)


def is_same_origin(request: Request) -> bool:
    """Whether no page of another origin sent it, as the browser says; programs, which say nothing,
    are not led by strangers' pages."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers["host"]

"""Where people are led when they have to sign in first, and back afterwards."""

import re
from urllib.parse import urlencode, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]*")
_LOOKS = {"GET", "HEAD"}


def our_path(given: str) -> str:
    """The path of an address that anybody may have written, if it is one of ours; else the front
    page.

    It starts with one slash, since two would name another host, and browsers read a backslash as a
    slash and leave tabs and line ends out.
    """
    if "\\" in given or not _PATH.fullmatch(given):
        return "/"
    return given


def led_to_sign_in(request: Request, plain: Response) -> Response:
    """To the page for that; where only part of a page was asked for, the browser is told to go
    there, and everything else gets the plain answer."""
    where = f"/sign-in?{urlencode({'next': _back(request)})}"
    if "hx-request" in request.headers:
        plain.headers["HX-Redirect"] = where
        return plain
    if "text/html" not in request.headers.get("accept", ""):
        return plain
    return RedirectResponse(where, status_code=303)


def _back(request: Request) -> str:
    """The page that somebody wanted to see, or that a form of theirs was on."""
    if request.method in _LOOKS and "hx-request" not in request.headers:
        return our_path(_whole(request.url.path, request.url.query))
    seen = urlsplit(request.headers.get("referer", ""))
    is_ours = seen.netloc == request.headers.get("host")
    return our_path(_whole(seen.path, seen.query)) if is_ours else "/"


def _whole(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path

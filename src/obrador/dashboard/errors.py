"""Errors as pages, for who looks with a browser; programs get problems."""

from fastapi import Request
from starlette.responses import Response

from obrador.dashboard.forms import error_words
from obrador.dashboard.leading import led_to_sign_in
from obrador.dashboard.rendering import page, speech_for
from obrador.kit.errors import ObradorError, Unauthenticated
from obrador.kit.http import problem_response


def shown(request: Request, error: ObradorError) -> Response:
    """What went wrong, in the reader's language, with a way on; a problem where no page was asked
    for. Who has to sign in is led to where they can."""
    plain = problem_response(error)
    is_page = not request.url.path.startswith("/api/")
    if is_page and isinstance(error, Unauthenticated) and "authorization" not in request.headers:
        return led_to_sign_in(request, plain)
    if not is_page or "text/html" not in request.headers.get("accept", ""):
        return plain
    say = speech_for(request)
    answer = page(
        request, say, "error.html", error.status, error=error, words=error_words(say, error)
    )
    for name in ("retry-after", "www-authenticate"):
        if name in plain.headers:
            answer.headers[name] = plain.headers[name]
    return answer

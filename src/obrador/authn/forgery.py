"""Forms that nobody else can have sent: each carries a token that is bound to the browser's
session, and browsers say where a request comes from."""

import hmac
import secrets

from fastapi import Request
from markupsafe import Markup

from obrador.authn import browser
from obrador.authn.errors import StaleForm
from obrador.authn.local import is_same_origin

FIELD = "csrf"
HEADER = "X-CSRF-Token"


def field(request: Request) -> Markup:
    """The hidden field of every form that changes something."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token(request))


def token(request: Request) -> str:
    """A token for this browser. It is another one on each page, so that its letters cannot be
    guessed from the length of what is compressed."""
    salt = secrets.token_urlsafe(9)
    return f"{salt}.{_proof(request, salt)}"


def check(request: Request, shown: str) -> None:
    """Let pass what our own pages send.

    Raises:
        StaleForm: it comes from elsewhere, or from before somebody signed in or out.
    """
    salt, _, proof = shown.partition(".")
    is_ours = hmac.compare_digest(proof.encode(), _proof(request, salt).encode())
    if not is_ours or not is_same_origin(request):
        raise StaleForm("Nothing was changed. Open the page again, and send the form from there.")


def _proof(request: Request, salt: str) -> str:
    signed_in = getattr(request.state, "signed_in", None)
    whose = str(signed_in.session_id) if signed_in else browser.visitor(request)
    key: str = request.app.state.signing_key
    return hmac.new(key.encode(), f"form\n{whose}\n{salt}".encode(), "sha256").hexdigest()

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
    guessed from the length of what is compressed; and the same for all parts of a stream, which are
    sent only if they differ."""
    if not hasattr(request.state, "form_salt"):
        request.state.form_salt = secrets.token_urlsafe(9)
    salt: str = request.state.form_salt
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
    key: str = request.app.state.signing_key
    told = f"form\n{browser.whose(request)}\n{salt}"
    return hmac.new(key.encode(), told.encode(), "sha256").hexdigest()

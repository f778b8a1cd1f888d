"""What every page has in common before it is made: whose session it is, and that forms are ours."""

from collections.abc import AsyncIterator

from fastapi import Request

from obrador.authn import browser, forgery, sessions
from obrador.authz.requester import Credentials
from obrador.dashboard.forms import read_form
from obrador.kit.http import Now, Session

_SAFE = {"GET", "HEAD", "OPTIONS"}


async def at_a_page(
    request: Request, session: Session, now: Now, credentials: Credentials
) -> AsyncIterator[None]:
    """A dependency of all pages: takes the browser's session, replaces its token now and then, and
    refuses forms that are not ours. Who shows a bearer token is no browser.

    Raises:
        StaleForm: the form is not one of this visitor's.
    """
    request.state.is_page = True
    try:
        signed_in = await browser.signed_in(request, session, now)
        if request.method not in _SAFE and credentials is None:
            shown = request.headers.get(forgery.HEADER)
            forgery.check(request, shown or await _shown(request))
        token = None
        if signed_in is not None and signed_in.is_due:
            token = await sessions.renew(session, signed_in, now)
        yield
        if token is not None:  # what failed has not changed the session
            browser.keep_session(request, token)
    finally:
        await request.close()  # files that were sent, if any


async def _shown(request: Request) -> str:
    shown = (await read_form(request)).get(forgery.FIELD)
    return shown if isinstance(shown, str) else ""

"""Sign in: address and password, and then a code where the account asks for one; and out again."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from obrador.authn import browser, sessions
from obrador.authn.door import AtTheDoor, Door
from obrador.authn.errors import CodeNeeded
from obrador.authn.models import User
from obrador.authz.noted import kept_nothing
from obrador.authz.requester import known_requester
from obrador.dashboard.account_words import account_error
from obrador.dashboard.forms import Form, Given, see
from obrador.dashboard.leading import our_path
from obrador.dashboard.rendering import page, remember_language, speech_for
from obrador.kit.errors import ObradorError
from obrador.kit.http import Now, Session

router = APIRouter(include_in_schema=False)


@router.get("/sign-in", response_class=HTMLResponse)
async def sign_in(request: Request, session: Session, now: Now, next: str = "/") -> Response:
    """Where to sign in; on with the page that was asked for, for whoever has done so."""
    if await known_requester(request, session, now) is not None:
        return see(our_path(next))
    return _form(request, {"next": next})


@router.post("/sign-in", response_class=HTMLResponse)
async def enter(request: Request, door: AtTheDoor, given: Form) -> Response:
    """Sign in with address and password."""
    try:
        user = await door.let_in(given.get("email", ""), given.get("password", "")[:200])
    except CodeNeeded as needed:
        return _form(request, {**given, "ticket": needed.ticket})
    except ObradorError as error:
        kept_nothing(door.session)
        return _form(request, given, error)
    return await entered(request, door, user, given.get("next", "/"))


@router.post("/sign-in/code", response_class=HTMLResponse)
async def enter_code(request: Request, door: AtTheDoor, given: Form) -> Response:
    """The second step."""
    try:
        user = await door.let_in_by_code(given.get("ticket", ""), given.get("code", ""))
    except CodeNeeded as error:
        kept_nothing(door.session)
        return _form(request, {**given, "ticket": error.ticket}, error)
    except ObradorError as error:
        kept_nothing(door.session)
        return _form(request, {**given, "ticket": ""}, error)
    return await entered(request, door, user, given.get("next", "/"))


@router.post("/sign-out")
async def sign_out(request: Request, session: Session, now: Now, given: Form) -> Response:
    """Sign out here; or, with `everywhere`, in all browsers and programs."""
    signed_in = await browser.signed_in(request, session, now)
    if signed_in is not None and given.get("everywhere"):
        await sessions.end_all(session, signed_in.user.id)
    elif signed_in is not None:
        await sessions.end(session, signed_in.user.id, signed_in.session_id)
    browser.drop_session(request)
    return see("/sign-in")


async def entered(request: Request, door: Door, user: User, where: str) -> Response:
    """On with a page, in a new session: whatever the browser brought along is forgotten."""
    before = await browser.signed_in(request, door.session, door.now)
    if before is not None:
        await sessions.end(door.session, before.user.id, before.session_id)
    _, token = await door.open(user)
    browser.keep_session(request, token)
    return remember_language(see(our_path(where)), user.language)


def _form(request: Request, given: Given, error: ObradorError | None = None) -> Response:
    say = speech_for(request)
    words = None if error is None else account_error(say, error)
    status = 200 if error is None else error.status
    answer = page(
        request, say, "sign_in.html", status, here="sign-in", given=given, words=words,
        next=our_path(given.get("next", "/")), at_code=bool(given.get("ticket")),
        renewed=request.query_params.get("done") == "renewed",
    )  # fmt: skip
    if error is not None and error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer

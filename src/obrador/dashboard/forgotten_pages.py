"""A password that was forgotten: where to ask for a link, and what the link leads to."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from obrador.authn import forgotten
from obrador.authn.door import AtTheDoor, Door
from obrador.authn.schemas import AccountAddress, Renewal
from obrador.dashboard.account_words import account_error
from obrador.dashboard.forms import Form, Given, filled, see, tried
from obrador.dashboard.rendering import page, speech_for
from obrador.kit.errors import NotFound, ObradorError
from obrador.kit.post import Post, Posting

router = APIRouter(prefix="/forgotten", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
async def look(request: Request, post: Posting) -> Response:
    """Where to ask; or whom, where no mail goes out."""
    return _page(request, post, {})


@router.post("", response_class=HTMLResponse)
async def ask(request: Request, door: AtTheDoor, post: Posting, given: Form) -> Response:
    """Have a link sent. The answer is the same for an address without an account."""

    async def work() -> None:
        email = filled(AccountAddress, {"email": given.get("email")}).email
        await forgotten.ask(door, email, post, speech_for(request))

    error = await tried(door.session, work())
    return _page(request, post, given, error) if error else see("/forgotten", sent="1")


@router.get("/{token}", response_class=HTMLResponse)
async def open_link(request: Request, door: AtTheDoor, token: str) -> Response:
    """Choose another password."""
    return await _new_password(request, door, token)


@router.post("/{token}", response_class=HTMLResponse)
async def renew(request: Request, door: AtTheDoor, token: str, given: Form) -> Response:
    """Another password, with which to sign in."""

    async def work() -> None:
        chosen = filled(Renewal, {"new_password": given.get("new_password")})
        await forgotten.renew(door, token, chosen.new_password)

    error = await tried(door.session, work())
    if error is None:
        return see("/sign-in", done="renewed")
    return await _new_password(request, door, token, error)


def _page(
    request: Request, post: Post, given: Given, error: ObradorError | None = None
) -> HTMLResponse:
    say = speech_for(request)
    answer = page(
        request, say, "forgotten.html", error.status if error else 200, here="sign-in",
        given=given, can_send=post.is_certain, is_sent="sent" in request.query_params,
        words=error and account_error(say, error),
    )  # fmt: skip
    if error is not None and error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


async def _new_password(
    request: Request, door: Door, token: str, error: ObradorError | None = None
) -> Response:
    say = speech_for(request)
    try:
        user = await forgotten.whose(door, token)
    except NotFound:
        return page(request, say, "new_password.html", 404, here="sign-in", email=None, words=None)
    return page(
        request, say, "new_password.html", error.status if error else 200, here="sign-in",
        email=user.email, token=token, words=error and account_error(say, error),
    )  # fmt: skip

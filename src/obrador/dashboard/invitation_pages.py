"""What an invitation's link leads to."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from obrador.authn import browser
from obrador.authn.door import AtTheDoor, Door
from obrador.authn.schemas import Newcomer
from obrador.authn.sessions import SignedIn
from obrador.authz import invitations
from obrador.authz.invitations import Invited
from obrador.dashboard.account_words import account_error
from obrador.dashboard.forms import Form, Given, filled, see, tried
from obrador.dashboard.rendering import page, speech_for
from obrador.dashboard.sign_in_pages import entered
from obrador.kit.errors import NotFound, ObradorError

router = APIRouter(prefix="/invitations/{token}", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
async def look(request: Request, door: AtTheDoor, token: str) -> Response:
    """Who invites whom, and what there is to do about it."""
    return await _page(request, door, token)


@router.post("", response_class=HTMLResponse)
async def take(request: Request, door: AtTheDoor, token: str, given: Form) -> Response:
    """Become a member: with the account that is signed in, or with a new one."""
    signed_in = await browser.signed_in(request, door.session, door.now)
    took: list[Response] = []

    async def work() -> None:
        if signed_in is not None:
            tenant = await invitations.join(door.session, token, signed_in.user, door.now)
            took.append(see(f"/bakeries/{tenant}/today"))
            return
        values = {name: given.get(name, "") for name in Newcomer.model_fields}
        new = filled(Newcomer, values)
        user, tenant = await invitations.join_as_new(
            door.session, token, new.name, new.new_password, door.now
        )
        took.append(await entered(request, door, user, f"/bakeries/{tenant}/today"))

    error = await tried(door.session, work())
    return took[0] if error is None else await _page(request, door, token, given, error)


async def _page(
    request: Request,
    door: Door,
    token: str,
    given: Given | None = None,
    error: ObradorError | None = None,
) -> Response:
    say = speech_for(request)
    try:
        invited = await invitations.open_invitation(door.session, token, door.now)
    except NotFound:
        return page(request, say, "invitation.html", 404, invited=None)
    signed_in = await browser.signed_in(request, door.session, door.now)
    return page(
        request, say, "invitation.html", 200 if error is None else error.status,
        invited=invited, way=_way(invited, signed_in), token=token, given=given or {},
        own=signed_in and signed_in.user.email,
        words=None if error is None else account_error(say, error),
    )  # fmt: skip


def _way(invited: Invited, signed_in: SignedIn | None) -> str:
    if signed_in is None:
        return "sign-in" if invited.has_account else "new"
    return "join" if signed_in.user.email == invited.email else "other"

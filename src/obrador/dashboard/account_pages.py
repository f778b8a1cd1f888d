"""One's own account: name, language, password, codes, and where one is signed in."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import segno
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from obrador.authn import accounts, browser, codes, sessions
from obrador.authn.door import AtTheDoor, Door
from obrador.authn.models import User
from obrador.authn.schemas import CodeInput, Founder, PasswordChange, Profile
from obrador.authz.founding import found
from obrador.authz.requester import Asking, LocalOwner
from obrador.dashboard.account_words import account_error, browser_name
from obrador.dashboard.forms import Form, Given, filled, see, tried
from obrador.dashboard.rendering import page, remember_language, speech_for
from obrador.dashboard.sign_in_pages import entered
from obrador.kit.errors import Forbidden, ObradorError
from obrador.kit.i18n import Speech

router = APIRouter(prefix="/account", include_in_schema=False)


@dataclass(frozen=True)
class Own:
    """Somebody at the page of their account."""

    request: Request
    door: Door
    say: Speech
    user: User
    session_id: UUID

    async def done(self, work: Awaitable[object], what: str, given: Given) -> Response:
        """Do what a form asks for; the page again with what is wrong, or with what was done."""
        error = await tried(self.door.session, work)
        if error is None:
            return see("/account", done=what)
        return await self.page(error.status, given=given, error=error)

    async def page(
        self, status: int = 200, given: Given | None = None, error: ObradorError | None = None
    ) -> HTMLResponse:
        """All of the account."""
        given = given or {}
        own = await sessions.of_user(self.door.session, self.user.id, self.door.now)
        left = await codes.recovery_codes_left(self.door.session, self.user.id)
        return page(
            self.request, self.say, "account.html", status, here="account",
            user=self.user, sessions=own, session_id=self.session_id, codes_left=left,
            given=given, form=given.get("form", ""), words=self.words(error),
            done=self.request.query_params.get("done"), browser_name=browser_name,
        )  # fmt: skip

    def words(self, error: ObradorError | None) -> str | None:
        """What is wrong."""
        return None if error is None else account_error(self.say, error)


async def _own(request: Request, door: AtTheDoor, _: Asking) -> Own:
    signed_in = await browser.signed_in(request, door.session, door.now)
    if signed_in is None:
        raise Forbidden("An account is looked after by who is signed in at this page.")
    return Own(request, door, speech_for(request), signed_in.user, signed_in.session_id)


Owned = Annotated[Own, Depends(_own)]


@router.get("", response_class=HTMLResponse)
async def account(request: Request, door: AtTheDoor, requester: Asking) -> Response:
    """The account; or, where nobody has one, a form for the first."""
    if isinstance(requester, LocalOwner):
        return page(request, speech_for(request), "founding.html", given={}, words=None)
    return await (await _own(request, door, requester)).page()


@router.post("", response_class=HTMLResponse)
async def describe(own: Owned, given: Form) -> Response:
    """Another name or language."""

    async def work() -> None:
        await accounts.describe(own.door.session, own.user, filled(Profile, _of(Profile, given)))

    answer = await own.done(work(), "described", given)
    return remember_language(answer, own.user.language, or_forget=True)


@router.post("/password", response_class=HTMLResponse)
async def change_password(own: Owned, given: Form) -> Response:
    """Another password."""

    async def work() -> None:
        change = filled(PasswordChange, _of(PasswordChange, given))
        await accounts.change_password(own.door, own.user, change, own.session_id)

    return await own.done(work(), "password", given)


@router.get("/code", response_class=HTMLResponse)
async def show_code(own: Owned) -> Response:
    """A picture for the telephone to read, and a form that shows that it has."""
    return _code_page(own, codes.new_seed())


@router.post("/code", response_class=HTMLResponse)
async def turn_codes_on(own: Owned, given: Form) -> Response:
    """Ask for codes from now on; shows those for paper this once."""
    recovery: list[str] = []

    async def work() -> None:
        wanted = filled(CodeInput, _of(CodeInput, given))
        recovery.extend(await accounts.turn_codes_on(own.door, own.user, wanted))

    error = await tried(own.door.session, work())
    if error is not None:
        seed = given.get("seed", "")[:64]
        return _code_page(own, seed or codes.new_seed(), own.words(error), error.status)
    return page(own.request, own.say, "recovery.html", here="account", codes=recovery)


@router.post("/code/off", response_class=HTMLResponse)
async def turn_codes_off(own: Owned, given: Form) -> Response:
    """Ask for no code any more."""
    password = given.get("password", "")[:200]
    return await own.done(accounts.turn_codes_off(own.door, own.user, password), "no-code", given)


@router.post("/sessions/{session_id}/end", response_class=HTMLResponse)
async def end_session(own: Owned, session_id: UUID, given: Form) -> Response:
    """Sign one browser out."""
    work = sessions.end(own.door.session, own.user.id, session_id)
    return await own.done(work, "ended", given)


@router.post("/first", response_class=HTMLResponse)
async def make_first(request: Request, door: AtTheDoor, requester: Asking, given: Form) -> Response:
    """Give the installation a password: the first account, which owns all that is there."""
    if not isinstance(requester, LocalOwner):
        raise Forbidden("There is an account already.")
    users: list[User] = []

    async def work() -> None:
        users.append(await found(door.session, filled(Founder, _of(Founder, given))))

    error = await tried(door.session, work())
    if error is not None:
        say = speech_for(request)
        words = account_error(say, error)
        return page(request, say, "founding.html", error.status, given=given, words=words)
    return await entered(request, door, users[0], "/")


def _code_page(own: Own, seed: str, words: str | None = None, status: int = 200) -> HTMLResponse:
    secret = codes.secret_of(own.door.key, own.user.id, seed)
    code = segno.make(codes.address_of(secret, own.user.email), error="m")
    picture = code.svg_inline(scale=5, dark="#000", light="#fff")
    spelled = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page(
        own.request, own.say, "code.html", status, here="account", seed=seed, secret=spelled,
        words=words, picture=Markup(picture),  # noqa: S704  numbers only
    )  # fmt: skip


def _of(model: type[Profile | PasswordChange | CodeInput | Founder], given: Given) -> Given:
    return {name: given[name] for name in model.model_fields if name in given}

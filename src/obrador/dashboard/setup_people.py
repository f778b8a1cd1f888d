"""Set up: who works at the bakery, and who is invited to."""

from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz import service as authz
from obrador.authz.access import Owner
from obrador.authz.schemas import InvitationInput, MemberChanges, MemberInput, NewInvitation
from obrador.dashboard.forms import Form, Given, filled, identity, see, tried
from obrador.dashboard.setup_faults import faults_of, refusal_words
from obrador.dashboard.setup_words import role_choices
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.pagination import PageRequest
from obrador.kit.post import Posting

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/people", include_in_schema=False)

_ALL = PageRequest(limit=500)


@router.get("", response_class=HTMLResponse)
async def people(visit: Visiting, _: Owner) -> Response:
    """Who works here, in which role."""
    return await _page(visit)


@router.post("", response_class=HTMLResponse)
async def add(visit: Visiting, _: Owner, given: Form) -> Response:
    """Somebody new, with the account they have or a new one."""

    async def work() -> None:
        names = ("email", "name", "role", "password")
        member = filled(MemberInput, {name: given.get(name) for name in names})
        await authz.add_member(visit.session, visit.tenant, member)

    return await _done(visit, work(), "added", given)


@router.post("/invitations", response_class=HTMLResponse)
async def invite(visit: Visiting, _: Owner, given: Form, post: Posting) -> Response:
    """Send somebody a link, which is shown this once as well: mail may get lost."""
    made: list[NewInvitation] = []

    async def work() -> None:
        names = ("email", "role")
        wanted = filled(InvitationInput, {name: given.get(name) for name in names})
        own_id = identity(given, "new_id")
        made.append(
            await authz.invite(visit.session, visit.tenant, own_id, wanted, visit.now, post)
        )

    error = await tried(visit.session, work())
    return await _page(visit, given if error else {}, error, made[0] if made else None)


@router.post("/invitations/{own_id}/withdraw", response_class=HTMLResponse)
async def withdraw(visit: Visiting, _: Owner, own_id: UUID) -> Response:
    """The link opens nothing any more."""
    work = authz.withdraw_invitation(visit.session, visit.tenant, own_id)
    return await _done(visit, work, "withdrawn", {})


@router.post("/{user_id}", response_class=HTMLResponse)
async def change(visit: Visiting, _: Owner, user_id: UUID, given: Form) -> Response:
    """Another role for somebody."""

    async def work() -> None:
        role = filled(MemberChanges, {"role": given.get("role")}).role
        await authz.change_member(visit.session, visit.tenant, user_id, role)

    return await _done(visit, work(), "saved", {})


@router.post("/{user_id}/remove", response_class=HTMLResponse)
async def remove(visit: Visiting, _: Owner, user_id: UUID) -> Response:
    """Somebody leaves."""
    work = authz.remove_member(visit.session, visit.tenant, user_id)
    return await _done(visit, work, "removed", {})


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {
        "added": say.phrase("They can sign in now."),
        "saved": say.phrase("Saved."),
        "withdrawn": say.phrase("Withdrawn: the link opens nothing any more."),
        "removed": say.phrase("They cannot come in here any more."),
    }.get(done, "")


async def _done(
    visit: Visit, work: Coroutine[Any, Any, object], done: str, given: Given
) -> Response:
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/setup/people", done=done)
    return await _page(visit, given, error)


async def _page(
    visit: Visit,
    given: Given | None = None,
    error: ObradorError | None = None,
    made: NewInvitation | None = None,
) -> Response:
    say, session, tenant = visit.say, visit.session, visit.tenant
    members = (await authz.page_of_members(session, tenant, _ALL)).items
    answer = visit.page(
        "setup_people.html",
        "setup",
        error.status if error else 200,
        members=sorted(members, key=lambda each: (each.name or each.email).casefold()),
        invitations=(await authz.page_of_invitations(session, tenant, _ALL)).items,
        made=made,
        new_id=new_id(),
        roles=role_choices(say),
        given=given or {},
        where=f"{visit.home}/setup/people",
        faults=faults_of(say, error),
        error=error,
        error_words=refusal_words(say, error) if error else "",
        done=done_words(say, visit.request.query_params.get("done", "")),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""Set up: keys for programs. A key is shown once, in answer to the form that made it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz import service as authz
from obrador.authz.access import Owner
from obrador.authz.schemas import ApiKeyInput, NewApiKey
from obrador.authz.scopes import SCOPES
from obrador.dashboard.forms import Form, Given, filled, identity, see, tried
from obrador.dashboard.setup_faults import faults_of, refusal_words
from obrador.dashboard.setup_fields import Field, read
from obrador.dashboard.setup_words import role_choices
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import ObradorError
from obrador.kit.ids import new_id
from obrador.kit.pagination import PageRequest

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/keys", include_in_schema=False)

_ALL = PageRequest(limit=500)


@router.get("", response_class=HTMLResponse)
async def keys(visit: Visiting, _: Owner) -> Response:
    """All keys, revoked ones too."""
    return await _page(visit)


@router.post("", response_class=HTMLResponse)
async def add(visit: Visiting, _: Owner, given: Form) -> Response:
    """A new key, shown this once: reloading the answer shows it no more."""
    made: list[NewApiKey] = []

    async def work() -> None:
        wanted = filled(ApiKeyInput, _values(visit, given))
        key_id = identity(given, "new_id")
        made.append(await authz.add_key(visit.session, visit.tenant, key_id, wanted, visit.now))

    error = await tried(visit.session, work())
    return await _page(visit, given, error, made[0] if made else None)


@router.post("/{key_id}/revoke", response_class=HTMLResponse)
async def revoke(visit: Visiting, _: Owner, key_id: UUID) -> Response:
    """The key opens nothing any more."""
    work = authz.revoke_key(visit.session, visit.tenant, key_id, visit.now)
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/setup/keys", done="revoked")
    return await _page(visit, {}, error)


def _values(visit: Visit, given: Given) -> dict[str, Any]:
    """A key as the API takes it."""
    until = read([Field("expires_at", "", "moment")], given, visit.bakery.time_zone)
    scopes = [scope for scope in SCOPES if given.get(f"scope.{scope}")]
    return {"name": given.get("name"), "role": given.get("role"), "scopes": scopes, **until}


async def _page(
    visit: Visit,
    given: Given | None = None,
    error: ObradorError | None = None,
    made: NewApiKey | None = None,
) -> Response:
    say = visit.say
    found = (await authz.page_of_keys(visit.session, visit.tenant, _ALL)).items
    answer = visit.page(
        "setup_keys.html",
        "setup",
        error.status if error else 200,
        keys=sorted(found, key=lambda each: (each.revoked_at is not None, each.name.casefold())),
        roles=role_choices(say),
        scopes=SCOPES,
        made=made,
        new_id=new_id(),
        given=given if error and given else {},
        where=f"{visit.home}/setup/keys",
        faults=faults_of(say, error),
        error=error,
        error_words=refusal_words(say, error) if error else "",
        done=say.phrase("Revoked: it opens nothing any more.")
        if "done" in visit.request.query_params
        else "",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""Set up: addresses that hear of events."""

from collections.abc import Collection, Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Owner
from obrador.dashboard.forms import Form, Given, filled, identity, see, tried
from obrador.dashboard.setup_faults import faults_of, refusal_words
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.pagination import PageRequest, Paging
from obrador.webhooks import service as webhooks
from obrador.webhooks.domain import EVERYTHING, DeliveryStatus
from obrador.webhooks.schemas import NewSecret, SubscriptionChanges, SubscriptionInput

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/webhooks", include_in_schema=False)

_ALL = PageRequest(limit=500)


@router.get("", response_class=HTMLResponse)
async def list_(visit: Visiting, _: Owner) -> Response:
    """All of them, revoked ones too, and a form for another."""
    return await _list_page(visit)


@router.post("", response_class=HTMLResponse)
async def add(visit: Visiting, _: Owner, given: Form) -> Response:
    """Another one; what its deliveries are signed with is shown this once."""
    made: list[NewSecret] = []

    async def work() -> None:
        own_id, wanted = identity(given, "new_id"), filled(SubscriptionInput, _values(visit, given))
        made.append(
            await webhooks.create(
                visit.session, visit.tenant, own_id, wanted, _key(visit), _known(visit), visit.now,
                allow_private=_allow_private(visit),
            )
        )  # fmt: skip

    error = await tried(visit.session, work())
    return await _list_page(visit, given, error, made[0] if made else None)


@router.get("/{own_id}", response_class=HTMLResponse)
async def show(
    visit: Visiting,
    _: Owner,
    own_id: UUID,
    paging: Paging,
    status: Annotated[DeliveryStatus | None, Query()] = None,
) -> Response:
    """One of them, and what it was sent."""
    return await _page(visit, own_id, paging, status)


@router.post("/{own_id}", response_class=HTMLResponse)
async def change(visit: Visiting, _: Owner, own_id: UUID, given: Form) -> Response:
    """Another address or other events."""

    async def work() -> None:
        changes = filled(SubscriptionChanges, _values(visit, given))
        changes = changes.model_copy(update={"description": given.get("description", "")})
        await _change(visit, own_id, changes)

    return await _done(visit, own_id, work(), "saved", given)


@router.post("/{own_id}/rotate-secret", response_class=HTMLResponse)
async def renew_secret(visit: Visiting, _: Owner, own_id: UUID, given: Form) -> Response:
    """Sign with another secret, which is shown this once; with the one before it as well for a
    day."""
    made: list[NewSecret] = []

    async def work() -> None:
        salt = identity(given, "new_id").bytes
        made.append(
            await webhooks.rotate_secret(
                visit.session, visit.tenant, own_id, salt, _key(visit), visit.now
            )
        )

    error = await tried(visit.session, work())
    if error is None:
        return await _list_page(visit, made=made[0], is_renewed=True)
    return await _page(visit, own_id, PageRequest(), None, None, error)


@router.post("/{own_id}/{act}", response_class=HTMLResponse)
async def act(visit: Visiting, _: Owner, own_id: UUID, act: str, given: Form) -> Response:
    """Test it, disable or enable it, revoke it, or deliver again what failed."""
    session, tenant, now = visit.session, visit.tenant, visit.now

    async def work() -> None:
        match act:
            case "test":
                await webhooks.test(session, tenant, own_id, identity(given, "new_id"), now)
            case "revoke":
                await webhooks.revoke(session, tenant, own_id, now)
            case "again":
                delivery = identity(given, "delivery_id")
                await webhooks.replay(session, tenant, own_id, delivery, now)
            case _:
                await _change(visit, own_id, filled(SubscriptionChanges, {"status": act}))

    return await _done(visit, own_id, work(), act, None)


def status_words(say: Speech, status: str) -> str:
    """How a webhook or a delivery stands."""
    return {
        "active": say.phrase("active"),
        "disabled": say.phrase("disabled"),
        "revoked": say.phrase("revoked"),
        "pending": say.phrase("waiting"),
        "delivered": say.phrase("delivered"),
        "failed": say.phrase("failed"),
        "cancelled": say.phrase("called off"),
    }[status]


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {
        "saved": say.phrase("Saved."),
        "test": say.phrase("A test is on its way: reload to see what came of it."),
        "again": say.phrase("It is delivered again."),
        "active": say.phrase("It hears of events from now on."),
        "disabled": say.phrase("It is sent nothing for now."),
        "revoked": say.phrase("Revoked."),
        "revoke": say.phrase("Revoked: it is sent nothing any more."),
    }.get(done, "")


async def _change(visit: Visit, own_id: UUID, changes: SubscriptionChanges) -> None:
    known, allow_private = _known(visit), _allow_private(visit)
    await webhooks.change(
        visit.session, visit.tenant, own_id, changes, known, allow_private=allow_private
    )


def _known(visit: Visit) -> Collection[str]:
    """The types of all events that are a bakery's."""
    types: Collection[str] = visit.request.app.state.event_types
    return types


def _key(visit: Visit) -> str:
    """What secrets are derived from."""
    key: str = visit.request.app.state.signing_key
    return key


def _allow_private(visit: Visit) -> bool:
    """Whether something can be delivered to the network that this runs in."""
    return bool(visit.request.app.state.settings.webhook_allow_private)


def _values(visit: Visit, given: Given) -> dict[str, Any]:
    wanted = [each for each in _types(visit) if given.get(f"type.{each}")]
    return {
        "url": given.get("url"),
        "event_types": wanted,
        "description": given.get("description"),
    }


def _types(visit: Visit) -> list[str]:
    """What can be ticked: everything, all of a context, single events."""
    known = _known(visit)
    contexts = {f"{each.partition('.')[0]}.*" for each in known}
    return [EVERYTHING, *sorted({*contexts, *known})]


async def _list_page(
    visit: Visit,
    given: Given | None = None,
    error: ObradorError | None = None,
    made: NewSecret | None = None,
    *,
    is_renewed: bool = False,
) -> Response:
    found = (await webhooks.page(visit.session, visit.tenant, _ALL)).items
    found.sort(key=lambda each: each.status == "revoked")
    answer = visit.page(
        "setup_webhooks.html",
        "setup",
        error.status if error else 200,
        found=found,
        types=_types(visit),
        made=made,
        is_renewed=is_renewed,
        new_id=new_id(),
        given=given if given and error else {},
        status_words=status_words,
        where=f"{visit.home}/setup/webhooks",
        faults=faults_of(visit.say, error),
        error=error,
        error_words=refusal_words(visit.say, error) if error else "",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _done(
    visit: Visit,
    own_id: UUID,
    work: Coroutine[Any, Any, object],
    done: str,
    given: Given | None,
) -> Response:
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/setup/webhooks/{own_id}", done=done)
    return await _page(visit, own_id, PageRequest(), None, given, error)


async def _page(
    visit: Visit,
    own_id: UUID,
    paging: PageRequest,
    status: DeliveryStatus | None,
    given: Given | None = None,
    error: ObradorError | None = None,
) -> Response:
    session, tenant = visit.session, visit.tenant
    found = await webhooks.get(session, tenant, own_id)
    shown = {"url": found.url, "description": found.description}
    shown |= {f"type.{each}": "1" for each in found.event_types}
    return visit.page(
        "setup_webhook.html",
        "setup",
        error.status if error else 200,
        found=found,
        sent=await webhooks.page_of_deliveries(session, tenant, own_id, paging, status),
        types=_types(visit),
        new_id=new_id(),
        given=given or shown,
        status_words=status_words,
        where=f"{visit.home}/setup/webhooks",
        faults=faults_of(visit.say, error),
        error=error,
        error_words=refusal_words(visit.say, error) if error else "",
        done=done_words(visit.say, visit.request.query_params.get("done", "")),
    )

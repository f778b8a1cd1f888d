"""A purchase order: approve it, send it, call it off, and receive what comes of it."""

from collections.abc import Coroutine, Iterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Manager, ProcurementManager
from obrador.dashboard.forms import (
    Form,
    Given,
    decimal,
    entered_units,
    error_words,
    filled,
    identity,
    see,
    tried,
    whole,
)
from obrador.dashboard.order_words import OrderWords, change_words, load_known, shown_order
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import Fault, Invalid, ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.plan_changes import changes_of
from obrador.procurement import approving, editing, receiving, sending, showing
from obrador.procurement.edit_schemas import CancelInput
from obrador.procurement.life import ORDER_STATES
from obrador.procurement.receipt_schemas import ReceiptInput

router = APIRouter(prefix="/bakeries/{tenant_id}/purchasing/orders", include_in_schema=False)

_LOTS = 3
"""That a line of the form has room for; what comes in more is received in two steps."""


@router.get("/{order_id}", response_class=HTMLResponse)
async def order(visit: Visiting, order_id: UUID) -> Response:
    """An order, and what can be done with it now."""
    return await _order(visit, order_id)


@router.post("/{order_id}/approve", response_class=HTMLResponse)
async def approve(visit: Visiting, _: ProcurementManager, order_id: UUID, given: Form) -> Response:
    """Approve it as it was read."""

    async def work() -> None:
        version = whole(given, "version")
        await approving.approve_order(
            visit.session, visit.tenant, order_id, version, await visit.by(), visit.role
        )

    return await _done(visit, order_id, work(), "approved", given)


@router.post("/{order_id}/cancel", response_class=HTMLResponse)
async def cancel(visit: Visiting, _: ProcurementManager, order_id: UUID, given: Form) -> Response:
    """Call it off; of one that has come in part, the rest."""

    async def work() -> None:
        by, reason = await visit.by(), filled(CancelInput, {"reason": given.get("reason")}).reason
        plan_id = await approving.cancel_order(
            visit.session, visit.tenant, order_id, whole(given, "version"), by, reason
        )
        if plan_id is not None:
            await editing.project_again(visit.session, visit.tenant, plan_id, by)

    return await _done(visit, order_id, work(), "cancelled", given)


@router.post("/{order_id}/send", response_class=HTMLResponse)
async def send(visit: Visiting, _: ProcurementManager, order_id: UUID, given: Form) -> Response:
    """Send it by mail; or say in which other way it was ordered."""

    async def work() -> None:
        session, tenant, by = visit.session, visit.tenant, await visit.by()
        note = given.get("note", "")[:500]
        match given.get("via"):
            case "mail":
                await sending.send(session, tenant, order_id, by, note)
            case "phone" | "portal" | "person" as via:
                await sending.say_sent(session, tenant, order_id, by, via, note)
            case _:
                raise Invalid("Choose how it is ordered.", [Fault("via", "is none of the ways")])

    done = "sent" if given.get("via") == "mail" else "noted"
    return await _done(visit, order_id, work(), done, given)


@router.post("/{order_id}/receive", response_class=HTMLResponse)
async def receive(visit: Visiting, _: Manager, order_id: UUID, given: Form) -> Response:
    """Take in what came, as it was ordered or line by line."""

    async def work() -> None:
        await receiving.receive(
            visit.session,
            visit.tenant,
            order_id,
            identity(given, "receipt_id"),
            filled(ReceiptInput, _receipt(given)),
            await visit.by(),
        )

    return await _done(visit, order_id, work(), "received", given)


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {
        "approved": say.phrase("Approved."),
        "cancelled": say.phrase("Called off."),
        "sent": say.phrase("Done. A mail goes out within seconds."),
        "noted": say.phrase("Noted as ordered."),
        "received": say.phrase("Received: it is in stock."),
    }.get(done, "")


def _receipt(given: Given) -> dict[str, object]:
    """What the form says came, as the API takes it."""
    facts: dict[str, object] = {
        "document": given.get("document", ""),
        "note": given.get("note", ""),
        "accept_surplus": bool(given.get("accept_surplus")),
        "accept_expired": bool(given.get("accept_expired")),
    }
    if given.get("do") == "all":
        return facts
    positions = sorted(int(own) for name in given if (own := name.removeprefix("line.")).isdigit())
    lines = [line for each in positions if (line := _line(given, each))]
    if not lines:
        raise Invalid("Say what came.", [Fault("lines", "nothing is entered")])
    return facts | {"lines": lines}


def _line(given: Given, position: int) -> dict[str, object] | None:
    unit = given.get(f"unit.{position}", "")
    line: dict[str, object] = {"position": position}
    if lots := list(_lots(given, position, unit)):
        line["lots"] = lots
    if refused := decimal(given.get(f"refused.{position}", "")):
        why = given.get(f"refused_reason.{position}", "")
        line |= {"refused": refused, "refused_unit": unit, "refused_reason": why}
    if given.get(f"rest.{position}"):
        line["rest_will_not_come"] = True
    return line if len(line) > 1 else None


def _lots(given: Given, position: int, unit: str) -> Iterator[dict[str, str]]:
    for lot in range(_LOTS):
        if quantity := decimal(given.get(f"quantity.{position}.{lot}", "")):
            values = {
                "quantity": quantity,
                "unit": unit,
                "expires_on": given.get(f"expires.{position}.{lot}", ""),
                "code": given.get(f"code.{position}.{lot}", ""),
            }
            yield {name: value for name, value in values.items() if value}


async def _done(
    visit: Visit, order_id: UUID, work: Coroutine[Any, Any, None], done: str, given: Given
) -> Response:
    """Go back to the order; or show it as it is now, with what was wrong and what was entered."""
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/purchasing/orders/{order_id}", done=done)
    return await _order(visit, order_id, given, error)


async def _order(
    visit: Visit, order_id: UUID, given: Given | None = None, error: ObradorError | None = None
) -> Response:
    say = visit.say
    found = await showing.show_order(visit.session, visit.tenant, order_id)
    known = await load_known(visit)
    sent = await sending.sendings_of(visit.session, visit.tenant, [order_id])
    words = shown_order(visit, known, found, sent.get(order_id))
    history = await changes_of(visit.session, visit.tenant, found.plan_id or order_id)
    own = {order_id: words.supplier}
    return visit.page(
        "order.html",
        "purchasing",
        error.status if error else 200,
        order=words,
        files=f"/api/v1/tenants/{visit.tenant}/procurement/orders/{order_id}",
        plan_id=found.plan_id,
        history=[
            (visit.local(each.at), change_words(visit, each, own))
            for each in reversed(history)
            if each.part_id == order_id
        ],
        may=_may(visit, words),
        lots=range(_LOTS),
        units_of=entered_units,
        receipt_id=new_id(),
        given=given or {},
        error=error,
        error_words=error_words(say, error) if error else "",
        done=done_words(say, visit.request.query_params.get("done", "")),
    )


def _may(visit: Visit, words: OrderWords) -> set[str]:
    """What the visitor can do with the order now."""
    ways = {"approve": "approved", "send": "sent", "cancel": "cancelled"}
    may = {
        what
        for what, state in ways.items()
        if visit.may_buy and ORDER_STATES.may(words.status, state)
    }
    is_coming = words.status in receiving.RECEIVABLE
    return may | {"receive"} if visit.may_move and is_coming else may

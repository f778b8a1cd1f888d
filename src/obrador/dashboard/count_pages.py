"""Counting sheets: make one, count on it lot by lot, look at the differences, post them."""

from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Manager
from obrador.authz.roles import Role
from obrador.dashboard.forms import (
    Form,
    Given,
    decimal,
    entered,
    entered_units,
    error_words,
    filled,
    identity,
    see,
    tried,
)
from obrador.dashboard.visiting import Visit, Visiting
from obrador.inventory import count_approval, count_showing, counts
from obrador.inventory.count_schemas import (
    CloseInput,
    CountEntry,
    CountInput,
    CountLineOutput,
    CountOutput,
    RecountInput,
)
from obrador.kit import money
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.pagination import Paging

router = APIRouter(prefix="/bakeries/{tenant_id}/stock/counts", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
async def sheets(visit: Visiting, paging: Paging) -> Response:
    """Counting sheets, the newest first, and a form for another one."""
    return await _sheets(visit, paging)


@router.post("", response_class=HTMLResponse)
async def make(visit: Visiting, _: Manager, paging: Paging, given: Form) -> Response:
    """Make a sheet, and go to it."""
    error, count_id = None, new_id()
    try:
        count_id = identity(given, "count_id")
    except ObradorError as wrong:
        error = wrong

    async def work() -> None:
        values = {
            "scope": given.get("scope"),
            "category": given.get("category") if given.get("scope") == "category" else "",
            "is_blind": bool(given.get("is_blind")),
        }
        wanted = filled(CountInput, values)
        await counts.make(visit.session, visit.tenant, count_id, wanted, await visit.by())

    error = error or await tried(visit.session, work())
    if error is None:
        return see(f"{visit.home}/stock/counts/{count_id}")
    return await _sheets(visit, paging, given, error)


@router.get("/{count_id}", response_class=HTMLResponse)
async def sheet(visit: Visiting, count_id: UUID) -> Response:
    """A sheet to count on; and what its approval would post, for those who may."""
    return await _sheet(visit, count_id)


@router.post("/{count_id}/lines/{line_id}", response_class=HTMLResponse)
async def enter(
    visit: Visiting, _: Manager, count_id: UUID, line_id: UUID, given: Form
) -> Response:
    """Save what was counted of a line, and go on with the next that is not counted."""

    async def work() -> None:
        values = {"counted": decimal(given.get("counted", "")), "unit": given.get("unit")}
        entry = filled(CountEntry, values)
        await counts.enter(visit.session, visit.tenant, count_id, line_id, entry, await visit.by())

    error = await tried(visit.session, work())
    if error is not None:
        return await _sheet(visit, count_id, given, error, line_id)
    found = await count_showing.show(visit.session, visit.tenant, count_id)
    following = next_line(found.items, line_id)
    where = f"{visit.home}/stock/counts/{count_id}"
    return see(
        f"{where}?next={following}#line-{following}" if following else f"{where}#differences"
    )


@router.post("/{count_id}/recount", response_class=HTMLResponse)
async def recount(visit: Visiting, _: Manager, count_id: UUID, given: Form) -> Response:
    """Have a line counted again."""

    async def work() -> None:
        wanted = filled(RecountInput, {"line_ids": [given.get("line_id")]})
        await counts.recount(
            visit.session, visit.tenant, count_id, wanted.line_ids, await visit.by()
        )

    return await _closed(visit, count_id, work(), given)


@router.post("/{count_id}/approve", response_class=HTMLResponse)
async def approve(visit: Visiting, _: Manager, count_id: UUID, given: Form) -> Response:
    """Post the differences."""

    async def work() -> None:
        reason = filled(CloseInput, {"reason": given.get("reason")}).reason
        await count_approval.approve(
            visit.session,
            visit.tenant,
            count_id,
            await visit.by(),
            is_owner=visit.role is Role.OWNER,
            reason=reason,
        )

    return await _closed(visit, count_id, work(), given)


@router.post("/{count_id}/cancel", response_class=HTMLResponse)
async def cancel(visit: Visiting, _: Manager, count_id: UUID, given: Form) -> Response:
    """Give the sheet up."""

    async def work() -> None:
        await counts.cancel(visit.session, visit.tenant, count_id, await visit.by(), "")

    return await _closed(visit, count_id, work(), given)


def next_line(lines: list[CountLineOutput], after: UUID) -> UUID | None:
    """The next line that is to be counted, from the top again after the last; None: all are."""
    at = next((place for place, line in enumerate(lines) if line.id == after), -1)
    around = [*lines[at + 1 :], *lines[: at + 1]]
    return next((line.id for line in around if line.counted is None or line.is_recount), None)


def status_words(say: Speech, status: str) -> str:
    """How far a sheet has come."""
    return {
        "counting": say.phrase("being counted"),
        "approved": say.phrase("posted"),
        "cancelled": say.phrase("given up"),
    }[status]


def scope_words(say: Speech, scope: str, category: str) -> str:
    """What is counted."""
    return {
        "all": say.phrase("Everything"),
        "due": say.phrase("What is due"),
        "category": say.phrase("Category {name}", name=category),
    }[scope]


async def _closed(
    visit: Visit, count_id: UUID, work: Coroutine[Any, Any, None], given: Given
) -> Response:
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/stock/counts/{count_id}")
    return await _sheet(visit, count_id, given, error)


async def _sheets(
    visit: Visit, paging: Paging, given: Given | None = None, error: ObradorError | None = None
) -> Response:
    return visit.page(
        "counts.html",
        "stock",
        error.status if error else 200,
        found=await count_showing.page(visit.session, visit.tenant, paging, None),
        status_words=status_words,
        scope_words=scope_words,
        count_id=new_id(),
        given=given or {},
        error=error,
        error_words=error_words(visit.say, error) if error else "",
    )


async def _sheet(
    visit: Visit,
    count_id: UUID,
    given: Given | None = None,
    error: ObradorError | None = None,
    line_id: UUID | None = None,
) -> Response:
    found = await count_showing.show(visit.session, visit.tenant, count_id)
    off = None
    if visit.may_move and _shows_differences(found):
        off = await count_showing.show_differences(visit.session, visit.tenant, count_id)
    return visit.page(
        "count.html",
        "stock",
        error.status if error else 200,
        found=found,
        off=off,
        minor=lambda amount: money.to_minor(amount, visit.bakery.currency),
        next=str(line_id or visit.request.query_params.get("next", "")),
        units_of=entered_units,
        entered=entered,
        status_words=status_words,
        scope_words=scope_words,
        files=f"/api/v1/tenants/{visit.tenant}/inventory/counts/{count_id}",
        given=given or {},
        wrong_line=line_id,
        error=error,
        error_words=error_words(visit.say, error) if error else "",
    )


def _shows_differences(found: CountOutput) -> bool:
    """Who counts blind shall not see what is expected before all is counted."""
    return found.counted > 0 and not (
        found.is_blind and found.status == "counting" and found.counted < found.lines
    )

"""Stock: how much there is, how long it lasts, what expires; an item's lots and what became of
them; waste and counts of single items."""

from collections.abc import Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from obrador.authz.access import Manager
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
)
from obrador.dashboard.stock_picture import large_svg
from obrador.dashboard.stock_words import SHOWN, SOON, Show, load_levels
from obrador.dashboard.visiting import Visit, Visiting
from obrador.insights import rescues
from obrador.insights.larder import load_larder
from obrador.inventory import movements, stock, waste
from obrador.inventory import service as inventory
from obrador.inventory.naming import load_items
from obrador.inventory.schemas import Count, Reversal, Waste
from obrador.kit import money
from obrador.kit.errors import NotFound, ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.pagination import PageRequest, Paging
from obrador.procurement import service as procurement
from obrador.procurement.domain import Projection

router = APIRouter(prefix="/bakeries/{tenant_id}/stock", include_in_schema=False)

_LOTS = PageRequest(limit=200)


@router.get("", response_class=HTMLResponse)
async def levels(visit: Visiting, show: Annotated[Show, Query()] = "all") -> Response:
    """Levels with what lies ahead of them, and what expires."""
    session, tenant, say = visit.session, visit.tenant, visit.say
    larder = await load_larder(session, tenant)
    found = await load_levels(session, tenant, larder, say, visit.today)
    expiring = await rescues.suggest(session, tenant, larder, SOON - 1, visit.now, say.language)
    return visit.page(
        "stock.html",
        "stock",
        found=found,
        shown=[level for level in found.bought if level.is_shown(show)],
        show=show,
        choices=[(each, show_words(say, each), found.count(each)) for each in SHOWN],
        expiring=expiring,
        when_words=when_words,
        minor=lambda amount: money.to_minor(amount, visit.bakery.currency),
    )


@router.get("/items/{item_id}", response_class=HTMLResponse)
async def item(visit: Visiting, item_id: UUID, paging: Paging) -> Response:
    """What is ahead of an item, its lots, and what became of them."""
    return await _item(visit, item_id, paging)


@router.post("/items/{item_id}/waste", response_class=HTMLResponse)
async def waste_item(visit: Visiting, _: Manager, item_id: UUID, given: Form) -> Response:
    """Say what was thrown away, and why."""
    return await _posted(visit, item_id, given, _wasted(visit, item_id, given))


@router.post("/items/{item_id}/count", response_class=HTMLResponse)
async def count_item(visit: Visiting, _: Manager, item_id: UUID, given: Form) -> Response:
    """Say how much there is."""
    return await _posted(visit, item_id, given, _counted(visit, item_id, given))


@router.post("/items/{item_id}/reverse", response_class=HTMLResponse)
async def reverse_posting(visit: Visiting, _: Manager, item_id: UUID, given: Form) -> Response:
    """Take a posting back that was a mistake."""
    return await _posted(visit, item_id, given, _reversed(visit, given))


def show_words(say: Speech, show: Show) -> str:
    """What a list is narrowed to."""
    return {
        "all": say.phrase("All"),
        "low": say.phrase("Low"),
        "critical": say.phrase("Critical"),
        "expiring": say.phrase("Expiring"),
    }[show]


def when_words(say: Speech, days_left: int) -> str:
    """How long a lot still keeps."""
    if days_left < 0:
        return say.counted("expired yesterday", "expired {n} days ago", -days_left)
    if days_left == 0:
        return say.phrase("expires today")
    return say.counted("expires tomorrow", "expires in {n} days", days_left)


def kind_words(say: Speech, kind: str) -> str:
    """What a movement was."""
    return {
        "receipt": say.phrase("Arrived"),
        "consumption": say.phrase("Used"),
        "waste": say.phrase("Thrown away"),
        "transfer": say.phrase("Handed on"),
        "count": say.phrase("Counted"),
        "adjustment": say.phrase("Put right"),
    }[kind]


async def _wasted(visit: Visit, item_id: UUID, given: Given) -> None:
    why = given.get("why", "")
    cause = {"waste_reason_id": why} if "-" in why else {"cause": why}
    values = await _moved(visit, item_id, given) | cause
    posting = filled(Waste, values | {"kind": "waste", "reason": given.get("reason", "")})
    await _post(visit, given, posting)


async def _counted(visit: Visit, item_id: UUID, given: Given) -> None:
    values = await _moved(visit, item_id, given)
    await _post(visit, given, filled(Count, values | {"kind": "count"}))


async def _post(visit: Visit, given: Given, posting: Waste | Count) -> None:
    posting_id = identity(given, "posting_id")
    await stock.post(visit.session, visit.tenant, posting_id, posting, visit.now)


async def _reversed(visit: Visit, given: Given) -> None:
    reason = filled(Reversal, {"reason": given.get("reason", "")}).reason
    posting_id = identity(given, "posting_id")
    await movements.reverse(visit.session, visit.tenant, posting_id, reason)


async def _moved(visit: Visit, item_id: UUID, given: Given) -> dict[str, object]:
    """What moves, and how much of it: of one lot, or of the item as a whole."""
    quantity = decimal(given.get("quantity", ""))
    values: dict[str, object] = {"quantity": quantity, "unit": given.get("unit", "")}
    if given.get("lot_id"):
        return values | {"lot_id": given["lot_id"]}
    is_bought = await inventory.units_of(visit.session, visit.tenant, [item_id])
    return values | {"ingredient_id" if is_bought else "product_id": item_id}


async def _posted(
    visit: Visit, item_id: UUID, given: Given, work: Coroutine[Any, Any, None]
) -> Response:
    """Go back to the item; or show it with what was wrong and what was entered."""
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/stock/items/{item_id}", done="1")
    return await _item(visit, item_id, PageRequest(), given, error)


async def _item(
    visit: Visit,
    item_id: UUID,
    paging: PageRequest,
    given: Given | None = None,
    error: ObradorError | None = None,
) -> Response:
    session, tenant, say = visit.session, visit.tenant, visit.say
    names = await load_items(session, tenant)
    if item_id not in names:
        raise NotFound("There is no such ingredient, product or dough here.")
    name, unit = names[item_id]
    plan = await procurement.find_newest_plan(session, tenant)
    of_item = (each for each in plan.projections if each.ingredient_id == item_id) if plan else ()
    ahead: Projection | None = next(iter(of_item), None)
    lots = await stock.page_of_lots(session, tenant, _LOTS, item_id=item_id, in_stock=True)
    moved = await movements.page(session, tenant, paging, item_id=item_id)
    reasons = await waste.choices(session, tenant, say.language)
    picture = ""
    if plan and ahead:
        picture = large_svg(say, ahead, name, unit, plan.business_date)
    return visit.page(
        "stock_item.html",
        "stock",
        error.status if error else 200,
        item_id=item_id,
        name=name,
        unit=unit,
        units=entered_units(unit),
        held=float(sum(lot.remaining for lot in lots.items)),
        picture=Markup(picture),  # noqa: S704  it escapes every name
        lots=lots.items,
        moved=moved,
        kind_words=kind_words,
        reasons=reasons,
        reason_names={each.cause or each.waste_reason_id: each.name for each in reasons},
        posting_id=new_id(),
        given=given or {},
        error=error,
        error_words=error_words(say, error) if error else "",
        is_done="done" in visit.request.query_params,
    )

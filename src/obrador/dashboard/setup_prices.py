"""Set up: the price list of a supplier."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import ProcurementManager
from obrador.dashboard.forms import Form, decimal, filled, see, tried
from obrador.dashboard.setup_faults import faults_of, refusal_words
from obrador.dashboard.setup_fields import amount_text, quantity_text
from obrador.dashboard.setup_lines import Line, exact_quantity, lines_of, spare
from obrador.dashboard.visiting import Visit, Visiting
from obrador.inventory import service as inventory
from obrador.inventory.domain import Ingredient
from obrador.kit.errors import Fault, Invalid, ObradorError
from obrador.kit.names import name_key
from obrador.suppliers import service as suppliers
from obrador.suppliers.schemas import PriceListInput

router = APIRouter(
    prefix="/bakeries/{tenant_id}/setup/suppliers/{supplier_id}/prices", include_in_schema=False
)


@router.get("", response_class=HTMLResponse)
async def prices(visit: Visiting, supplier_id: UUID) -> Response:
    """What the supplier asks for what."""
    return await _page(visit, supplier_id)


@router.post("", response_class=HTMLResponse)
async def change(
    visit: Visiting, _: ProcurementManager, supplier_id: UUID, given: Form
) -> Response:
    """Another list in place of it; or the form again with more lines."""
    lines = lines_of(given, "price", "item")
    if given.get("do") == "more":
        return await _page(visit, supplier_id, lines)

    async def work() -> None:
        by_name = {name_key(each.name): each for each in await _ingredients(visit)}
        wanted = [_price(by_name, line, place) for place, line in enumerate(lines)]
        price_list = filled(PriceListInput, {"prices": wanted})
        await suppliers.put_prices(visit.session, visit.tenant, supplier_id, price_list)

    error = await tried(visit.session, work())
    if error is None:
        return see(f"{visit.home}/setup/suppliers/{supplier_id}/prices", done="saved")
    return await _page(visit, supplier_id, lines, error)


def _price(by_name: dict[str, Ingredient], line: Line, place: int) -> dict[str, Any]:
    """A line as the API takes it.

    Raises:
        Invalid: there is no such ingredient, or its pack is none; names the line.
    """
    where, item = f"prices.{place}", by_name.get(name_key(line["item"]))
    if item is None:
        fault = Fault(f"{where}.item", "there is none of this name; add it first")
        raise Invalid("There is no {item!r} here.", [fault], item=line["item"])
    return {
        "ingredient_id": item.id,
        "pack_size": exact_quantity(line.get("pack", ""), item.unit, f"{where}.pack_size"),
        "min_packs": line.get("from") or "1",
        "pack_price": decimal(line.get("price", "")),
    }


async def _page(
    visit: Visit,
    supplier_id: UUID,
    lines: list[Line] | None = None,
    error: ObradorError | None = None,
) -> Response:
    say, ingredients = visit.say, await _ingredients(visit)
    supplier = await suppliers.suppliers.get(visit.session, visit.tenant, supplier_id)
    if lines is None:
        lines = await _lines(visit, supplier_id, {each.id: each.name for each in ingredients})
    return visit.page(
        "setup_prices.html",
        "setup",
        error.status if error else 200,
        supplier=supplier,
        lines=spare(lines),
        offered=[each.name for each in ingredients],
        may=visit.may_buy,
        where=f"{visit.home}/setup/suppliers/{supplier_id}",
        faults=faults_of(say, error),
        error=error,
        error_words=refusal_words(say, error) if error else "",
        done=say.phrase("Saved.") if "done" in visit.request.query_params else "",
    )


async def _lines(visit: Visit, supplier_id: UUID, names: dict[UUID, str]) -> list[Line]:
    listed = await suppliers.get_prices(visit.session, visit.tenant, supplier_id)
    lines: list[Line] = [
        {
            "item": names[each.ingredient_id],
            "pack": quantity_text(visit.say, each.pack_size, each.unit),
            "from": str(each.min_packs),
            "price": amount_text(visit.say, each.pack_price),
        }
        for each in listed.prices
    ]
    return sorted(lines, key=lambda line: line["item"].casefold())


async def _ingredients(visit: Visit) -> tuple[Ingredient, ...]:
    return (await inventory.load_ingredients(visit.session, [visit.tenant]))[visit.tenant]

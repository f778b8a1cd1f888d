"""What was assumed: listed, and corrected or confirmed in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Manager
from obrador.authz.roles import Role
from obrador.catalogue import service as catalogue
from obrador.catalogue.schemas import EquipmentChanges, ProductChanges, RecipeChanges
from obrador.dashboard.assumed_words import Box, boxes_of, field_names, shown
from obrador.dashboard.forms import Form, Given, decimal, error_words, filled, see, tried
from obrador.dashboard.visiting import Visit, Visiting
from obrador.inventory import service as inventory
from obrador.inventory.schemas import IngredientChanges
from obrador.kit.errors import Forbidden, NotFound, ObradorError
from obrador.kit.schemas import Fields, KeptAssumed
from obrador.orchestration import service as orchestration
from obrador.resources import Resource
from obrador.suppliers import service as suppliers
from obrador.suppliers.schemas import SupplierChanges

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/assumed", include_in_schema=False)

_DONE = "done"
_MONDAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one kind, who may change them, and by which input."""

    resource: Resource[Any, Any]
    changes: type[Fields]
    keeper: Role


GROUPS: Mapping[str, Group] = {
    "products": Group(catalogue.products, ProductChanges, Role.PRODUCTION_MANAGER),
    "recipes": Group(catalogue.recipes, RecipeChanges, Role.PRODUCTION_MANAGER),
    "equipment": Group(catalogue.equipment, EquipmentChanges, Role.PRODUCTION_MANAGER),
    "ingredients": Group(inventory.ingredients, IngredientChanges, Role.PROCUREMENT_MANAGER),
    "suppliers": Group(suppliers.suppliers, SupplierChanges, Role.PROCUREMENT_MANAGER),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A thing with something assumed: what can be entered here, and what else is assumed."""

    item: KeptAssumed
    name: str
    boxes: Sequence[tuple[Box, str]]
    """With what they show."""
    others: Sequence[str]
    """Names of the assumed fields that are corrected on the thing's own page."""


@router.get("", response_class=HTMLResponse)
async def assumed(visit: Visiting) -> Response:
    """All that nobody has confirmed, by kind."""
    return await _page(visit)


@router.post("/{kind}", response_class=HTMLResponse)
async def correct(visit: Visiting, _: Manager, kind: str, given: Form) -> Response:
    """Keep what was changed of a kind, which counts as confirmed; or say that all of it is right.

    All or nothing."""
    group = GROUPS.get(kind)
    if group is None:
        raise NotFound("There is no such kind of things here.")

    async def work() -> None:
        if not visit.role.includes(group.keeper):
            raise Forbidden(
                "This needs the role {keeper}.",
                keeper=group.keeper,
            )
        for line in await _lines(visit, kind):
            changes = _changes(line, given)
            if changes:
                filled_in = filled(group.changes, changes)
                await group.resource.change(visit.session, visit.tenant, line.item.id, filled_in)
        if given.get("do") == "confirm":
            await group.resource.confirm_all(visit.session, visit.tenant)

    error = await tried(visit.session, work())
    if error is None:
        return see(f"{visit.home}/setup/assumed?{_DONE}={kind}#{kind}")
    return await _page(visit, kind, given, error)


async def _page(
    visit: Visit, kind: str = "", given: Given | None = None, error: ObradorError | None = None
) -> Response:
    say = visit.say
    lines = {each: await _lines(visit, each) for each in GROUPS}
    return visit.page(
        "assumed.html",
        "setup",
        error.status if error else 200,
        groups=[
            (each, _title(visit, each), found, visit.role.includes(GROUPS[each].keeper))
            for each, found in lines.items()
            if found
        ],
        total=sum(map(len, lines.values())),
        wrong=kind,
        given=given or {},
        weekdays=[say.short_weekday(_MONDAY + timedelta(days=day)) for day in range(7)],
        done=visit.request.query_params.get(_DONE, ""),
        last_planned=await orchestration.last_date(visit.session, visit.tenant),
        error=error,
        error_words=error_words(say, error) if error else "",
    )


async def _lines(visit: Visit, kind: str) -> list[Line]:
    """The things of a kind of which something is assumed, by name."""
    items: list[Any] = await GROUPS[kind].resource.assumed(visit.session, visit.tenant)
    boxes, names = boxes_of(visit.say, kind, visit.bakery.currency), field_names(visit.say)
    lines = []
    for item in sorted(items, key=lambda each: each.name.casefold()):
        own = [(box, shown(getattr(item, box.name))) for box in boxes if box.name in item.assumed]
        in_boxes = {box.name for box, _ in own}
        others = [names[each] for each in item.assumed if each not in in_boxes and each in names]
        lines.append(Line(item, item.name, own, others))
    return lines


def _changes(line: Line, given: Given) -> dict[str, object]:
    """What differs between the form and a thing, as the API takes it."""
    changes: dict[str, object] = {}
    for box, before in line.boxes:
        entered = given.get(f"{box.name}.{line.item.id}", before)
        if box.kind == "weekdays":
            days = [day for day in range(7) if f"{box.name}.{line.item.id}.{day}" in given]
            if days and ",".join(map(str, days)) != before:
                changes[box.name] = days
        elif entered != before:
            changes[box.name] = decimal(entered) if box.kind == "number" else entered
    return changes


def _title(visit: Visit, kind: str) -> str:
    say = visit.say
    return {
        "products": say.phrase("Products"),
        "recipes": say.phrase("Recipes"),
        "equipment": say.phrase("Equipment"),
        "ingredients": say.phrase("Ingredients"),
        "suppliers": say.phrase("Suppliers"),
    }[kind]

"""Set up: what there is, what is assumed, what is missing; and the way to each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.roles import Role
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Catalogue
from obrador.dashboard import (
    setup_bakery,
    setup_hours,
    setup_keys,
    setup_notices,
    setup_people,
    setup_prices,
    setup_webhooks,
)
from obrador.dashboard.setup_buying import Ingredients, Suppliers
from obrador.dashboard.setup_catalogue import EquipmentItems, Products, Shifts
from obrador.dashboard.setup_hours import Events
from obrador.dashboard.setup_recipes import Recipes
from obrador.dashboard.setup_thing import thing_routes
from obrador.dashboard.visiting import Visit, Visiting
from obrador.inventory import service as inventory
from obrador.inventory.domain import Ingredient
from obrador.kit.i18n import Speech
from obrador.suppliers import service as suppliers
from obrador.suppliers.domain import Price, Supplier

router = APIRouter(include_in_schema=False)

THINGS = (
    Products(), Recipes(), Ingredients(), Suppliers(), EquipmentItems(), Shifts(), Events(),
)  # fmt: skip
for thing in THINGS:
    router.include_router(thing_routes(thing))
for part in (
    setup_prices,
    setup_bakery,
    setup_hours,
    setup_people,
    setup_keys,
    setup_webhooks,
    setup_notices,
):
    router.include_router(part.router)


class _Assumable(Protocol):
    @property
    def assumed(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Door:
    """A part of the set-up, and how it stands."""

    path: str
    name: str
    count: int
    assumed: int = 0
    missing: str = ""
    """What should be added; empty: nothing."""


@dataclass(frozen=True)
class Kept:
    """What there is."""

    of_all: Catalogue
    ingredients: Sequence[Ingredient]
    suppliers: Sequence[Supplier]
    prices: Sequence[Price]


@router.get("/bakeries/{tenant_id}/setup", response_class=HTMLResponse)
async def overview(visit: Visiting) -> Response:
    """What there is, what is assumed, what is missing."""
    kept = await _kept(visit)
    doors = _made(visit.say, kept) + _bought(visit.say, kept)
    own = sum(name in visit.bakery.assumed for name in ("opening_hours", "open_on_holidays"))
    return visit.page(
        "setup.html",
        "setup",
        doors=doors,
        leads={thing.path: thing.words(visit.say).lead for thing in THINGS},
        more=_more(visit.say, is_owner=visit.role is Role.OWNER),
        assumed=own + sum(each.assumed for each in doors),
        hours_assumed=own > 0,
        is_owner=visit.role is Role.OWNER,
    )


async def _kept(visit: Visit) -> Kept:
    session, tenant = visit.session, visit.tenant
    return Kept(
        (await catalogue.load_catalogues(session, [tenant]))[tenant],
        (await inventory.load_ingredients(session, [tenant]))[tenant],
        (await suppliers.load_suppliers(session, [tenant]))[tenant],
        (await suppliers.load_prices(session, [tenant]))[tenant],
    )


def _made(say: Speech, kept: Kept) -> list[Door]:
    products, recipes = kept.of_all.products, kept.of_all.recipes.values()
    unpriced = sum(each.price_minor is None for each in products)
    bare = sum(not each.components for each in recipes)
    return [
        Door(
            "products", say.phrase("Products"), len(products), _assumed(products),
            say.counted("{n} without a price", "{n} without a price", unpriced) if unpriced else "",
        ),
        Door(
            "recipes", say.phrase("Recipes"), len(recipes), _assumed(recipes),
            say.counted("{n} without components", "{n} without components", bare) if bare else "",
        ),
        Door(
            "equipment", say.phrase("Equipment"), len(kept.of_all.equipment),
            missing="" if kept.of_all.equipment else say.phrase("none yet"),
        ),
        Door("shifts", say.phrase("Shifts"), len(kept.of_all.shifts)),
    ]  # fmt: skip


def _bought(say: Speech, kept: Kept) -> list[Door]:
    sold = {each.ingredient_id for each in kept.prices}
    unpriced = sum(each.id not in sold for each in kept.ingredients)
    return [
        Door(
            "ingredients", say.phrase("Ingredients"), len(kept.ingredients),
            _assumed(kept.ingredients),
            say.counted("{n} without a price", "{n} without a price", unpriced) if unpriced else "",
        ),
        Door(
            "suppliers", say.phrase("Suppliers"), len(kept.suppliers), _assumed(kept.suppliers),
            "" if kept.suppliers else say.phrase("none yet"),
        ),
    ]  # fmt: skip


def _assumed(things: Iterable[_Assumable]) -> int:
    return sum(bool(each.assumed) for each in things)


def _more(say: Speech, *, is_owner: bool) -> list[tuple[str, str, str]]:
    """Path, name and what it is for, of what is not counted."""
    of_all = [
        ("bakery", say.phrase("Bakery"), say.phrase("Name, place, how careful plans are")),
        ("hours", say.phrase("Opening hours"), say.phrase("Hours, closures, public holidays")),
        ("calendar", say.phrase("Holidays and events"), say.phrase("Days that sell differently")),
        ("notices", say.phrase("Notifications"), say.phrase("What you hear of, and when by mail")),
    ]
    of_owners = [
        ("people", say.phrase("People"), say.phrase("Who works here, and invitations")),
        ("keys", say.phrase("API keys"), say.phrase("For programs, such as your till")),
        ("webhooks", say.phrase("Webhooks"), say.phrase("Tell other programs what happens")),
        ("audit", say.phrase("Who did what"), say.phrase("Every change, and who made it")),
    ]
    return of_all + of_owners if is_owner else of_all

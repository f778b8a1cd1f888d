"""Set up: products, what they are made on, and who makes them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from obrador.authz.roles import Role
from obrador.catalogue import service as catalogue
from obrador.catalogue.schemas import (
    EquipmentInput,
    EquipmentOutput,
    ProductInput,
    ProductOutput,
    ShiftInput,
    ShiftOutput,
)
from obrador.dashboard.forms import Given
from obrador.dashboard.setup_costs import load_costs
from obrador.dashboard.setup_fields import Choices, Field, Group, plain
from obrador.dashboard.setup_thing import MOST, Row, Thing, Words
from obrador.dashboard.setup_words import unit_choices, weekday_words
from obrador.dashboard.visiting import Visit
from obrador.kit import money
from obrador.kit.i18n import Speech
from obrador.kit.pagination import PageRequest


def amount(visit: Visit, value: Decimal | None) -> str:
    """Money, or a dash."""
    return "–" if value is None else visit.say.money(money.to_minor(value, visit.bakery.currency))


class Products(Thing):
    """What is sold."""

    path, resource, given = "products", catalogue.products, ProductInput
    kept_by, template = Role.PRODUCTION_MANAGER, "setup_product.html"

    def words(self, say: Speech) -> Words:
        """What they are called."""
        return Words(
            many=say.phrase("Products"),
            add=say.phrase("Add a product"),
            lead=say.phrase("What you sell, at what price, and when it has to be ready."),
            none=say.phrase("No product yet. Add one, or import your sales: they bring them."),
        )

    def headings(self, say: Speech) -> tuple[str, ...]:
        """Category, what it keeps, price."""
        return say.phrase("Category"), say.phrase("Keeps"), say.phrase("Price")

    def cells(self, visit: Visit, item: ProductOutput) -> tuple[str, ...]:
        """The same of one."""
        keeps = visit.say.counted("{n} day", "{n} days", item.shelf_life_days)
        return item.category, keeps, amount(visit, item.price)

    async def rows(self, visit: Visit, words: str) -> list[Row]:
        """Those that are not sold at present are marked."""
        found = await self.resource.search(visit.session, visit.tenant, words, MOST)
        return [
            Row(each.id, each.name, self.cells(visit, each), bool(each.assumed), not each.is_active)
            for each in found
        ]

    async def groups(self, visit: Visit) -> Sequence[Group]:
        """Its form."""
        say, currency = visit.say, visit.bakery.currency
        names = await catalogue.load_recipe_names(visit.session, [visit.tenant])
        named = [(own_id, name) for own_id, (name, _) in names[visit.tenant].items()]
        recipes = sorted(named, key=lambda each: each[1].casefold())
        return (
            Group(say.phrase("What it is"), _basics(say, currency, recipes)),
            Group(say.phrase("When it is ready"), _times(say)),
            Group(say.phrase("What a unit more or less is worth"), _worth(say, currency), True),
        )

    async def beside(self, visit: Visit, item: Any, given: Given) -> dict[str, object]:
        """What its recipe costs."""
        if item is None or item.recipe_id is None:
            return {"cost": None}
        costs, price = await load_costs(visit), item.price
        minor = None if price is None else money.to_minor(price, visit.bakery.currency)
        return {
            "cost": costs.of(visit, item.recipe_id),
            "of_price": costs.of_price(visit, item.recipe_id, minor),
        }


def _basics(say: Speech, currency: str, recipes: Sequence[tuple[Any, str]]) -> tuple[Field, ...]:
    made = (("", say.phrase("none: bought in, or made to order")),)
    return (
        Field("name", say.phrase("Name"), is_required=True),
        Field("category", say.phrase("Category"), hint=say.phrase("Such as bread or pastry.")),
        Field(
            "unit", say.phrase("Sold by"), "choice", choices=unit_choices(say), usual="piece"
        ),
        Field("price", say.phrase("Price"), "money", suffix=currency),
        Field(
            "shelf_life_days", say.phrase("Keeps"), "number", suffix=say.phrase("days"), usual="1",
            hint=say.phrase("1: only on the day it is baked."),
        ),
        Field(
            "recipe_id", say.phrase("Recipe"), "choice",
            choices=made + tuple((str(own), name) for own, name in recipes),
        ),
        Field("is_active", say.phrase("Sold at present"), "tick", usual="1"),
    )  # fmt: skip


def _times(say: Speech) -> tuple[Field, ...]:
    return (
        Field(
            "ready_by", say.phrase("Ready by"), "clock",
            hint=say.phrase("Empty: when the shop opens."),
        ),
        Field(
            "waves", say.phrase("Further bakes ready at"), "clocks",
            hint=say.phrase("Up to five, such as 11:00, 16:30."),
        ),
        Field(
            "par_levels", say.phrase("At least on the shelf"), "per_weekday",
            hint=say.phrase("Whatever the forecast says. Empty: as the forecast says."),
        ),
        Field("min_display", say.phrase("Fewest when a bake is ready"), "number"),
        Field("daily_max", say.phrase("Most in a day"), "number"),
    )  # fmt: skip


def _worth(say: Speech, currency: str) -> tuple[Field, ...]:
    return (
        Field(
            "salvage", say.phrase("A left-over still brings"), "money", suffix=currency,
            hint=say.phrase("Yesterday's bread at half price, for example."),
        ),
        Field("disposal", say.phrase("Throwing one away costs"), "money", suffix=currency),
        Field("holding", say.phrase("Keeping one overnight costs"), "money", suffix=currency),
        Field(
            "goodwill", say.phrase("A customer who finds none costs"), "money", suffix=currency,
            hint=say.phrase("Beside what you would have earned."),
        ),
        Field("variable_cost", say.phrase("Energy and work for one"), "money", suffix=currency),
        Field(
            "issuing", say.phrase("Customers get first"), "choice",
            choices=(
                ("oldest_first", say.phrase("the oldest")),
                ("freshest_first", say.phrase("the freshest")),
            ),
        ),
    )  # fmt: skip


class EquipmentItems(Thing):
    """What it is made on."""

    path, resource, given = "equipment", catalogue.equipment, EquipmentInput
    kept_by = Role.PRODUCTION_MANAGER

    def words(self, say: Speech) -> Words:
        """What it is called."""
        return Words(
            many=say.phrase("Equipment"),
            add=say.phrase("Add equipment"),
            lead=say.phrase("Mixers, proofers, ovens: what fits in, and what is being repaired."),
            none=say.phrase("No equipment yet: nothing can be put on a timetable without."),
        )

    def headings(self, say: Speech) -> tuple[str, ...]:
        """Kind, how many, what fits in."""
        return say.phrase("Kind"), say.phrase("How many"), say.phrase("Capacity of each")

    def cells(self, visit: Visit, item: EquipmentOutput) -> tuple[str, ...]:
        """The same of one."""
        kind = item.kind
        if _is_broken(item, visit.now):
            kind += f" · {visit.say.phrase('out of order')}"
        return kind, visit.say.number(item.count), plain(visit.say, item.capacity)

    async def groups(self, visit: Visit) -> Sequence[Group]:
        """Its form."""
        say = visit.say
        of_all = (await catalogue.load_catalogues(visit.session, [visit.tenant]))[visit.tenant]
        kinds = tuple((each, each) for each in sorted({each.kind for each in of_all.equipment}))
        return (
            Group(say.phrase("What it is"), _machine(say, kinds)),
            Group(say.phrase("When it can be used"), _hours_of(say)),
        )


def _is_broken(item: EquipmentOutput, now: datetime) -> bool:
    since, until = item.out_of_order_from, item.out_of_order_to
    is_said = since is not None or until is not None
    return is_said and (since is None or since <= now) and (until is None or now < until)


def _machine(say: Speech, kinds: Choices) -> tuple[Field, ...]:
    return (
        Field("name", say.phrase("Name"), is_required=True),
        Field(
            "kind", say.phrase("Kind"), choices=kinds, is_required=True,
            hint=say.phrase("Such as oven. The steps of recipes name it."),
        ),
        Field("count", say.phrase("How many"), "number", usual="1"),
        Field(
            "capacity", say.phrase("Capacity of each"), "number", is_required=True,
            hint=say.phrase("In what its recipes count: trays of an oven, kg of a mixer."),
        ),
        Field(
            "changeover_minutes", say.phrase("Between two temperatures"), "number",
            suffix=say.phrase("min"), hint=say.phrase("So long it stands empty."),
        ),
    )  # fmt: skip


def _hours_of(say: Speech) -> tuple[Field, ...]:
    return (
        Field(
            "available_from", say.phrase("From"), "clock", hint=say.phrase("Empty: all day.")
        ),
        Field("available_to", say.phrase("Until"), "clock"),
        Field("out_of_order_from", say.phrase("Out of order from"), "moment"),
        Field(
            "out_of_order_to", say.phrase("Repaired by"), "moment",
            hint=say.phrase("Empty: nobody knows yet."),
        ),
    )  # fmt: skip


class Shifts(Thing):
    """Who makes it, when."""

    path, resource, given, kept_by = "shifts", catalogue.shifts, ShiftInput, Role.PRODUCTION_MANAGER
    has_search = False

    def words(self, say: Speech) -> Words:
        """What they are called."""
        return Words(
            many=say.phrase("Shifts"),
            add=say.phrase("Add a shift"),
            lead=say.phrase("When how many people work."),
            none=say.phrase("No shift yet: the plan thinks that somebody is always there."),
        )

    def headings(self, say: Speech) -> tuple[str, ...]:
        """When, and how many."""
        return say.phrase("When"), say.phrase("People")

    async def rows(self, visit: Visit, words: str) -> list[Row]:
        """All, by their start."""
        page = await self.resource.page(visit.session, visit.tenant, PageRequest(limit=MOST))
        return [
            Row(each.id, self.title(visit, each), self.cells(visit, each))
            for each in sorted(page.items, key=lambda each: (each.starts, each.weekdays))
        ]

    def title(self, visit: Visit, item: ShiftOutput) -> str:
        """Its days."""
        return weekday_words(visit.say, item.weekdays)

    def cells(self, visit: Visit, item: ShiftOutput) -> tuple[str, ...]:
        """When, and how many."""
        return f"{item.starts:%H:%M}–{item.ends:%H:%M}", visit.say.number(item.people)

    async def groups(self, visit: Visit) -> Sequence[Group]:
        """Its form."""
        say = visit.say
        fields = (
            Field("weekdays", say.phrase("Days"), "weekdays"),
            Field("starts", say.phrase("From"), "clock", is_required=True),
            Field(
                "ends", say.phrase("Until"), "clock", is_required=True,
                hint=say.phrase("At or before the start: on the next day."),
            ),
            Field("people", say.phrase("People"), "number", is_required=True, usual="1"),
        )  # fmt: skip
        return (Group(say.phrase("Shift"), fields),)

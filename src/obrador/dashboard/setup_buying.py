"""Set up: what is bought, and from whom."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from obrador.authz.roles import Role
from obrador.dashboard.forms import Given
from obrador.dashboard.setup_fields import Field, Group, quantity_text
from obrador.dashboard.setup_thing import MOST, Row, Thing, Words
from obrador.dashboard.setup_words import unit_choices, weekday_words
from obrador.dashboard.visiting import Visit
from obrador.inventory import service as inventory
from obrador.inventory.schemas import IngredientInput, IngredientOutput
from obrador.kit import money
from obrador.kit.i18n import Speech
from obrador.suppliers import service as suppliers
from obrador.suppliers.domain import Price
from obrador.suppliers.schemas import SupplierInput, SupplierOutput


class Ingredients(Thing):
    """What is bought."""

    path, resource, given = "ingredients", inventory.ingredients, IngredientInput
    kept_by, template = Role.PROCUREMENT_MANAGER, "setup_ingredient.html"

    def words(self, say: Speech) -> Words:
        """What they are called."""
        return Words(
            many=say.phrase("Ingredients"),
            add=say.phrase("Add an ingredient"),
            lead=say.phrase("What you buy, how it is measured, and how long it keeps."),
            none=say.phrase("No ingredient yet."),
        )

    def headings(self, say: Speech) -> tuple[str, ...]:
        """Category, what it keeps, best price."""
        return say.phrase("Category"), say.phrase("Keeps"), say.phrase("Best price")

    async def rows(self, visit: Visit, words: str) -> list[Row]:
        """Those with the words in their name, with their best price."""
        found = await self.resource.search(visit.session, visit.tenant, words, MOST)
        best = _best(await _prices(visit))
        return [
            Row(
                each.id,
                each.name,
                (*self.cells(visit, each), _price_words(visit, each.unit, best.get(each.id))),
                is_assumed=bool(each.assumed),
            )
            for each in found
        ]

    def cells(self, visit: Visit, item: IngredientOutput) -> tuple[str, ...]:
        """Category, and what it keeps."""
        days = item.shelf_life_days
        keeps = visit.say.counted("{n} day", "{n} days", days) if days else "–"
        return item.category, keeps

    async def groups(self, visit: Visit) -> Sequence[Group]:
        """Its form."""
        say = visit.say
        basics = (
            Field("name", say.phrase("Name"), is_required=True),
            Field(
                "category", say.phrase("Category"),
                hint=say.phrase("Flours are found by it, or by their name."),
            ),
            Field(
                "unit", say.phrase("Measured by"), "choice", choices=unit_choices(say), usual="g"
            ),
            Field(
                "shelf_life_days", say.phrase("Keeps after delivery"), "number",
                suffix=say.phrase("days"), hint=say.phrase("Empty: longer than any plan."),
            ),
        )  # fmt: skip
        level = Field(
            "service_level", say.phrase("Must be there"), "percent", suffix="%",
            hint=say.phrase("How often it may not run out. Empty: as for the whole bakery."),
        )  # fmt: skip
        return (
            Group(say.phrase("What it is"), basics),
            Group(say.phrase("How safe to be"), (level,), True),
        )

    async def beside(self, visit: Visit, item: Any, given: Given) -> dict[str, object]:
        """Who sells it, at what price, the best first."""
        if item is None:
            return {"offers": []}
        of_all = (await suppliers.load_suppliers(visit.session, [visit.tenant]))[visit.tenant]
        names = {each.id: each.name for each in of_all}
        prices = [each for each in await _prices(visit) if each.ingredient_id == item.id]
        return {
            "offers": [
                (
                    each.supplier_id,
                    names[each.supplier_id],
                    quantity_text(visit.say, each.pack_size, item.unit),
                    visit.say.number(each.min_packs),
                    visit.say.money(each.pack_price_minor),
                    _price_words(visit, item.unit, each),
                )
                for each in sorted(prices, key=_of_unit)
            ]
        }


class Suppliers(Thing):
    """Who delivers."""

    path, resource, given = "suppliers", suppliers.suppliers, SupplierInput
    kept_by, template = Role.PROCUREMENT_MANAGER, "setup_supplier.html"

    def words(self, say: Speech) -> Words:
        """What they are called."""
        return Words(
            many=say.phrase("Suppliers"),
            add=say.phrase("Add a supplier"),
            lead=say.phrase("Who delivers, on which days, and what they ask."),
            none=say.phrase("No supplier yet."),
        )

    def headings(self, say: Speech) -> tuple[str, ...]:
        """Days, lead time, minimum."""
        return say.phrase("Delivers"), say.phrase("Lead time"), say.phrase("Minimum order")

    def cells(self, visit: Visit, item: SupplierOutput) -> tuple[str, ...]:
        """The same of one."""
        say = visit.say
        least = money.to_minor(item.min_order, visit.bakery.currency)
        return (
            weekday_words(say, item.delivery_weekdays),
            say.counted("{n} day", "{n} days", item.lead_time_days),
            say.money(least) if least else "–",
        )

    async def groups(self, visit: Visit) -> Sequence[Group]:
        """Its form."""
        say, currency = visit.say, visit.bakery.currency
        return (
            Group(say.phrase("Who they are"), _who(say)),
            Group(say.phrase("How they deliver"), _terms(say, currency)),
        )

    async def beside(self, visit: Visit, item: Any, given: Given) -> dict[str, object]:
        """How many prices are known of them."""
        if item is None:
            return {"prices": 0}
        return {"prices": sum(each.supplier_id == item.id for each in await _prices(visit))}


def _who(say: Speech) -> tuple[Field, ...]:
    own = ("", say.phrase("the bakery's own language"))
    return (
        Field("name", say.phrase("Name"), is_required=True),
        Field(
            "email", say.phrase("Mail address"), "email",
            hint=say.phrase("Orders are sent there. Without one, you order by phone."),
        ),
        Field(
            "language", say.phrase("Orders are written in"), "choice",
            choices=(own, ("en", "English"), ("es", "Español")),
        ),
    )  # fmt: skip


def _terms(say: Speech, currency: str) -> tuple[Field, ...]:
    return (
        Field("delivery_weekdays", say.phrase("Delivers on"), "weekdays"),
        Field(
            "lead_time_days", say.phrase("Days from order to delivery"), "number", usual="1",
            is_required=True,
        ),
        Field(
            "lead_time_sd_days", say.phrase("Often off by"), "number", suffix=say.phrase("days"),
            hint=say.phrase("After some deliveries, what was measured counts instead."),
        ),
        Field(
            "order_cutoff", say.phrase("Order before"), "clock",
            hint=say.phrase("Later counts as the next day."),
        ),
        Field("min_order", say.phrase("Minimum order"), "money", suffix=currency),
        Field("delivery_fee", say.phrase("Delivery fee"), "money", suffix=currency),
    )  # fmt: skip


async def _prices(visit: Visit) -> tuple[Price, ...]:
    return (await suppliers.load_prices(visit.session, [visit.tenant]))[visit.tenant]


def _of_unit(price: Price) -> float:
    return price.pack_price_minor / price.pack_size


def _best(prices: Sequence[Price]) -> dict[UUID, Price]:
    offers: dict[UUID, list[Price]] = defaultdict(list)
    for price in prices:
        offers[price.ingredient_id].append(price)
    return {item: min(each, key=_of_unit) for item, each in offers.items()}


def _price_words(visit: Visit, unit: str, price: Price | None) -> str:
    """Of a kg, a litre or a piece."""
    if price is None:
        return "–"
    per, name = {"g": (1000, "kg"), "ml": (1000, "l"), "piece": (1, "")}[unit]
    amount = visit.say.money(round(_of_unit(price) * per))
    return f"{amount}/{name}" if name else amount

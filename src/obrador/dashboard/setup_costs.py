"""What recipes cost, as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Catalogue, Recipe
from obrador.dashboard.visiting import Visit
from obrador.inventory import service as inventory
from obrador.inventory.costing import Cost, unit_cost
from obrador.inventory.domain import Ingredient
from obrador.kit import money
from obrador.suppliers import service as suppliers

_PER = {"piece": 1, "g": 1000, "ml": 1000}
"""So much a cost is said of: a piece, a kg, a litre."""


_LITTLE = 100
"""Minor units below which a tenth of one counts."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one component adds to the cost."""

    name: str
    quantity: str
    amount: str
    percent: str
    """Of the whole; empty: unknown."""


@dataclass(frozen=True, slots=True)
class Costing:
    """What a piece, a kg or a litre costs in ingredients."""

    recipe_id: UUID
    recipe: str
    per: str
    """`piece`, `kg` or `l`."""
    amount: str
    """Empty: unknown."""
    shares: tuple[Share, ...]
    unknown: tuple[tuple[UUID, str], ...]
    """Ingredients without a price, with their ids."""


@dataclass(frozen=True)
class Costs:
    """What a bakery's recipes are made of, and what that costs."""

    of_all: Catalogue
    ingredients: Mapping[UUID, Ingredient]
    values: Mapping[UUID, float]
    """Minor units of a base unit of what has one."""

    @property
    def recipes(self) -> Mapping[UUID, Recipe]:
        """All of them, by name."""
        return self.of_all.recipes

    def item(self, item_id: UUID) -> Recipe | Ingredient:
        """An ingredient or a dough."""
        return self.recipes.get(item_id) or self.ingredients[item_id]

    def amount(self, visit: Visit, recipe_id: UUID) -> str:
        """What a piece of a recipe costs, or a kg or litre, which it then says; a dash: unknown."""
        value, unit = self.values.get(recipe_id), self.recipes[recipe_id].unit
        if value is None or not self.recipes[recipe_id].components:
            return "–"
        return _amount(visit, value * _PER[unit]) + {"g": "/kg", "ml": "/l"}.get(unit, "")

    def of_price(self, visit: Visit, recipe_id: UUID, price_minor: int | None) -> str:
        """Per cent of what a unit is sold for that its ingredients cost; empty: unknown."""
        cost = unit_cost(self.recipes, recipe_id, self.values).minor
        return visit.say.percent(cost / price_minor) if cost is not None and price_minor else ""

    def of(self, visit: Visit, recipe_id: UUID) -> Costing:
        """What a recipe costs, with its parts, the dearest first."""
        recipe = self.recipes[recipe_id]
        cost, per = unit_cost(self.recipes, recipe_id, self.values), _PER[recipe.unit]
        whole = cost.minor
        return Costing(
            recipe_id=recipe_id,
            recipe=recipe.name,
            per={"piece": "piece", "g": "kg", "ml": "l"}[recipe.unit],
            amount="" if whole is None else _amount(visit, whole * per),
            shares=self._shares(visit, cost, per),
            unknown=tuple((each, self.ingredients[each].name) for each in cost.unknown),
        )

    def _shares(self, visit: Visit, cost: Cost, per: int) -> tuple[Share, ...]:
        return tuple(
            Share(
                name=self.item(part.item_id).name,
                quantity=_quantity(visit, part.quantity * per, self.item(part.item_id).unit),
                amount="–" if part.minor is None else _amount(visit, part.minor * per),
                percent=visit.say.percent(part.minor / cost.minor)
                if cost.minor and part.minor is not None
                else "",
            )
            for part in sorted(cost.parts, key=lambda part: -(part.minor or 0))
        )


async def load_costs(visit: Visit) -> Costs:
    """All recipes with what they cost. Eight queries, once for a page."""
    state = visit.request.state
    if not hasattr(state, "costs"):
        state.costs = await _load(visit)
    costs: Costs = state.costs
    return costs


async def _load(visit: Visit) -> Costs:
    session, tenant = visit.session, visit.tenant
    of_all = (await catalogue.load_catalogues(session, [tenant]))[tenant]
    ingredients = (await inventory.load_ingredients(session, [tenant]))[tenant]
    prices = (await suppliers.load_prices(session, [tenant]))[tenant]
    values = inventory.unit_values(prices, of_all.recipes, ())
    return Costs(of_all, {each.id: each for each in ingredients}, values)


def _amount(visit: Visit, minor: float) -> str:
    """With a decimal more than the currency has where it is little: salt costs something too."""
    currency = visit.bakery.currency
    if minor >= _LITTLE:
        return visit.say.money(round(minor))
    return money.display_finely(minor, currency, visit.say.locale)


def _quantity(visit: Visit, quantity: float, unit: str) -> str:
    """Of pieces, the part of one as well: half an egg."""
    return visit.say.number(quantity, 2) if unit == "piece" else visit.say.quantity(quantity, unit)

"""Set up: recipes in baker's percentages, and what a piece costs."""

from collections.abc import Sequence
from typing import Any, get_args

from obrador.authz.roles import Role
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Recipe, StepKind
from obrador.catalogue.schemas import RecipeInput
from obrador.dashboard.forms import Given
from obrador.dashboard.setup_costs import load_costs
from obrador.dashboard.setup_fields import Choices, Field, Group, fields_of, read, shown
from obrador.dashboard.setup_formula import Formula, scaled_yield, steps_of
from obrador.dashboard.setup_lines import lines_of, spare
from obrador.dashboard.setup_thing import Row, Thing, Words
from obrador.dashboard.setup_words import unit_choices
from obrador.dashboard.visiting import Visit
from obrador.kit.i18n import Speech
from obrador.kit.names import name_key


class Recipes(Thing):
    """How it is made."""

    path, resource, given = "recipes", catalogue.recipes, RecipeInput
    kept_by, template = Role.PRODUCTION_MANAGER, "setup_recipe.html"

    def words(self, say: Speech) -> Words:
        """What they are called."""
        return Words(
            many=say.phrase("Recipes"),
            add=say.phrase("Add a recipe"),
            lead=say.phrase("What goes in, in baker's percentages or by weight; how it is made."),
            none=say.phrase("No recipe yet."),
        )

    def headings(self, say: Speech) -> tuple[str, ...]:
        """What it is, and what it costs."""
        return say.phrase("What it is"), say.phrase("Yield"), say.phrase("Ingredients cost")

    async def rows(self, visit: Visit, words: str) -> list[Row]:
        """Those with the words in their name, with what they cost."""
        costs, key = await load_costs(visit), name_key(words)
        return [
            Row(
                each.id,
                each.name,
                (*self.cells(visit, each), costs.amount(visit, each.id)),
                is_assumed=bool(each.assumed),
            )
            for each in costs.recipes.values()
            if key in name_key(each.name)
        ]

    def cells(self, visit: Visit, item: Recipe) -> tuple[str, ...]:
        """What it is, and its yield."""
        kind = dict(_kinds(visit.say))[item.kind]
        return kind, visit.say.quantity(item.yield_quantity, item.unit)

    async def groups(self, visit: Visit) -> Sequence[Group]:
        """Its form, but for components and steps."""
        say = visit.say
        return (
            Group(say.phrase("What it is"), _basics(say)),
            Group(say.phrase("Batches"), _batches(say), True),
        )

    async def values(self, visit: Visit, groups: Sequence[Group], given: Given) -> dict[str, Any]:
        """With components and steps; a yield that was left alone follows the flour."""
        formula = Formula(visit.say, await load_costs(visit))
        values = read(fields_of(groups), given, visit.bakery.time_zone)
        scaled = scaled_yield(given, given.get("unit") or "piece")
        return values | {
            "yield_quantity": values["yield_quantity"] if scaled is None else scaled,
            "components": formula.components(given),
            "steps": steps_of(given),
        }

    async def inputs(self, visit: Visit, groups: Sequence[Group], item: Any) -> dict[str, str]:
        """What the form shows of it."""
        own = shown(fields_of(groups), item, visit)
        formula = Formula(visit.say, await load_costs(visit))
        return own | formula.inputs(item) | {"was_yield": own["yield_quantity"]}

    async def beside(self, visit: Visit, item: Any, given: Given) -> dict[str, object]:
        """Lines, what can be chosen in them, what a piece costs and as what it is sold."""
        costs = await load_costs(visit)
        formula = Formula(visit.say, costs)
        of_all = costs.of_all
        sold = [] if item is None else [p for p in of_all.products if p.recipe_id == item.id]
        return {
            "components": spare(lines_of(given, "component", "item")),
            "steps": spare(lines_of(given, "step", "kind"), 2),
            "offered": formula.offered(),
            "step_kinds": step_kinds(visit.say),
            "machines": sorted({each.kind for each in of_all.equipment}),
            "cost": costs.of(visit, item.id) if item else None,
            "water": _water_words(visit, *formula.water(item)) if item else "",
            "sold": [
                (each.id, each.name, costs.of_price(visit, item.id, each.price_minor))
                for each in sold
            ],
        }


def step_kinds(say: Speech) -> Choices:
    """What happens to a dough, in the usual order."""
    words = {
        "mix": say.phrase("mix"),
        "ferment": say.phrase("ferment"),
        "shape": say.phrase("shape"),
        "proof": say.phrase("proof"),
        "bake": say.phrase("bake"),
        "cool": say.phrase("cool"),
        "fill": say.phrase("fill"),
        "finish": say.phrase("finish"),
    }
    return tuple((kind, words[kind]) for kind in get_args(StepKind))


def _kinds(say: Speech) -> Choices:
    return (
        ("product", say.phrase("Something to sell")),
        ("semi_finished", say.phrase("A dough or filling")),
    )


def _basics(say: Speech) -> tuple[Field, ...]:
    return (
        Field("name", say.phrase("Name"), is_required=True),
        Field("kind", say.phrase("What it is"), "choice", choices=_kinds(say), usual="product"),
        Field("unit", say.phrase("Made by"), "choice", choices=unit_choices(say), usual="piece"),
        Field(
            "yield_quantity", say.phrase("Yield"), "quantity", is_required=True,
            hint=say.phrase("What these components give: 60 for pieces, or 10 kg."),
        ),
        Field(
            "waste_share", say.phrase("Does not turn out well"), "percent", suffix="%",
            hint=say.phrase("Of what is made."),
        ),
        Field(
            "lead_days", say.phrase("Made days before"), "number", suffix=say.phrase("days"),
            hint=say.phrase("1 for a dough that rests overnight."),
        ),
    )  # fmt: skip


def _batches(say: Speech) -> tuple[Field, ...]:
    return (
        Field("batch_min", say.phrase("Smallest batch"), "quantity"),
        Field("batch_max", say.phrase("Largest batch"), "quantity"),
        Field(
            "batch_multiple", say.phrase("In steps of"), "quantity",
            hint=say.phrase("A tray of 12, for example."),
        ),
    )  # fmt: skip


def _water_words(visit: Visit, grams: float, percent: float | None) -> str:
    if not grams:
        return ""
    weight = visit.say.quantity(grams, "g")
    if percent is None:
        return visit.say.phrase("Tap water fills up the yield: {weight}.", weight=weight)
    return visit.say.phrase(
        "Tap water fills up the yield: {weight}, {percent} of the flour.",
        weight=weight,
        percent=visit.say.percent(percent / 100),
    )

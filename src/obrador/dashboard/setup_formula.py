"""The components and steps of a recipe, between how people write them and how the API has them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from uuid import UUID

from obrador.catalogue.domain import is_flour, water_left
from obrador.catalogue.percentages import Line as Weighed
from obrador.catalogue.percentages import flour_of, percentages, weights
from obrador.catalogue.schemas import ComponentOutput, RecipeOutput, StepFields
from obrador.dashboard.forms import Given, decimal
from obrador.dashboard.setup_costs import Costs
from obrador.dashboard.setup_fields import as_share, plain, quantity_text
from obrador.dashboard.setup_lines import (
    Line,
    exact_quantity,
    lines_of,
    portion_text,
    to_inputs,
    typed_portion,
)
from obrador.kit.errors import Fault, Invalid
from obrador.kit.i18n import Speech
from obrador.kit.names import name_key

PER = {"piece": Decimal(1), "g": Decimal(1000), "ml": Decimal(1000)}
"""Steps are entered for each piece, kg or litre."""
_HUNDREDTH = Decimal("0.01")
_MINUTES = Decimal("0.0001")
_WHOLE_NUMBERS = ("fixed_minutes", "people", "max_wait_minutes", "temperature")


@dataclass(frozen=True, slots=True)
class Item:
    """What can go into a recipe."""

    id: UUID
    label: str
    unit: str
    is_recipe: bool
    is_flour: bool = False
    is_offered: bool = True
    """Not what is sold as it is, though that can go in as well."""


class Formula:
    """What can go into recipes, by what people call it."""

    def __init__(self, say: Speech, costs: Costs) -> None:
        self.say = say
        self.items: dict[UUID, Item] = {}
        self._by_key: dict[str, Item] = {}
        for item in _items(costs):
            self._add(item)

    def _add(self, item: Item) -> None:
        if name_key(item.label) in self._by_key:  # a dough that is called as an ingredient is
            item = replace(item, label=self.say.phrase("{name} (recipe)", name=item.label))
        self.items[item.id] = self._by_key[name_key(item.label)] = item

    def offered(self) -> list[str]:
        """What is suggested while somebody types."""
        return [item.label for item in self.items.values() if item.is_offered]

    def components(self, given: Given) -> list[dict[str, Any]]:
        """What was entered, as the API takes it: by weight, or in per cent of the flour.

        Raises:
            Invalid: something is not there, or cannot be weighed; names the line.
        """
        lines = lines_of(given, "component", "item")
        items = [self._item(line, place) for place, line in enumerate(lines)]
        flour, times = _flour(given)
        weighed = [
            _weighed(item, line, f"components.{place}", times)
            for place, (item, line) in enumerate(zip(items, lines, strict=True))
        ]
        # Flours with quantities of their own are more exact than what they came to.
        in_lines = all(each.quantity is not None for each in weighed if each.is_flour)
        found = weights(weighed, None if in_lines and flour_of(weighed) else flour)
        return [
            {
                "recipe_id" if item.is_recipe else "ingredient_id": item.id,
                "quantity": quantity,
                "waste_share": as_share(line.get("waste_share") or "0"),
            }
            for item, line, quantity in zip(items, lines, found, strict=True)
        ]

    def _item(self, line: Line, place: int) -> Item:
        item = self._by_key.get(name_key(line["item"]))
        if item is None:
            where = f"components.{place}.item"
            fault = Fault(where, "there is none of this name; add it first")
            raise Invalid("There is no {item!r} here.", [fault], item=line["item"])
        return item

    def inputs(self, recipe: RecipeOutput) -> dict[str, str]:
        """What the form shows of a recipe's components and steps."""
        weighed = [self._of(each) for each in recipe.components]
        flour = flour_of(weighed)
        lines = [
            self._shown(each, share)
            for each, share in zip(recipe.components, percentages(weighed), strict=True)
        ]
        shown_flour = quantity_text(self.say, flour, "g") if flour else ""
        steps = [self._step_shown(each, PER[recipe.unit]) for each in recipe.steps]
        return {
            "flour": shown_flour,
            "was_flour": shown_flour,
            **to_inputs("component", lines),
            **to_inputs("step", steps),
        }

    def water(self, recipe: RecipeOutput) -> tuple[float, float | None]:
        """Tap water that fills the recipe up, in g, and in per cent of the flour, if there is
        any."""
        goods = [
            (each.unit, float(each.quantity * (1 - each.waste_share))) for each in recipe.components
        ]
        rest = water_left(recipe.unit, float(recipe.yield_quantity), goods)
        flour = float(flour_of([self._of(each) for each in recipe.components]))
        return rest, 100 * rest / flour if flour else None

    def _of(self, component: ComponentOutput) -> Weighed:
        item = self.items[_id_of(component)]
        return Weighed(component.unit, item.is_flour, component.quantity)

    def _shown(self, component: ComponentOutput, share: Decimal | None) -> Line:
        quantity = quantity_text(self.say, component.quantity, component.unit)
        percent = "" if share is None else plain(self.say, share.quantize(_HUNDREDTH))
        waste = component.waste_share
        return {
            "item": self.items[_id_of(component)].label,
            "percent": percent,
            "was_percent": percent,
            "quantity": quantity,
            "was_quantity": quantity,
            "waste_share": plain(self.say, waste * 100) if waste else "",
        }

    def _step_shown(self, step: StepFields, per: Decimal) -> Line:
        each, takes = step.minutes_per_unit * per, step.capacity_per_unit * per
        return {
            "kind": step.kind,
            "equipment_kind": step.equipment_kind or "",
            "minutes_per_unit": plain(self.say, each) if each else "",
            "capacity_per_unit": portion_text(takes) if takes else "",
            **{name: _or_empty(getattr(step, name)) for name in _WHOLE_NUMBERS},
        }


def steps_of(given: Given) -> list[dict[str, Any]]:
    """The steps that were entered, as the API takes them."""
    per = PER.get(given.get("unit", ""), Decimal(1))
    return [
        {
            name: value
            for name, typed in line.items()
            if (value := _step_value(name, typed, per)) != ""
        }
        for line in lines_of(given, "step", "kind")
    ]


def _step_value(name: str, typed: str, per: Decimal) -> Any:
    match name:
        case "capacity_per_unit":
            return typed_portion(typed, per)
        case "minutes_per_unit":
            return _minutes(typed, per)
        case _:
            return typed


def _minutes(text: str, per: Decimal) -> Decimal | str:
    """Of a base unit; what is no number stays as it is, for the API to refuse."""
    try:
        return (Decimal(decimal(text)) / per).quantize(_MINUTES)
    except InvalidOperation:
        return text


def _or_empty(value: object) -> str:
    return "" if value is None else str(value)


def _items(costs: Costs) -> Iterator[Item]:
    for bought in costs.ingredients.values():
        ground = is_flour(bought.unit, bought.name, bought.category)
        yield Item(bought.id, bought.name, bought.unit, is_recipe=False, is_flour=ground)
    for recipe in sorted(costs.recipes.values(), key=lambda each: each.kind == "product"):
        is_dough = recipe.kind == "semi_finished"
        yield Item(recipe.id, recipe.name, recipe.unit, is_recipe=True, is_offered=is_dough)


def _flour(given: Given) -> tuple[Decimal | None, Decimal]:
    """All flour, if it was entered, and how many times as much as before that is."""
    typed, before = given.get("flour", ""), given.get("was_flour", "")
    if not typed:
        return None, Decimal(1)
    flour = exact_quantity(typed, "g", "flour")
    if not before or typed == before:
        return flour, Decimal(1)
    return flour, flour / exact_quantity(before, "g", "flour")


def scaled_yield(given: Given, unit: str) -> Decimal | None:
    """The yield of a recipe whose flour was changed, and whose yield was not; None: as entered."""
    typed = given.get("yield_quantity", "")
    _, times = _flour(given)
    if times == 1 or not typed or typed != given.get("was_yield", ""):
        return None
    return exact_quantity(typed, unit, "yield_quantity") * times


def _weighed(item: Item, line: Line, where: str, times: Decimal) -> Weighed:
    """A line whose percentage was changed, and whose quantity was not, follows that; one that was
    left alone follows the flour."""
    typed, percent = line.get("quantity", ""), line.get("percent", "")
    is_same = typed == line.get("was_quantity", "")
    if is_same and percent and percent != line.get("was_percent", ""):
        share = exact_quantity(percent, "piece", f"{where}.percent")
        return Weighed(item.unit, item.is_flour, None, share)
    if not typed:
        return Weighed(item.unit, item.is_flour, None)
    quantity = exact_quantity(typed, item.unit, f"{where}.quantity")
    return Weighed(item.unit, item.is_flour, quantity * times if is_same else quantity)


def _id_of(component: ComponentOutput) -> UUID:
    # A constraint of the table says that it has one of the two.
    return cast("UUID", component.ingredient_id or component.recipe_id)

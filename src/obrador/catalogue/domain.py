"""What is made and how, as plain data for planning. Quantities in base units (g, ml, piece)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Literal
from uuid import UUID

from obrador.kit.errors import Invalid
from obrador.kit.names import name_key

StepKind = Literal["mix", "ferment", "shape", "proof", "bake", "cool", "fill", "finish"]
Issuing = Literal["oldest_first", "freshest_first"]
"""Which units customers get while several days' bakes lie on the shelf."""
MOST_WAVES = 5
"""Bakes of a product and day, beside the first."""
_FLOUR = ("flour", "harina", "mehl", "farin", "meel", "mjol", "mouka", "αλευρ")
"""In what name or category says so; as `name_key` writes it."""
_LITTLE = 0.02
"""Of a yield, which evaporates, or comes of millilitres that do not weigh a gram."""


@dataclass(frozen=True, slots=True)
class Component:
    """What goes into a recipe's yield: an ingredient, or another recipe's product."""

    item_id: UUID
    is_recipe: bool
    quantity: float
    waste_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step. Takes `fixed_minutes + minutes_per_unit * units`, rounded up to whole minutes."""

    kind: StepKind
    fixed_minutes: int
    minutes_per_unit: float = 0.0
    equipment_kind: str | None = None
    capacity_per_unit: float = 0.0
    people: int = 0
    max_wait_minutes: int | None = None
    temperature: int | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Components for `yield_quantity` units before waste; good units are `1 - waste_share` of it.

    A recipe without steps is made to order (coffee): it uses ingredients but is not scheduled.
    """

    id: UUID
    name: str
    kind: Literal["product", "semi_finished"]
    unit: str
    yield_quantity: float
    components: tuple[Component, ...]
    steps: tuple[Step, ...] = ()
    waste_share: float = 0.0
    batch_min: float = 0.0
    batch_max: float | None = None
    batch_multiple: float = 1.0
    lead_days: int = 0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold. Money in minor units of the tenant's currency, of one unit."""

    id: UUID
    name: str
    category: str
    unit: str
    price_minor: int | None
    salvage_minor: int = 0
    shelf_life_days: int = 1
    recipe_id: UUID | None = None
    ready_by: time | None = None
    par_levels: tuple[float, ...] | None = None
    daily_max: float | None = None
    assumed: tuple[str, ...] = ()
    issuing: Issuing = "oldest_first"
    disposal_minor: int = 0
    """Of what is thrown away."""
    goodwill_minor: int = 0
    """Of a customer who finds none, beside the margin."""
    holding_minor: int = 0
    """Of what is left in the evening."""
    variable_cost_minor: int = 0
    """Energy and work that a unit more takes, beside its ingredients."""
    min_display: float = 0.0
    """Fewest that lie on the shelf when a bake is ready."""
    waves: tuple[time, ...] = ()
    """When the day's second and further bakes are ready, in order, after `ready_by`."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """`count` machines of one kind, each with `capacity` (trays, kg, ...)."""

    id: UUID
    name: str
    kind: str
    count: int
    capacity: float
    available_from: time | None = None
    available_to: time | None = None
    changeover_minutes: int = 0
    out_of_order_from: datetime | None = None
    out_of_order_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """When how many people work; ends at or before it starts: on the next day."""

    weekdays: tuple[int, ...]
    starts: time
    ends: time
    people: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of it, for one bakery. Only active products."""

    products: tuple[Product, ...]
    recipes: Mapping[UUID, Recipe]
    equipment: tuple[Equipment, ...]
    shifts: tuple[Shift, ...]


def wave_fault(ready_by: time | None, waves: Sequence[time]) -> str | None:
    """What is wrong with a product's further bakes; None if nothing is."""
    if len(waves) > MOST_WAVES:
        return f"has {len(waves)} times; give {MOST_WAVES} at most"
    if any(later <= earlier for earlier, later in pairwise(waves)):
        return "must be in order, each later than the one before"
    if waves and ready_by is not None and waves[0] <= ready_by:
        return "must be later than the time that the first bake is ready by"
    return None


def find_cycle(recipes: Mapping[UUID, Recipe]) -> tuple[UUID, ...]:
    """Recipes that contain each other in a ring, the first repeated at the end; empty if none."""
    try:
        TopologicalSorter(_doughs(recipes, recipes)).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def making_order(recipes: Mapping[UUID, Recipe], wanted: Iterable[UUID]) -> tuple[UUID, ...]:
    """The wanted recipes and every dough or filling in them, each after all that it is made of.

    Raises:
        Invalid: a recipe contains itself, directly or through others; names them.
    """
    try:
        return tuple(TopologicalSorter(_doughs(recipes, wanted)).static_order())
    except CycleError as error:
        names = " → ".join(recipes[recipe_id].name for recipe_id in reversed(error.args[1]))
        raise Invalid(
            "A recipe contains itself: {names}. Remove one of these components.", names=names
        ) from None


def contained(recipes: Mapping[UUID, Recipe], recipe_id: UUID) -> set[UUID]:
    """The doughs and fillings in a recipe, and in those."""
    return _doughs(recipes, [recipe_id]).keys() - {recipe_id}


def explode(recipes: Mapping[UUID, Recipe], recipe_id: UUID, units: float) -> dict[UUID, float]:
    """What goes into `units` made (waste included) of a recipe: the bill of material, exploded.

    Of each item, ingredient or semi-finished good, Σ units / yield × quantity / (1 − waste share)
    over the recipes that it goes into. A semi-finished good appears with the units to make, its
    own waste included, beside the ingredients that these take. Linear in `units`.

    Raises:
        Invalid: a recipe contains itself.
    """
    needed: dict[UUID, float] = defaultdict(float, {recipe_id: units})
    for made_id in reversed(making_order(recipes, [recipe_id])):
        for component in recipes[made_id].components:
            needed[component.item_id] += needed[made_id] * use_per_unit(
                recipes, recipes[made_id], component
            )
    del needed[recipe_id]
    return dict(needed)


def use_per_unit(recipes: Mapping[UUID, Recipe], recipe: Recipe, component: Component) -> float:
    """Units of the component to take, or to make if it is a recipe, for a unit made of `recipe`."""
    use = component.quantity / recipe.yield_quantity / (1 - component.waste_share)
    if component.is_recipe:
        use /= 1 - recipes[component.item_id].waste_share
    return use


def is_flour(unit: str, name: str, category: str) -> bool:
    """Whether an ingredient's category says so, or where it has none its name."""
    words = name_key(category or name)
    return unit == "g" and any(stem in words for stem in _FLOUR)


def water_left(unit: str, made: float, lines: Sequence[tuple[str, float]]) -> float:
    """What fills up `made` grams of a recipe, in g: tap water, which nobody orders, is in few
    recipes. 0: nothing does.

    Args:
        lines: unit and quantity of all that goes in, without what is lost in preparing it.
    """
    if unit != "g" or any(each == "piece" for each, _ in lines):
        return 0.0
    rest = made - sum(quantity for _, quantity in lines)
    return rest if rest > _LITTLE * made else 0.0


def _doughs(recipes: Mapping[UUID, Recipe], wanted: Iterable[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """Which recipes go into each wanted one, and into those."""
    graph: dict[UUID, tuple[UUID, ...]] = {}
    waiting = list(wanted)
    while waiting:
        recipe_id = waiting.pop()
        if recipe_id not in graph:
            graph[recipe_id] = tuple(
                c.item_id for c in recipes[recipe_id].components if c.is_recipe
            )
            waiting.extend(graph[recipe_id])
    return graph

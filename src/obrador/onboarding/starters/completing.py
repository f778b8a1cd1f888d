"""Fills the gaps of a bakery's file from the library of classic formulas, so that sales alone are
enough for a complete plan.

What the baker gave is never changed. Every field that is filled in is named in `assumed` of its
row, but for shifts, which have no such field. Stock is not made up: planning itself takes some to
be there while nobody has counted it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import (
    BakeryFile,
    EquipmentRow,
    ProductRow,
    RecipeRow,
    ShiftRow,
)
from obrador.onboarding.starters.formulas import dough_recipe, product_recipe
from obrador.onboarding.starters.goods import with_goods
from obrador.onboarding.starters.library import Formula, library, say
from obrador.onboarding.starters.matching import formula_for
from obrador.onboarding.starters.naming import Naming, free_name, naming_for
from obrador.onboarding.starters.sizing import (
    Work,
    batch_max,
    daily_use,
    equipment_for,
    largest,
    people_for,
)
from obrador.tenants.domain import Hours

BEFORE_OPENING = 4 * 60
"""Minutes that work starts before the shop opens,"""
SECOND_WAVE = 3 * 60
"""and after which what need not be there at opening is ready."""
SHIFT = 8 * 60


@dataclass(frozen=True)
class _Day:
    """When a bakery works."""

    weekdays: tuple[int, ...]
    opens: int
    starts: int

    @property
    def second_wave(self) -> time:
        """When what need not be there at opening is ready."""
        return _clock(self.opens + SECOND_WAVE)


def complete(
    file: BakeryFile,
    daily_sales: Mapping[str, float],
    *,
    hours: Sequence[Hours | None],
    language: str = "en",
    shift_starts: time | None = None,
) -> BakeryFile:
    """The file with everything that a plan needs and the baker has not given yet.

    Products sold by the piece that have no recipe get the formula that their name or category
    tells (`matching.formula_for`), or none: they are then forecast as bought goods. Their doughs,
    ingredients, prices and suppliers follow. Equipment of which there is none of its kind, and a
    shift where there is none, are sized for a strong day (`sizing`).

    Args:
        file: one in which `check.check` finds nothing wrong.
        daily_sales: mean units of late on a day that the shop is open, by product name; nothing
            where there is none.
        hours: opening hours, seven from Monday.
        language: of the names that are given: en, es, de or fr.
        shift_starts: when work begins; four hours before opening unless given.
    """
    file = _with_own_recipes(file)
    formulas = _formulas(file.products)
    day = _day(hours, shift_starts, file.shifts)
    naming = naming_for(file, formulas.values(), language)
    file = _with_recipes(file, formulas, naming, day, language)
    file = with_goods(file, naming, language)
    _, made = daily_use(file.recipes, _sold(file, daily_sales))
    work = _work(file, made, day)
    file = _with_equipment(file, work, naming, language)
    return replace(file, shifts=file.shifts or _shifts(file, work, day))


def _with_own_recipes(file: BakeryFile) -> BakeryFile:
    """With recipes tied to the products that bear their names."""
    own = {
        (name_key(row.name), row.unit): row.name for row in file.recipes if row.kind == "product"
    }
    products = tuple(
        replace(product, recipe=recipe, assumed=(*product.assumed, "recipe"))
        if product.recipe is None and (recipe := own.get((name_key(product.name), product.unit)))
        else product
        for product in file.products
    )
    return replace(file, products=products)


def _formulas(products: Iterable[ProductRow]) -> dict[str, Formula]:
    """By name of a product without a recipe."""
    lacking = [p for p in products if p.recipe is None and p.unit == "piece"]
    return {p.name: f for p in lacking if (f := formula_for(p.name, p.category))}


def _day(hours: Sequence[Hours | None], starts: time | None, shifts: Sequence[ShiftRow]) -> _Day:
    opening = {weekday: span.opens for weekday, span in enumerate(hours) if span}
    opens = _minute(min(opening.values(), default=time(8)))
    given = starts or min((shift.starts for shift in shifts), default=None)
    weekdays = sorted({day for d in opening for day in (d, (d - 1) % 7)}) or range(7)
    return _Day(
        tuple(weekdays),  # doughs that rest overnight are made on the eve of an open day
        opens,
        max(opens - BEFORE_OPENING, 0) if given is None else _minute(given),
    )


def _with_recipes(
    file: BakeryFile, formulas: Mapping[str, Formula], naming: Naming, day: _Day, language: str
) -> BakeryFile:
    own = {name_key(recipe.name) for recipe in file.recipes}
    doughs = [
        dough_recipe(name, library().doughs[key], naming)
        for key, name in naming.doughs.items()
        if name_key(name) not in own
    ]
    recipes = {
        name: product_recipe(free_name(name, file.recipes), formula, naming)
        for name, formula in formulas.items()
    }
    products = tuple(
        _described(product, recipes[product.name].name, formulas[product.name], day, language)
        if product.name in recipes
        else product
        for product in file.products
    )
    return replace(file, products=products, recipes=(*file.recipes, *doughs, *recipes.values()))


def _described(
    product: ProductRow, recipe: str, formula: Formula, day: _Day, language: str
) -> ProductRow:
    """The product with its recipe and what else is not known of it.

    A shelf life of one day counts as unknown where nothing but the name (and price) is known.
    """
    is_bare = not product.category and product.shelf_life_days == 1
    filled: dict[str, Any] = {"recipe": recipe}
    if not product.category:
        filled["category"] = say(library().categories[formula.category], language)
    if product.price_minor is None:
        filled["price_minor"] = round(formula.price * 100)
    if is_bare and formula.shelf_life > 1:
        filled["shelf_life_days"] = formula.shelf_life
    if product.ready_by is None and formula.wave > 1 and formula.steps:
        filled["ready_by"] = day.second_wave
    return replace(product, **filled, assumed=(*product.assumed, *filled))


def _work(file: BakeryFile, made: Mapping[str, float], day: _Day) -> list[Work]:
    """What an average day makes; doughs for the next day are ready when the shift ends."""
    ready = {
        name_key(p.recipe): _minute(p.ready_by) if p.ready_by else day.opens
        for p in file.products
        if p.recipe and p.is_active
    }
    return [
        Work(recipe, made[key], max(ready.get(key, day.starts + SHIFT) - day.starts, 60))
        for recipe in file.recipes
        if recipe.steps and made[key := name_key(recipe.name)] > 0
    ]


def _sold(file: BakeryFile, daily_sales: Mapping[str, float]) -> dict[str, float]:
    """Units a day by name key of the recipe."""
    units = {name_key(name): quantity for name, quantity in daily_sales.items()}
    sold: dict[str, float] = defaultdict(float)
    for product in file.products:
        if product.recipe:
            sold[name_key(product.recipe)] += units.get(name_key(product.name), 0.0)
    return sold


def _with_equipment(
    file: BakeryFile, work: Sequence[Work], naming: Naming, language: str
) -> BakeryFile:
    """With machines for every step, and assumed recipes in batches that fit into them."""
    own = {name_key(row.kind) for row in file.equipment}
    needed = {step.equipment_kind for recipe in file.recipes for step in recipe.steps}
    machines = library().machines
    added = [
        equipment_for(
            kind, free_name(say(machines[key].names, language), file.equipment), machines[key], work
        )
        for key, kind in naming.kinds.items()
        if kind in needed and name_key(kind) not in own
    ]
    equipment = (*file.equipment, *added)
    return replace(file, equipment=equipment, recipes=_in_batches(file.recipes, equipment))


def _in_batches(
    recipes: Iterable[RecipeRow], equipment: Iterable[EquipmentRow]
) -> tuple[RecipeRow, ...]:
    sizes = largest(equipment)
    return tuple(
        replace(recipe, batch_max=most, assumed=(*recipe.assumed, "batch_max"))
        if recipe.batch_max is None
        and "steps" in recipe.assumed
        and (most := batch_max(recipe.steps, sizes))
        else recipe
        for recipe in recipes
    )


def _shifts(file: BakeryFile, work: Sequence[Work], day: _Day) -> tuple[ShiftRow, ...]:
    if not work:
        return ()
    people = people_for(work, file.equipment)
    return (ShiftRow(day.weekdays, _clock(day.starts), _clock(day.starts + SHIFT), people),)


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)

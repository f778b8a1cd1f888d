"""What a bakery calls the goods, doughs and machines of the library: by its own names where it has
them already, else by the library's in its language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import (
    BakeryFile,
    EquipmentRow,
    IngredientRow,
    ProductRow,
    RecipeRow,
)
from obrador.onboarding.starters.library import Formula, Names, library, say

Named = IngredientRow | RecipeRow | ProductRow | EquipmentRow


@dataclass(frozen=True)
class Naming:
    """What this bakery calls the library's goods, doughs and kinds of equipment, by key."""

    goods: Mapping[str, str]
    doughs: Mapping[str, str]
    kinds: Mapping[str, str]


def naming_for(file: BakeryFile, formulas: Iterable[Formula], language: str) -> Naming:
    """Names of all that these formulas take."""
    items = {item for formula in formulas for item in _items_of(formula)}
    return Naming(
        goods={
            key: _name(good.names, file.ingredients, language, unit=good.unit)
            for key, good in library().goods.items()
            if key in items
        },
        doughs={
            key: _name(
                dough.names,
                [recipe for recipe in file.recipes if recipe.kind == "semi_finished"],
                language,
                unit="g",
                taken=[*file.recipes, *file.products],
            )
            for key, dough in library().doughs.items()
            if key in items
        },
        kinds=_kinds(file.equipment),
    )


def _kinds(equipment: Sequence[EquipmentRow]) -> dict[str, str]:
    """What the bakery calls each kind of equipment of the library."""
    own = {name_key(row.kind): row.kind for row in reversed(equipment)}
    own |= {name_key(row.name): row.kind for row in reversed(equipment)}
    return {
        key: next(
            (
                own[name_key(name)]
                for name in (key, *machine.names.values(), *machine.also)
                if name_key(name) in own
            ),
            key,
        )
        for key, machine in library().machines.items()
    }


def _name(
    names: Names,
    rows: Sequence[IngredientRow | RecipeRow],
    language: str,
    unit: str,
    taken: Sequence[Named] = (),
) -> str:
    """The name of the row that is meant, or one that no row has yet."""
    wanted = {name_key(name) for name in names.values()}
    own = next((row.name for row in rows if name_key(row.name) in wanted and row.unit == unit), "")
    return own or free_name(say(names, language), [*rows, *taken])


def free_name(name: str, rows: Iterable[Named]) -> str:
    """The name, or if a row has it already, the name with a number."""
    taken = {name_key(row.name) for row in rows}
    names = (name if number == 1 else f"{name} {number}" for number in range(1, len(taken) + 2))
    return next(free for free in names if name_key(free) not in taken)


def _items_of(formula: Formula) -> set[str]:
    """Keys of the goods and doughs that a formula takes, and of what those doughs take."""
    items = {*formula.percent, *formula.each} - {"water"}
    for dough in items & library().doughs.keys():
        items |= library().doughs[dough].percent.keys() - {"water"}
    return items

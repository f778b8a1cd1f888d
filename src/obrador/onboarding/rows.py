"""What the rows of a bakery's file have in common: keys, references, precision."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from obrador.catalogue.domain import Step
from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import BakeryFile

Row = Any
"""One of the row classes of `bakery_file`, or a `Step`."""
Index = tuple[int, ...]
"""Of a row in its part; components and steps have two, their recipe's and their own."""

PARTS = tuple(part.name for part in fields(BakeryFile))
NAMED = ("ingredients", "suppliers", "recipes", "products", "equipment")
"""Parts whose rows have a name that is unique in the bakery."""
_DECIMALS: Mapping[str, int] = {
    "waste_share": 5, "capacity_per_unit": 5, "minutes_per_unit": 4, "service_level": 4,
    "lead_time_sd_days": 2,
}  # fmt: skip
"""That are stored; three of any other field."""


def flat(file: BakeryFile) -> Iterator[tuple[str, Index, Row]]:
    """Every row of every part, `components` and `steps` as parts of their own."""
    for part in PARTS:
        for number, row in enumerate(getattr(file, part)):
            yield part, (number,), row
    for number, recipe in enumerate(file.recipes):
        for position, component in enumerate(recipe.components):
            yield "components", (number, position), component
        for position, step in enumerate(recipe.steps):
            yield "steps", (number, position), step


def row_key(part: str, row: Row) -> Hashable:
    """What tells a row from the others of its part: rows of one key are one thing said twice."""
    match part:
        case "prices":
            return name_key(row.supplier), name_key(row.ingredient), row.pack_size, row.min_packs
        case "lots":
            item = row.is_product, name_key(row.item)
            return *item, name_key(row.code), row.received_on, row.expires_on
        case "open_orders":
            pack = row.pack_size, row.pack_price_minor
            return name_key(row.supplier), row.delivery_on, name_key(row.ingredient), *pack
        case "customer_orders":
            due = row.due_date, row.due_time
            return name_key(row.customer), *due, name_key(row.product)
        case "shifts":
            return row.weekdays, row.starts, row.ends, row.people
        case _:
            return name_key(row.name)


def scope_key(part: str, row: Row) -> Hashable:
    """What a row replaces when it is stored: together with the file's other rows of its scope, all
    rows of that scope. A price list, an order and the shifts are replaced as a whole."""
    match part:
        case "prices":
            return name_key(row.supplier)
        case "open_orders":
            return name_key(row.supplier), row.delivery_on
        case "customer_orders":
            return name_key(row.customer), row.due_date, row.due_time
        case "shifts":
            return ()
        case _:
            return row_key(part, row)


def references(part: str, row: Row) -> dict[str, str]:
    """Fields in which a row names a row of another part, and that part."""
    match part:
        case "products":
            return {} if row.recipe is None else {"recipe": "recipes"}
        case "components":
            return {"item": "recipes" if row.is_recipe else "ingredients"}
        case "lots":
            return {"item": "products" if row.is_product else "ingredients"}
        case "prices" | "open_orders":
            return {"supplier": "suppliers", "ingredient": "ingredients"}
        case "customer_orders":
            return {"product": "products"}
        case _:
            return {}


Known = Mapping[str, Mapping[str, Row]]
"""The rows of each named part, by the key of their name."""


def known_rows(file: BakeryFile, stored: BakeryFile) -> Known:
    """What rows of `file` may name: its own rows, and those stored that it does not replace."""
    return {
        part: {name_key(row.name): row for row in (*getattr(stored, part), *getattr(file, part))}
        for part in NAMED
    }


def spelled(file: BakeryFile, known: Known) -> BakeryFile:
    """The file with all references spelled as what they refer to; every one must be known."""
    return BakeryFile(
        **{part: tuple(_spelled(part, row, known) for row in getattr(file, part)) for part in PARTS}
    )


def rounded(file: BakeryFile) -> BakeryFile:
    """The file with as many decimals as are stored, so that what is stored compares equal."""
    return BakeryFile(**{part: tuple(map(_rounded, getattr(file, part))) for part in PARTS})


def _spelled(part: str, row: Row, known: Known) -> Row:
    changes: dict[str, Any] = {
        column: known[named][name_key(getattr(row, column))].name
        for column, named in references(part, row).items()
    }
    if part == "recipes":
        components = (_spelled("components", component, known) for component in row.components)
        changes["components"] = tuple(components)
        changes["steps"] = tuple(_spelled_step(step, known) for step in row.steps)
    return replace(row, **changes)


def _spelled_step(step: Step, known: Known) -> Step:
    kind = name_key(step.equipment_kind or "")
    kinds = (row.kind for row in known["equipment"].values() if name_key(row.kind) == kind)
    return replace(step, equipment_kind=next(kinds, step.equipment_kind))


def _rounded(row: Row) -> Row:
    names = (column.name for column in fields(row))
    return replace(row, **{name: _rounded_value(name, getattr(row, name)) for name in names})


def _rounded_value(name: str, value: Any) -> Any:
    if name in {"components", "steps"}:
        return tuple(map(_rounded, value))
    if isinstance(value, tuple):
        return tuple(_rounded_value(name, one) for one in value)
    return round(value, _DECIMALS.get(name, 3)) if isinstance(value, float) else value

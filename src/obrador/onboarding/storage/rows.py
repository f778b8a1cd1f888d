"""What the rows of a bakery's file have in common: keys, references, precision."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import time
from typing import Any

from obrador.catalogue.domain import Step
from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import BakeryFile, OpeningRow

Row = Any
"""One of the row classes of `bakery_file`, or a `Step`."""
Key = tuple[Hashable, ...]
"""Of a row or of its scope, names in it as keys."""
Index = tuple[int, ...]
"""Of a row in its part; components and steps have two, their recipe's and their own."""

PARTS = tuple(part.name for part in fields(BakeryFile))
NAMED = ("ingredients", "suppliers", "recipes", "products", "equipment")
"""Parts whose rows have a name that is unique in the bakery."""
_DECIMALS: Mapping[str, int] = {
    "waste_share": 5, "capacity_per_unit": 8, "minutes_per_unit": 4, "service_level": 4,
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


def _by_name(row: Row) -> Key:
    return (name_key(row.name),)


_KEYS: Mapping[str, Callable[[Row], Key]] = {
    "prices": lambda row: (
        name_key(row.supplier), name_key(row.ingredient), row.pack_size, row.min_packs,
    ),
    "lots": lambda row: (
        row.is_product, name_key(row.item), name_key(row.code), row.received_on, row.expires_on,
    ),
    "open_orders": lambda row: (
        name_key(row.supplier), row.delivery_on, name_key(row.ingredient), row.pack_size,
        row.pack_price_minor,
    ),
    "customer_orders": lambda row: (
        name_key(row.customer), row.due_date, row.due_time, name_key(row.product),
    ),
    "shifts": lambda row: (row.weekdays, row.starts, row.ends, row.people),
    "opening_hours": lambda row: row.weekdays,
    "closures": lambda row: (row.first_day, row.last_day),
}  # fmt: skip
_SCOPES: Mapping[str, Callable[[Row], Key]] = {
    "prices": lambda row: (name_key(row.supplier),),
    "open_orders": lambda row: (name_key(row.supplier), row.delivery_on),
    "customer_orders": lambda row: (name_key(row.customer), row.due_date, row.due_time),
    "shifts": lambda _row: (),
    "opening_hours": lambda _row: (),
    "closures": lambda _row: (),
}


def row_key(part: str, row: Row) -> Key:
    """What tells a row from the others of its part: rows of one key are one thing said twice."""
    return _KEYS.get(part, _by_name)(row)


def scope_key(part: str, row: Row) -> Key:
    """What a row replaces when it is stored: together with the file's other rows of its scope, all
    rows of that scope. A price list, an order, the shifts, hours and closures are replaced as a
    whole; anything else by itself."""
    return _SCOPES.get(part, _KEYS.get(part, _by_name))(row)


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
    """The file as it is stored: references spelled as what they refer to, every one of which must
    be known, and weekdays of the same opening hours in one row."""
    parts = {
        part: tuple(_spelled(part, row, known) for row in getattr(file, part)) for part in PARTS
    }
    return BakeryFile(**parts | {"opening_hours": _joined(file.opening_hours)})


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


def _joined(rows: Iterable[OpeningRow]) -> tuple[OpeningRow, ...]:
    """What is assumed of one row is assumed of all, for it is kept once."""
    rows = list(rows)
    assumed = tuple(sorted({name for row in rows for name in row.assumed}))
    weekdays: dict[tuple[time, time, bool], list[int]] = defaultdict(list)
    for row in rows:
        opens, closes = row.opens.replace(second=0), row.closes.replace(second=0)
        weekdays[opens, closes, row.on_holidays] += row.weekdays
    joined = [OpeningRow(tuple(sorted(d)), *hours, assumed) for hours, d in weekdays.items()]
    return tuple(sorted(joined, key=lambda row: row.weekdays))


def _rounded(row: Row) -> Row:
    names = (column.name for column in fields(row))
    return replace(row, **{name: _rounded_value(name, getattr(row, name)) for name in names})


def _rounded_value(name: str, value: Any) -> Any:
    if name in {"components", "steps"}:
        return tuple(map(_rounded, value))
    if isinstance(value, tuple):
        return tuple(_rounded_value(name, one) for one in value)
    return round(value, _DECIMALS.get(name, 3)) if isinstance(value, float) else value

"""What is wrong with a bakery's file, all of it at once, before anything is stored.

A file is judged together with what the bakery has already (`stored`), for its rows may name
either.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter

from rapidfuzz import fuzz, process

from obrador.catalogue.domain import wave_fault
from obrador.kit.errors import Fault
from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import BakeryFile
from obrador.onboarding.storage.limits import LARGEST_AMOUNT, value_fault
from obrador.onboarding.storage.rows import (
    NAMED,
    PARTS,
    Index,
    Key,
    Known,
    Row,
    flat,
    known_rows,
    references,
    row_key,
    scope_key,
)

LOOK_AHEAD = timedelta(days=2 * 366)
"""Orders due later are taken for typing errors."""

Finding = tuple[str, Index, str, str]
"""Part, index of the row, field, message."""


@dataclass(frozen=True)
class Origin:
    """Where the rows of a file stood, and the units in which their quantities were typed."""

    sheets: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rows: Mapping[tuple[str, Index], int] = field(default_factory=dict)
    units: Mapping[tuple[str, Index], str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    """What could not be read; something else stands in the file instead."""
    is_clear: bool = True
    """Whether all sheets and columns were made out; if not, the rest cannot be judged yet."""

    def place(self, part: str, index: Index, name: str) -> str:
        """`Recipes!C7`, or `recipes 5: yield_quantity` for what came from no workbook."""
        row = self.rows.get((part, index))
        if row is None:
            return f"{part} {'.'.join(str(number + 1) for number in index)}: {name}"
        return f"{self.sheets[part]}!{self.columns.get((part, name), '')}{row}"


NOWHERE = Origin()
"""Of a file that came from no workbook."""


def check(
    file: BakeryFile, stored: BakeryFile, today: date, origin: Origin = NOWHERE
) -> list[Fault]:
    """Everything that keeps `file` from being stored, with its place; empty if nothing does."""
    if not origin.is_clear:
        return list(origin.faults)
    known = known_rows(file, stored)
    found = [
        *_wrong_values(file),
        *_duplicates(file, origin),
        *_unknown_names(file, known),
        *_unit_mismatches(file, known, origin),
        *_missing_equipment(file, known),
        *_small_maxima(file),
        *_wrong_shelves(file),
        *_ring(file, known),
        *_wrong_dates(file, today),
        *_torn_orders(file),
        *_huge_orders(file),
        *_wrong_hours(file),
    ]
    unread = {fault.where for fault in origin.faults}
    read = (fault for fault in _placed(found, origin) if fault.where not in unread)
    return [*origin.faults, *read]


def warnings(file: BakeryFile, stored: BakeryFile, origin: Origin = NOWHERE) -> list[Fault]:
    """What can be planned with, though not as well as it could."""
    return _placed([*_unpriced(file), *_unsold(file, stored)], origin)


def meant(value: str, known: Mapping[str, str]) -> str:
    """` (did you mean 'Baguette'?)` for the known name that is closest, by key; or nothing."""
    best = process.extractOne(name_key(value), known.keys(), scorer=fuzz.ratio, score_cutoff=70)
    return f" (did you mean {known[best[0]]!r}?)" if best else ""


def _placed(found: list[Finding], origin: Origin) -> list[Fault]:
    return [Fault(origin.place(part, index, name), message) for part, index, name, message in found]


def _wrong_values(file: BakeryFile) -> Iterator[Finding]:
    for part, index, row in flat(file):
        for column in fields(row):
            message = value_fault(part, column.name, getattr(row, column.name))
            if message:
                yield part, index, column.name, message


def _duplicates(file: BakeryFile, origin: Origin) -> Iterator[Finding]:
    for part in PARTS:
        first: dict[Key, int] = {}
        for number, row in enumerate(getattr(file, part)):
            earlier = first.setdefault(row_key(part, row), number)
            if earlier != number:
                name = fields(row)[0].name
                place = origin.place(part, (earlier,), name)
                yield part, (number,), name, f"is the same as {place}; keep one of the two"


def _unknown_names(file: BakeryFile, known: Known) -> Iterator[Finding]:
    for part, index, row in flat(file):
        for name, named in references(part, row).items():
            value = getattr(row, name)
            if name_key(value) not in known[named]:
                yield part, index, name, _unknown(value, named, known)


def _unknown(value: str, named: str, known: Known) -> str:
    elsewhere = next((part for part in NAMED if name_key(value) in known[part]), None)
    if elsewhere:
        message = f"{value!r} is one of the {elsewhere}, not of the {named}"
        return f"{message}; say beside it which it is, or correct the name"
    names = {key: row.name for key, row in known[named].items()}
    return f"{value!r} is none of the {named}{meant(value, names)}; correct it or add it there"


def _unit_mismatches(file: BakeryFile, known: Known, origin: Origin) -> Iterator[Finding]:
    for part, index, row in flat(file):
        for name, named in references(part, row).items():
            other = known[named].get(name_key(getattr(row, name)))
            unit = row.unit if part == "products" else origin.units.get((part, index))
            if other and unit and named != "suppliers" and other.unit != unit:
                message = f"{unit} does not go with {other.name!r}, which is counted in"
                yield part, index, "unit", f"{message} {other.unit}; use one of its units"


def _missing_equipment(file: BakeryFile, known: Known) -> Iterator[Finding]:
    kinds = {name_key(row.kind): row.kind for row in known["equipment"].values()}
    for number, recipe in enumerate(file.recipes):
        for position, step in enumerate(recipe.steps):
            kind = step.equipment_kind
            if kind is not None and name_key(kind) not in kinds:
                message = f"{recipe.name!r} needs {kind!r}, but no equipment is of this kind"
                remedy = f"{meant(kind, kinds)}; add it to the equipment or correct it"
                yield "steps", (number, position), "equipment_kind", message + remedy


def _small_maxima(file: BakeryFile) -> Iterator[Finding]:
    for number, recipe in enumerate(file.recipes):
        if recipe.batch_max is not None and recipe.batch_max < recipe.batch_min:
            yield (
                "recipes",
                (number,),
                "batch_max",
                "is less than the smallest batch; correct one of the two",
            )


def _wrong_shelves(file: BakeryFile) -> Iterator[Finding]:
    for number, product in enumerate(file.products):
        if fault := wave_fault(product.ready_by, product.waves):
            yield "products", (number,), "waves", fault
        if product.daily_max is not None and product.min_display > product.daily_max:
            message = "is more than is baked in a day; correct one of the two"
            yield "products", (number,), "min_display", message


def _ring(file: BakeryFile, known: Known) -> Iterator[Finding]:
    doughs = {
        key: [name_key(row.item) for row in recipe.components if row.is_recipe]
        for key, recipe in known["recipes"].items()
    }
    try:
        TopologicalSorter(doughs).prepare()
    except CycleError as error:
        ring = list(reversed(error.args[1]))
        names = " → ".join(known["recipes"][key].name for key in ring)
        numbers = (n for n, recipe in enumerate(file.recipes) if name_key(recipe.name) in ring)
        message = f"a recipe contains itself: {names}; remove one of these components"
        yield "recipes", (next(numbers, 0),), "name", message


def _wrong_dates(file: BakeryFile, today: date) -> Iterator[Finding]:
    for number, lot in enumerate(file.lots):
        if lot.received_on > today:
            yield "lots", (number,), "received_on", f"{lot.received_on} is after today, {today}"
        if lot.expires_on is not None and lot.expires_on < lot.received_on:
            message = f"{lot.expires_on} is before the day of receipt, {lot.received_on}"
            yield "lots", (number,), "expires_on", message
    for part, index, row in flat(file):
        name = {"open_orders": "delivery_on", "customer_orders": "due_date"}.get(part)
        if name and getattr(row, name) - today > LOOK_AHEAD:
            message = f"{getattr(row, name)} is more than two years ahead; correct the year"
            yield part, index, name, message


def _torn_orders(file: BakeryFile) -> Iterator[Finding]:
    first: dict[Key, Row] = {}
    for number, row in enumerate(file.customer_orders):
        order = scope_key("customer_orders", row)
        if first.setdefault(order, row).in_forecast != row.in_forecast:
            message = "differs from another line of this order; it holds for the whole order"
            yield "customer_orders", (number,), "in_forecast", message


def _huge_orders(file: BakeryFile) -> Iterator[Finding]:
    total: Counter[Key] = Counter()
    for number, row in enumerate(file.open_orders):
        order = scope_key("open_orders", row)
        total[order] += row.packs * row.pack_price_minor
        if total[order] > LARGEST_AMOUNT:
            yield "open_orders", (number,), "packs", "makes the order too expensive to be meant"


def _wrong_hours(file: BakeryFile) -> Iterator[Finding]:
    seen: set[int] = set()
    for number, row in enumerate(file.opening_hours):
        if seen & set(row.weekdays):
            message = "has a weekday of an earlier row; give every weekday one row"
            yield "opening_hours", (number,), "weekdays", message
        if row.closes <= row.opens:
            yield "opening_hours", (number,), "closes", "must be later than the time of opening"
        if row.on_holidays != file.opening_hours[0].on_holidays:
            message = "differs from the first row; it holds for all rows"
            yield "opening_hours", (number,), "on_holidays", message
        seen |= set(row.weekdays)
    for number, closure in enumerate(file.closures):
        if closure.last_day < closure.first_day:
            yield "closures", (number,), "last_day", "must not be before the first day"


def _unpriced(file: BakeryFile) -> Iterator[Finding]:
    for number, product in enumerate(file.products):
        if product.is_active and product.price_minor is None:
            message = f"{product.name!r} has no price and is planned by service level; add one"
            yield "products", (number,), "price_minor", message


def _unsold(file: BakeryFile, stored: BakeryFile) -> Iterator[Finding]:
    sold = {name_key(row.ingredient) for row in (*stored.prices, *file.prices)}
    for number, row in enumerate(file.ingredients):
        if name_key(row.name) not in sold:
            message = f"no supplier sells {row.name!r}, so it cannot be ordered; add a price"
            yield "ingredients", (number,), "name", message

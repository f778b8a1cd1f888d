"""Reads a bakery from a workbook, with everything that is wrong with its cells."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from obrador.integrations.pos_files.xlsx_file import damage_told, opened
from obrador.kit.errors import Fault, NotFound
from obrador.kit.names import name_key
from obrador.kit.units import BASE_UNITS, to_base
from obrador.onboarding.bakery_file import BakeryFile, RecipeRow
from obrador.onboarding.storage.check import Origin, meant
from obrador.onboarding.storage.rows import PARTS, Index
from obrador.onboarding.workbook.kinds import UNIT, Cell
from obrador.onboarding.workbook.layout import SHEET, Column, Sheet
from obrador.onboarding.workbook.vocabulary import (
    all_vocabularies,
    field_keys,
    labels,
    sheet_keys,
    titles,
)

MOST_ROWS = 20_000
"""Of a sheet; no bakery has more of anything."""
_MOST_COLUMNS = 60

Grid = list[tuple[int, tuple[Any, ...]]]
"""Rows of a sheet that are not empty, with their numbers; the first is the header."""
_Keys = Mapping[str, set[str]]
"""Of the names on the sheets that components and stock may name."""


@dataclass
class _Line:
    """A row of a sheet: values of the cells that are filled, by field."""

    number: int
    values: dict[str, Any]
    factor: Decimal = Decimal(1)
    """Base units in one of the row's unit."""
    unit: str | None = None
    """Its base unit."""


@dataclass
class _Notes:
    """Where things stood, and what was wrong there."""

    currency: str
    titles: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    rows: dict[tuple[str, Index], int] = field(default_factory=dict)
    units: dict[tuple[str, Index], str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    is_clear: bool = True

    def fault(self, sheet: Sheet, cell: str, message: str) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(Fault(f"{self.titles[sheet.part]}!{cell}", message))

    def unclear(self, sheet: Sheet, cell: str, message: str) -> None:
        """Note what keeps a whole column from being read."""
        self.fault(sheet, cell, message)
        self.is_clear = False

    def origin(self) -> Origin:
        """All of it."""
        return Origin(
            self.titles, self.columns, self.rows, self.units, tuple(self.faults), self.is_clear
        )


def read(path: Path, currency: str) -> tuple[BakeryFile, Origin]:
    """The bakery in a workbook whose prices are in `currency`, and where its rows stood.

    What cannot be read is told in `origin.faults`; something else stands in the file for it, so
    that `check` can judge the rest; where sheets or columns cannot be made out, the file is empty.
    Use it only if `check` finds nothing wrong.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: it is no workbook, or damaged.
        TooLarge: it unpacks to more than a workbook of a bakery should.
    """
    if not path.is_file():
        raise NotFound(
            "There is no file {path}: look at the name, and at the folder you are in.",
            path=path,
        )
    notes = _Notes(currency)
    lines: dict[str, list[_Line]] = {}
    with opened(path) as book:
        for part, grid in _grids(path, book, notes):
            lines[part] = list(_lines(SHEET[part], grid, notes))
    if not lines and not notes.faults:
        notes.faults.append(Fault(path.name, "has no sheet of a bakery; start from the template"))
    file = _file(defaultdict(list, lines), notes) if notes.is_clear else BakeryFile()
    return file, notes.origin()


def _grids(path: Path, book: Workbook, notes: _Notes) -> Iterator[tuple[str, Grid]]:
    for sheet in book.worksheets:
        part = _part_of(sheet.title, notes)
        if part is None:
            continue
        with damage_told(path):
            sheet.reset_dimensions()  # what exports say of them is often wrong
            rows = enumerate(sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS), 1)
            filled = ((number, row) for number, row in rows if any(map(_is_filled, row)))
            grid: Grid = list(islice(filled, MOST_ROWS + 1))
        if len(grid) > MOST_ROWS:
            message = f"a sheet has at most {MOST_ROWS:,} rows; delete what does not belong to it"
            notes.fault(SHEET[part], f"A{grid.pop()[0]}", message)
        yield part, grid


def _part_of(title: str, notes: _Notes) -> str | None:
    """The part that a sheet holds; notes what is wrong with a title that none has."""
    part = sheet_keys().get(name_key(title))
    if name_key(title) in {name_key(words.read_me) for words in all_vocabularies()}:
        return None
    if part is None:
        message = f"is no sheet of a bakery{meant(title, titles())}; correct its name or delete it"
        notes.faults.append(Fault(title, message))
        notes.is_clear = False
    elif part in notes.titles:
        message = f"holds the same as the sheet {notes.titles[part]!r}; keep one of the two"
        notes.faults.append(Fault(title, message))
        notes.is_clear = False
    else:
        notes.titles[part] = title
        return part
    return None


def _lines(sheet: Sheet, grid: Grid, notes: _Notes) -> Iterator[_Line]:
    if not grid:
        return
    (number, header), *rows = grid
    columns = _columns(sheet, number, header, notes)
    for number, row in rows:
        yield _line(sheet, columns, number, row, notes)


def _is_filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _columns(
    sheet: Sheet, number: int, header: tuple[Cell, ...], notes: _Notes
) -> dict[int, Column]:
    """The column of each position; notes headings that are unknown, there twice, or missing."""
    found: dict[int, Column] = {}
    for position, cell in enumerate(header):
        if not _is_filled(cell):
            continue
        letter, label = get_column_letter(position + 1), str(cell)
        column = sheet.column(field_keys(sheet.part).get(name_key(label), ""))
        if column is None:
            remedy = f"{meant(label, labels(sheet.part))}; correct its heading or delete it"
            notes.unclear(sheet, f"{letter}{number}", f"{label!r} is no column here{remedy}")
        elif column in found.values():
            notes.unclear(sheet, f"{letter}{number}", f"{label!r} is there twice; delete one")
        else:
            found[position] = column
            notes.columns[sheet.part, column.field] = letter
    _note_missing(sheet, number, found.values(), notes)
    return found


def _note_missing(sheet: Sheet, number: int, found: Collection[Column], notes: _Notes) -> None:
    for column in sheet.columns:
        if column.is_required and column not in found:
            headings = (words.headings[sheet.part][column.field] for words in all_vocabularies())
            named = " or ".join(repr(heading.label) for heading in headings)
            notes.unclear(sheet, str(number), f"has no column {named}; add it")


def _line(
    sheet: Sheet,
    columns: Mapping[int, Column],
    number: int,
    row: tuple[Cell, ...],
    notes: _Notes,
) -> _Line:
    line = _Line(number, {})
    for position, column in columns.items():
        cell = row[position] if position < len(row) else None
        try:
            _take(line, column, cell, notes.currency)
        except ValueError as error:
            notes.fault(sheet, f"{get_column_letter(position + 1)}{number}", str(error))
            line.values[column.field] = column.kind.instead
    return line


def _take(line: _Line, column: Column, cell: Cell, currency: str) -> None:
    """Read a cell into the line. Raises ValueError with what is wrong with it."""
    if not _is_filled(cell):
        if column.is_required:
            raise ValueError("is empty; fill it in")
        return
    value = column.kind.read(cell, currency)
    if column.kind is UNIT:
        line.factor, line.unit = to_base(Decimal(1), value)
    line.values[column.field] = line.unit if column.kind is UNIT else value


def _file(lines: Mapping[str, list[_Line]], notes: _Notes) -> BakeryFile:
    keys = {
        part: {name_key(line.values["name"]) for line in lines[part]}
        for part in ("ingredients", "recipes", "products")
    }
    parts = {
        part: tuple(_row(part, (number,), line, keys, notes) for number, line in enumerate(found))
        for part, found in lines.items()
        if part in PARTS and part != "recipes"
    }
    return BakeryFile(**parts, recipes=tuple(_recipes(lines, keys, notes)))


def _recipes(lines: Mapping[str, list[_Line]], keys: _Keys, notes: _Notes) -> Iterator[RecipeRow]:
    components = _by_recipe("components", lines, notes)
    steps = _by_recipe("steps", lines, notes)
    for number, line in enumerate(lines["recipes"]):
        key = name_key(line.values["name"])
        parts = {
            part: tuple(
                _row(part, (number, position), own, keys, notes)
                for position, own in enumerate(found.pop(key, []))
            )
            for part, found in (("components", components), ("steps", steps))
        }
        line.values["unit"] = line.unit or BASE_UNITS[0]
        yield _row("recipes", (number,), line, keys, notes, **parts)


def _by_recipe(
    part: str, lines: Mapping[str, list[_Line]], notes: _Notes
) -> dict[str, list[_Line]]:
    """A sheet's lines by the key of the recipe that they belong to; notes those of none."""
    recipes = {name_key(line.values["name"]): line for line in lines["recipes"]}
    names = {key: line.values["name"] for key, line in recipes.items()}
    found: dict[str, list[_Line]] = defaultdict(list)
    for line in lines[part]:
        name = line.values.pop("recipe")
        recipe = recipes.get(name_key(name))
        if recipe is None and name:
            letter = notes.columns[part, "recipe"]
            message = f"{name!r} is not on the sheet of recipes{meant(name, names)}"
            notes.fault(SHEET[part], f"{letter}{line.number}", f"{message}; correct or add it")
        elif recipe and part == "steps":
            line.factor = 1 / recipe.factor
        found[name_key(name)].append(line)
    return found


def _row(
    part: str,
    index: Index,
    line: _Line,
    keys: _Keys,
    notes: _Notes,
    **more: Any,
) -> Any:
    kind = SHEET[part].row
    names = {field.name for field in fields(kind)}
    values = {name: line.values[name] for name in names & line.values.keys()} | more
    for column, named in (("is_recipe", "recipes"), ("is_product", "products")):
        if column in names:
            values[column] = _is_one_of(named, values["item"], values.get(column), keys)
    if "assumed" in values:
        values["assumed"] = _assumed(part, values["assumed"])
    notes.rows[part, index] = line.number
    if line.unit:
        notes.units[part, index] = line.unit
    return kind(**{name: _in_base_unit(value, line) for name, value in values.items()})


def _is_one_of(part: str, name: str, said: str | None, keys: _Keys) -> bool:
    """Whether a row means one of the part: as it says, or else as the name is found."""
    if said is not None:
        return said != "ingredient"
    return name_key(name) in keys[part] - keys["ingredients"]


def _assumed(part: str, text: str) -> tuple[str, ...]:
    """Fields by their labels in any language; what is no label is kept as it is."""
    labelled = (label.strip() for label in text.split(","))
    return tuple(field_keys(part).get(name_key(label), label) for label in labelled if label)


def _in_base_unit(value: Any, line: _Line) -> Any:
    """A quantity is the only value that is a Decimal until its unit is known."""
    return float(value * line.factor) if isinstance(value, Decimal) else value

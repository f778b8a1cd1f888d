"""Writes a bakery to a workbook that people can read, correct and fill in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from obrador.kit.errors import Invalid
from obrador.kit.names import name_key
from obrador.kit.spreadsheets import is_like_formula
from obrador.kit.units import BASE_UNITS, to_base
from obrador.onboarding.bakery_file import BakeryFile, RecipeRow
from obrador.onboarding.storage.rows import NAMED, Known, Row, flat, known_rows, references
from obrador.onboarding.workbook.kinds import QUANTITY, UNIT, Cell
from obrador.onboarding.workbook.layout import SHEET, SHEETS, Column, Sheet
from obrador.onboarding.workbook.vocabulary import Vocabulary, vocabulary

_REQUIRED = PatternFill("solid", fgColor="7A4B1E")
_OPTIONAL = PatternFill("solid", fgColor="C9A27A")
_HEADING = Font(bold=True, color="FFFFFF")
_OPTIONAL_HEADING = Font(bold=True, color="3B2410")
_ROWS_TO_FILL = 1000
_LARGER_UNIT = {"g": "kg", "ml": "l"}
_MEASURED = {
    column.field for sheet in SHEETS for column in sheet.columns if column.kind is QUANTITY
}

Line = dict[str, Any]
"""Values of a row of a sheet by field, quantities in the row's unit."""


def write(path: Path, file: BakeryFile, locale: str, currency: str) -> None:
    """Write the bakery to an XLSX workbook in the locale's language, prices in `currency`.

    Text that a spreadsheet would take for a formula is written as text.

    Raises:
        Invalid: the file cannot be written there.
    """
    words = vocabulary(locale)
    book = Workbook()
    book.remove(book.worksheets[0])
    _write_guide(book.create_sheet(words.read_me), words)
    lines = _lines(file)
    for sheet in SHEETS:
        page = book.create_sheet(words.sheets[sheet.part])
        _write_header(page, sheet, words)
        for number, line in enumerate(lines[sheet.part], 2):
            _write_line(page, number, sheet, line, words, currency)
        _offer_choices(page, sheet, words)
        _fit(page, sheet)
    try:
        book.save(path)
    except OSError as error:
        raise Invalid(
            "{path} cannot be written: {strerror}.",
            path=path,
            strerror=error.strerror,
        ) from error


def _write_guide(page: Worksheet, words: Vocabulary) -> None:
    page.column_dimensions["A"].width = 100
    page.sheet_view.showGridLines = False
    for number, text in enumerate(words.guide, 1):
        cell = page.cell(number, 1, text.removeprefix("# "))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if text.startswith("#"):
            cell.font = Font(bold=True, size=14, color="7A4B1E")


def _write_header(page: Worksheet, sheet: Sheet, words: Vocabulary) -> None:
    for position, column in enumerate(sheet.columns, 1):
        heading = words.headings[sheet.part][column.field]
        cell = page.cell(1, position, heading.label)
        cell.fill = _REQUIRED if column.is_required else _OPTIONAL
        cell.font = _HEADING if column.is_required else _OPTIONAL_HEADING
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        cell.comment = Comment(heading.comment, "Obrador", width=280, height=110)
    page.freeze_panes = "B2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}1"


def _write_line(
    page: Worksheet, number: int, sheet: Sheet, line: Line, words: Vocabulary, currency: str
) -> None:
    for position, column in enumerate(sheet.columns, 1):
        value = line.get(column.field)
        cell = page.cell(number, position)
        if column.field == "assumed":
            _put(cell, _assumed_text(sheet, value or (), words))
        elif value is not None:
            _put(cell, column.kind.show(value, words, currency))
        cell.number_format = column.kind.format


def _put(cell: SheetCell | MergedCell, value: Cell) -> None:
    """Write the value, text always as text."""
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) or None
        cell.data_type = "s"
        cell.quotePrefix = is_like_formula(value)
    else:
        cell.value = value


def _assumed_text(sheet: Sheet, names: Sequence[str], words: Vocabulary) -> str:
    headings = words.headings[sheet.part]
    return ", ".join(headings[name].label if name in headings else name for name in names)


def _lines(file: BakeryFile) -> Mapping[str, list[Line]]:
    """The rows of every sheet with what they hold beyond the defaults, by part."""
    known = known_rows(file, BakeryFile())
    lines: dict[str, list[Line]] = defaultdict(list)
    units = [_unit(row.unit, *_recipe_quantities(row)) for row in file.recipes]
    for part, index, row in flat(file):
        line = _without_defaults(SHEET[part], row)
        if part == "recipes":
            line = _in_unit(line, *units[index[0]])
        elif part == "steps":
            line = _per_unit(line, units[index[0]][1])
        elif SHEET[part].column("unit") and part not in NAMED:
            line = _in_unit(line, *_unit(_unit_of(part, row, known), _quantities(part, row)))
        if part in {"components", "steps"}:
            line["recipe"] = file.recipes[index[0]].name
        lines[part].append(_in_words(line))
    return lines


def _without_defaults(sheet: Sheet, row: Row) -> Line:
    required = {column.field for column in sheet.columns if column.is_required}
    return {
        field.name: getattr(row, field.name)
        for field in fields(row)
        if field.name in required or getattr(row, field.name) != field.default
    }


def _in_words(line: Line) -> Line:
    """Flags that say which of two things is meant, as the choice between them."""
    kinds = {"is_recipe": "recipe", "is_product": "product"}
    return line | {name: kinds[name] for name in kinds if line.get(name)}


def _quantities(part: str, row: Row) -> list[float]:
    found = (getattr(row, c.field) for c in SHEET[part].columns if c.kind is QUANTITY)
    return [value for value in found if value is not None]


def _recipe_quantities(recipe: RecipeRow) -> tuple[list[float], list[float]]:
    """In the recipe's unit, and per unit of it."""
    return _quantities("recipes", recipe), [
        value for step in recipe.steps for value in _quantities("steps", step)
    ]


def _unit_of(part: str, row: Row, known: Known) -> str:
    """The base unit of what the row is about; g if the file does not have it."""
    found = references(part, row)
    name, named = next((name, named) for name, named in found.items() if named != "suppliers")
    item = known[named].get(name_key(getattr(row, name)))
    return item.unit if item else BASE_UNITS[0]


def _unit(
    base: str, quantities: Sequence[float], per_unit: Sequence[float] = ()
) -> tuple[str, Decimal]:
    """The unit to write quantities in, and its base units: kg and l where the first is 1000 or
    more and all of them come back exactly."""
    larger = _LARGER_UNIT.get(base)
    if larger is None or quantities[0] < 1000:
        return base, Decimal(1)
    factor, _ = to_base(Decimal(1), larger)
    comes_back = all(_divided(_divided(q, factor), 1 / factor) == q for q in quantities) and all(
        _divided(_divided(q, 1 / factor), factor) == q for q in per_unit
    )
    return (larger, factor) if comes_back else (base, Decimal(1))


def _in_unit(line: Line, unit: str, factor: Decimal) -> Line:
    changed = {name: _divided(line[name], factor) for name in _MEASURED & line.keys()}
    return line | changed | {"unit": unit}


def _per_unit(line: Line, factor: Decimal) -> Line:
    return line | {name: _divided(line[name], 1 / factor) for name in _MEASURED & line.keys()}


def _divided(quantity: float, factor: Decimal) -> float:
    return float(Decimal(str(quantity)) / factor)


def _offer_choices(page: Worksheet, sheet: Sheet, words: Vocabulary) -> None:
    for position, column in enumerate(sheet.columns, 1):
        formula = _choices(column, words)
        if formula:
            validation = DataValidation("list", formula1=formula, allow_blank=True)
            validation.showErrorMessage = column.kind is not UNIT and not column.offers
            letter = get_column_letter(position)
            validation.add(f"{letter}2:{letter}{_ROWS_TO_FILL}")
            page.add_data_validation(validation)


def _choices(column: Column, words: Vocabulary) -> str | None:
    if column.offers:
        return f"'{words.sheets[column.offers]}'!$A$2:$A${_ROWS_TO_FILL}"
    if column.kind.choices:
        return '"' + ",".join(words.choices[column.kind.choices].values()) + '"'
    return None


def _fit(page: Worksheet, sheet: Sheet) -> None:
    """Formats for rows to come, widths for what there is; headings may break into two lines."""
    for position, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(position)
        page.column_dimensions[letter].number_format = column.kind.format
        longest = max(len(str(cell.value or "")) for cell in page[letter][1:] or [page["A1"]])
        words = max(map(len, str(page[f"{letter}1"].value).split()))
        page.column_dimensions[letter].width = min(max(longest, words + 3, 10) + 2, 44)
    page.row_dimensions[1].height = 32

"""A bakery to a workbook and back, and what is said about workbooks with mistakes."""

import datetime as dt
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.tenant import TenantId
from obrador.catalogue.domain import Step
from obrador.integrations.pos_files import UnreadableFile
from obrador.kit.errors import Invalid, NotFound, TooLarge
from obrador.onboarding.bakery_file import (
    BakeryFile,
    ComponentRow,
    IngredientRow,
    PriceRow,
    SupplierRow,
)
from obrador.onboarding.storage.check import check, warnings
from obrador.onboarding.storage.store import load, save
from obrador.onboarding.workbook import export_bakery, import_bakery, write_template
from obrador.onboarding.workbook.example import example
from obrador.onboarding.workbook.layout import SHEETS
from obrador.onboarding.workbook.reading import MOST_ROWS, read
from obrador.onboarding.workbook.vocabulary import all_vocabularies
from obrador.onboarding.workbook.writing import write
from tests.onboarding.bakery_files import EMPTY, SMALL, TODAY, bakery_files

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
Sheets = Mapping[str, Sequence[Sequence[Any]]]


@settings(max_examples=30, deadline=None)
@given(file=bakery_files(), locale=st.sampled_from(["en", "es_ES"]))
def test_what_is_written_is_read_back(file: BakeryFile, locale: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bakery.xlsx"
        write(path, file, locale, "EUR")

        found, origin = read(path, "EUR")

    assert found == file
    assert check(found, BakeryFile(), TODAY, origin) == []


@pytest.mark.parametrize("locale", ["en", "es"])
def test_the_template_can_be_imported_as_it_is(tmp_path: Path, locale: str) -> None:
    path = tmp_path / "bakery.xlsx"
    write_template(path, locale, clock=lambda: NOW)

    file, origin = read(path, "EUR")

    assert check(file, BakeryFile(), TODAY, origin) == []
    assert warnings(file, BakeryFile(), origin) == []
    assert file == example(locale, TODAY)


@pytest.mark.parametrize("locale", ["en", "es"])
def test_the_template_explains_itself(tmp_path: Path, locale: str) -> None:
    write_template(tmp_path / "bakery.xlsx", locale, clock=lambda: NOW)

    book = openpyxl.load_workbook(tmp_path / "bakery.xlsx")

    guide, *sheets = book.worksheets
    assert guide.max_row > 10
    assert len(sheets) == len(SHEETS)
    for sheet in sheets:
        assert sheet.freeze_panes == "B2"
        assert all(cell.comment and cell.comment.text for cell in sheet[1])
    units = {str(rule.formula1) for rule in sheets[2].data_validations.dataValidation}
    assert any("kg" in formula for formula in units)


def test_every_language_has_words_for_the_same_things() -> None:
    english, *others = all_vocabularies()
    for words in others:
        assert words.sheets.keys() == english.sheets.keys()
        assert {s: set(h) for s, h in words.headings.items()} == {
            s: set(h) for s, h in english.headings.items()
        }
        assert {g: set(c) for g, c in words.choices.items()} == {
            g: set(c) for g, c in english.choices.items()
        }


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    names = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1+1)", "#N/A")
    file = BakeryFile(ingredients=tuple(IngredientRow(name, "g") for name in names))
    write(tmp_path / "bakery.xlsx", file, "en", "EUR")

    page = openpyxl.load_workbook(tmp_path / "bakery.xlsx")["Ingredients"]

    assert [page.cell(row, 1).data_type for row in range(2, 7)] == ["s"] * 5
    assert read(tmp_path / "bakery.xlsx", "EUR")[0] == file


def _book(path: Path, sheets: Sheets) -> Path:
    book = openpyxl.Workbook()
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.remove(book.worksheets[0])
    book.save(path / "bakery.xlsx")
    return path / "bakery.xlsx"


def _faults(path: Path, sheets: Sheets) -> dict[str, str]:
    file, origin = read(_book(path, sheets), "EUR")
    return {fault.where: fault.message for fault in check(file, SMALL, TODAY, origin)}


def test_people_write_in_their_own_way(tmp_path: Path) -> None:
    sheets: Sheets = {
        "suppliers": [
            ["SUPPLIER", "Lead time (days)", "Delivers on", "Pedir antes de", "Smallest order"],
            ["Molino", 2.0, "lun-mié, VIE", "14h30", "100,50 €"],
            ["Granja", "1", 1.4, dt.time(9, 29, 59, 999990), None],
        ],
        "Precios": [
            ["Proveedor", "Ingrediente", "Envase", "Unidad", "Desde envases", "Precio por envase"],
            ["Molino", "Flour", "1,5", "kg", 1, 2.1],
            ["Granja", "Eggs", 15, "docena", 1, 36],
        ],
        "Ingredients": [["Ingredient", "Counted in"], [None, " "], ["Eggs", "unidad"]],
        "Equipment": [
            ["Equipment", "Kind", "How many", "Capacity", "Assumed"],
            ["Deck", "oven", 1, 4, "Capacity, Cuántos"],
        ],
    }

    file, origin = read(_book(tmp_path, sheets), "EUR")

    assert check(file, SMALL, TODAY, origin) == []
    assert file.suppliers == (
        SupplierRow("Molino", 2, (0, 1, 2, 4), order_cutoff=time(14, 30), min_order_minor=10_050),
        SupplierRow("Granja", 1, (0, 3), order_cutoff=time(9, 30)),
    )
    assert file.prices == (
        PriceRow("Molino", "Flour", 1500.0, 1, 210),
        PriceRow("Granja", "Eggs", 180.0, 1, 3600),
    )
    assert file.equipment[0].assumed == ("capacity", "count")


def test_recipes_in_kg_have_steps_in_kg(tmp_path: Path) -> None:
    sheets: Sheets = {
        "Recipes": [["Recipe", "Makes", "Yield", "Unit"], ["Dough", "dough or filling", 30, "kg"]],
        "Steps": [
            ["Recipe", "Step", "Minutes", "Minutes per unit", "Equipment", "Capacity per unit"],
            ["dough", "amasar", 10, 0.5, "mixer", 1],
        ],
        "Components": [["Recipe", "Component", "Quantity", "Unit"], ["Dough", "Flour", 18, "kg"]],
    }

    recipe = read(_book(tmp_path, sheets), "EUR")[0].recipes[0]

    assert (recipe.unit, recipe.yield_quantity) == ("g", 30_000.0)
    assert recipe.steps == (Step("mix", 10, 0.0005, "mixer", 0.001),)
    assert recipe.components == (ComponentRow("Flour", 18_000.0),)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    faults = _faults(
        tmp_path,
        {
            "Products": [
                ["Product", "Price", "Recipe", "Ready by"],
                ["Bun", "cheap", "Bara", "25:00"],
                [None, -1, None, None],
                ["bun", 1.234, None, None],
            ],
            "Ingredients": [["Ingredient", "Counted in"], ["Rye", "handful"]],
            "Recipes": [["Recipe", "Makes", "Yield", "Unit", "Waste"], ["A", "product", 0, "g", 1]],
            "Components": [
                ["Recipe", "Component", "Quantity", "Unit"],
                ["A", "A", 5, "g"],
                ["A", "Milk", 1, "kg"],
                ["B", "Milk", 1, "l"],
                ["A", "Flour", 1, "spoon"],
            ],
            "Steps": [["Recipe", "Step", "Minutes", "Equipment"], ["A", "bake", 5, "ovn"]],
            "Stock": [
                ["Item", "Quantity", "Unit", "Received", "Best before"],
                ["Flour", -3, "kg", "2026-03-09", "2026-03-08"],
                ["Flour", 3, "kg", "tomorrow", None],
            ],
            "Customer orders": [
                ["Customer", "Product", "Quantity", "Day"],
                ["Bar", "Barra", 2, dt.date(2062, 3, 11)],
            ],
        },
    )

    assert faults == {
        "Products!B2": "'cheap' is no number",
        "Products!C2": "'Bara' is none of the recipes (did you mean 'Barra'?);"
        " correct it or add it there",
        "Products!D2": "'25:00' is no time of day; write it as 07:30",
        "Products!A3": "is empty; fill it in",
        "Products!B3": "must not be negative",
        "Products!A4": "is the same as Products!A2; keep one of the two",
        "Products!B4": "'1.234' is finer than EUR can be paid; round it",
        "Ingredients!B2": "'handful' is none of g, ml, piece",
        "Recipes!A2": "a recipe contains itself: A → A; remove one of these components",
        "Recipes!C2": "must be more than 0",
        "Recipes!E2": "must be between 0 % and 99.999 %",
        "Components!D3": "g does not go with 'Milk', which is counted in ml; use one of its units",
        "Components!A4": "'B' is not on the sheet of recipes; correct or add it",
        "Components!D5": "unknown unit 'spoon'; use one of mg, g, kg, t, oz, lb, ml, cl, dl, l, hl,"
        " piece, dozen",
        "Steps!D2": "'A' needs 'ovn', but no equipment is of this kind (did you mean 'oven'?);"
        " add it to the equipment or correct it",
        "Stock!B2": "must not be negative",
        "Stock!E2": "2026-03-08 is before the day of receipt, 2026-03-09",
        "Stock!D3": "'tomorrow' is no date; write it as 2026-03-31",
        "Customer orders!D2": "2062-03-11 is more than two years ahead; correct the year",
    }


def test_sheets_and_columns_that_cannot_be_made_out(tmp_path: Path) -> None:
    faults = _faults(
        tmp_path,
        {
            "Prodcts": [["Product"]],
            "Stock": [["Item", "Quantity", "Quantity", "Unit", "Recieved"], ["Rye", 1, 1, "g", 1]],
            "Existencias": [["Artículo"]],
        },
    )

    assert faults == {
        "Prodcts": "is no sheet of a bakery (did you mean 'Products'?);"
        " correct its name or delete it",
        "Stock!C1": "'Quantity' is there twice; delete one",
        "Stock!E1": "'Recieved' is no column here (did you mean 'Received'?);"
        " correct its heading or delete it",
        "Stock!1": "has no column 'Received' or 'Recibido'; add it",
        "Existencias": "holds the same as the sheet 'Stock'; keep one of the two",
    }


def test_a_workbook_of_something_else(tmp_path: Path) -> None:
    assert _faults(tmp_path, {"Read me": [["Hello"]]}) == {
        "bakery.xlsx": "has no sheet of a bakery; start from the template"
    }


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04 no zip", b"a,b\n1,2\n"])
def test_no_workbook_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bakery.xlsx"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=r"bakery\.xlsx"):
        read(path, "EUR")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"bakery\.xlsx"):
        read(tmp_path / "bakery.xlsx", "EUR")
    with pytest.raises(Invalid, match="cannot be written: No such file or directory"):
        write(tmp_path / "nowhere" / "bakery.xlsx", SMALL, "en", "EUR")


def test_a_file_of_a_gigabyte(tmp_path: Path) -> None:
    path = tmp_path / "bakery.xlsx"
    with path.open("wb") as file:
        file.truncate(1 << 30)

    with pytest.raises(UnreadableFile, match=r"bakery\.xlsx"):
        read(path, "EUR")


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bakery.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", bytes(100_000_000))

    with pytest.raises(TooLarge):
        read(path, "EUR")


def test_a_sheet_with_too_many_rows(tmp_path: Path) -> None:
    rows = [["Ingredient", "Counted in"], *([f"Flour {n}", "g"] for n in range(MOST_ROWS))]

    assert _faults(tmp_path, {"Ingredients": rows})["Ingredients!A20001"]


def test_empty_rows_do_not_count(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Ingredients"
    for row, cells in ((3, ("Ingredient", "Counted in")), (1_000_000, ("Rye", "g"))):
        for column, value in enumerate(cells, 1):
            page.cell(row, column, value)
    book.save(tmp_path / "bakery.xlsx")

    file, origin = read(tmp_path / "bakery.xlsx", "EUR")

    assert file.ingredients == (IngredientRow("Rye", "g"),)
    assert origin.place("ingredients", (0,), "unit") == "Ingredients!B1000000"


async def test_a_bakery_goes_out_and_comes_in_unchanged(
    session: AsyncSession, tenant: TenantId, tmp_path: Path
) -> None:
    await save(session, tenant, SMALL, NOW)

    await export_bakery(session, tenant, tmp_path / "bakery.xlsx")
    report = await import_bakery(session, tenant, tmp_path / "bakery.xlsx", NOW)

    assert all(count.new == count.changed == count.removed == 0 for count in report.parts.values())
    assert report.parts["prices"].unchanged == len(SMALL.prices)


async def test_a_workbook_with_mistakes_stores_nothing(
    session: AsyncSession, tenant: TenantId, tmp_path: Path
) -> None:
    sheets: Sheets = {
        "Products": [["Product", "Price", "Recipe"], ["Bun", "?", "Bun"]],
        "Ingredients": [["Ingredient", "Counted in"], ["Rye", "g"]],
    }

    with pytest.raises(Invalid) as caught:
        await import_bakery(session, tenant, _book(tmp_path, sheets), NOW)

    assert [fault.where for fault in caught.value.faults] == ["Products!B2", "Products!C2"]
    assert await load(session, tenant) == EMPTY

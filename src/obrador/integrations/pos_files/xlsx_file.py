"""The first sheet of an XLSX workbook that has anything in it.

Read row by row: a reader that builds whole sheets takes half a terabyte for two cells in opposite
corners.
"""

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import polars as pl
from openpyxl.utils.exceptions import InvalidFileException

from obrador.integrations.pos_files.errors import UnreadableFile
from obrador.integrations.pos_files.frames import FOUND_OUT, Layout, Row, batches
from obrador.integrations.pos_files.xlsx_safety import refuse_bombs

_PEEKED_COLUMNS = 200
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError,
    InvalidFileException, ParseError, LookupError, ValueError, TypeError, AttributeError,
)  # fmt: skip
"""What zipfile and openpyxl raise for broken workbooks, as found by mutating some."""


@contextmanager
def source(path: Path, most_columns: int, layout: Layout = FOUND_OUT) -> Iterator["Sheet"]:
    """The sheet. Of a row with more than `most_columns` cells, one more than those is read."""
    with opened(path) as book:
        with damage_told(path):
            names = tuple(sheet.title for sheet in book.worksheets)
        chosen = layout.sheet if layout.sheet in names else None
        yield Sheet(book, path, most_columns + 1, names, chosen or _first_filled(book, path))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of an open workbook."""

    book: openpyxl.Workbook
    path: Path
    width: int
    sheets: tuple[str, ...]
    """All there are."""
    title: str
    """The one that is read."""

    @property
    def layout(self) -> Layout:
        """How it is read."""
        return Layout(sheet=self.title)

    def rows(self) -> Iterator[Row]:
        """All rows with their numbers; empty ones are left out."""
        with damage_told(self.path):
            sheet = self.book[self.title]
            sheet.reset_dimensions()  # what exports say of them is often wrong
            yield from _filled(sheet.iter_rows(values_only=True, max_col=self.width))

    def batches(self, header_line: int, header: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        """The rows below the header."""
        return batches((row for row in self.rows() if row[0] > header_line), header)


@contextmanager
def opened(path: Path) -> Iterator[openpyxl.Workbook]:
    """The workbook, to be read row by row under `damage_told`.

    Raises:
        UnreadableFile: it is none, or damaged.
        TooLarge: it unpacks to more than a workbook should.
    """
    with path.open("rb") as file:  # by its name, openpyxl would refuse what does not end in .xlsx
        with damage_told(path), warnings.catch_warnings(action="ignore"):  # about unread styles
            refuse_bombs(path)
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        with closing(book):
            yield book


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """What reading a damaged workbook raises, as one clear error."""
    try:
        yield
    except _DAMAGE as error:
        raise UnreadableFile(
            "{path} is damaged or no Excel workbook: save it again as .xlsx.",
            path=path.name,
        ) from error


def _first_filled(book: openpyxl.Workbook, path: Path) -> str:
    """The first sheet that has anything in it, or else the first."""
    with damage_told(path):
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            if any(
                True for _ in _filled(sheet.iter_rows(values_only=True, max_col=_PEEKED_COLUMNS))
            ):
                return str(sheet.title)
        return str(book.worksheets[0].title)


def _filled(values: Iterator[tuple[Any, ...]]) -> Iterator[Row]:
    for number, row in enumerate(values, 1):
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return (value + timedelta(milliseconds=500)).isoformat(" ", "seconds")
        case float() if not value.is_integer():
            return f"{value:.6f}"  # six digits: nobody can take the point for thousands
        case float():
            return f"{value:.0f}"
        case _:
            return str(value)

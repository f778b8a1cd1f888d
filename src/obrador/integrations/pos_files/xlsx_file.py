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
from obrador.integrations.pos_files.frames import Row, batches
from obrador.integrations.pos_files.xlsx_safety import refuse_bombs

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError,
    InvalidFileException, ParseError, LookupError, ValueError, TypeError, AttributeError,
)  # fmt: skip
"""What zipfile and openpyxl raise for broken workbooks, as found by mutating some."""


@contextmanager
def source(path: Path, most_columns: int) -> Iterator["Sheet"]:
    """The sheet. Of a row with more than `most_columns` cells, one more than those is read."""
    with opened(path) as book:
        yield Sheet(book, path, most_columns + 1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first sheet of an open workbook that has anything in it."""

    book: openpyxl.Workbook
    path: Path
    width: int

    def rows(self) -> Iterator[Row]:
        """All rows with their numbers; empty ones are left out."""
        with damage_told(self.path):
            for sheet in self.book.worksheets:
                sheet.reset_dimensions()  # what exports say of them is often wrong
                found = _filled(sheet.iter_rows(values_only=True, max_col=self.width))
                first = next(found, None)
                if first is not None:
                    yield first
                    yield from found
                    return

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
            f"{path.name} is damaged or no Excel workbook: save it again as .xlsx."
        ) from error


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

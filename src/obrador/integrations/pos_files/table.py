"""A file as a header and batches of rows, read as they are asked for: memory stays flat."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from obrador.integrations.pos_files import csv_file
from obrador.integrations.pos_files.errors import UnreadableFile
from obrador.integrations.pos_files.frames import EXTRA, FOUND_OUT, LINE, Layout, Row
from obrador.kit.errors import NotFound, TooLarge

if TYPE_CHECKING:
    from obrador.integrations.pos_files.csv_file import CsvFile
    from obrador.integrations.pos_files.xlsx_file import Sheet

MOST_COLUMNS = 200
_PEEKED_ROWS = 50
_OTHER_FORMATS = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a compressed file",
}


@dataclass(frozen=True)
class Table:
    """An open file."""

    header: tuple[str, ...]
    """Unique names; a column without one is named by its place: `column 3`."""
    batches: Iterator[pl.DataFrame]
    """`LINE`, `EXTRA` and the columns of `header` as text without outer spaces, a hundred thousand
    rows or so at a time. Empty rows are left out."""
    layout: Layout
    """How it is read; what does not apply to the file is None."""
    sheets: tuple[str, ...] = ()
    """Of a workbook."""


@contextmanager
def open_table(
    path: Path, *, most_bytes: int | None = None, layout: Layout = FOUND_OUT
) -> Iterator[Table]:
    """Open a CSV or XLSX file, whatever its delimiter, encoding and lines before the header. What
    `layout` says goes before what the file looks like.

    Raises:
        NotFound: there is no such file.
        TooLarge: it has more than `most_bytes`, or a workbook unpacks to too much.
        UnreadableFile: it is empty, no table, or damaged.
    """
    if not path.is_file():
        raise NotFound(
            "There is no file {path}: look at the name, and at the folder you are in.",
            path=path,
        )
    size = path.stat().st_size
    if most_bytes is not None and size > most_bytes:
        raise TooLarge(
            "{path} has {size:,.0f} MB; at most {most_bytes:,.0f} MB are taken. Split it,"
            " for instance by year.",
            path=path.name,
            size=size / 1000000.0,
            most_bytes=most_bytes / 1000000.0,
        )
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise UnreadableFile("{path} is empty.", path=path.name)
    for magic, what in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise UnreadableFile(
                "{path} is {what}: save it as .xlsx or .csv and try again.",
                path=path.name,
                what=what,
            )
    with _opened(path, layout, is_workbook=start.startswith(b"PK\x03\x04")) as source:
        line, cells = _header(path.name, list(islice(source.rows(), _PEEKED_ROWS)))
        header = _unique_names(cells)
        yield Table(header, source.batches(line, header), source.layout, source.sheets)


def _opened(
    path: Path, layout: Layout, *, is_workbook: bool
) -> "AbstractContextManager[CsvFile | Sheet]":
    if not is_workbook:
        return csv_file.source(path, layout)
    # Every start of the program would wait for openpyxl otherwise.
    from obrador.integrations.pos_files import xlsx_file

    return xlsx_file.source(path, MOST_COLUMNS, layout)


def _header(name: str, peeked: Sequence[Row]) -> Row:
    """The header and the line it stands on."""
    if not peeked:
        raise UnreadableFile("{name} has no rows.", name=name)
    line, cells = peeked[_header_place([cells for _, cells in peeked])]
    if len(cells) > MOST_COLUMNS:
        raise UnreadableFile(
            "{name} has {count:,} columns or more; at most {most_columns} can be read. Keep"
            " the columns with dates, products and quantities.",
            name=name,
            count=len(cells),
            most_columns=MOST_COLUMNS,
        )
    return line, cells


def _header_place(rows: Sequence[Sequence[str]]) -> int:
    """The first row that fills as many cells as most rows do: titles above a header fill fewer."""
    filled = [sum(1 for cell in cells if cell.strip()) for cells in rows]
    usual = Counter(filled).most_common(1)[0][0]
    return next(place for place, count in enumerate(filled) if count >= usual)


def _unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    taken = {LINE, EXTRA}
    for place, cell in enumerate(cells, 1):
        base = name = " ".join(cell.split()) or f"column {place}"
        copy = 2
        while name in taken:
            name, copy = f"{base} ({copy})", copy + 1
        taken.add(name)
        names.append(name)
    return tuple(names)

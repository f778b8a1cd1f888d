"""Rows of text cells as frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import polars as pl

LINE, EXTRA = "#line", "#extra"
"""Columns of every batch beside the file's own: the line (or sheet row) that a row stands on, and
the first cell to the right of the last column, null if there is none."""
Row = tuple[int, list[str]]
"""Line and cells."""
_BATCH_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file holds its table. What is None is found out."""

    delimiter: str | None = None
    """Of CSV."""
    encoding: str | None = None
    """Of CSV, as Python calls it."""
    sheet: str | None = None
    """Of a workbook."""


FOUND_OUT = Layout()
"""Nobody has said anything."""


def batches(rows: Iterator[Row], header: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """The rows in frames; short rows are filled with empty cells."""
    schema = {LINE: pl.Int32, EXTRA: pl.String} | dict.fromkeys(header, pl.String)
    width = len(header)
    while batch := list(islice(rows, _BATCH_ROWS)):
        frame = pl.DataFrame(
            [_fitted(line, cells, width) for line, cells in batch], schema=schema, orient="row"
        )
        yield stripped(frame)


def stripped(frame: pl.DataFrame) -> pl.DataFrame:
    """The cells without outer spaces."""
    return frame.with_columns(pl.col(pl.String).str.strip_chars())


def _fitted(line: int, cells: list[str], width: int) -> list[int | str | None]:
    if len(cells) == width:
        return [line, None, *cells]
    extra = next((cell for cell in cells[width:] if cell.strip()), None)
    return [line, extra, *cells[:width], *[""] * (width - len(cells))]

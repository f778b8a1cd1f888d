"""CSV of any delimiter and encoding."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import polars as pl

from obrador.integrations.pos_files.errors import UnreadableFile
from obrador.integrations.pos_files.frames import (
    EXTRA,
    FOUND_OUT,
    LINE,
    Layout,
    Row,
    batches,
    stripped,
)

DELIMITERS = ",;\t|"
_LONGEST_LINE = 1_000_000
_CHUNK = 1 << 20
_PIECE = 1 << 22
_SAMPLE = 1 << 16
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LEGACY = ("cp1252", "iso8859_15", "cp850", "mac_roman")
"""What tills wrote before UTF-8, likeliest first."""
ENCODINGS = ("utf-8", *_LEGACY, "utf-16", "utf-32")
"""What one may say that a file is written in."""
_LETTERS = "áàâäãéèêëíìîïóòôöõúùûüñçßœæÁÀÂÄÉÈÊÍÓÖÚÜÑÇ€£ºª¿¡’"
"""What files of sales have beside ASCII: the right encoding shows most of it. Detectors that know
more languages than ours take five accents of a short file for Czech or Turkish."""


@contextmanager
def source(path: Path, layout: Layout = FOUND_OUT) -> Iterator["CsvFile"]:
    """The file, read in the encoding and with the delimiter that it is said or seems to have."""
    with path.open(encoding=_said_encoding(path.name, layout) or _encoding(path)) as file:
        try:
            sample = StringIO(file.read(_SAMPLE))
        except UnicodeDecodeError as error:
            raise _mixed(path.name, file.encoding) from error
        delimiter = layout.delimiter if layout.delimiter in tuple(DELIMITERS) else None
        yield CsvFile(file, path.name, delimiter or _delimiter("".join(islice(sample, 50))))


@dataclass(frozen=True, slots=True)
class CsvFile:
    """An open file."""

    file: TextIO
    name: str
    delimiter: str
    sheets: tuple[str, ...] = ()

    @property
    def layout(self) -> Layout:
        """How it is read."""
        encoding = self.file.encoding.removesuffix("-sig")
        return Layout(delimiter=self.delimiter, encoding=encoding)

    def rows(self) -> Iterator[Row]:
        """All rows; blank lines are left out."""
        self.file.seek(0)
        return self._rows(iter(self._line, ""), 0)

    def batches(self, header_line: int, header: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        """The rows after the header.

        Pieces of the file whose lines are whole rows are read by polars, others by the slower but
        forgiving `csv`.
        """
        self.file.seek(0)
        for _ in range(header_line):
            self.file.readline()
        line = header_line
        while piece := self._piece():
            frame = self._regular(piece, line, header)
            if frame is not None:
                yield frame
            elif piece.count('"') % 2 == 0:
                yield from batches(self._rows(StringIO(piece), line), header)
            else:  # a quoted cell may go on in the next piece
                rest = chain(StringIO(piece), iter(self._line, ""))
                yield from batches(self._rows(rest, line), header)
            line += piece.count("\n")

    def _piece(self) -> str:
        """Whole lines of some megabytes."""
        with self._mistakes_told():
            piece = self.file.read(_PIECE)
            if piece and not piece.endswith("\n"):
                piece += self._line()
        if "\0" in piece:
            raise _binary(self.name)
        return piece

    def _line(self) -> str:
        """A line, so bounded that a file without line ends cannot fill the memory."""
        line = self.file.readline(_LONGEST_LINE)
        if len(line) == _LONGEST_LINE:
            raise UnreadableFile(
                "{name} has a line of over {longest_line:,} characters.",
                name=self.name,
                longest_line=_LONGEST_LINE,
            )
        return line

    def _regular(self, piece: str, line: int, header: tuple[str, ...]) -> pl.DataFrame | None:
        """The piece as a frame; None if not every line is a row with all its cells."""
        whole = piece.rstrip("\n")
        try:
            frame = pl.read_csv(
                whole.encode(),
                has_header=False,
                separator=self.delimiter,
                schema=dict.fromkeys(header, pl.String),
                empty_string_is_null=False,
            )
        except pl.exceptions.PolarsError:
            return None
        if len(frame) != whole.count("\n") + 1 or any(frame.null_count().row(0)):
            return None
        numbers = pl.int_range(line + 1, line + 1 + len(frame), dtype=pl.Int32)
        extra = pl.lit(None, pl.String)
        frame = stripped(frame.select(numbers.alias(LINE), extra.alias(EXTRA), pl.all()))
        return frame.filter(~pl.all_horizontal(pl.col(header) == ""))

    def _rows(self, lines: Iterable[str], before: int) -> Iterator[Row]:
        reader = csv.reader(lines, delimiter=self.delimiter)
        with self._mistakes_told():
            for cells in reader:
                if "".join(cells).strip():
                    yield before + reader.line_num, cells

    @contextmanager
    def _mistakes_told(self) -> Iterator[None]:
        try:
            yield
        except csv.Error as error:
            raise UnreadableFile(
                "{name}: {error}. Is a quotation mark not closed?",
                name=self.name,
                error=error,
            ) from error
        except UnicodeDecodeError as error:
            raise _mixed(self.name, self.file.encoding) from error


def _said_encoding(name: str, layout: Layout) -> str | None:
    if layout.encoding is None:
        return None
    if layout.encoding not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise UnreadableFile(
            "{name} cannot be read as {encoding!r}, only as {known}.",
            name=name,
            encoding=layout.encoding,
            known=known,
        )
    return "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding


def _encoding(path: Path) -> str:
    """UTF-8 if all of the file is; otherwise what its first bytes that are not look most like."""
    with path.open("rb") as file:
        start = file.read(4)
        for bom, encoding in _BOMS.items():
            if start.startswith(bom):
                return encoding
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk:
                raise _binary(path.name)
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return _legacy_encoding(path.name, chunk)
    return "utf-8"


def _legacy_encoding(name: str, chunk: bytes) -> str:
    text = chunk.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if sum(1 for letter in text if letter > "\x7f") > 2 * broken:
        raise _mixed(name, "UTF-8")

    def likeliness(encoding: str) -> int:
        text = chunk.decode(encoding, errors="replace")
        return sum(text.count(letter) for letter in _LETTERS)

    return max(_LEGACY, key=likeliness)


def _delimiter(sample: str) -> str:
    """The one that splits most lines of the sample into one same number of cells."""

    def score(delimiter: str) -> tuple[int, int]:
        counts = Counter(len(row) for row in csv.reader(StringIO(sample), delimiter=delimiter))
        del counts[0], counts[1]
        return max(((lines, width) for width, lines in counts.items()), default=(0, 0))

    return max(DELIMITERS, key=score)


def _binary(name: str) -> UnreadableFile:
    return UnreadableFile(
        "{name} is no text: save it as .xlsx or .csv and try again.",
        name=name,
    )


def _mixed(name: str, encoding: str) -> UnreadableFile:
    return UnreadableFile(
        "{name} has characters that are not {encoding} as the rest is. Save it as CSV"
        " UTF-8 and try again.",
        name=name,
        encoding=encoding,
    )

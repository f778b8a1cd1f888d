"""Files that want to break what reads them, and how much memory reading them takes.

    python -m tests.security.upload_torture

Prints, for each, what it was refused with and by how much the process grew.
"""

import gc
import io
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import openpyxl
import psutil

from obrador.calendar.files import read_events
from obrador.drivers.weather_file import read_weather
from obrador.integrations.pos_files import open_table
from obrador.kit.errors import ObradorError
from obrador.onboarding.workbook.reading import read as read_workbook
from tests.tenants.test_domain import BAKERY

MB = 1_000_000
_SHEET = "xl/worksheets/sheet1.xml"
_ROWS = '<?xml version="1.0"?>{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row></sheetData></worksheet>'  # noqa: E501
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))


def _book(path: Path, sheet: bytes | None = None, more: dict[str, bytes] | None = None) -> None:
    """A workbook whose first sheet is the given XML, with more parts."""
    plain = io.BytesIO()
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Fecha", "Pan"])
    book.save(plain)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.infolist():
            own = sheet if member.filename == _SHEET else None
            target.writestr(member.filename, source.read(member) if own is None else own)
        for name, content in (more or {}).items():
            target.writestr(name, content)


def _zeros(path: Path) -> None:
    _book(path, None, {f"xl/media/{number}": bytes(100 * MB) for number in range(3)})


def _zeros_of_one_size(path: Path) -> None:
    _book(path, None, {f"xl/worksheets/s{n}.xml": b"<a>" + b" " * (90 * MB) for n in range(9)})


def _many_parts(path: Path) -> None:
    _book(path, None, {f"xl/media/{number}.png": b"x" for number in range(5_000)})


def _laughs(path: Path) -> None:
    _book(path, _ROWS.format(f"<!DOCTYPE x [{_LAUGHS}]>", "&l9;").encode())


def _laughs_in_utf_16(path: Path) -> None:
    text = _ROWS.format(f"<!DOCTYPE x [{_LAUGHS}]>", "&l9;")
    _book(path, text.replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16"))


def _outside(path: Path) -> None:
    entity = '<!DOCTYPE x [<!ENTITY out SYSTEM "file:///etc/passwd">]>'
    _book(path, _ROWS.format(entity, "&out;").encode())


def _huge_cell(path: Path) -> None:
    text = "".join(f"{number:x}" for number in range(9 * MB))
    _book(path, _ROWS.format("", text).encode())


def _hidden_cell(path: Path) -> None:
    text = "".join(f"<{number:x}" for number in range(8 * MB))
    _book(path, _ROWS.format("", f"<![CDATA[{text}]]>").encode())


def _no_zip(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + b"no zip" * 1_000)


def _gigabyte(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"Fecha;Pan\n")
        file.truncate(1_000 * MB)


def _no_line_ends(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(300):
            file.write(b"Fecha;Pan;" * (MB // 10))


def _wide(path: Path) -> None:
    row = ";".join(f"c{number}" for number in range(10_000))
    path.write_text(f"{row}\n" * 200)


def _quotes(path: Path) -> None:
    path.write_text('Fecha;Pan\n"' + '""' * 5 * MB + "\n")


def _open_quote(path: Path) -> None:
    path.write_text('Fecha;Pan\n1;"' + "2026-01-01;3\n" * 4 * MB)


def _mixed(path: Path) -> None:
    path.write_bytes("Fecha;Café;Ñandú;é\n".encode() * 1_000 + b"1;Caf\xe9;2;3\n" * 2)


def _nulls(path: Path) -> None:
    path.write_bytes(b"Fecha;Pan\n1;2\n" + b"3;\x00\n" * 100)


TORTURES: dict[str, tuple[Callable[[Path], None], str]] = {
    "300 MB of zeros in a workbook": (_zeros, "unpacks to"),
    "800 MB of spaces in a workbook": (_zeros_of_one_size, "unpacks to"),
    "5,000 parts": (_many_parts, "parts"),
    "billion laughs": (_laughs, "no spreadsheet program"),
    "billion laughs in UTF-16": (_laughs_in_utf_16, "no spreadsheet program"),
    "entity of /etc/passwd": (_outside, "no spreadsheet program"),
    "a cell of 60 MB": (_huge_cell, "cell with over"),
    "a cell of 60 MB, hidden": (_hidden_cell, "no spreadsheet program"),
    "an .xlsx that is no zip": (_no_zip, "damaged"),
    "1 GB": (_gigabyte, ""),
    "300 MB without a line end": (_no_line_ends, ""),
    "10,000 columns": (_wide, "columns"),
    "10 million quotes": (_quotes, ""),
    "a quote that never ends": (_open_quote, "quotation mark"),
    "two encodings": (_mixed, "not UTF-8"),
    "null bytes": (_nulls, "no text"),
}
"""How to make each file, and words that it is refused with."""


def read_sales(path: Path) -> None:
    """As the import of sales does, all of it."""
    with open_table(path, most_bytes=200 * MB) as table:
        for _ in table.batches:
            pass


READERS: dict[str, Callable[[Path], object]] = {
    "sales": read_sales,
    "workbook": lambda path: read_workbook(path, "EUR"),
    "calendar": lambda path: read_events(path, "event", BAKERY, date(2026, 3, 3)),
    "weather": lambda path: read_weather(path, BAKERY, date(2026, 3, 3)),
}


@contextmanager
def growth() -> Iterator[list[float]]:
    """By how many MB this process is larger than before at its largest, within the block."""
    gc.collect()
    process, found, is_over = psutil.Process(), [0.0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not is_over.wait(0.005):
            found[0] = max(found[0], (process.memory_info().rss - before) / MB)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield found
    finally:
        is_over.set()
        watching.join()


def refusal(read: Callable[[Path], object], path: Path) -> str:
    """What the file is refused with; empty: it was read."""
    try:
        read(path)
    except ObradorError as error:
        return error.detail
    return ""


def main() -> None:
    """Try all of them on everything that reads files."""
    with tempfile.TemporaryDirectory(prefix="obrador-torture-") as folder:
        path = Path(folder) / "file"
        for name, read in READERS.items():
            for torture, (make, _) in TORTURES.items():
                make(path)
                began = time.perf_counter()
                with growth() as grown:
                    words = refusal(read, path)
                seconds = time.perf_counter() - began
                sys.stdout.write(
                    f"{name:9} {torture:32} {grown[0]:6.0f} MB {seconds:6.2f} s  {words[:90]}\n"
                )
                path.unlink()


if __name__ == "__main__":
    main()

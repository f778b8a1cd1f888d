"""Files of every dialect, and files that are none."""

import csv
import io
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.integrations.pos_files import EXTRA, LINE, UnreadableFile, csv_file, open_table
from obrador.kit.errors import NotFound, ObradorError, TooLarge

HEADER = ["Fecha", "Artículo", "Uds."]
ROWS = [["01/02/2025", "Café con leche", "3"], ["02/02/2025", "Piñón", "1"]]


def read(path: Path) -> tuple[list[str], list[list[Any]]]:
    """The header, and rows that begin with line and extra cell."""
    with open_table(path) as table:
        return list(table.header), [list(row) for batch in table.batches for row in batch.rows()]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def joined(rows: list[list[str]], delimiter: str = ";", end: str = "\n") -> str:
    return "".join(delimiter.join(row) + end for row in rows)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ventas.csv"


@pytest.mark.parametrize("delimiter", list(",;\t|"))
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "cp1252", "iso8859-15"]
)
def test_any_delimiter_line_end_and_encoding(
    path: Path, delimiter: str, end: str, encoding: str
) -> None:
    text = joined([HEADER, *ROWS], delimiter, end)
    if encoding == "utf-16-le-bom":
        written(path, b"\xff\xfe" + text.encode("utf-16-le"))
    else:
        written(path, text.encode(encoding))

    assert read(path) == (HEADER, [[2, None, *ROWS[0]], [3, None, *ROWS[1]]])


def test_legacy_bytes_far_into_the_file_are_found(path: Path) -> None:
    text = joined([HEADER] + [["01/02/2025", "Pan", "1"]] * 100_000 + ROWS)
    written(path, text.encode("cp1252"))

    assert read(path)[1][-1] == [100_003, None, *ROWS[1]]


@pytest.mark.parametrize("content", [b"B\xe4cker;\xe4;\xe4\n\x8f", b"Fecha;Uds.\n1;\xc2"])
def test_bytes_that_no_encoding_has_are_told(path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"ventas\.csv"):
        read(written(path, content))


def test_a_workbook_needs_no_ending(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        book.worksheets[0].append(row)
    book.save(tmp_path / "upload")

    assert read(tmp_path / "upload") == (HEADER, [[2, None, *ROWS[0]], [3, None, *ROWS[1]]])


def test_titles_above_the_header_and_blank_lines_are_left_out(path: Path) -> None:
    written(
        path, "Informe de ventas\n\n;;\n" + joined([HEADER, ROWS[0]]) + "\n" + joined([ROWS[1]])
    )

    assert read(path) == (HEADER, [[5, None, *ROWS[0]], [7, None, *ROWS[1]]])


def test_short_rows_are_filled_and_long_ones_told(path: Path) -> None:
    written(path, joined([HEADER, ["a"], ["a", "b", "c", ""], ["a", "b", "c", "d", "e"], ROWS[0]]))

    assert read(path)[1] == [
        [2, None, "a", "", ""],
        [3, None, "a", "b", "c"],
        [4, "d", "a", "b", "c"],
        [5, None, *ROWS[0]],
    ]


def test_quoted_cells_may_hold_anything(path: Path) -> None:
    written(path, 'Fecha;Artículo;Uds.\n"1";"a;""b""\nc"; 3 \n2;5" roll;4\n')

    assert read(path)[1] == [[3, None, "1", 'a;"b"\nc', "3"], [4, None, "2", '5" roll', "4"]]


def test_nameless_and_repeated_columns_get_names(path: Path) -> None:
    written(path, "a;;a;#line\n1;2;3;4\n")

    assert read(path)[0] == ["a", "column 2", "a (2)", "#line (2)"]


cells = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028"),
    max_size=6,
).map(str.strip)


@settings(max_examples=50)
@given(
    st.lists(st.lists(cells, min_size=3, max_size=3).filter(any), min_size=1, max_size=8),
    st.sampled_from(",;\t|"),
    st.integers(1, 40),
)
def test_what_csv_writes_is_read_whatever_the_pieces(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, piece: int
) -> None:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows([HEADER, *rows])
    path = written(tmp_path_factory.mktemp("csv") / "x.csv", target.getvalue())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "_PIECE", piece)
        with csv_file.source(path) as source:
            batches = list(csv_file.CsvFile(source.file, "x", delimiter).batches(1, tuple(HEADER)))

    found = [list(row) for batch in batches for row in batch.drop(LINE, EXTRA).rows()]
    assert found == rows


def workbook(path: Path, *sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for place, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Hoja {place}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_is_read_as_text(tmp_path: Path) -> None:
    when = datetime.fromisoformat("2025-02-01 09:58:11")
    rows: list[list[Any]] = [
        ["Fecha", "Hora", "Artículo", "Uds."],
        [when, time(9, 58), "Pan", 1.125],
        [],
        [date(2025, 2, 2), None, 7, 2.0],
    ]
    path = workbook(tmp_path / "ventas.xlsx", [], rows)

    assert read(path) == (
        rows[0],
        [
            [2, None, "2025-02-01 09:58:11", "09:58:00", "Pan", "1.125000"],
            [4, None, "2025-02-02 00:00:00", "", "7", "2"],
        ],
    )


def test_a_cell_in_the_far_corner_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "sparse.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B1"], sheet["XFD60000"] = "Fecha", "Pan", 1
    book.save(path)

    assert read(path)[0] == ["Fecha", "Pan"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n \n", "no rows"),
        (b"\x7fELF\x02\x01\x00\x00" * 20, "no text"),
        (b"Fecha;Pan\n" + b"1;2\n" * 400_000 + b"\x00\x01", "no text"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        (b"PK\x03\x04 and then nothing of the kind", "damaged"),
        (b";".join(b"%d" % n for n in range(10_000)) + b"\n", "columns"),
        ("Fecha;Café;Niño\n1;Ñandú;é\n".encode() + b"2;Caf\xe9;1\n", "not UTF-8"),
        (b'Fecha;Pan\n1;"2\n' + b"3;4\n" * 200_000, "quotation mark"),
        (b"x" * 1_200_000, "line of over"),
    ],
)
def test_what_is_no_table_is_refused_in_words(path: Path, content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(written(path, content))

    assert words in refused.value.detail


def test_a_missing_and_a_large_file_are_refused(path: Path) -> None:
    with pytest.raises(NotFound), open_table(path):
        pass
    written(path, joined([HEADER, *ROWS]))
    with pytest.raises(TooLarge), open_table(path, most_bytes=20):
        pass


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as member,
    ):
        for _ in range(520):
            member.write(b"\0" * (1 << 20))

    with pytest.raises(TooLarge):
        read(path)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    st.floats(0, 1),
)
def test_a_damaged_workbook_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[float, int]], kept: float
) -> None:
    path = workbook(tmp_path_factory.mktemp("xlsx") / "x.xlsx", [["Fecha", "Pan"]] * 20)
    content = bytearray(path.read_bytes())  # its size depends on the clock
    for place, byte in damage:
        content[4 + int(place * (len(content) - 4))] = byte
    written(path, bytes(content[: 5 + int(kept * len(content))]))

    with suppress(ObradorError):
        read(path)

"""`obrador schedule` as a person types it."""

from pathlib import Path
from xml.etree import ElementTree

from tests.e2e.conftest import Obrador

SALES = "Fecha;Artículo;Unidades\n" + "".join(
    f"{day:02d}/{month:02d}/2026;{product};{units + day % 3}\n"
    for month in (1, 2)
    for day in range(1, 29)
    for product, units in (("Barra de pan", 60), ("Croissant", 25))
)
DAY = ("--date", "2026-03-03")


def test_a_day_that_is_not_planned_says_what_to_do(obrador: Obrador, tmp_path: Path) -> None:
    sales = tmp_path / "ventas.csv"
    sales.write_text(SALES, encoding="cp1252")
    obrador("bakery", "new", "Pan de Ana", "--country", "ES")
    obrador("import", "sales", str(sales))

    done = obrador("schedule", *DAY, code=1)

    assert "obrador plan --date 2026-03-03" in done.stderr


def test_a_file_of_another_kind_is_refused(obrador: Obrador) -> None:
    assert "call the file NAME.svg" in obrador("schedule", "--svg", "day.png", code=1).stderr
    assert "call the file NAME.pdf" in obrador("schedule", "--sheet", "day", code=1).stderr


def test_the_day_as_a_table_a_picture_and_a_sheet(obrador: Obrador, tmp_path: Path) -> None:
    picture, sheet = tmp_path / "day.svg", tmp_path / "day.pdf"
    obrador("plan", *DAY)

    done = obrador(
        "schedule", *DAY, "--svg", str(picture), "--sheet", str(sheet), "--why", "--lang", "en"
    )

    assert "Tuesday, 3 March" in done.stdout
    assert "Croissant" in done.stdout
    assert " wanted" in done.stdout
    assert "for tomorrow" in done.stdout
    drawn = ElementTree.fromstring(picture.read_text())  # noqa: S314  just written
    assert drawn.get("role") == "table"
    assert sheet.read_bytes().startswith(b"%PDF-")
    assert done.stdout.count("Wrote") == 2


def test_a_file_that_cannot_be_written_is_told(obrador: Obrador, tmp_path: Path) -> None:
    done = obrador("schedule", *DAY, "--svg", str(tmp_path / "no" / "day.svg"), code=1)

    assert "cannot be written" in done.stderr

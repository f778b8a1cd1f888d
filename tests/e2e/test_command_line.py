"""The way of a new user, command by command, each a process of its own on a real database."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from tests.e2e.conftest import Obrador
from tests.fixtures.commands import COMMAND

SALES = "Fecha;Artículo;Unidades\n" + "".join(
    f"{day:02d}/{month:02d}/2026;{product};{units + day % 3}\n"
    for month in (1, 2, 3)
    for day in range(1, 29)
    for product, units in (("Barra de pan", 60), ("Croissant", 25), ("Postal", 2))
)


@pytest.fixture(scope="module")
def sales_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sales") / "ventas.csv"
    path.write_text(SALES, encoding="cp1252")
    return path


def test_without_a_bakery_it_says_how_to_begin(obrador: Obrador) -> None:
    assert "obrador bakery new" in obrador("plan", code=1).stderr


def test_a_day_that_does_not_exist_is_refused(obrador: Obrador) -> None:
    done = obrador("plan", "--date", "2026-02-30", code=2)
    assert "--date" in done.stderr
    assert "write it as in 2026-03-31" in done.stderr


def test_a_time_zone_that_does_not_exist_is_refused(obrador: Obrador) -> None:
    done = obrador("bakery", "new", "Ana", "--country", "ES", "--time-zone", "Mars/Base", code=1)

    assert "Mars/Base" in done.stderr
    assert "time_zone" in done.stderr


def test_a_bad_setting_is_named(obrador: Obrador) -> None:
    done = obrador("config", code=1, PORT="eighty")

    assert "PORT" in done.stderr
    assert done.stderr.count("\n") == 1


def test_from_a_sales_file_to_a_plan(obrador: Obrador, sales_file: Path) -> None:
    obrador("bakery", "new", "Pan de Ana", "--country", "ES", "--subdivision", "MD")
    dry = obrador("import", "sales", str(sales_file), "--dry-run")
    first = obrador("import", "sales", str(sales_file))
    second = obrador("import", "sales", str(sales_file))
    planned = obrador("plan", "--date", "2026-03-29", "--why")

    assert "nothing was kept" in dry.stdout
    assert "252 new" in first.stdout
    assert "0 new, 0 changed, 252 known already" in second.stdout
    for words in ("Barra de pan", "Croissant", "Postal", "Pedir a más tardar", "Supuesto"):
        assert words in planned.stdout


def test_a_plan_is_data_for_programs(obrador: Obrador) -> None:
    plan = json.loads(obrador("plan", "--date", "2026-03-29", "--json").stdout)

    assert plan["day"] == "2026-03-29"
    assert {line["product"] for line in plan["bake"]} == {"Barra de pan", "Croissant"}
    assert plan["revision"] == 0


def test_the_terminal_chooses_the_language(obrador: Obrador) -> None:
    done = obrador("plan", "--date", "2026-03-29", LANG="en_GB.UTF-8")

    assert "Needs attention" in done.stdout


def test_a_forecast_is_shown_explained_and_drawn(obrador: Obrador, tmp_path: Path) -> None:
    picture = tmp_path / "barra.svg"
    week = obrador("forecast", "--date", "2026-03-29", "--lang", "en").stdout
    why = obrador("forecast", "--date", "2026-03-29", "--product", "bara de pan", "--why").stdout
    plot = ("--date", "2026-03-29", "--product", "croissant", "--plot")
    obrador("forecast", *plot, str(picture))

    assert "foreseen on the morning of Sun 29 Mar" in week
    assert all(product in week for product in ("Barra de pan", "Croissant", "Postal"))
    assert "Últimamente" in why
    assert "Croissant" not in why
    assert "┤" in obrador("forecast", *plot, "-").stdout
    assert picture.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--product", "brioche"), "'brioche'"),
        (("--plot", "-"), "--product"),
        (("--product", "croissant", "--plot", "x.png"), "NAME.svg"),
        (("--product", "croissant", "--plot", "/nowhere/x.svg"), "cannot be written"),
        (("--date", "2099-01-01"), "too far ahead"),
    ],
)
def test_what_cannot_be_shown_is_said(
    obrador: Obrador, arguments: tuple[str, ...], says: str
) -> None:
    assert says in obrador("forecast", *arguments, code=1).stderr


def test_planning_twice_gives_one_plan(obrador: Obrador, database: str) -> None:
    again = obrador("plan", "--date", "2026-03-29")

    assert "Planned before" in again.stderr
    with psycopg.connect(database) as connection:
        assert _counts(connection) == (1, 1, 1)


def test_the_workbook_goes_out_and_in_unchanged(obrador: Obrador, tmp_path: Path) -> None:
    book = str(tmp_path / "bakery.xlsx")
    obrador("export", book)

    done = obrador("import", "bakery", book)

    assert "new" not in done.stdout.split()
    assert "changed" not in done.stdout.replace("unchanged", "").split()


def test_a_template_is_a_bakery(obrador: Obrador, tmp_path: Path) -> None:
    book = str(tmp_path / "template.xlsx")
    obrador("template", book, "--lang", "es")
    obrador("bakery", "new", "Otra", "--country", "ES")

    done = obrador("import", "bakery", book, "--bakery", "otra")

    assert "products" in done.stdout


def test_several_bakeries_have_to_be_told_apart(obrador: Obrador) -> None:
    assert "--bakery" in obrador("plan", code=1).stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x7fELF\x02\x01\x01" + bytes(2000), "no text"),
        (b"a;b;c\n1;2;3\n", "column"),
    ],
)
def test_files_that_are_no_sales_get_one_clear_error(
    obrador: Obrador, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    done = obrador("import", "sales", str(path), "--bakery", "pan de ana", code=1)

    assert words in done.stderr.lower()


def test_rejected_rows_are_named_with_what_to_do(obrador: Obrador, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("date,product,qty\n2026-03-01,Bread,4\n2026-03-02,Bread,many\n,TOTAL,4\n")

    done = obrador("import", "sales", str(path), "--bakery", "pan de ana", "--dry-run")

    assert "line 3: the quantity 'many' is no number" in done.stderr
    assert "Correct the other lines in the file, and import it again" in done.stderr


def test_killed_at_any_moment_it_leaves_nothing_or_one_whole_plan(
    obrador: Obrador, environment: dict[str, str], database: str
) -> None:
    command = [*COMMAND, "plan", "--date", "2026-03-30", "--bakery", "pan de ana"]
    moments = random.Random(7)  # noqa: S311  any moments will do
    with psycopg.connect(database, autocommit=True) as connection:
        for _ in range(6):
            running = subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            _wait_until_it_writes_or_ends(connection, running)
            time.sleep(moments.uniform(0, 0.5))
            running.send_signal(signal.SIGKILL)
            running.wait()
        obrador(*command[len(COMMAND) :])

        assert _counts(connection, "2026-03-30") == (1, 1, 1)
        unreconciled = connection.execute(
            "select count(*) from stock_lots l where remaining <> (select coalesce(sum(quantity),0)"
            " from stock_movements m where (m.tenant_id, m.lot_id) = (l.tenant_id, l.id))"
        ).fetchone()
        assert unreconciled == (0,)


def _wait_until_it_writes_or_ends(
    connection: psycopg.Connection, running: subprocess.Popen[bytes]
) -> None:
    """Until the program holds the lock of a morning: it is in the middle of its transaction."""
    while running.poll() is None:
        locks = connection.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and database ="
            " (select oid from pg_database where datname = current_database())"
        ).fetchone()
        if locks != (0,):
            return
        time.sleep(0.01)


def _counts(connection: psycopg.Connection, day: str = "2026-03-29") -> tuple[int, ...]:
    """Runs, schedules and purchase plans of a day."""
    tables = ("runs", "production_schedules", "procurement_plans")
    found = [
        connection.execute(
            f"select count(*) from {table} where business_date = %s".encode(),  # noqa: S608
            [day],
        ).fetchone()
        for table in tables
    ]
    return tuple(row[0] for row in found if row)


def test_a_model_is_trained_by_hand(obrador: Obrador) -> None:
    done = obrador("train", "--all")

    assert "63 days of sales" in done.stdout or "model 1" in done.stdout
    assert "Say either" in obrador("train", "--all", "--tenants", "Ana", code=1).stderr

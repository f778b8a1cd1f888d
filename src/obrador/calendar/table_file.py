"""Events in CSV and XLSX, whatever their columns are called in English, Spanish, German, French."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

import polars as pl
from babel.core import Locale

from obrador.calendar.files import Read
from obrador.integrations.pos_files import EXTRA, LINE, UnreadableFile, open_table
from obrador.integrations.pos_files.values import MomentFormat, moment_format
from obrador.kit.names import name_key
from obrador.tenants.domain import Bakery, EventKind

Field = Literal["name", "first_day", "last_day", "kind", "yearly"]
_NAMES: dict[Field, str] = {
    "name": """name, event, summary, title, subject, holiday, nombre, evento, fiesta, titulo,
        descripcion, bezeichnung, ereignis, veranstaltung, anlass, ferien, feiertag, titel, nom,
        evenement, titre, fete, libelle""",
    "first_day": """first day, first, start, start date, starts, begin, from, date, day, primer dia,
        inicio, fecha inicio, fecha de inicio, desde, comienzo, fecha, dia, erster tag, beginn,
        anfang, startdatum, von, ab, datum, tag, premier jour, debut, date de debut, du, jour""",
    "last_day": """last day, last, end, end date, ends, to, until, till, ultimo dia, fin, fecha fin,
        fecha de fin, hasta, final, letzter tag, ende, enddatum, bis, dernier jour, date de fin,
        au, jusqu au""",
    "kind": "kind, type, category, tipo, clase, categoria, art, typ, kategorie, genre, categorie",
    "yearly": """yearly, every year, annual, recurring, is yearly, anual, cada ano, todos los anos,
        jahrlich, jedes jahr, wiederkehrend, annuel, chaque annee""",
}
_KINDS: dict[EventKind, str] = {
    "school_holiday": """school holiday, school holidays, school, vacaciones escolares, escolar,
        vacaciones, schulferien, ferien, schule, vacances scolaires, vacances""",
    "event": "event, evento, fiesta, feria, ereignis, veranstaltung, fest, evenement, fete",
}
_YES = "yes, y, x, true, 1, si, s, verdadero, ja, j, wahr, oui, o, vrai"
_NO = "no, n, false, 0, -, falso, nein, falsch, non, faux"


def read_table(path: Path, kind: EventKind, bakery: Bakery, read: Read) -> None:
    """Add the rows of a table to what is read. A row without a last day is of one day.

    Raises:
        NotFound, TooLarge, UnreadableFile: as `open_table`; or a column is missing, or dates are
            none.
    """
    with open_table(path) as table:
        columns = _columns(table.header)
        for rows in table.batches:
            _read_rows(rows, columns, kind, bakery, read)


def _columns(header: Sequence[str]) -> dict[Field, str]:
    by_key = {_key(column): column for column in reversed(header)}
    found: dict[Field, str] = {}
    for own in get_args(Field):
        name = next((name for name in _listed(_NAMES[own]) if name in by_key), None)
        if name is not None:
            found[own] = by_key.pop(name)
    for needed, meaning in (("name", "what the days are"), ("first_day", "when they begin")):
        if needed not in found:
            raise UnreadableFile(
                "No column looks like {needed} ({meaning}); there are {header}. Call one of"
                " them {needed}.",
                needed=needed,
                meaning=meaning,
                header=", ".join(header[:20]),
            )
    return found


def _read_rows(
    rows: pl.DataFrame, columns: dict[Field, str], kind: EventKind, bakery: Bakery, read: Read
) -> None:
    empty = pl.Series([""] * len(rows))
    cells = {own: rows[columns[own]] if own in columns else empty for own in get_args(Field)}
    moments = _format(cells["first_day"], cells["last_day"], bakery)
    days = {
        own: moments.read(cells[own], bakery.time_zone).dt.date().to_list()
        for own in ("first_day", "last_day")
    }
    for place, line in enumerate(rows[LINE]):
        where = f"line {line}"
        values = {
            "name": cells["name"][place],
            "kind": _kind(cells["kind"][place], kind),
            "first_day": days["first_day"][place] or cells["first_day"][place],
            "is_yearly": _flag(cells["yearly"][place]),
        }
        last = days["last_day"][place] or cells["last_day"][place]
        values["last_day"] = last or values["first_day"]
        if rows[EXTRA][place]:
            values[f"cell {rows[EXTRA][place]!r}"] = "beyond the last column"
        read.add(where, values)


def _format(first: pl.Series, last: pl.Series, bakery: Bakery) -> MomentFormat:
    pattern = Locale.parse(bakery.locale, sep="_").date_formats["short"].pattern
    both = pl.concat([first.rename("day"), last.rename("day")])
    found = moment_format(both, month_first=pattern.startswith("M"))
    if found is None:
        seen = ", ".join(repr(cell) for cell in first.head(3))
        raise UnreadableFile("Days are written as {seen}: write them as in 31/12/2026.", seen=seen)
    return found


def _kind(cell: str, usual: EventKind) -> str:
    """The cell itself if it is no kind, which is then told."""
    key = _key(cell)
    return next((kind for kind, names in _KINDS.items() if key in _listed(names)), cell or usual)


def _flag(cell: str) -> bool | str:
    """The cell itself if it says neither yes nor no, which is then told."""
    key = name_key(cell)
    if key in _listed(_YES):
        return True
    return False if not key or key in _listed(_NO) else cell


def _key(name: str) -> str:
    return " ".join(name_key(name).replace("_", " ").replace("'", " ").split())


def _listed(names: str) -> list[str]:
    return [" ".join(name.split()) for name in names.split(",")]

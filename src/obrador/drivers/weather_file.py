"""Weather in CSV and XLSX, whatever its columns are called in English, Spanish, German, French."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl
from babel.core import Locale

from obrador.drivers.domain import WeatherDay
from obrador.integrations.pos_files import EXTRA, LINE, UnreadableFile, open_table
from obrador.integrations.pos_files.values import moment_format, number_format
from obrador.kit.errors import Fault
from obrador.kit.names import name_key
from obrador.tenants.domain import Bakery

Figure = Literal["temperature", "temperature_max", "precipitation", "wind"]
_DAYS = "day, date, time, fecha, dia, datum, tag, jour"
_FIGURES: dict[Figure, str] = {
    "temperature": """temperature, temperature mean, mean temperature, temp, tavg, tmean, tmed,
        temperature 2m mean, temperatura, temperatura media, temperatur, mitteltemperatur, tmk,
        temperature moyenne""",
    "temperature_max": """temperature max, max temperature, maximum temperature, tmax,
        temperature 2m max, temperatura maxima, hochsttemperatur, maximaltemperatur, txk,
        temperature maximale""",
    "precipitation": """precipitation, precipitation sum, rain, rainfall, prcp, prec,
        precipitacion, lluvia, niederschlag, regen, rsk, precipitations, pluie""",
    "wind": """wind, wind max, wind speed, wind speed 10m max, wspd, viento, velocidad del viento,
        velmedia, windgeschwindigkeit, vent, vitesse du vent""",
}
_LIMITS: dict[Figure, tuple[float, float]] = {
    "temperature": (-70.0, 60.0),
    "temperature_max": (-70.0, 60.0),
    "precipitation": (0.0, 2000.0),
    "wind": (0.0, 410.0),
}
"""What has been measured on earth, in °C, mm and km/h."""
_MOST_BYTES = 20_000_000
"""A century of days has less."""


@dataclass
class Read:
    """What a file holds."""

    days: dict[date, WeatherDay] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def add(self, where: str, day: WeatherDay) -> None:
        """A day, unless the file has said something else of it."""
        if self.days.setdefault(day.day, day) != day:
            self.faults.append(
                Fault(where, "says something else of {day} than a line before", day=day.day)
            )


def read_weather(path: Path, bakery: Bakery, today: date) -> Read:
    """The days of a table. Those from `today` on are forecasts.

    Raises:
        NotFound, TooLarge, UnreadableFile: as `open_table`; or a column is missing, or dates are
            none.
    """
    read = Read()
    with open_table(path, most_bytes=_MOST_BYTES) as table:
        day_column, columns = _columns(table.header)
        for rows in table.batches:
            _read_rows(rows, day_column, columns, bakery, today, read)
    return read


def _columns(header: Sequence[str]) -> tuple[str, dict[Figure, str]]:
    by_key = {_key(column): column for column in reversed(header)}
    day = next((by_key[name] for name in _listed(_DAYS) if name in by_key), None)
    found = {
        own: by_key[name]
        for own in get_args(Figure)
        for name in [next((each for each in _listed(_FIGURES[own]) if each in by_key), None)]
        if name is not None
    }
    lacking = "day" if day is None else "temperature, precipitation or wind"
    if day is None or not found:
        raise UnreadableFile(
            "No column looks like {lacking}; there are {header}. Call one of them {lacking}.",
            lacking=lacking,
            header=", ".join(header[:20]),
        )
    return day, found


def _read_rows(
    rows: pl.DataFrame,
    day_column: str,
    columns: Mapping[Figure, str],
    bakery: Bakery,
    today: date,
    read: Read,
) -> None:
    days = _days(rows[day_column], bakery)
    comma = Locale.parse(bakery.locale, sep="_").number_symbols["latn"]["decimal"] == ","
    cells = {own: rows[column] for own, column in columns.items()}
    figures = {
        own: number_format(values, decimal_comma=comma).read(values)
        for own, values in cells.items()
    }
    for place, line in enumerate(rows[LINE]):
        given = {own: (cells[own][place], figures[own][place]) for own in columns}
        day = days[place]
        fault = _fault(day, rows[day_column][place], rows[EXTRA][place], given)
        if day is None or fault is not None:
            read.faults.append(Fault(f"line {line}", fault or "is no day"))
            continue
        values: dict[str, Any] = {own: figure for own, (_, figure) in given.items()}
        read.add(f"line {line}", WeatherDay(day, **values, is_forecast=day >= today))


def _days(cells: pl.Series, bakery: Bakery) -> list[date | None]:
    pattern = Locale.parse(bakery.locale, sep="_").date_formats["short"].pattern
    found = moment_format(cells, month_first=pattern.startswith("M"))
    if found is None:
        seen = ", ".join(repr(cell) for cell in cells.head(3))
        raise UnreadableFile("Days are written as {seen}: write them as in 31/12/2026.", seen=seen)
    return found.read(cells, bakery.time_zone).dt.date().to_list()


def _fault(
    day: date | None, cell: str, extra: str | None, given: Mapping[Figure, tuple[str, float | None]]
) -> str | None:
    """Why a row is rejected."""
    if extra:
        return f"cell {extra!r} is beyond the last column"
    if day is None or not 1990 <= day.year < 2100:
        return f"{cell!r} is no day between 1990 and 2099"
    for own, (written, figure) in given.items():
        low, high = _LIMITS[own]
        if written and (figure is None or not low <= figure <= high):
            return f"{own}: {written!r} is no number between {low:g} and {high:g}"
    if all(figure is None for _, figure in given.values()):
        return "says nothing of the weather"
    return None


def _key(name: str) -> str:
    """Without units in brackets, as Open-Meteo's files have them."""
    bare = name_key(name).split("(")[0].split("[")[0]
    return " ".join(bare.replace("_", " ").split())


def _listed(names: str) -> list[str]:
    return [" ".join(name.split()) for name in names.split(",")]

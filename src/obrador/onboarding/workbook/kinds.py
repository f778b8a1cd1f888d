"""Kinds of columns: how a cell of each is read and written.

Reading raises ValueError with what is wrong and what would be right.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from obrador.kit.money import from_minor, to_minor
from obrador.kit.names import name_key
from obrador.onboarding.workbook.vocabulary import Vocabulary, all_vocabularies, choice_keys

Cell = str | int | float | bool | date | time | None
"""A value as a spreadsheet holds it; `datetime` among the dates."""


@dataclass(frozen=True)
class Kind:
    """How a column's cells are read and written."""

    read: Callable[[Cell, str], Any]
    """From the cell, which is not empty, and the bakery's currency."""
    show: Callable[[Any, Vocabulary, str], Cell]
    """From the value, in the words of a language and the bakery's currency."""
    instead: Any
    """Stands for a value that cannot be read, so that the rest of the row can be checked."""
    format: str = "General"
    choices: str | None = None


_AROUND_MONEY = re.compile(r"\s*(?:[€$£]|[A-Z]{3})?\s*([^A-Z€$£]+?)\s*(?:[€$£]|[A-Z]{3})?\s*")


def _read_text(cell: Cell, _currency: str = "") -> str:
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{cell:.15g}"
    raise ValueError("is no text; write it as text")


def _read_number(cell: Cell, _currency: str = "") -> Decimal:
    """The number; of a text such as `12,5` the comma is taken for the decimal point."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(str(cell))
    text = cell.strip().replace(" ", "") if isinstance(cell, str) else ""
    if re.fullmatch(r"[+-]?\d+([.,]\d+)?", text):
        return Decimal(text.replace(",", "."))
    raise ValueError(f"{_quoted(cell)} is no number")


def _read_float(cell: Cell, _currency: str) -> float:
    return float(_read_number(cell))


def _read_integer(cell: Cell, _currency: str) -> int:
    number = _read_number(cell)
    if number != number.to_integral_value():
        raise ValueError(f"{_quoted(cell)} is no whole number")
    return int(number)


def _read_share(cell: Cell, _currency: str) -> float:
    if isinstance(cell, str) and cell.strip().endswith("%"):
        return float(_read_number(cell.strip()[:-1]) / 100)
    return float(_read_number(cell))


def _read_money(cell: Cell, currency: str) -> int:
    around = _AROUND_MONEY.fullmatch(cell) if isinstance(cell, str) else None
    amount = _read_number(around[1] if around else cell)
    try:
        minor = to_minor(amount, currency)
    except InvalidOperation:
        raise ValueError(f"{_quoted(cell)} is too much money") from None
    if abs(from_minor(minor, currency) - amount) > Decimal("1e-6"):
        raise ValueError(f"{_quoted(cell)} is finer than {currency} can be paid; round it")
    return minor


def _read_time(cell: Cell, _currency: str) -> time:
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, time):
        return _whole_seconds(cell)
    match = re.fullmatch(r"(\d{1,2})[:.h](\d{2})(?::(\d{2}))?", str(cell).strip())
    if match and int(match[1]) < 24 and int(match[2]) < 60 and int(match[3] or 0) < 60:
        return time(int(match[1]), int(match[2]), int(match[3] or 0))
    raise ValueError(f"{_quoted(cell)} is no time of day; write it as 07:30")


def _read_times(cell: Cell, currency: str) -> tuple[time, ...]:
    """`10:30; 16:00`, or one time as a spreadsheet holds it."""
    if not isinstance(cell, str):
        return (_read_time(cell, currency),)
    return tuple(_read_time(part, currency) for part in re.split(r"[;,\s]+", cell) if part)


def _whole_seconds(at: time) -> time:
    """Spreadsheets keep times as fractions of a day, which come back a little off."""
    minutes, second = divmod(at.second + round(at.microsecond / 1e6), 60)
    hours, minute = divmod(at.minute + minutes, 60)
    return time((at.hour + hours) % 24, minute, second)


def _read_date(cell: Cell, _currency: str) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  a day, not a moment
        except ValueError:
            continue
    raise ValueError(f"{_quoted(cell)} is no date; write it as 2026-03-31")


def _read_flag(cell: Cell, _currency: str) -> bool:
    words = {"true": True, "false": False, "1": True, "0": False}
    for language in all_vocabularies():
        words |= {name_key(language.yes): True, name_key(language.no): False}
    try:
        return words[name_key(str(cell))]
    except KeyError:
        raise ValueError(f"{_quoted(cell)} is neither yes nor no") from None


def _read_weekdays(cell: Cell, _currency: str) -> tuple[int, ...]:
    """`Mon, Thu`, `lun-vie` or `1,4`; a spreadsheet may have taken the last for a number."""
    days = _weekday_numbers()
    found: list[int] = []
    try:
        for part in filter(None, re.split(r"[\s,;./]+", name_key(str(cell)))):
            first, _, last = part.partition("-")
            start, end = days[first], days[last or first]
            found += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    except KeyError as error:
        message = f"{error.args[0]!r} is no weekday; write Mon, Thu or Mon-Fri or 1, 4"
        raise ValueError(message) from None
    return tuple(sorted(set(found)))


def _weekday_numbers() -> dict[str, int]:
    numbers = {str(number + 1): number for number in range(7)}
    for language in all_vocabularies():
        numbers |= {name_key(name): number for number, name in enumerate(language.weekdays)}
    return numbers


def _read_levels(cell: Cell, _currency: str) -> tuple[float, ...]:
    """Seven numbers, or one for every day."""
    parts = [part for part in re.split(r"[;\s]+", str(cell)) if part]
    levels = tuple(float(_read_number(part)) for part in parts)
    return levels * 7 if len(levels) == 1 else levels


def _quoted(cell: Cell) -> str:
    return repr(cell if isinstance(cell, str) else str(cell))[:60]


def _as_is(value: Any, _words: Vocabulary, _currency: str) -> Cell:
    cell: Cell = value
    return cell


def _money_cell(value: int, _words: Vocabulary, currency: str) -> float:
    return float(from_minor(value, currency))


def _flag_word(value: bool, words: Vocabulary, _currency: str) -> str:
    return words.yes if value else words.no


def _weekday_names(value: tuple[int, ...], words: Vocabulary, _currency: str) -> str:
    return ", ".join(words.weekdays[day] for day in value)


def _levels_text(value: tuple[float, ...], _words: Vocabulary, _currency: str) -> str:
    return "; ".join(f"{level:.15g}" for level in value)


def _times_text(value: tuple[time, ...], _words: Vocabulary, _currency: str) -> str:
    return "; ".join(f"{at:%H:%M}" for at in value)


def choice(group: str) -> Kind:
    """One of a few values, each called by a word."""

    def read(cell: Cell, _currency: str) -> str:
        try:
            return choice_keys(group)[name_key(str(cell))]
        except KeyError:
            words = all_vocabularies()[0].choices[group].values()
            raise ValueError(f"{_quoted(cell)} is none of {', '.join(words)}") from None

    def show(value: str, words: Vocabulary, _currency: str) -> str:
        return words.choices[group].get(value, value)

    return Kind(read, show, instead=next(iter(all_vocabularies()[0].choices[group])), choices=group)


TEXT = Kind(_read_text, _as_is, instead="", format="@")
INTEGER = Kind(_read_integer, _as_is, instead=1, format="0")
NUMBER = Kind(_read_float, _as_is, instead=1.0)
QUANTITY = Kind(_read_number, _as_is, instead=Decimal(1))
"""In the unit of its row."""
SHARE = Kind(_read_share, _as_is, instead=0.5, format="0.0%")
MONEY = Kind(_read_money, _money_cell, instead=1, format="#,##0.00")
TIME = Kind(_read_time, _as_is, instead=time(), format="hh:mm")
TIMES = Kind(_read_times, _times_text, instead=(), format="@")
DATE = Kind(_read_date, _as_is, instead=date(2000, 1, 1), format="yyyy-mm-dd")
FLAG = Kind(_read_flag, _flag_word, instead=True)
WEEKDAYS = Kind(_read_weekdays, _weekday_names, instead=(0,), format="@")
LEVELS = Kind(_read_levels, _levels_text, instead=(0.0,) * 7, format="@")
UNIT = Kind(
    _read_text,
    lambda unit, words, _currency: words.choices["units"].get(unit, unit),
    instead="",
    choices="units",
)

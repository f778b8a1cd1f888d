"""How the columns of a file of sales are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl
from babel.core import Locale

from obrador.integrations.pos_files.values import (
    DayOrder,
    MomentFormat,
    NumberFormat,
    moment_format,
    number_format,
    time_pattern,
)
from obrador.sales.columns import Columns, Field, UnknownColumns, is_transactions
from obrador.tenants.domain import Bakery

_MONTH_FIRST = {"US", "PH", "PR", "GU"}
"""Countries that write month/day/year."""


Decimal = Literal[".", ","]


@dataclass(frozen=True, slots=True)
class Written:
    """How somebody says that a file's values are written. What is None is found out."""

    order: DayOrder | None = None
    decimal: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Formats:
    """What is known of a file before its rows are read."""

    columns: Columns
    moment: MomentFormat
    time: str | None
    """Pattern of the column `time`."""
    sold_out: str | None
    """Pattern of the column `sold_out`; None if it says yes and no."""
    numbers: Mapping[Field, NumberFormat]
    is_transactions: bool

    @property
    def written(self) -> Written:
        """How dates and numbers are read."""
        signs: set[Decimal] = {
            "," if each.decimal == "," else "." for each in self.numbers.values()
        }
        return Written(self.moment.order, signs.pop() if len(signs) == 1 else None)


def find_formats(sample: pl.DataFrame, columns: Columns, bakery: Bakery, said: Written) -> Formats:
    """Find the formats from the first rows, where nobody has said them; the bakery's customs settle
    what these leave open.

    Raises:
        UnknownColumns: nothing in the column of dates or times can be read as such.
    """
    month_first = bakery.country in _MONTH_FIRST
    moment = moment_format(sample[columns["date"]], month_first=month_first, order=said.order)
    if moment is None:
        raise _no_format(sample[columns["date"]], "date", "31/12/2025")
    clock = time_pattern(sample[columns["time"]]) if "time" in columns else None
    if "time" in columns and clock is None:
        raise _no_format(sample[columns["time"]], "time", "17:45")
    numbers: dict[Field, NumberFormat] = {
        field: NumberFormat(said.decimal)
        if said.decimal
        else number_format(sample[columns[field]], decimal_comma=_decimal_comma(bakery))
        for field in ("quantity", "price", "revenue")
        if field in columns
    }
    return Formats(
        columns,
        moment,
        clock,
        time_pattern(sample[columns["sold_out"]]) if "sold_out" in columns else None,
        numbers,
        is_transactions(columns, moment.has_time or clock is not None),
    )


def _decimal_comma(bakery: Bakery) -> bool:
    symbols = Locale.parse(bakery.locale, sep="_").number_symbols
    return str(symbols["latn"]["decimal"]) == ","


def _no_format(values: pl.Series, field: str, example: str) -> UnknownColumns:
    seen = ", ".join(repr(value) for value in values.head(3))
    return UnknownColumns(
        "The column {given!r} holds {seen}: no {field} such as {example}. If it is another"
        " column, say which: {field}=COLUMN.",
        given=values.name,
        seen=seen,
        field=field,
        example=example,
    )

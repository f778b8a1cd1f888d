"""How a column writes its dates, times and numbers, found from its values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time
from typing import Literal

import polars as pl

DayOrder = Literal["day_first", "month_first"]
_DATES = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d",
    "%Y%m%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y",
)  # fmt: skip
_TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%H.%M", "%Hh%M")
_ZONED = ("%H:%M:%S%#z", "%H:%M%#z", "%H:%M:%S%.f%#z")
_EXCEL = "excel"
_EXCEL_EPOCH_DAYS = 25_569
"""From 1899-12-30, which Excel counts its days from, to 1970-01-01."""
_EXCEL_DAYS = (32_874, 73_050)
"""1990 to 2099: other numbers are no dates."""
_TRIED = 2_000
"""So many different values, spread over the sample, tell the format."""


@dataclass(frozen=True, slots=True)
class MomentFormat:
    """How a column writes dates, with or without the time of day."""

    pattern: str
    """Of strftime; `excel` for days since 1899-12-30 as a number."""
    has_time: bool
    is_ambiguous: bool = False
    """Every value that was looked at could be day/month as well as month/day."""

    @property
    def order(self) -> DayOrder | None:
        """Of day and month; None where the year comes first, or there is a number of days."""
        if self.pattern[:2] not in ("%d", "%m"):
            return None
        return "month_first" if _is_month_first(self.pattern) else "day_first"

    def read(self, values: pl.Series, time_zone: str) -> pl.Series:
        """Local times (Datetime in µs, without a zone); null where a value is not written so."""
        if self.pattern == _EXCEL:
            return _from_excel(values)
        if not self.pattern.endswith("z"):
            return values.str.to_datetime(self.pattern, time_unit="us", strict=False)
        moments = values.str.to_datetime(
            self.pattern, time_unit="us", time_zone="UTC", strict=False
        )
        return moments.dt.convert_time_zone(time_zone).dt.replace_time_zone(None)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a column writes numbers."""

    decimal: str
    """Decimal sign: `.` or `,`. The other one, spaces and apostrophes group thousands."""

    def read(self, values: pl.Series) -> pl.Series:
        """Numbers (Float64); null where a value is none, or is not finite."""
        plain = values if self.decimal == "." else values.str.replace(",", ".", literal=True)
        grouped = values.str.contains(r"[^-+0-9.]" if self.decimal == "." else r"[^-+0-9,]")
        numbers = plain.set(grouped, None).cast(pl.Float64, strict=False)
        if grouped.any():
            numbers = numbers.zip_with(~grouped.fill_null(False), self._ungrouped(values))
        return numbers

    def _ungrouped(self, values: pl.Series) -> pl.Series:
        group = r"\." if self.decimal == "," else ","
        decimal = "," if self.decimal == "," else r"\."
        bare = values.str.replace_all(r"(?i)[\s'’€$£]|eur|usd|gbp|chf", "")
        valid = bare.str.contains(rf"^[-+]?(\d{{1,3}}({group}\d{{3}})+|\d*)({decimal}\d+)?$")
        digits = bare.set(~valid, None).str.replace_all(group, "")
        return digits.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def moment_format(
    values: pl.Series, *, month_first: bool, order: DayOrder | None = None
) -> MomentFormat | None:
    """The format that reads most of the values; None if none reads any. Where somebody has said
    the order of day and month, only formats that agree.

    Where day/month and month/day read equally many, the one whose dates lie closer together is
    meant, for files cover days in a row; where that does not tell, `month_first` does.
    """
    sample = _sample(values)
    serial = sample.cast(pl.Float64, strict=False)
    if len(sample) and serial.is_between(*_EXCEL_DAYS).fill_null(False).all():
        return MomentFormat(_EXCEL, has_time=bool((serial % 1 > 0).any()))
    unwanted = {"day_first": "%m", "month_first": "%d", None: "-"}[order]
    patterns = (each for each in _moment_patterns() if not each.startswith(unwanted))
    readings = _best(patterns, lambda pattern: _plausible(pattern, sample))
    if not readings:
        return None

    def doubt(pattern: str) -> tuple[int, bool]:
        days = readings[pattern].dt.epoch("d").drop_nulls().to_list()
        return max(days) - min(days), _is_month_first(pattern) != month_first

    pattern = min(readings, key=doubt)
    return MomentFormat(
        pattern,
        has_time=bool((readings[pattern].dt.time() != time()).any()),
        is_ambiguous=len({_is_month_first(each) for each in readings}) > 1,
    )


def time_pattern(values: pl.Series) -> str | None:
    """The strftime pattern that reads most of the times of day; None if none reads any."""
    sample = _sample(values)
    readings = _best(iter(_TIMES), lambda pattern: sample.str.to_time(pattern, strict=False))
    return next(iter(readings), None)


def number_format(values: pl.Series, *, decimal_comma: bool) -> NumberFormat:
    """The decimal sign that the values prove; where none does (1.234), `decimal_comma` tells."""
    bare = _sample(values).str.replace_all(r"[^-0-9.,]", "")

    def proofs(decimal: str, group: str) -> int:
        return int(
            bare.str.contains(
                rf"{decimal}(\d{{1,2}}|\d{{4,}})$|^-?0*{decimal}\d|{group}.*{decimal}"
                rf"|{group}\d+{group}"
            ).sum()
        )

    comma, point = proofs(",", r"\."), proofs(r"\.", ",")
    if comma == point:
        return NumberFormat("," if decimal_comma else ".")
    return NumberFormat("," if comma > point else ".")


def _sample(values: pl.Series) -> pl.Series:
    different = values.filter(values != "").unique(maintain_order=True)
    return different.gather_every(max(1, len(different) // _TRIED))


def _best(patterns: Iterator[str], read: Callable[[str], pl.Series]) -> dict[str, pl.Series]:
    """Of the patterns that read any value, those that read most."""
    readings = {pattern: read(pattern) for pattern in patterns}
    most = max(reading.count() for reading in readings.values())
    return {
        pattern: reading
        for pattern, reading in readings.items()
        if most and reading.count() == most
    }


def _moment_patterns() -> Iterator[str]:
    yield from _DATES
    for date_pattern in _DATES:
        for separator in " T":
            yield from (f"{date_pattern}{separator}{each}" for each in (*_TIMES, *_ZONED))


def _plausible(pattern: str, sample: pl.Series) -> pl.Series:
    """Readings by a pattern; a year of two digits is none of four."""
    moments = MomentFormat(pattern, has_time=True).read(sample, "UTC")
    return moments.set(~moments.dt.year().is_between(1900, 2200), None)


def _is_month_first(pattern: str) -> bool:
    return pattern.startswith("%m")


def _from_excel(values: pl.Series) -> pl.Series:
    days = values.cast(pl.Float64, strict=False)
    days = days.set(~days.is_between(*_EXCEL_DAYS), None)
    seconds = ((days - _EXCEL_EPOCH_DAYS) * 86_400).round().cast(pl.Int64)
    return (seconds * 1_000_000).cast(pl.Datetime("us"))

"""A plain file of daily series, as forecasters exchange them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

import numpy as np
import polars as pl

from obrador.forecasting.domain import Flags, Floats
from obrador.kit.errors import Fault, Invalid
from obrador.tenants.domain import Days

REQUIRED = ("unique_id", "ds", "y")
OPTIONAL = ("open", "price", "holiday", "special")
_NAMESPACE = UUID("6c1a8f0e-2a8e-4f0b-9c39-5f2d1a7f6a10")
_SHOWN = 5


@dataclass(frozen=True)
class SeriesFile:
    """Series by day. Axes: P series, D days from the first to the last of the file."""

    names: tuple[str, ...]
    sold: Floats
    """(P, D) units; NaN where there is no row, or the row says closed."""
    is_open: Flags
    """(P, D) as the file says; all of them, if it does not."""
    price: Floats | None
    """(P, D) NaN where it is not known, or 0; None: the file has no prices."""
    days: Days
    """(D,) open where any series is."""
    states_open: bool
    """The file has a column `open`."""

    @property
    def ids(self) -> tuple[UUID, ...]:
        """(P,) derived from the names."""
        return tuple(uuid5(_NAMESPACE, name) for name in self.names)


def read_series(path: Path) -> SeriesFile:
    """Read columns unique_id, ds (a day as in 2026-03-31) and y (units sold), and, if they are
    there, open (1 or 0), price, holiday and special (names of days); others are left out.

    Raises:
        Invalid: there is no such file, a column is missing, or rows cannot be used; names them.
    """
    rows = _parsed(_read(path))
    names = sorted(set(rows["unique_id"]))
    dates: list[date] = rows["ds"].to_list()
    first, last = min(dates), max(dates)
    place = {name: number for number, name in enumerate(names)}
    series = np.array([place[name] for name in rows["unique_id"]])
    day = (rows["ds"] - first).dt.total_days().to_numpy()
    shape = (len(names), (last - first).days + 1)
    is_open = np.ones(shape, dtype=np.bool_)
    if "open" in rows.columns:
        is_open[:] = False
        is_open[series, day] = rows["open"].to_numpy() > 0
    sold = np.full(shape, np.nan)
    sold[series, day] = rows["y"].to_numpy()
    price = np.full(shape, np.nan)
    if "price" in rows.columns:
        price[series, day] = rows["price"].to_numpy()
    holiday = _names(rows, "holiday", day, shape[1])
    special = _names(rows, "special", day, shape[1])
    special = tuple(
        None if name == other else name for name, other in zip(special, holiday, strict=True)
    )
    return SeriesFile(
        names=tuple(names),
        sold=np.where(is_open, sold, np.nan),
        is_open=is_open,
        price=np.where(price > 0, price, np.nan) if "price" in rows.columns else None,
        days=Days(first, np.asarray(np.any(is_open, axis=0)), holiday, special),
        states_open="open" in rows.columns,
    )


def _read(path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}. Check where it is, and its name.") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise Invalid(
            f"{path} is no readable CSV file: {error}. Save it as CSV in UTF-8, with commas."
        ) from error
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise Invalid(
            f"{path} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}. It needs"
            f" {', '.join(REQUIRED)}, and may have {', '.join(OPTIONAL)}.",
            [Fault(name, "missing") for name in missing],
        )
    if not len(frame):
        raise Invalid(f"{path} has no rows.")
    return frame.select([name for name in (*REQUIRED, *OPTIONAL) if name in frame.columns])


def _parsed(frame: pl.DataFrame) -> pl.DataFrame:
    """Each column as what it is; every row that cannot be used is named."""
    numbers = [name for name in ("y", "open", "price") if name in frame.columns]
    rows = frame.with_row_index("line", 2).with_columns(
        pl.col("ds").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).alias("day"),
        *(pl.col(name).cast(pl.Float64, strict=False).alias(f"{name}_") for name in numbers),
    )
    faults = [
        *_faults(rows, pl.col("unique_id").is_null(), "unique_id", "is empty"),
        *_faults(rows, pl.col("day").is_null(), "ds", "is no day as in 2026-03-31"),
        *_faults(rows, ~pl.col("y_").is_finite().fill_null(False), "y", "is no number"),
        *_faults(rows, pl.col("y_") < 0, "y", "is negative; leave returns out, or net them"),
    ]
    if "open" in numbers:
        faults += _faults(
            rows, ~pl.col("open_").is_in([0.0, 1.0]).fill_null(False), "open", "is neither 1 nor 0"
        )
    faults += _faults(
        rows,
        ~pl.struct("unique_id", "day").is_first_distinct(),
        "ds",
        "is there twice for this series",
    )
    if faults:
        raise Invalid(f"{len(faults)} rows cannot be used; mend or remove them.", faults[:_SHOWN])
    return rows.with_columns(ds="day", **{name: pl.col(f"{name}_") for name in numbers})


def _faults(rows: pl.DataFrame, wrong: pl.Expr, column: str, what: str) -> list[Fault]:
    found = rows.filter(wrong)
    return [
        Fault(f"line {line}, {column}", f"{value!r} {what}")
        for line, value in zip(found["line"], found[column], strict=True)
    ]


def _names(
    rows: pl.DataFrame,
    column: str,
    day: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]",
    count: int,
) -> tuple[str | None, ...]:
    """(count,) the first name that a day has."""
    found: list[str | None] = [None] * count
    if column in rows.columns:
        for place, name in zip(day.tolist(), rows[column], strict=True):
            found[place] = found[place] or name or None
    return tuple(found)

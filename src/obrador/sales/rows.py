"""Rows of a file, as text, to sales: the good ones typed, the bad ones with their reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import polars as pl
from babel.numbers import get_currency_precision

from obrador.integrations.pos_files import EXTRA, LINE
from obrador.sales.columns import Field
from obrador.sales.faults import FIELD_OF, Problem, RowFault
from obrador.sales.formats import Formats
from obrador.sales.product_names import LONGEST_NAME, ProductNames
from obrador.tenants.domain import Bakery

FAULTS_TOLD = 1_000
_FIRST_DAY = date(1990, 1, 1)
_MOST = 9_999_999
_MOST_MINOR = 2_147_483_647
_LONGEST_CODE = 60
_YES = ["yes", "y", "true", "x", "1", "sí", "si", "s", "ja", "j", "oui", "o"]
_NO = ["", "no", "n", "false", "0", "nein", "non", "-"]
_SOME_TIME = time(23, 59)
"""Sold out, nobody knows when."""
_DEFAULTS: Mapping[Field, str] = {
    "date": "", "time": "", "product": "", "quantity": "1", "receipt": "", "location": "",
    "sold_out": "",
}  # fmt: skip
"""What a field's cells hold where a file has no column for it."""
_CHECKS: tuple[tuple[pl.Expr, Problem], ...] = (
    (pl.col(EXTRA).is_not_null(), "extra"),
    (pl.col("product") == "", "no_product"),
    (pl.col("product").str.len_chars() > LONGEST_NAME, "long_product"),
    (pl.col("date") == "", "no_date"),
    (pl.col("day").is_null(), "bad_date"),
    (pl.col("clock").is_null(), "bad_time"),
    (pl.col("day") < _FIRST_DAY, "old"),
    (pl.col("is_future"), "future"),
    (pl.col("quantity") == "", "no_quantity"),
    (pl.col("number").is_null(), "bad_quantity"),
    (pl.col("number") < 0, "negative_quantity"),
    (pl.col("number") > _MOST, "large_quantity"),
    (pl.col("minor").is_null() & (pl.col("money") != ""), "bad_amount"),
    (pl.col("minor") < 0, "negative_amount"),
    (pl.col("minor") > _MOST_MINOR, "large_amount"),
    (pl.col("receipt").str.len_chars() > _LONGEST_CODE, "long_receipt"),
    (pl.col("location").str.len_chars() > _LONGEST_CODE, "long_location"),
    (
        pl.col("sold_out_at").is_null() & ~pl.col("sold_out").str.to_lowercase().is_in(_NO),
        "bad_sold_out",
    ),
)
"""What may be wrong with a row; the first that applies is told."""


_CELLS: Mapping[Problem, str] = {**FIELD_OF, "extra": EXTRA}
"""Which text of a row is wrong."""


@dataclass
class Tally:
    """What became of the rows so far."""

    rows: int = 0
    ignored: int = 0
    rejected: int = 0
    faults: list[RowFault] = field(default_factory=list)
    """Of the first `FAULTS_TOLD` rejected rows."""
    first_day: date | None = None
    last_day: date | None = None

    def reject(self, count: int, faults: Iterator[RowFault]) -> None:
        """Count rejected rows and keep the reasons that there is room for."""
        self.rejected += count
        while len(self.faults) < FAULTS_TOLD and (fault := next(faults, None)):
            self.faults.append(fault)

    def accept(self, days: pl.Series) -> None:
        """Note which days are there."""
        first, last = days.min(), days.max()
        if isinstance(first, date) and isinstance(last, date):
            self.first_day = min(first, self.first_day or first)
            self.last_day = max(last, self.last_day or last)


class RowReader:
    """Reads batches of one file."""

    def __init__(
        self, formats: Formats, bakery: Bakery, products: ProductNames, last_day: date
    ) -> None:
        """Days after `last_day` are in the future."""
        self.tally = Tally()
        self._formats = formats
        self._bakery = bakery
        self._products = products
        self._last_day = last_day
        self._minor_units = 10 ** get_currency_precision(bakery.currency)

    def read(self, batch: pl.DataFrame) -> pl.DataFrame:
        """The good rows as `staging` takes them; what became of the others is in `tally`.

        Raises:
            UnknownColumns: the column of products cannot hold products.
        """
        self.tally.rows += len(batch)
        rows = self._typed(self._without_ignored(self._texts(batch)))
        checks = (pl.when(wrong).then(pl.lit(at)) for at, (wrong, _) in enumerate(_CHECKS))
        rows = rows.with_columns(pl.coalesce(*checks).alias("check"))
        wrong = rows.filter(pl.col("check").is_not_null())
        self.tally.reject(
            len(wrong),
            (_fault(row, _CHECKS[row["check"]][1]) for row in _told(wrong)),
        )
        return self._staged(self._known(rows.filter(pl.col("check").is_null())))

    def _texts(self, batch: pl.DataFrame) -> pl.DataFrame:
        """The cells under the names of their fields."""
        chosen = self._formats.columns
        cells = {
            name: pl.col(chosen[name]) if name in chosen else pl.lit(default)
            for name, default in _DEFAULTS.items()
        }
        money = chosen.get("price") or chosen.get("revenue")
        return batch.select(LINE, EXTRA, money=pl.col(money) if money else pl.lit(""), **cells)

    def _without_ignored(self, rows: pl.DataFrame) -> pl.DataFrame:
        ignored = self._products.ignored(rows["product"].unique())
        kept = rows.filter(~pl.col("product").is_in(ignored)) if ignored else rows
        self.tally.ignored += len(rows) - len(kept)
        return kept

    def _typed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Beside the texts, what they mean; null where they mean nothing."""
        formats = self._formats
        moment = formats.moment.read(rows["date"], self._bakery.time_zone)
        clock = _times(rows["time"], formats.time) if formats.time else moment.dt.time()
        quantity = formats.numbers.get("quantity")
        number = (
            quantity.read(rows["quantity"]) if quantity else pl.repeat(1.0, len(rows), eager=True)
        )
        return rows.with_columns(
            moment.dt.date().alias("day"),
            (moment.dt.date() > self._last_day).alias("is_future"),
            clock.alias("clock"),
            number.round(3).alias("number"),
            self._unit_price(rows["money"], number).alias("minor"),
            _sold_out_at(rows["sold_out"], formats.sold_out).alias("sold_out_at"),
        )

    def _unit_price(self, texts: pl.Series, number: pl.Series) -> pl.Series:
        """In minor units. Nothing sold for nothing has no price, so it gets 0."""
        numbers = self._formats.numbers
        minor: pl.Series
        if "price" in numbers:
            minor = numbers["price"].read(texts) * self._minor_units
            return minor.round()
        if "revenue" in numbers:
            minor = numbers["revenue"].read(texts) * self._minor_units / number
            return minor.fill_nan(0.0).round()
        return pl.repeat(None, len(texts), dtype=pl.Float64, eager=True)

    def _known(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with their `product_id`; those of unknown products are rejected."""
        ids = self._products.ids(rows["product"].unique(maintain_order=True))
        rows = rows.with_columns(
            pl.col("product").replace_strict(ids, default=None, return_dtype=pl.String)
            .alias("product_id")
        )  # fmt: skip
        unknown = rows.filter(pl.col("product_id").is_null())
        self.tally.reject(
            len(unknown),
            (self._unknown(row) for row in _told(unknown)),
        )
        return rows.filter(pl.col("product_id").is_not_null())

    def _unknown(self, row: Mapping[str, Any]) -> RowFault:
        nearest = self._products.nearest(row["product"])
        return _fault(row, "unlike_any" if nearest is None else "unknown", nearest or "")

    def _staged(self, rows: pl.DataFrame) -> pl.DataFrame:
        self.tally.accept(rows["day"])
        local = pl.col("day").dt.combine(pl.col("clock"))
        return rows.select(
            pl.col(LINE).alias("line"),
            "product_id",
            _instants(local, self._bakery.time_zone).alias("sold_at"),
            pl.col("day").alias("business_date"),
            "location",
            "receipt",
            pl.col("number").alias("quantity"),
            pl.col("minor").cast(pl.Int32).alias("price_minor"),
            "sold_out_at",
        )


def _told(rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The texts of as many rows as are told; Python has no words for some dates of polars."""
    return rows.head(FAULTS_TOLD).select(pl.col(pl.String, pl.Int32)).iter_rows(named=True)


def _fault(row: Mapping[str, Any], problem: Problem, other: str = "") -> RowFault:
    """What is wrong with a row, with the cell that is."""
    cell = _CELLS.get(problem)
    return RowFault(row[LINE], problem, row[cell] if cell else "", other)


def _times(texts: pl.Series, pattern: str) -> pl.Series:
    return texts.str.to_time(pattern, strict=False)


def _sold_out_at(texts: pl.Series, pattern: str | None) -> pl.Series:
    times = (
        _times(texts, pattern)
        if pattern
        else pl.repeat(None, len(texts), dtype=pl.Time, eager=True)
    )
    said_yes = texts.str.to_lowercase().is_in(_YES)
    return times.set(said_yes & times.is_null(), _SOME_TIME)


def _instants(local: pl.Expr, time_zone: str) -> pl.Expr:
    """Local times in UTC. An hour that the clock skips counts as the one after it, one that it
    repeats as the first of the two."""

    def in_zone(moments: pl.Expr) -> pl.Expr:
        return moments.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")

    return in_zone(local).fill_null(in_zone(local.dt.offset_by("1h"))).dt.convert_time_zone("UTC")

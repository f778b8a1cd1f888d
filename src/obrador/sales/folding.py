"""Daily sales, folded: a month of all products as one small matrix. Pure.

Two years of a bakery's daily sales are some twenty thousand rows; reading them every morning would
take longer than planning from them. Axes: P products, D days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from obrador.sales.domain import SalesHistory

Floats = NDArray[np.float64]
Kind = Literal["<i2", "<i4", "<f8"]
_SCALES: dict[Kind, float] = {"<i2": 1.0, "<i4": 1000.0, "<f8": 1.0}
"""What quantities are multiplied by: whole pieces, thousandths, or as they are."""
_NO_RECORD: dict[Kind, float] = {"<i2": -(2**15), "<i4": -(2**31), "<f8": np.nan}


@dataclass(frozen=True)
class Month:
    """The sales of a calendar month, or of its first days."""

    first: date
    days: int
    product_ids: tuple[bytes, ...]
    """As 16 bytes each, which Python compares and finds several times as fast."""
    kind: Kind
    sold: bytes
    """(P, D) of `kind`; no record: the least value, or NaN."""
    sold_out: bytes
    """(N, 3) of "<i2": product, day, and minute of the day from which none was left."""


_decode = msgspec.msgpack.Decoder(tuple[Month, ...]).decode
_encode = msgspec.msgpack.Encoder().encode


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def fold(history: SalesHistory) -> dict[date, bytes]:
    """Every month of a history as bytes, by its first day; the first and last may be incomplete.

    A month that begins before the history does, is folded from the history's first day on.
    """
    days, folded = history.sold.shape[1], {}
    start = 0
    while start < days:
        first = history.first + timedelta(days=start)
        following = month_of(month_of(first) + timedelta(days=32))
        end = min(start + (following - first).days, days)
        folded[month_of(first)] = _encode(_month(history, first, start, end))
        start = end
    return folded


def _month(history: SalesHistory, first: date, start: int, end: int) -> Month:
    sold, minutes = history.sold[:, start:end], history.sold_out_minute[:, start:end]
    known = ~np.isnan(sold)
    rows = np.flatnonzero(known.any(axis=1))
    sold, minutes, known = sold[rows], minutes[rows], known[rows]
    kind = _kind(sold[known])
    scaled = np.rint(sold * _SCALES[kind]) if kind != "<f8" else sold
    scaled = np.where(known, scaled, _NO_RECORD[kind])
    places = np.argwhere(~np.isnan(minutes))
    sold_out = np.column_stack((places, minutes[tuple(places.T)]))
    return Month(
        first,
        end - start,
        tuple(history.product_ids[row].bytes for row in rows),
        kind,
        scaled.astype(kind).tobytes(),
        sold_out.astype("<i2").tobytes(),
    )


def _kind(quantities: np.ndarray) -> Kind:
    """The smallest kind that keeps the quantities as they are."""
    for kind in ("<i2", "<i4"):
        scaled = np.rint(quantities * _SCALES[kind])
        fits = not scaled.size or np.abs(scaled).max() < np.iinfo(kind).max
        if fits and np.array_equal(scaled / _SCALES[kind], quantities):
            return kind
    return "<f8"


def unfold(
    months: bytes | None, recent: SalesHistory | None, first: date, last: date, until: date
) -> SalesHistory:
    """The history from `first` to `last`: folded months, as one MessagePack array of what `fold`
    made, for days up to `until`, after that what is recent. Products are those with any record, by
    id."""
    parts = _decode(months) if months else ()
    count = (last - first).days + 1
    ids = set().union(*(part.product_ids for part in parts))
    ids.update(product_id.bytes for product_id in (recent.product_ids if recent else ()))
    row_of = {product_id: row for row, product_id in enumerate(sorted(ids))}
    sold, minutes = (np.full((len(row_of), count), np.nan) for _ in range(2))
    placed = _placed(parts, row_of, first)
    folded = slice(0, min((until - first).days + 1, count))
    _put_quantities(placed, sold[:, folded])
    _put_minutes(placed, minutes[:, folded])
    if recent is not None and recent.product_ids:
        places = [row_of[product_id.bytes] for product_id in recent.product_ids]
        start = (recent.first - first).days
        sold[places, start:] = recent.sold[:, : count - start]
        minutes[places, start:] = recent.sold_out_minute[:, : count - start]
    known = tuple(UUID(bytes=product_id) for product_id in row_of)
    return _with_records(SalesHistory(known, first, sold, minutes))


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where a month belongs: its column of the first day, and its products' rows."""

    month: Month
    start: int
    rows: NDArray[np.intp]


def _placed(months: Sequence[Month], row_of: Mapping[bytes, int], first: date) -> list[_Placed]:
    rows_of = {
        ids: np.array([row_of[product_id] for product_id in ids], np.intp)
        for ids in {month.product_ids for month in months}
    }
    return [
        _Placed(month, (month.first - first).days, rows_of[month.product_ids]) for month in months
    ]


def _put_quantities(placed: Sequence[_Placed], sold: Floats) -> None:
    """Write what was sold; days beyond the columns are left out."""
    days = sold.shape[1]
    for kind in {each.month.kind for each in placed}:
        raw = np.full(sold.shape, _NO_RECORD[kind], dtype=kind)
        for each in placed:
            if each.month.kind == kind:
                stored = np.frombuffer(each.month.sold, kind).reshape(-1, each.month.days)
                begin = max(each.start, 0)
                end = max(min(each.start + each.month.days, days), begin)
                raw[each.rows, begin:end] = stored[:, begin - each.start : end - each.start]
        known = raw != _NO_RECORD[kind] if kind != "<f8" else ~np.isnan(raw)
        np.copyto(sold, raw / _SCALES[kind], where=known)


def _put_minutes(placed: Sequence[_Placed], minutes: Floats) -> None:
    """Write when what was sold out; days beyond the columns are left out."""
    if not placed:
        return
    triples = [np.frombuffer(each.month.sold_out, "<i2").reshape(-1, 3) for each in placed]
    row, day, minute = np.concatenate(triples).astype(np.intp).T
    counts = [len(own) for own in triples]
    day = day + np.repeat([each.start for each in placed], counts)
    is_wanted = (day >= 0) & (day < minutes.shape[1])
    before = np.cumsum([0, *(len(each.rows) for each in placed)])[:-1]
    rows = np.concatenate([each.rows for each in placed])[row + np.repeat(before, counts)]
    minutes[rows[is_wanted], day[is_wanted]] = minute[is_wanted]


def _with_records(history: SalesHistory) -> SalesHistory:
    """Without products that have no record in these days."""
    kept = np.flatnonzero(~np.isnan(history.sold).all(axis=1))
    if len(kept) == len(history.product_ids):
        return history
    return SalesHistory(
        tuple(history.product_ids[row] for row in kept),
        history.first,
        history.sold[kept],
        history.sold_out_minute[kept],
    )

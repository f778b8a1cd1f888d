"""Rows in PostgreSQL's binary COPY format, several times as fast as a driver's general way.

The format is documented in PostgreSQL's manual under COPY, "Binary Format": for each row the number
of fields, then for each field its length (-1: null) and its bytes as the type's `send` function
gives them, big-endian.
"""

import json
import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_DAY_ZERO = date(2000, 1, 1).toordinal()
_ZERO = datetime(2000, 1, 1, tzinfo=UTC)
_CACHED = 16_384

Encoder = Callable[[Any], bytes]
"""A value, not null, as its length and bytes."""


def encoded(types: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[bytes, int]:
    """Rows of columns of these types (PostgreSQL's names) as the content of a COPY, and how many.

    Raises:
        TypeError: a type is not known here, or a value is not of its column's.
    """
    encoders = [encoder_of(name) for name in types]
    start = struct.pack(">h", len(encoders))
    parts, count = [HEADER], 0
    for row in rows:
        parts.append(start)
        parts += [
            _NULL if value is None else encode(value)
            for encode, value in zip(encoders, row, strict=True)
        ]
        count += 1
    parts.append(TRAILER)
    return b"".join(parts), count


def encoder_of(name: str) -> Encoder:
    """The encoder of a type.

    Raises:
        TypeError: it is not known here.
    """
    if name.endswith("[]"):
        return _array_encoder(name[:-2])
    if name not in _ENCODERS:
        raise TypeError(f"COPY of {name} is not known here: add it to kit/pgcopy.py.")
    return _ENCODERS[name]


def _fixed(code: str) -> Encoder:
    packed = struct.Struct(f">i{code}")
    size = packed.size - 4
    pack = packed.pack
    return lambda value: pack(size, value)


def _bytes(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


@lru_cache(_CACHED)
def _text(value: str) -> bytes:
    return _bytes(value.encode())


def _uuid(value: UUID) -> bytes:
    return b"\x00\x00\x00\x10" + value.bytes


@lru_cache(_CACHED)
def _date(value: date) -> bytes:
    return struct.pack(">ii", 4, value.toordinal() - _DAY_ZERO)


@lru_cache(_CACHED)
def _timestamp(value: datetime) -> bytes:
    since = value - _ZERO
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return struct.pack(">iq", 8, microseconds)


@lru_cache(_CACHED)
def _time(value: time) -> bytes:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return struct.pack(">iq", 8, seconds * 1_000_000 + value.microsecond)


def _json(value: Any) -> bytes:
    return _bytes(b"\x01" + json.dumps(value, default=str).encode())


@lru_cache(_CACHED)
def _numeric(value: Decimal | float | int) -> bytes:
    """Groups of four decimal digits: how many, the first one's power of 10,000, sign, scale."""
    sign, digits, exponent = Decimal(str(value)).as_tuple()
    if not isinstance(exponent, int):
        raise TypeError(f"{value} is no number that a column can hold.")
    number = int("".join(map(str, digits)) or "0")
    scale = max(-exponent, 0)
    places = -(-scale // 4)
    whole = number * 10 ** (exponent + 4 * places)
    groups: list[int] = []
    while whole:
        whole, group = divmod(whole, 10_000)
        groups.insert(0, group)
    weight = len(groups) - places - 1
    body = struct.pack(
        f">hhHh{len(groups)}h", len(groups), weight, 0x4000 if sign else 0, scale, *groups
    )
    return _bytes(body)


_ENCODERS: dict[str, Encoder] = {
    "boolean": _fixed("?"),
    "smallint": _fixed("h"),
    "integer": _fixed("i"),
    "bigint": _fixed("q"),
    "real": _fixed("f"),
    "double precision": _fixed("d"),
    "uuid": _uuid,
    "text": _text,
    "varchar": _text,
    "bytea": _bytes,
    "date": _date,
    "time without time zone": _time,
    "timestamp with time zone": _timestamp,
    "numeric": _numeric,
    "jsonb": _json,
}
_OIDS = {
    "boolean": 16, "smallint": 21, "integer": 23, "bigint": 20, "real": 700,
    "double precision": 701, "uuid": 2950, "text": 25, "varchar": 1043, "date": 1082,
    "time without time zone": 1083,
}  # fmt: skip


@lru_cache
def _array_encoder(name: str) -> Encoder:
    """Dimensions, whether there are nulls, the elements' type, length, lower bound, elements."""
    encode, oid = encoder_of(name), _OIDS[name]

    @lru_cache(_CACHED)
    def encode_tuple(values: tuple[Any, ...]) -> bytes:
        if not values:
            return _bytes(struct.pack(">iii", 0, 0, oid))
        head = struct.pack(">iiiii", 1, int(None in values), oid, len(values), 1)
        elements = (_NULL if value is None else encode(value) for value in values)
        return _bytes(head + b"".join(elements))

    return lambda values: encode_tuple(tuple(values))

"""Dataclasses as JSON between installations: exact, and plain enough for other programs.

An array is an object of its `shape` and its `values`, row by row; NaN is null, flags are 0 and 1.
Numbers are written so that whoever reads them has the very same ones.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin

import msgspec
import numpy as np

T = TypeVar("T")

_Length = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


@dataclass(frozen=True)
class _Array:
    shape: Annotated[tuple[_Length, ...], msgspec.Meta(max_length=3)]
    values: list[float | None]


def encode(value: Any) -> bytes:
    """Dataclasses, arrays, containers, numbers, dates and ids as JSON."""
    return _encode(value)


def decode(content: bytes, kind: type[T]) -> T:
    """What was encoded, checked to be of its kind.

    Raises:
        msgspec.DecodeError: it is of another, or no JSON; names the place.
    """
    # A type is hashable; type checkers do not say so of `type[T]`.
    value: T = _decoder(cast("Hashable", kind)).decode(content)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        flat = value.ravel()
        if value.dtype == np.bool_:
            flat = flat.astype(np.int8)
        return {"shape": value.shape, "values": flat.tolist()}
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"{type(value).__name__} has no JSON.")


def _array(kind: Any, value: Any) -> Any:
    if get_origin(kind) is not np.ndarray:
        raise NotImplementedError(f"{kind} has no JSON.")
    given = msgspec.convert(value, _Array)
    array = np.array(given.values, dtype=np.float64).reshape(given.shape)
    if get_args(get_args(kind)[1])[0] is not np.bool_:
        return array
    if not np.isin(array, (0, 1)).all():
        raise ValueError("flags are 0 and 1")
    return array.astype(np.bool_)


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


@cache
def _decoder(kind: Hashable) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind, dec_hook=_array)

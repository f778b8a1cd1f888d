"""Dataclasses as compact bytes, for what is stored and read as a whole: MessagePack within zstd."""

import threading
from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
import zstandard

T = TypeVar("T")

_LEVEL = 3
_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode


class _PerThread(threading.local):
    """Compressors must not be shared between threads."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_zstd = _PerThread()


def pack(value: Any) -> bytes:
    """Dataclasses, containers, numbers, dates, ids and bytes as bytes."""
    return _zstd.compressor.compress(_encode(value))


def unpack(content: bytes, kind: type[T]) -> T:
    """What was packed, checked to be of its kind.

    Raises:
        msgspec.ValidationError: it is of another.
    """
    # A type is hashable; type checkers do not say so of `type[T]`.
    value: T = _decoder(cast("Hashable", kind)).decode(_zstd.decompressor.decompress(content))
    return value


def pack_local(value: Any) -> bytes:
    """As `pack`, but a moment keeps its offset from UTC, which MessagePack does not know: JSON
    within zstd."""
    return _zstd.compressor.compress(msgspec.json.encode(value))


def unpack_local(content: bytes, kind: type[T]) -> T:
    """What was packed with `pack_local`, checked to be of its kind.

    Raises:
        msgspec.ValidationError: it is of another.
    """
    return msgspec.json.decode(_zstd.decompressor.decompress(content), type=kind)


@cache
def _decoder(kind: Hashable) -> "msgspec.msgpack.Decoder[Any]":
    return msgspec.msgpack.Decoder(kind)

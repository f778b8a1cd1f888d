"""Identifiers: UUIDv7, made here rather than by the database, so that whole graphs of rows
can be written in bulk without asking for their keys."""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import uuid_utils.compat


def new_id() -> UUID:
    """A new identifier that sorts by time of creation."""
    return uuid_utils.compat.uuid7()


def derived_id(*parts: object) -> UUID:
    """The identifier that the same parts always give: doing a thing twice is doing it once."""
    return uuid5(NAMESPACE_URL, "\x1f".join(map(str, parts)))


def numbered_id(base: UUID, number: int) -> UUID:
    """The identifier of the `number`-th part (up to 65,535) of something whose own is derived."""
    return UUID(int=(base.int & ~0xFFFF) | number)


def first_id_at(moment: datetime) -> UUID:
    """The lowest identifier that `new_id` can make from this moment on, to select by age."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)

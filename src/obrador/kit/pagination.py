"""Lists in pages. The cursor is the id of the last item seen, so pages stay right while rows come
and go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Up to `limit` items after the one with the id `cursor`."""

    cursor: UUID | None = None
    limit: int = 50


async def page_request(
    cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> PageRequest:
    """What the query string asks for."""
    return PageRequest(cursor, limit)


Paging = Annotated[PageRequest, Depends(page_request)]


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """The rows of a page, and where the next one starts."""

    rows: Sequence[T]
    next_cursor: UUID | None

    @classmethod
    def cut(cls, rows: Sequence[T], limit: int, id_of: Callable[[T], UUID]) -> "Slice[T]":
        """The page out of up to `limit + 1` rows; the one too many says that there is a next."""
        kept = rows[:limit]
        return cls(kept, id_of(kept[-1]) if len(rows) > limit else None)


class Page(BaseModel, Generic[T]):
    """Some items of a list, in a stable order."""

    items: list[T]
    next_cursor: UUID | None = Field(description="Null on the last page.")

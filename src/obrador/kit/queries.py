"""Small pieces of queries."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY


def any_of(ids: Collection[UUID]) -> ColumnElement[Any]:
    """`any(:ids)`, to compare an id column with however many ids in one bound value."""
    return any_(bindparam(None, list(ids), type_=ARRAY(Uuid), unique=True))

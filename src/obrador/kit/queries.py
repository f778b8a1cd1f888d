"""Small pieces of queries."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Label,
    Select,
    Table,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY


def any_of(ids: Collection[UUID]) -> ColumnElement[Any]:
    """`any(:ids)`, to compare an id column with however many ids in one bound value."""
    return any_(bindparam(None, list(ids), type_=ARRAY(Uuid), unique=True))


def row_state(table: Table) -> Label[int]:
    """A number that is another one after every change of a row, whoever changes it and how: from
    the transaction that wrote the row, and its place."""
    system = (f'"{table.name}".{column}' for column in ("tableoid", "xmin", "ctid"))
    written = func.concat_ws(literal_column("':'"), *(literal_column(each) for each in system))
    return func.hashtextextended(written, 0).label("state")


def state_of(*row_states: Select[int]) -> Select[Decimal]:
    """A number that is another one after every change of the rows whose `row_state` these select,
    after one is added and after one is removed."""
    states = union_all(*row_states).subquery()
    return select(func.coalesce(func.sum(states.c.state), 0))

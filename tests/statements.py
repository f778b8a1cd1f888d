"""Counting what goes to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from obrador.kit.db import Database

_AROUND = ("SAVEPOINT", "set_config('role'", "set local role")


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that are executed in the block, without savepoints and what tests set around
    requests."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not any(word in statement for word in _AROUND):
            seen.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)

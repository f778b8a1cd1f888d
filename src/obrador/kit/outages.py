"""Telling what passes, such as a database that restarts, from what fails every time."""

from psycopg import OperationalError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from obrador.kit.errors import Unavailable

_PASSING_CLASSES = ("08", "40", "53", "55P03", "57P")
"""SQLSTATE: connection, deadlock or serialisation, resources, lock timeout, shut-down and start."""


def is_passing(error: BaseException) -> bool:
    """Whether the same work may succeed later though nobody mends anything."""
    if isinstance(error, Unavailable | PoolExhausted):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_passing(error.orig))
    # Without a state, the server did not say it: it was not there to be asked.
    return isinstance(error, OperationalError) and (
        error.sqlstate is None or error.sqlstate.startswith(_PASSING_CLASSES)
    )

"""What the database refuses, in words. Constraint names follow the conventions of `kit.db`."""

from psycopg import errors as pg
from sqlalchemy.exc import IntegrityError

from obrador.kit.db import Base
from obrador.kit.errors import Conflict, Fault, Invalid, ObradorError


def refused_write(error: IntegrityError) -> ObradorError:
    """Why a row could not be written: its name is taken, or what it refers to is not there."""
    cause = error.orig
    if isinstance(cause, pg.UniqueViolation):
        field = _field(cause).removesuffix("_key")
        return Conflict(
            "There is one with this {field} already. Change that one, or choose another {field}.",
            [Fault(field, "is taken")],
            field=field,
        )
    if isinstance(cause, pg.ForeignKeyViolation):
        field = _field(cause)
        return Invalid(
            "{field}: there is no such thing here.", [Fault(field, "is not there")], field=field
        )
    if isinstance(cause, pg.CheckViolation):
        table, rule = cause.diag.table_name or "", cause.diag.constraint_name or ""
        words = rule.removeprefix(f"ck_{table}_").replace("_", " ")
        return Invalid(
            "The rule “{words}” does not hold.", [Fault(words, "does not hold")], words=words
        )
    raise error


def refused_delete(error: IntegrityError) -> ObradorError:
    """Why a row could not be deleted: other rows refer to it."""
    if not isinstance(error.orig, pg.ForeignKeyViolation | pg.RestrictViolation):
        raise error
    users = (error.orig.diag.table_name or "other things").replace("_", " ")
    return Conflict("It is still used by {users}. Remove it there first.", users=users)


def _field(cause: pg.Error) -> str:
    """The last column of a violated key, by the constraint's name: of rows that policies protect,
    PostgreSQL tells no more."""
    table, rule = Base.metadata.tables.get(cause.diag.table_name or ""), cause.diag.constraint_name
    columns = [] if table is None else [column.name for column in table.c]
    return max((each for each in columns if f"{rule}".endswith(f"_{each}")), key=len, default="key")

"""The database: one dialect, PostgreSQL; one transaction per request, command or step.

Services and repositories flush; the edges (`Database.transaction`) commit. Lazy loads raise.
"""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg.errors import IdleInTransactionSessionTimeout
from sqlalchemy import ForeignKey, MetaData, String, Table, Uuid, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from obrador.kit.fence import ROLE, inside, is_inside
from obrador.kit.ids import new_id
from obrador.kit.pgcopy import encoded

_json = msgspec.json.Encoder().encode
_DIALECT = PGDialect()  # type: ignore[no-untyped-call]
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables of all contexts."""

    metadata = MetaData(naming_convention=_NAMES)


class TenantOwned:
    """A row of a tenant. Every key and index starts with `tenant_id`."""

    tenant_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True, sort_order=-3
    )


class Identified(TenantOwned):
    """A tenant's row with an identifier of its own."""

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id, sort_order=-2)


class Named(Identified):
    """A thing with a name that is unique within its bakery, whatever its case and accents."""

    name: Mapped[str] = mapped_column(String(200), sort_order=-1)
    name_key: Mapped[str] = mapped_column(String(200), sort_order=-1)
    """`kit.names.name_key(name)`: what names are compared by."""
    assumed: Mapped[list[str]] = mapped_column(
        postgresql.ARRAY(String(40)), default=list, server_default=text("'{}'")
    )
    """Fields that the starter library filled in and nobody has confirmed yet."""


class Database:
    """A pool of connections to one PostgreSQL.

    Args:
        role: to come as, instead of whom the URL names.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 5,
        idle_seconds: int = 300,
        statement_seconds: float = 0,
        role: str | None = None,
    ) -> None:
        driver_url = url.replace("postgres://", "postgresql://", 1).replace(
            "postgresql://", "postgresql+psycopg://", 1
        )
        self.url = url
        self.engine = create_async_engine(
            driver_url,
            pool_size=pool_size,
            pool_pre_ping=True,
            # Where a query takes a date for a moment, it means midnight UTC, whatever the server's
            # zone. Disks do not turn any more, so a row by its key costs little more than the next
            # one; no query is so long that compiling it pays. And a process that is frozen in a
            # transaction does not hold it for ever.
            connect_args={
                "options": "-c timezone=UTC -c random_page_cost=1.1 -c jit=off"
                f" -c idle_in_transaction_session_timeout={idle_seconds}s"
                f" -c statement_timeout={statement_seconds * 1000:.0f}"
                + (f" -c role={role}" if role else ""),
                "application_name": "obrador",
            },
        )
        self._sessions = async_sessionmaker(
            self.engine, expire_on_commit=False, info=inside(role == ROLE)
        )

    def fenced(self, statement_seconds: float = 0) -> "Database":
        """The same, for requests: sees of bakeries what `kit.fence` lets it, and ends statements
        that take longer; 0: none."""
        return Database(self.url, statement_seconds=statement_seconds, role=ROLE)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends and rolls back when it raises.

        Raises:
            OperationalError: the server is away, or has ended the session.
        """
        with _lost_in_one_way():
            async with self._sessions.begin() as session:
                yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


@contextmanager
def _lost_in_one_way() -> Iterator[None]:
    """Let a lost connection be one error, whoever meets it: COPY meets the driver's own, and a
    session that was ended for its silence one that is meant for mistakes of the program."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise OperationalError(None, None, error) from error
    except IdleInTransactionSessionTimeout as error:
        raise OperationalError(None, None, error) from error
    except InternalError as error:
        if isinstance(error.orig, IdleInTransactionSessionTimeout):
            raise OperationalError(error.statement, error.params, error.orig) from error
        raise


def table_of(model: type[Base]) -> Table:
    """The table of a model, which SQLAlchemy types as anything that can be selected from.

    Raises:
        TypeError: the model is mapped to something else, such as a join.
    """
    if not isinstance(model.__table__, Table):
        raise TypeError(f"{model.__name__} is not mapped to a table.")
    return model.__table__


async def driver_connection(session: AsyncSession) -> AsyncConnection[Any]:
    """The psycopg connection under the session, in the same transaction."""
    pooled = await (await session.connection()).get_raw_connection()
    connection = pooled.driver_connection
    assert isinstance(connection, AsyncConnection)  # noqa: S101  the dialect is fixed
    return connection


async def copy_rows(
    session: AsyncSession, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write rows with binary COPY, in the session's transaction; returns how many."""
    content, count = encoded([_type_name(table, name) for name in columns], rows)
    if not count:
        return 0
    async with copy_target(session, table.name, columns) as target:
        await _copy(session, target, content)
    return count


@asynccontextmanager
async def copy_target(
    session: AsyncSession, table: str, columns: Sequence[str]
) -> AsyncIterator[str]:
    """Where to copy rows of a table to, with the columns, as COPY takes it. PostgreSQL copies into
    no table with policies, so rows of a confined session go by way of one without."""
    names = ", ".join(f'"{name}"' for name in columns)
    if not is_inside(session):
        yield f'"{table}" ({names})'
        return
    staged = f'"new_{table}"'
    await session.execute(
        text(
            f"create temp table {staged} on commit drop as"  # noqa: S608  names of our own tables
            f' select {names} from "{table}" with no data'
        )
    )
    yield f"{staged} ({names})"
    await session.execute(
        text(f'insert into "{table}" ({names}) select {names} from {staged}')  # noqa: S608
    )
    await session.execute(text(f"drop table {staged}"))


async def _copy(session: AsyncSession, target: str, content: bytes) -> None:
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {target} from stdin (format binary)") as copy,
    ):
        await copy.write(content)


async def upsert_rows(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, or update those whose primary key is there, in one statement for all of them.

    Every row has the same columns, all of the primary key among them.
    """
    if not rows:
        return
    columns = [f'"{name}"' for name in rows[0]]
    key = [f'"{column.name}"' for column in table.primary_key]
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    names = ", ".join(columns)
    statement = (
        f'insert into "{table.name}" ({names})'  # noqa: S608  names of our own tables
        f' select {names} from json_populate_recordset(null::"{table.name}", cast(:rows as json))'
        f" on conflict ({', '.join(key)}) do update set {updates}"
    )
    await session.execute(text(statement), {"rows": json.dumps(rows, default=str)})


async def insert_missing(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Insert the rows of which no key is taken, in one statement; returns how many those were.

    Every row has the same columns; bytes, ids, dates and nested data are allowed.
    """
    if not rows:
        return 0
    names = ", ".join(f'"{name}"' for name in rows[0])
    statement = (
        f'insert into "{table.name}" ({names})'  # noqa: S608  names of our own tables
        f' select {names} from json_populate_recordset(null::"{table.name}", cast(:rows as json))'
        f" on conflict do nothing returning 1"
    )
    given = [{name: _textual(value) for name, value in row.items()} for row in rows]
    inserted = await session.execute(text(statement), {"rows": _json(given).decode()})
    return len(inserted.all())


def _textual(value: Any) -> Any:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


def _type_name(table: Table, column: str) -> str:
    """The PostgreSQL name of a column's type, without its length or precision."""
    compiled = table.c[column].type.compile(dialect=_DIALECT)
    return re.sub(r"\(.*?\)", "", compiled).lower()

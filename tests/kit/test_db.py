"""Bulk writes and migrations against a real server."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, func, make_url, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import Column, CreateTable
from sqlalchemy.types import REAL, Date, DateTime, LargeBinary, Numeric, SmallInteger, Uuid

from obrador.kit.db import Base, Database, copy_rows, insert_missing, table_of, upsert_rows
from obrador.kit.errors import Misconfigured
from obrador.kit.ids import new_id
from obrador.kit.outbox import OutboxEvent
from obrador.migrations.apply import alembic_config, migrate, newest
from obrador.tenants.models import Tenant


def test_the_table_of_a_model() -> None:
    assert table_of(Tenant).name == "tenants"


def test_a_model_of_something_else_has_no_table() -> None:
    class Half(Base):
        __abstract__ = True
        __table__ = select(Tenant.id).subquery("half")

    with pytest.raises(TypeError, match="Half is not mapped to a table"):
        table_of(Half)


async def test_copy_writes_every_type_that_tables_use(session: AsyncSession) -> None:
    table = Table(
        "copied",
        MetaData(),
        Column("amount", Numeric(14, 3)),
        Column("at", DateTime(timezone=True)),
        Column("reals", ARRAY(REAL)),
        Column("shorts", ARRAY(SmallInteger)),
    )
    await session.execute(CreateTable(table))
    row = (Decimal("1.250"), datetime(2026, 3, 29, 1, tzinfo=UTC), [0.5, 2.0], [1, 2])

    written = await copy_rows(session, table, ["amount", "at", "reals", "shorts"], [row, row])

    assert written == 2
    assert [tuple(found) for found in await session.execute(select(table))] == [row, row]


async def test_what_is_missing_is_inserted_and_what_is_there_stays(session: AsyncSession) -> None:
    table = Table(
        "kept",
        MetaData(),
        Column("key", Uuid, primary_key=True),
        Column("day", Date),
        Column("content", LargeBinary),
        Column("facts", JSONB),
    )
    await session.execute(CreateTable(table))
    first = {"key": new_id(), "day": date(2026, 3, 3), "content": b"\x00\xff", "facts": {"n": 1.5}}
    second = first | {"key": new_id(), "content": b"", "facts": [None, "ñ"]}

    assert await insert_missing(session, table, [first]) == 1
    assert await insert_missing(session, table, [first | {"facts": {}}, second]) == 1
    assert await insert_missing(session, table, []) == 0

    rows = (await session.execute(select(table).order_by(table.c.key))).mappings()
    assert [dict(row) for row in rows] == [first, second]


async def test_copy_writes_json(session: AsyncSession) -> None:
    event = (new_id(), new_id(), "sales.imported", {"rows": 3})
    columns = ["id", "tenant_id", "routing_key", "payload"]

    await copy_rows(session, Table("outbox_events", Base.metadata), columns, [event])

    assert (await session.scalars(select(OutboxEvent))).one().payload == {"rows": 3}


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)

    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Tenant)) == 0


async def test_migrations_give_the_tables_that_the_models_describe(database: Database) -> None:
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), Base.metadata)
        )

    assert differences == []


async def test_upsert_inserts_and_updates_every_type_that_tables_use(session: AsyncSession) -> None:
    table = Table(
        "upserted",
        MetaData(),
        Column("id", SmallInteger, primary_key=True),
        Column("amount", Numeric(14, 3)),
        Column("at", DateTime(timezone=True)),
        Column("shorts", ARRAY(SmallInteger)),
        Column("facts", JSONB),
        Column("kept", SmallInteger, server_default="7"),
    )
    await session.execute(CreateTable(table))
    at = datetime(2026, 3, 29, 1, tzinfo=UTC)
    row = {"id": 1, "amount": Decimal("1.25"), "at": at, "shorts": (1, 2), "facts": {"a": None}}
    await upsert_rows(session, table, [row])

    await upsert_rows(session, table, [row | {"amount": 2.5}, row | {"id": 2, "shorts": None}])
    await upsert_rows(session, table, [])

    assert [tuple(found) for found in await session.execute(select(table).order_by("id"))] == [
        (1, Decimal("2.5"), at, [1, 2], {"a": None}, 7),
        (2, Decimal("1.25"), at, None, {"a": None}, 7),
    ]


async def test_the_newest_revision_is_told_from_file_names(database: Database) -> None:
    async with database.engine.connect() as connection:
        head = await connection.run_sync(
            lambda sync: ScriptDirectory.from_config(alembic_config(sync)).get_current_head()
        )

    assert newest() == head


async def test_a_database_of_a_newer_program_is_left_alone(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await migrate(database)
    async with database.transaction() as session:
        await session.execute(text("update alembic_version set version_num = '2999_01_01_0000'"))

    with pytest.raises(Misconfigured, match="newer Obrador"):
        await migrate(database)
    await database.close()


async def test_days_begin_at_midnight_utc_whatever_the_servers_zone(
    empty_database_url: str,
) -> None:
    name = make_url(empty_database_url).database
    before = Database(empty_database_url)
    async with before.transaction() as session:
        await session.execute(text(f"alter database \"{name}\" set timezone to 'Asia/Tokyo'"))
    await before.close()

    database = Database(empty_database_url)
    async with database.transaction() as session:
        moment = await session.scalar(text("select cast(date '2026-03-10' as timestamptz)"))
    await database.close()

    assert moment == datetime(2026, 3, 10, tzinfo=UTC)

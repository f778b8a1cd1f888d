"""Shared fixtures: a real PostgreSQL with the real migrations, a rolled-back session per test."""

import os
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit import postgres
from obrador.kit.db import Database
from obrador.migrations.apply import migrate


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PostgreSQL server: the embedded one, or that of OBRADOR_TEST_DATABASE_URL."""
    return os.environ.get("OBRADOR_TEST_DATABASE_URL") or postgres.start(
        tmp_path_factory.mktemp("home")
    )


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """A database of its own, without tables, for tests that commit."""
    yield from _new_database(server_url)


@pytest.fixture(scope="session")
def database_url(server_url: str) -> Iterator[str]:
    """The database that tests share; they leave nothing in it."""
    yield from _new_database(server_url)


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The shared database, migrated."""
    database = Database(database_url)
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A session whose transaction is rolled back after the test, whatever it commits."""
    async with database.engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
        await transaction.rollback()


def _new_database(server_url: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'create database "{name}"'.encode())
    try:
        yield _with_database(server_url, name)
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(f'drop database "{name}" with (force)'.encode())


def _with_database(url: str, name: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    user = f"{parts['user']}:{parts.get('password', '')}@" if "user" in parts else ""
    host = str(parts.get("host", "localhost"))
    if host.startswith("/"):
        return f"postgresql://{user}/{name}?host={host}"
    return f"postgresql://{user}{host}:{parts.get('port', 5432)}/{name}"

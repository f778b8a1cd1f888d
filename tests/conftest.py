"""Shared fixtures: a real PostgreSQL with the real migrations, a rolled-back session per test."""

import logging
import os
from collections.abc import AsyncIterator, Generator, Iterator
from uuid import uuid4

import psycopg
import pytest
import structlog
from hypothesis import settings
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit import postgres
from obrador.kit.db import Database
from obrador.migrations.apply import migrate
from tests.fixtures.homes import temporary_home

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.installation",
    "tests.fixtures.mail_servers",
    "tests.fixtures.people",
    "tests.fixtures.redis_servers",
]


def pytest_configure(config: pytest.Config) -> None:
    """Keep logs out of the tests' output, and declare the mark that the next function sets."""
    # How long an example takes says more of the machine than of the code.
    settings.register_profile("obrador", deadline=None)
    settings.load_profile("obrador")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    config.addinivalue_line("markers", "database: uses the database server, directly or not")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`pytest -m database` runs what is worth running again on another PostgreSQL."""
    for item in items:
        if "server_url" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With OBRADOR_REQUIRE_SERVICES=1 (CI), a skip that says "service: ..." is a failure."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith("service:") and os.environ.get("OBRADOR_REQUIRE_SERVICES") == "1":
            report.outcome, report.longrepr = "failed", reason
    return report


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server: the embedded one, or that of OBRADOR_TEST_DATABASE_URL."""
    if url := os.environ.get("OBRADOR_TEST_DATABASE_URL"):
        yield url
        return
    with temporary_home() as home:
        yield postgres.start(home, durable=False)


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """A database of its own, without tables, for tests that commit."""
    yield from new_database(server_url)


@pytest.fixture(scope="session")
def database_url(server_url: str) -> Iterator[str]:
    """The database that tests share; they leave nothing in it."""
    yield from new_database(server_url)


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


def new_database(server_url: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'create database "{name}"'.encode())
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(f'drop database "{name}" with (force)'.encode())

"""Shared fixtures: a real PostgreSQL with the real migrations, a rolled-back session per test."""

import gc
import logging
import os
from collections import Counter
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
from obrador.kit.workflow import Engine
from obrador.migrations.apply import migrate
from tests.fixtures.homes import temporary_home

gc.disable()  # until tests are collected, see `pytest_collection_finish`

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.committing",
    "tests.fixtures.installation",
    "tests.fixtures.mail_servers",
    "tests.fixtures.people",
    "tests.fixtures.redis_servers",
]

QUERIES = {"session", "own_database", "own_database_url", "empty_database_url"}
"""Fixtures of tests that ask a database themselves;"""
PROCESSES = {"browser", "installation", "obrador", "redis_server"}
"""and of those that are about what asks it."""
LONGEST = (
    "tests/chaos/",
    "tests/e2e/",
    "tests/authz/test_matrix.py",
    "tests/dashboard/test_policy_in_browser.py",
    "tests/dashboard/test_setup_in_browser.py",
    "tests/security/test_uploads.py",
    "tests/orchestration/test_executions.py",
    "tests/orchestration/test_remote.py",
    "tests/orchestration/test_training.py",
    "tests/dashboard/test_production.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Keep logs out of the tests' output, and declare the mark that the next function sets."""
    # How long an example takes says more of the machine than of the code.
    settings.register_profile("obrador", deadline=None)
    settings.load_profile("obrador")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    config.addinivalue_line("markers", "database: is about what queries do")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`pytest -m database` runs what is worth running again on another PostgreSQL.

    Several workers begin with the files that take longest, so that none is alone with them at the
    end.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & QUERIES and not fixtures & PROCESSES:
            item.add_marker("database")
    ids = Counter(item.nodeid for item in items)
    if twice := [own_id for own_id, count in ids.items() if count > 1]:
        raise pytest.UsageError(f"of tests with one id, one would run: {twice[:3]}")
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """Looking through all that was imported for garbage, which it never is, takes a second each
    time."""
    gc.collect()
    gc.freeze()
    gc.enable()


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


@pytest.fixture(scope="session")
async def template(server_url: str) -> AsyncIterator[str]:
    """The name of a migrated database, with the engine's tables: copying it takes a tenth of
    migrating another one."""
    for url in new_database(server_url):
        database, engine = Database(url), Engine(url)
        await migrate(database)
        await engine.migrate()
        engine.close()
        await database.close()
        yield str(make_url(url).database)


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """A database of its own, without tables, for tests of what makes them."""
    yield from new_database(server_url)


@pytest.fixture
def own_database_url(server_url: str, template: str) -> Iterator[str]:
    """A migrated database of its own, for tests that commit."""
    yield from new_database(server_url, template)


@pytest.fixture
async def own_database(own_database_url: str) -> AsyncIterator[Database]:
    """The same, open; for several transactions at once."""
    database = Database(own_database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def database_url(server_url: str, template: str) -> Iterator[str]:
    """The migrated database that tests share; they leave nothing in it."""
    yield from new_database(server_url, template)


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The shared database."""
    database = Database(database_url)
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


def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database, a copy of the template; it is dropped at the end."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'create database "{name}" template "{template}"'.encode())
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(f'drop database "{name}" with (force)'.encode())

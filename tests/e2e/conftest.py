"""The command line as a person types it, each command a process of its own on a real database."""

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.fixtures.commands import command

Obrador = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def database(server_url: str) -> Iterator[str]:
    """A database that all tests of this file go through, in their order."""
    from tests.conftest import new_database

    yield from new_database(server_url)


@pytest.fixture(scope="module")
def environment(database: str) -> dict[str, str]:
    terminal = {"COLUMNS": "120", "NO_COLOR": "1", "LANG": "C.UTF-8", "LC_ALL": ""}
    return {**os.environ, "DATABASE_URL": database, **terminal}


@pytest.fixture(scope="module")
def obrador(environment: dict[str, str]) -> Obrador:
    def run(
        *arguments: str, code: int = 0, typed: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        done = command(*arguments, environment=environment | more, typed=typed)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run

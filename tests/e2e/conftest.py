"""The command line as a person types it, each command a process of its own on a real database."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

Obrador = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-m", "obrador"]


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
        *arguments: str, ok: bool = True, typed: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) is ok, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run

"""The commands of whoever runs the machine, each a process of its own on a real database."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.e2e.conftest import Obrador
from tests.fixtures.commands import COMMAND

MOST_SECONDS = 30


@pytest.fixture(scope="module")
def environment(database: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database,
        "OBRADOR_HOME": str(tmp_path_factory.mktemp("home")),
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "PORT": str(_free_port()),
        "HEARTBEAT_SECONDS": "1",
        "LEADER_HEARTBEAT_SECONDS": "1",
        "LEADER_LOCK_TTL_SECONDS": "3",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(environment: dict[str, str], log: Path, *arguments: str) -> Iterator[int]:
    """A command that goes on until the block ends; then Ctrl+C, in time and without a traceback."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [*COMMAND, *arguments], env=environment, stdout=output, stderr=output
        )
        try:
            yield process.pid
            assert process.poll() is None, log.read_text()
            process.send_signal(signal.SIGTERM)
            assert process.wait(MOST_SECONDS) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()
    assert "Traceback" not in log.read_text()


def _until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)


def _count(database: str, query: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def test_the_doctor_sees_a_fresh_machine(obrador: Obrador) -> None:
    seen = obrador("doctor").stdout

    assert "none yet: they are made at the next start" in seen
    assert "PostgreSQL" in seen


def test_a_bakery_is_planned_by_the_command_alone(obrador: Obrador, database: str) -> None:
    obrador("demo", "--no-serve", "--products", "5", "--days", "60")

    done = obrador("run", "daily_operations", "--date", "2026-03-10", "--watch")
    again = obrador("run", "daily_operations", "--date", "2026-03-10")
    listed = obrador("runs", "--limit", "1").stdout

    assert "Completed" in done.stdout
    assert "1 of 1 bakeries" in done.stdout
    assert "Asked for before" in again.stdout
    assert "No worker is there" in again.stderr
    assert "20260310-" in listed
    assert "completed" in listed
    assert _count(database, "select count(*) from runs where status = 'completed'") == 2


def test_what_cannot_be_run_is_said_clearly(obrador: Obrador) -> None:
    assert "daily_operations" in obrador("run", "baking", "--all", code=1).stderr
    assert "Nobody" in obrador("run", "daily_operations", "--tenants", "Nobody", code=1).stderr
    both = obrador("run", "daily_operations", "--all", "--tenants", "x", code=1)
    assert "either" in both.stderr


def test_up_serves_schedules_and_plans(
    environment: dict[str, str], obrador: Obrador, database: str, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{environment['PORT']}/api/v1/orchestrator"
    with running(environment, tmp_path / "up.log", "up"):
        _until(lambda: _status(f"{url}/health") == "healthy", "everything is up")
        taken = obrador("serve", code=1)
        doctor = obrador("doctor").stdout
        bakery = httpx.get(f"{url.removesuffix('/orchestrator')}/tenants").json()["items"][0]
        own = f"{url.removesuffix('/orchestrator')}/tenants/{bakery['id']}"
        started = httpx.post(f"{own}/plan", json={"business_date": "2026-03-11"}).json()
        run = f"{own}/runs/{started['run_id']}"
        _until(lambda: httpx.get(run).json()["status"] == "completed", "the plan")
        numbers = [step["step"] for step in httpx.get(run).json()["steps"]]

    assert "PORT" in taken.stderr
    assert "a leader" in doctor
    assert len(numbers) >= 5
    assert _count(database, "select count(*) from instances where status = 'alive'") == 0


def _status(url: str) -> str:
    try:
        return str(httpx.get(url).json()["status"])
    except httpx.TransportError:
        return "away"


def test_a_bakery_that_was_mended_is_planned_on_retry(
    environment: dict[str, str], obrador: Obrador, database: str, tmp_path: Path
) -> None:
    of_a_dough = """
        update recipe_components set component_recipe_id = %s
        where (recipe_id, position) = (%s, %s)
    """
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "select recipe_id, position, component_recipe_id from recipe_components"
            " where component_recipe_id is not null limit 1"
        ).fetchone()
        assert found is not None
        recipe, position, dough = found
        connection.execute(of_a_dough.encode(), [recipe, recipe, position])
    failed = obrador("run", "daily_operations", "--date", "2026-03-13", "--watch", code=1)
    listed = obrador("runs", "--failed").stdout
    with psycopg.connect(database) as connection:
        connection.execute(of_a_dough.encode(), [dough, recipe, position])

    url = f"http://127.0.0.1:{environment['PORT']}/api/v1/orchestrator"
    with running(environment, tmp_path / "retry.log", "up"):
        _until(lambda: _status(f"{url}/health") == "healthy", "everything is up")
        (execution,) = httpx.get(f"{url}/executions/failed").json()["items"]
        here = f"{url}/executions/{execution['id']}"
        logs = httpx.get(f"{here}/logs").json()
        retried = httpx.post(f"{here}/retry")
        _until(lambda: _status(here) not in ("pending", "running"), "the retry")
        ended = httpx.get(here).json()
        (run,) = httpx.get(f"{here}/runs").json()["items"]

    assert "Failed" in failed.stdout
    assert "contains itself" in listed
    assert "contains itself" in logs["failed_steps"][0]["error"]
    assert retried.json()["retried"] == 1
    assert (ended["status"], run["status"]) == ("completed", "completed"), run
    assert (run["revision"], run["retries"]) == (1, 2)  # away from its chunk, and by hand


def test_roles_work_together_and_end_in_order(
    environment: dict[str, str], obrador: Obrador, database: str, tmp_path: Path
) -> None:
    alive = "select count(*) from instances where status = 'alive'"
    with (
        running(environment, tmp_path / "scheduler.log", "scheduler"),
        running(environment, tmp_path / "worker.log", "worker"),
    ):
        _until(lambda: _count(database, alive) == 2, "both are there")
        done = obrador("run", "daily_operations", "--date", "2026-03-12", "--watch", "--force")

    assert "Completed" in done.stdout
    assert _count(database, alive) == 0


def test_the_doctor_names_what_is_broken(obrador: Obrador) -> None:
    broken = obrador(
        "doctor",
        code=1,
        REDIS_URL="redis://127.0.0.1:1/0",
        RABBITMQ_URL="amqp://guest:guest@127.0.0.1:1/",
        LEADER_HEARTBEAT_SECONDS="9",
    ).stdout
    away = obrador("doctor", code=1, DATABASE_URL="postgresql://127.0.0.1:1/none").stdout

    for name in ("REDIS_URL", "RABBITMQ_URL", "LEADER_LOCK_TTL_SECONDS"):
        assert name in broken
    assert "does not answer" in away

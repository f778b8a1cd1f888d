"""Servers and roles of one's own, to stop, kill, freeze and start again.

Only what was started here is ever signalled, by its pid.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from obrador.kit.postgres_cluster import Cluster

_ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


class Postgres:
    """The embedded PostgreSQL, in a folder of its own; what it has stored outlives a stop."""

    def __init__(self, home: Path) -> None:
        self._cluster = Cluster(home / "postgres")

    def start(self) -> str:
        """Start it, and wait until it answers; returns its URL, which stays the same. It forgets
        nothing that it has confirmed, even when it is killed."""
        self._cluster.prepare_folder()
        return self._cluster.ensure_running(durable=True)

    def stop(self) -> None:
        """Ask it to end: sessions are cut off."""
        self._cluster.stop()

    def kill(self) -> None:
        """End it without asking. Its sessions find out and end by themselves."""
        pid = (self._cluster.data / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)


class Redis:
    """A Redis on a free port that keeps nothing when it ends."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None

    @staticmethod
    def missing() -> str | None:
        """Why none can be started here, if so."""
        return None if shutil.which("redis-server") else "service: redis-server is not installed"

    @property
    def url(self) -> str:
        """Where clients find it; the same after every start."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            TimeoutError: it does not.
        """
        options = {"port": str(self._port), "bind": "127.0.0.1", "dir": str(self._home)}
        options |= {"save": "", "appendonly": "no"}
        self._server = subprocess.Popen(
            [
                "redis-server",
                *(part for name, value in options.items() for part in (f"--{name}", value)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise TimeoutError("redis-server does not start.")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(PATIENCE_S)
            self._server = None

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
            return True
        return False


class Role:
    """A worker or a scheduler as a process group of its own, which may die and be started again."""

    def __init__(self, kind: str, environment: Mapping[str, str], output: Path) -> None:
        self.kind = kind
        self._environment = {**os.environ, **environment}
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._groups: set[int] = set()

    @property
    def pid(self) -> int:
        """Of the process that was started last; 0: none was."""
        return self._process.pid if self._process else 0

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, if it does not run."""
        if self.is_alive:
            return
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.role", self.kind],
                env=self._environment,
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._groups.add(self._process.pid)

    def signal(self, how: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None and self.is_alive:
            self._process.send_signal(how)

    def stop(self) -> float:
        """Ask it to end; returns how many seconds that took.

        Raises:
            subprocess.TimeoutExpired: it does not end.
        """
        began = time.monotonic()
        if self._process is not None:
            self.signal(signal.SIGTERM)
            self._process.wait(PATIENCE_S)
        return time.monotonic() - began

    def planners(self) -> list[psutil.Process]:
        """Its planning processes."""
        with suppress(psutil.Error):
            if self.is_alive:
                return [p for p in psutil.Process(self.pid).children() if _is_planner(p)]
        return []

    def orphans(self) -> list[psutil.Process]:
        """What lives on of process groups whose first process has ended. Python's tracker of shared
        things ends by itself a moment later, on a busy machine several."""
        gone = self._groups - ({self.pid} if self.is_alive else set())
        found = [p for p in psutil.process_iter() if _group(p) in gone and _runs(p)]
        return [p for p in psutil.wait_procs(found, timeout=10)[1] if _runs(p)]

    def close(self) -> None:
        """End all that was ever started."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        for process in self.orphans():
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _is_planner(process: psutil.Process) -> bool:
    """Beside the tracker that Python starts for what processes share."""
    with suppress(psutil.Error):
        return any("spawn_main" in word for word in process.cmdline())
    return False


def _group(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid)
    except OSError:
        return 0


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])

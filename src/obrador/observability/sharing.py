"""One /metrics for several processes, such as those of `obrador up`.

Each process keeps its numbers in files of one folder, and whoever is asked adds them up. This
module imports prometheus_client late: it decides how it works when it is imported.
"""

import os
import shutil
import sys
from pathlib import Path

import psutil

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics(home: Path) -> Path:
    """Let this process and those that it starts share their metrics; returns their folder.

    Call it in the first process, before anything of metrics is imported. What earlier starts
    left behind is removed.

    Raises:
        RuntimeError: prometheus_client is imported already, and works for one process only.
    """
    if "prometheus_client" in sys.modules:
        raise RuntimeError("share_metrics() comes before the first import of prometheus_client.")
    everyone = home / "metrics"
    mine = everyone / str(os.getpid())
    for folder in everyone.glob("*"):
        if folder == mine or not _is_alive(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    mine.mkdir(parents=True)
    os.environ[FOLDER] = str(mine)
    return mine


def process_ended(pid: int) -> None:
    """Forget the gauges of a process that ended; what it counted stays. Call it for every one."""
    if FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _is_alive(name: str) -> bool:
    return name.isdigit() and psutil.pid_exists(int(name))

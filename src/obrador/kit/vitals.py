"""How the database itself is, as it tells it."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_VITALS = text("""
    select current_setting('server_version') as version,
        pg_database_size(current_database()) as size,
        current_setting('max_connections')::int as connections_at_most, a.*
    from (
        select count(*) as connections, count(*) filter (where state = 'active') as active,
            coalesce(max(extract(epoch from clock_timestamp() - xact_start)) filter (
                where backend_type = 'client backend'), 0) as longest_seconds
        from pg_stat_activity where backend_type = 'client backend'
    ) a
""")


@dataclass(frozen=True, slots=True)
class Vitals:
    """Figures of a PostgreSQL server and of this database in it."""

    version: str
    size: int
    """In bytes."""
    connections_at_most: int
    connections: int
    active: int
    """Connections that work just now."""
    longest_seconds: float
    """Age of the oldest transaction."""


async def vitals(session: AsyncSession) -> Vitals:
    """Figures of the database that the session is of. One query."""
    row = (await session.execute(_VITALS)).one()
    return Vitals(
        row.version.split()[0], row.size, row.connections_at_most, row.connections, row.active,
        float(row.longest_seconds),
    )  # fmt: skip

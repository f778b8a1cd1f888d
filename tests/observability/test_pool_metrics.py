"""Connections to the database are shown as they come and go."""

import asyncio

from sqlalchemy import text

from obrador.kit.db import Database
from obrador.observability import metrics
from obrador.observability.pool_metrics import watch_pool


def connections(state: str) -> float:
    labels = {"state": state}
    return metrics.registry.get_sample_value("database_pool_connections", labels) or 0


async def test_the_pool_is_shown(database_url: str) -> None:
    database = Database(database_url, pool_size=3)
    watch_pool(database.engine.sync_engine)

    async def ask() -> None:
        async with database.transaction() as session:
            await session.execute(text("select 1"))
            await asyncio.sleep(0.05)

    async with database.transaction() as session:
        await session.execute(text("select 1"))
        assert (connections("in_use"), connections("idle")) == (1, 0)
        await asyncio.gather(ask(), ask())
        assert (connections("in_use"), connections("idle")) == (1, 2)
    assert (connections("in_use"), connections("idle")) == (0, 3)
    assert metrics.registry.get_sample_value("database_pool_size") == 3
    await database.close()

"""Counts of requests in Redis, which all processes share."""

import time

import structlog
from limits.aio.storage import RedisStorage
from limits.errors import StorageError
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from obrador.kit.throttling import WINDOW, MemoryCounts

log = structlog.get_logger()
_ANSWER_SECONDS = 0.4
_REST = 5
"""Seconds that a Redis that is away is left alone."""


class RedisCounts:
    """Those of all processes; while Redis is away, those of this one."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool.from_url(
            url,
            max_connections=50,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._storage = RedisStorage(
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            connection_pool=self._pool,  # type: ignore[arg-type]  # as its documentation has it
        )
        self._meanwhile = MemoryCounts()
        self._away_until = 0.0

    async def add(self, key: str, window: int) -> int:
        """Count once more; how often it was, this time included."""
        if time.monotonic() >= self._away_until:
            try:
                return await self._storage.incr(f"obrador:{key}:{window}", WINDOW)
            except StorageError as error:
                log.warning("counts_away", error=str(error.__cause__ or error))
                self._away_until = time.monotonic() + _REST
        return await self._meanwhile.add(key, window)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.aclose()

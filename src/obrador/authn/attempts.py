"""How often passwords may be tried: by address, by account, and by both together.

Every attempt counts before it is looked at, so that many at once are no way around it. Who gets in
has their account's count at that address forgotten.
"""

from ipaddress import ip_address, ip_network
from math import ceil

import structlog
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from obrador.authn.errors import TooManyAttempts
from obrador.authn.tokens import token_hash
from obrador.kit.clock import system_clock

log = structlog.get_logger()
HERE = RateLimitItemPerMinute(10, 15, namespace="obrador-here")
"""Of an account at an address: who mistypes often does not meet it, who guesses does at once."""
ACCOUNT = RateLimitItemPerHour(50, 1, namespace="obrador-account")
"""Of an account wherever it is tried; not where its owner is signed in already, so that a stranger
cannot keep them out."""
ADDRESS = RateLimitItemPerMinute(60, 15, namespace="obrador-address")
"""Of an address, whatever the account."""
CODES = RateLimitItemPerHour(20, 24, namespace="obrador-codes")
"""Of an account's codes, which only who knows the password can try: a million are soon through."""
ASKED_BY = RateLimitItemPerHour(20, 1, namespace="obrador-asked-by")
"""Links to choose another password, asked for at an address."""
ASKED_FOR = RateLimitItemPerHour(3, 1, namespace="obrador-asked-for")
"""The same, of an account: nobody's letterbox is filled."""
_ANSWER_SECONDS = 0.4


class Attempts:
    """Counts attempts: in Redis for all processes, or in this one's memory, also while Redis is
    away."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._pool = None if redis_url is None else _pool(redis_url)
        self._shared = self._memory
        if redis_url is not None and self._pool is not None:
            self._shared = MovingWindowRateLimiter(_storage(redis_url, self._pool))

    async def count(self, limit: RateLimitItem, *whose: str) -> None:
        """Count an attempt.

        Raises:
            TooManyAttempts: there were too many; says when the next is taken.
        """
        key = token_hash("\n".join(whose))
        try:
            wait = await _hit(self._shared, limit, key)
        except StorageError as error:
            log.warning("attempts_away", error=str(error.__cause__ or error))
            wait = await _hit(self._memory, limit, key)
        if wait is not None:
            raise _too_many(wait)

    async def forget(self, limit: RateLimitItem, *whose: str) -> None:
        """Begin anew."""
        key = token_hash("\n".join(whose))
        for limiter in {self._memory, self._shared}:
            try:
                await limiter.clear(limit, key)
            except StorageError as error:
                log.warning("attempts_away", error=str(error.__cause__ or error))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._pool is not None:
            await self._pool.aclose()


async def _hit(limiter: MovingWindowRateLimiter, limit: RateLimitItem, key: str) -> int | None:
    """The seconds to wait, if it is too much."""
    if await limiter.hit(limit, key):
        return None
    stats = await limiter.get_window_stats(limit, key)
    return max(1, ceil(stats.reset_time - system_clock().timestamp()))


def _pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(
        url,
        max_connections=20,
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _storage(url: str, pool: ConnectionPool) -> Storage:
    return RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="redispy",
        connection_pool=pool,  # type: ignore[arg-type]  # as its documentation has it
    )


def network_of(address: str) -> str:
    """The address as it is counted: of IPv6 the network, for that is what one customer has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ip_network((address, 64), strict=False))


def _too_many(wait: int) -> TooManyAttempts:
    return TooManyAttempts(
        "Too many attempts to sign in. Try again in {minutes} min.",
        retry_after=wait,
        minutes=ceil(wait / 60),
    )

"""The leader's lock in Redis: an owner's token with a time to live."""

from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from obrador.kit.leadership import LockAway

_KEY = "obrador:leader"
_SECONDS = 2.0
"""An answer that takes longer counts as none."""
# The owner is compared and the key changed in one script, which Redis runs without interruption.
_ACQUIRE = """
local owner = redis.call('get', KEYS[1])
if owner == false or owner == ARGV[1] then
    redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
    return 1
end
return 0
"""
_RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


class RedisLock:
    """See `kit.leadership.Lock`."""

    def __init__(self, url: str, key: str = _KEY) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
        )
        self._key = key
        self._acquire = self._redis.register_script(_ACQUIRE)
        self._release = self._redis.register_script(_RELEASE)

    async def acquire(self, owner: UUID, ttl: float) -> bool:
        """See `kit.leadership.Lock`."""
        try:
            return bool(await self._acquire(keys=[self._key], args=[str(owner), int(ttl * 1000)]))
        except (RedisError, OSError) as error:
            raise LockAway(f"Redis does not answer: {error}") from error

    async def release(self, owner: UUID) -> None:
        """See `kit.leadership.Lock`."""
        try:
            await self._release(keys=[self._key], args=[str(owner)])
        except (RedisError, OSError) as error:
            raise LockAway(f"Redis does not answer: {error}") from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

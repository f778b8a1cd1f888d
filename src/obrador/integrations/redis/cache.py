"""The cache's store in Redis: quick to give up, and closed as redis-py wants it now."""

import cashews
from cashews.backends.redis import Redis
from cashews.picklers import PicklerType
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from obrador.kit.cache import ANSWER_SECONDS


class _RedisStore(Redis):
    """As cashews has it, which still calls redis-py's deprecated `close`."""

    async def close(self) -> None:
        """Let go of the connections."""
        if self.is_init:
            await self._client.aclose()


cashews.register_backend("redis", _RedisStore, pass_uri=True, pickler=PicklerType.NULL)
cashews.register_backend("rediss", _RedisStore, pass_uri=True, pickler=PicklerType.NULL)


def redis_store(url: str, answer_seconds: float = ANSWER_SECONDS) -> cashews.Cache:
    """A store that raises when Redis does not answer in time."""
    store = cashews.Cache()
    store.setup(
        url,
        check_repr=False,
        suppress=False,
        max_connections=50,
        socket_timeout=answer_seconds,
        socket_connect_timeout=answer_seconds,
        wait_for_connection_timeout=answer_seconds,
        retry=Retry(NoBackoff(), 0),
    )
    return store

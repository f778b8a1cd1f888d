"""How caches of several processes hear of changes: PostgreSQL's LISTEN and NOTIFY.

Whoever changes something notifies in the same transaction, so that nobody hears of it before it is
there, or of what was rolled back. A process that does not hear just now uses no cache; one that
begins to hear forgets everything first, as it cannot know what it has missed.

A commit with a notification waits for all others with one, so this is for what people change, not
for every bakery's morning.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.cache import Cache

_CHANNEL = "obrador_cache"
_PAUSE_SECONDS = 1.0
_PROOF_SECONDS = 10.0
"""How often a silent connection has to show that it is one."""

log = structlog.get_logger()


async def changed(
    session: AsyncSession, tenant: UUID | None, kind: str = "", name: str = ""
) -> None:
    """Let every process forget a tenant's values, those of a kind, or one, once the session's
    transaction commits; without a tenant, those of a kind of all of them."""
    await session.execute(select(func.pg_notify(_CHANNEL, f"{tenant or ''}:{kind}:{name}")))


@asynccontextmanager
async def listening(cache: Cache, url: str) -> AsyncIterator[None]:
    """Let the cache hear, until the block ends, of changes in the database of this URL."""
    cache.be_deaf(True)
    task = asyncio.create_task(_listen(cache, url))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(cache: Cache, url: str) -> None:
    while True:
        try:
            await _hear(cache, url)
        except psycopg.Error as error:
            log.warning("cache_deaf", error=str(error))
        finally:
            cache.be_deaf(True)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _hear(cache: Cache, url: str) -> None:
    """Listen for as long as the connection lasts.

    Raises:
        psycopg.Error: it is lost, or there was none.
    """
    async with await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        application_name="obrador cache",
        connect_timeout=5,
        tcp_user_timeout=10_000,
    ) as connection:
        await connection.execute(f"listen {_CHANNEL}")
        await cache.forget_everything()
        cache.be_deaf(False)
        while True:
            async for notice in connection.notifies(timeout=_PROOF_SECONDS):
                await _forget(cache, notice.payload)
            await connection.execute("select 1")


async def _forget(cache: Cache, payload: str) -> None:
    tenant, _, rest = payload.partition(":")
    kind, _, name = rest.partition(":")
    if not tenant and kind:
        await cache.forget_kind(kind)
        return
    try:
        whose = UUID(tenant)
    except ValueError:
        log.warning("cache_news_unreadable", payload=payload)
        await cache.forget_everything()
        return
    await cache.forget(whose, kind, *filter(None, [name]))

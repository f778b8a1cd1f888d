"""How many requests are taken."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.app import create_app
from obrador.authn.tokens import access_token
from obrador.authz import TenantId
from obrador.authz.roles import Role
from obrador.integrations.redis.counts import RedisCounts
from obrador.kit.db import Database
from obrador.kit.http import transaction
from obrador.settings import Settings
from tests.factories import make_member
from tests.fixtures.people import KEY, NOW
from tests.fixtures.redis_servers import RedisServer

STRANGERS, EACH, TOGETHER = 3, 4, 6


@pytest.fixture
def strict(database: Database, session: AsyncSession, tmp_path: Path) -> Iterator[FastAPI]:
    """An application that takes few requests."""
    settings = Settings(
        _env_file=None,
        obrador_home=tmp_path,
        secret_key=SecretStr(KEY),
        rate_limit_address=STRANGERS,
        rate_limit_requester=EACH,
        rate_limit_tenant=TOGETHER,
    )
    app = create_app(database, settings, clock=lambda: NOW)

    async def savepoint() -> AsyncIterator[AsyncSession]:
        async with session.begin_nested():
            yield session
        session.expunge_all()

    app.dependency_overrides[transaction] = savepoint
    yield app
    app.state.engine.close()


@asynccontextmanager
async def _asking(app: FastAPI, token: str = "", host: str = "192.0.2.1") -> AsyncIterator[Any]:
    async with AsyncClient(
        transport=ASGITransport(app, client=(host, 1)),
        base_url="http://bakery.example",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    ) as client:
        yield client


async def _statuses(client: AsyncClient, path: str, times: int) -> list[int]:
    return [(await client.get(path)).status_code for _ in range(times)]


async def test_strangers_at_one_address_wait(strict: FastAPI, tenant: TenantId) -> None:
    async with _asking(strict) as one, _asking(strict, host="192.0.2.2") as another:
        assert await _statuses(one, "/openapi.json", 4) == [200, 200, 200, 429]
        refused = await one.get("/openapi.json")
        assert await _statuses(another, "/openapi.json", 1) == [200]
        assert await _statuses(one, "/health/live", 9) == [200] * 9
        assert await _statuses(one, "/static/obrador.css", 9) == [200] * 9

    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:obrador:problem:too-many-requests"
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"] == "60"
    assert (refused.headers["ratelimit-limit"], refused.headers["ratelimit-remaining"]) == (
        "3",
        "0",
    )


async def test_guesses_are_held_up_and_who_is_known_goes_on(
    strict: FastAPI, session: AsyncSession, tenant: TenantId
) -> None:
    known = access_token(await make_member(session, tenant, Role.VIEWER), KEY, NOW)
    path = f"/api/v1/tenants/{tenant}"
    guesses = []
    async with _asking(strict, known) as client:
        assert await _statuses(client, path, 1) == [200]
        for number in range(STRANGERS):
            async with _asking(strict, f"obrador_guess{number}") as guessing:
                guesses += await _statuses(guessing, path, 1)
        assert guesses == [401, 401, 429]
        assert await _statuses(client, path, EACH + 1) == [200] * EACH + [429]


async def test_a_bakery_has_a_limit_that_strangers_do_not_use_up(
    strict: FastAPI, session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    path = f"/api/v1/tenants/{tenant}"
    tokens = [
        access_token(await make_member(session, tenant, Role.VIEWER), KEY, NOW) for _ in range(3)
    ]
    outside = access_token(await make_member(session, other_tenant, Role.OWNER), KEY, NOW)
    async with _asking(strict, outside, "192.0.2.9") as outsider:
        assert await _statuses(outsider, path, EACH) == [404] * EACH
    found = []
    for number, token in enumerate(tokens):
        async with _asking(strict, token, f"192.0.2.{number}") as client:
            found += await _statuses(client, path, EACH)

    # The first request of each is counted at its address.
    assert found == [200] * 8 + [200, 429, 429, 429]


async def test_processes_count_together_and_alone_without_redis(redis_server: RedisServer) -> None:
    one, another = RedisCounts(redis_server.url), RedisCounts(redis_server.url)
    assert [await one.add("key", 1), await another.add("key", 1)] == [1, 2]
    assert await one.add("key", 2) == 1

    redis_server.kill()
    assert [await one.add("key", 1), await one.add("key", 1)] == [1, 2]
    await one.close()
    await another.close()

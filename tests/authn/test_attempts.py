"""How often passwords may be tried."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from limits import RateLimitItemPerMinute
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import passwords, service, sessions
from obrador.authn.attempts import Attempts, network_of
from obrador.authn.errors import TooManyAttempts
from tests.fixtures.browsing import sign_in
from tests.fixtures.people import NOW
from tests.fixtures.redis_servers import RedisServer

WHO = {"email": "ana@panaderia.example", "password": "pan con tomate"}
WRONG = WHO | {"password": "pan sin tomate"}
THREE = RateLimitItemPerMinute(3)


@pytest.fixture
async def ana(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Somebody; comparing passwords takes no time here, for there are many."""

    async def quickly(password: str, _: str | None) -> bool:
        return password == WHO["password"]

    user = await service.add_user(session, WHO["email"], WHO["password"])
    monkeypatch.setattr(passwords, "matches", quickly)
    return user.id


def _from(app: FastAPI, address: str) -> AsyncClient:
    transport = ASGITransport(app, client=(address, 50000))
    return AsyncClient(transport=transport, base_url="http://bakery.example")


async def _tries(app: FastAPI, address: str, times: int, **who: str) -> list[int]:
    async with _from(app, address) as client:
        return [
            (await client.post("/api/v1/auth/token", json=WRONG | who)).status_code
            for _ in range(times)
        ]


async def _enters(app: FastAPI, address: str) -> bool:
    async with _from(app, address) as client:
        return (await client.post("/api/v1/auth/token", json=WHO)).status_code == 200


async def test_guessing_ends_soon_even_with_the_right_one(app: FastAPI, ana: UUID) -> None:
    tries = await _tries(app, "203.0.113.7", 12)

    assert tries == [401] * 10 + [429] * 2
    assert not await _enters(app, "203.0.113.7")


async def test_a_refusal_says_when_to_come_back(app: FastAPI, ana: UUID) -> None:
    await _tries(app, "203.0.113.7", 10)

    async with _from(app, "203.0.113.7") as client:
        told = await client.post("/api/v1/auth/token", json=WHO)
        page = await sign_in(client, WHO["email"], WHO["password"])

    assert told.json()["type"] == "urn:obrador:problem:too-many-attempts"
    assert 800 < int(told.headers["retry-after"]) <= 900
    assert page.status_code == 429
    assert "Too many attempts. Try again in 15 minutes." in page.text
    assert 800 < int(page.headers["retry-after"]) <= 900


async def test_who_mistypes_often_and_then_remembers_begins_anew(app: FastAPI, ana: UUID) -> None:
    for _ in range(3):
        assert await _tries(app, "203.0.113.7", 9) == [401] * 9
        assert await _enters(app, "203.0.113.7")


async def test_a_stranger_elsewhere_does_not_lock_the_owner_out(app: FastAPI, ana: UUID) -> None:
    await _tries(app, "203.0.113.7", 12)

    assert await _enters(app, "198.51.100.9")


async def test_many_strangers_meet_the_accounts_own_limit(
    app: FastAPI, session: AsyncSession, ana: UUID
) -> None:
    for stranger in range(5):
        assert await _tries(app, f"203.0.113.{stranger}", 10) == [401] * 10
    assert await _tries(app, "203.0.113.99", 1) == [429]


async def test_where_the_owner_is_signed_in_they_can_sign_in_again_all_the_same(
    app: FastAPI, session: AsyncSession, ana: UUID
) -> None:
    user = await service.get_user(session, ana)
    await sessions.begin(session, user, "198.51.100.9", "", NOW)
    for stranger in range(6):
        await _tries(app, f"203.0.113.{stranger}", 10)

    assert not await _enters(app, "198.51.100.8")
    assert await _enters(app, "198.51.100.9")


async def test_an_address_that_tries_many_accounts_is_stopped(app: FastAPI, ana: UUID) -> None:
    tries = [
        (await _tries(app, "203.0.113.7", 1, email=f"{number}@panaderia.example"))[0]
        for number in range(62)
    ]

    assert tries == [401] * 60 + [429] * 2


async def test_an_account_that_is_not_there_is_counted_alike(app: FastAPI, ana: UUID) -> None:
    tries = await _tries(app, "203.0.113.7", 12, email="nobody@panaderia.example")

    assert tries == [401] * 10 + [429] * 2


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_of_ipv6_a_network_is_one_address(address: str, counted: str) -> None:
    assert network_of(address) == counted


@pytest.fixture
async def in_redis(redis_server: RedisServer) -> AsyncIterator[tuple[Attempts, Attempts]]:
    """The counts of two processes."""
    both = Attempts(redis_server.url), Attempts(redis_server.url)
    yield both
    for each in both:
        await each.close()


async def test_processes_count_together_in_redis(in_redis: tuple[Attempts, Attempts]) -> None:
    one, other = in_redis
    for counting in (one, other, one):
        await counting.count(THREE, "ana")

    with pytest.raises(TooManyAttempts):
        await other.count(THREE, "ana")
    await one.forget(THREE, "ana")
    await other.count(THREE, "ana")


async def test_without_redis_each_process_counts_for_itself(
    redis_server: RedisServer, in_redis: tuple[Attempts, Attempts]
) -> None:
    one, _ = in_redis
    redis_server.kill()
    for _ in range(3):
        await one.count(THREE, "ana")

    with pytest.raises(TooManyAttempts):
        await one.count(THREE, "ana")

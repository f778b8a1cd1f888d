"""Who sits at the machine is the owner, until somebody has an account."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service
from obrador.authn.local import is_loopback
from obrador.authz import TenantId

SHIFT = {"weekdays": [0], "starts": "04:00", "ends": "12:00", "people": 1}


@pytest.fixture
async def here(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A program on this machine."""
    async with AsyncClient(
        transport=ASGITransport(app, client=("127.0.0.1", 50000)),
        base_url="http://localhost:8018",
    ) as client:
        yield client


async def test_the_person_at_the_machine_is_the_owner(
    here: AsyncClient, tenant: TenantId, url: str
) -> None:
    assert (await here.get("/api/v1/auth/me")).json()["kind"] == "local_owner"
    assert (await here.get(f"{url}/products")).status_code == 200
    assert (await here.post(f"{url}/shifts", json=SHIFT)).status_code == 201
    assert [each["id"] for each in (await here.get("/api/v1/tenants")).json()["items"]] == [
        str(tenant)
    ]


async def test_as_soon_as_somebody_has_an_account_all_sign_in(here: AsyncClient, url: str) -> None:
    member = {"email": "ana@panaderia.example", "password": "pan con tomate", "role": "owner"}
    assert (await here.post(f"{url}/members", json=member)).status_code == 201

    assert (await here.get(f"{url}/products")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
    ],
)
async def test_a_page_of_another_origin_changes_nothing(
    here: AsyncClient, url: str, headers: dict[str, str]
) -> None:
    assert (await here.post(f"{url}/shifts", json=SHIFT, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost:8018"}],
)
async def test_our_own_page_may_change_things(
    here: AsyncClient, url: str, headers: dict[str, str]
) -> None:
    assert (await here.post(f"{url}/shifts", json=SHIFT, headers=headers)).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "bakery.example"},
        {"Host": "localhost.bakery.example"},
        {"Host": ""},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
    ],
)
async def test_a_stranger_who_comes_by_detour_is_not_the_owner(
    here: AsyncClient, url: str, headers: dict[str, str]
) -> None:
    assert (await here.get(f"{url}/products", headers=headers)).status_code == 401


async def test_another_machine_is_not_the_owner(app: FastAPI, url: str) -> None:
    transport = ASGITransport(app, client=("192.168.1.20", 50000))
    async with AsyncClient(transport=transport, base_url="http://localhost:8018") as client:
        assert (await client.get(f"{url}/products")).status_code == 401


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("0.0.0.0", False),  # noqa: S104
        ("192.168.1.20", False),
        ("", False),
        ("localhost.example", False),
    ],
)
def test_loopback_is_this_machine_only(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


async def test_strangers_are_served_only_once_there_are_accounts(session: AsyncSession) -> None:
    assert await service.may_listen_on(session, "127.0.0.1")
    assert not await service.may_listen_on(session, "192.168.1.20")

    await service.add_user(session, "ana@panaderia.example", "pan con tomate")

    assert await service.may_listen_on(session, "192.168.1.20")

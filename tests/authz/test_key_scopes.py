"""What of its role a program's key is for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from obrador.authz.scopes import AREAS, area_of
from tests.factories.things import added
from tests.fixtures.people import NOW

SHIFT = {"weekdays": [0], "starts": "04:00", "ends": "12:00", "people": 1}
Ask = Callable[..., Awaitable[Response]]


@pytest.fixture
def made(owner: AsyncClient, anonymous: AsyncClient, url: str) -> Callable[..., Awaitable[Ask]]:
    """Makes a key, and gives how to ask with it."""

    async def make(**facts: Any) -> Ask:
        key = await added(owner, f"{url}/api-keys", {"name": "till", "role": "owner"} | facts)

        async def ask(method: str, path: str, **more: Any) -> Response:
            headers = {"Authorization": f"Bearer {key['key']}"}
            return await anonymous.request(method, path, headers=headers, **more)

        return ask

    return make


async def test_a_key_goes_as_far_as_its_scopes(made: Any, url: str) -> None:
    ask = await made(scopes=["shifts:write", "products:read"])

    assert (await ask("GET", f"{url}/products")).status_code == 200
    assert (await ask("GET", f"{url}/shifts")).status_code == 200, "who may write may read"
    assert (await ask("POST", f"{url}/shifts", json=SHIFT)).status_code == 201
    refused = await ask("POST", f"{url}/products", json={"name": "Barra"})
    assert refused.status_code == 403
    assert refused.json()["detail"] == "This key lacks the scope products:write."
    assert (await ask("GET", f"{url}/members")).status_code == 403


async def test_scopes_take_from_a_role_and_never_add(made: Any, url: str) -> None:
    ask = await made(role="viewer", scopes=["shifts:write"])

    refused = await ask("POST", f"{url}/shifts", json=SHIFT)

    assert refused.status_code == 403
    assert "role" in refused.json()["detail"]


async def test_a_key_with_scopes_opens_no_page_and_no_platform(
    made: Any, url: str, tenant: object
) -> None:
    ask = await made(scopes=["tenants:read"])

    assert (await ask("GET", f"/bakeries/{tenant}/today")).status_code == 403
    assert (await ask("GET", "/api/v1/orchestrator/executions")).status_code == 403


async def test_a_scope_that_is_none_is_refused(owner: AsyncClient, url: str) -> None:
    answer = await owner.post(f"{url}/api-keys", json={"name": "till", "scopes": ["bread:eat"]})

    assert answer.status_code == 422
    assert "bread:eat" in answer.json()["errors"][0]["message"]


async def test_a_key_ages(app: FastAPI, made: Any, url: str) -> None:
    ask = await made(expires_at=(NOW + timedelta(hours=1)).isoformat())

    assert (await ask("GET", f"{url}/products")).status_code == 200
    app.state.clock = lambda: NOW + timedelta(hours=1)
    assert (await ask("GET", f"{url}/products")).status_code == 401


async def test_when_a_key_was_used_is_kept_roughly(
    app: FastAPI, owner: AsyncClient, made: Any, url: str
) -> None:
    ask = await made()

    async def used_at(later: timedelta) -> str | None:
        app.state.clock = lambda: NOW + later
        await ask("GET", f"{url}/products")
        app.state.clock = lambda: NOW
        (key,) = (await owner.get(f"{url}/api-keys")).json()["items"]
        found: str | None = key["last_used_at"]
        return found

    first = await used_at(timedelta())
    assert first == NOW.isoformat().replace("+00:00", "Z")
    assert await used_at(timedelta(minutes=59)) == first
    assert await used_at(timedelta(minutes=61)) != first


async def test_every_route_of_a_bakery_belongs_to_an_area(app: FastAPI) -> None:
    areas = {
        area_of(operation["tags"][0])
        for path, operations in app.openapi()["paths"].items()
        if "{tenant_id}" in path
        for operation in operations.values()
    }

    assert areas <= set(AREAS)

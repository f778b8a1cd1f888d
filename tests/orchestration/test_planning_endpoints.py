"""Planning for other installations: who may ask, and what becomes of garbage."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr

from obrador.forecasting.domain import DemandHistory, Forecast
from obrador.forecasting.profile import forecast
from obrador.kit.ids import new_id
from obrador.kit.wire import decode, encode
from obrador.orchestration.services import PATHS
from tests.forecasting.bakeries import history

TOKEN = "what installations show each other"
COMPUTED = ("forecasting", "production", "procurement")
READ = ("inventory", "suppliers", "recipes")


@pytest.fixture
async def service(app: FastAPI, owner: AsyncClient) -> AsyncIterator[AsyncClient]:
    """Another installation that shows the token of this one, where people have accounts."""
    app.state.settings = app.state.settings.model_copy(update={"service_token": SecretStr(TOKEN)})
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://bakery.example", headers=headers
    ) as client:
        yield client


def _problem() -> DemandHistory:
    return history([[10.0, 12.0, 14.0, 16.0, 20.0, 30.0, 5.0] * 8])


async def test_a_service_may_have_any_bakery_computed(service: AsyncClient) -> None:
    url = f"/api/v1/tenants/{new_id()}/{PATHS['forecasting']}"

    answer = await service.post(url, content=encode(_problem()))

    assert answer.status_code == 200
    assert encode(decode(answer.content, Forecast)) == encode(forecast(_problem()))


@pytest.mark.parametrize("name", READ)
async def test_a_service_reads_bakeries_that_are_here(
    service: AsyncClient, url: str, name: str
) -> None:
    assert (await service.get(f"{url}/{PATHS[name]}")).status_code == 200
    assert (await service.get(f"/api/v1/tenants/{new_id()}/{PATHS[name]}")).status_code == 404


async def test_the_token_opens_nothing_else(service: AsyncClient, url: str) -> None:
    for path in ("/recipes", "/members", "/stock/lots"):
        assert (await service.get(url + path)).status_code == 401
    assert (await service.get("/api/v1/tenants")).status_code == 401


@pytest.mark.parametrize("token", ["", "x", TOKEN + "x", TOKEN[:-1], "ñ"])
async def test_another_token_is_nobodys(service: AsyncClient, url: str, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()}

    assert (await service.get(f"{url}/planning/recipes", headers=headers)).status_code == 401


async def test_without_a_token_set_nobody_is_a_service(owner: AsyncClient, url: str) -> None:
    for shown in (b"Bearer None", b"Bearer ", b"Bearer"):
        answer = await owner.get(f"{url}/planning/recipes", headers={b"Authorization": shown})
        assert answer.status_code == 401


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"x": 1}', b'{"product_ids": 1}', b"\xff"]
)
async def test_garbage_is_refused_with_its_place(
    owner: AsyncClient, url: str, name: str, body: bytes
) -> None:
    answer = await owner.post(f"{url}/{PATHS[name]}", content=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"]


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        (b'"categories":["bread"]', b'"categories":[]', "categories"),
        (b'"shape":[1,56],"values":[10', b'"shape":[56,1],"values":[10', "sold"),
        (b'"shape":[63]', b'"shape":[7,9]', "days.is_open"),
    ],
)
async def test_a_problem_that_does_not_hang_together_is_refused(
    owner: AsyncClient, url: str, before: bytes, after: bytes, where: str
) -> None:
    content = encode(_problem())
    assert before in content

    answer = await owner.post(
        f"{url}/{PATHS['forecasting']}", content=content.replace(before, after)
    )

    assert answer.status_code == 422
    assert where in [fault["where"] for fault in answer.json()["errors"]]


def test_a_large_bakerys_problem_fits_into_a_request() -> None:
    """Three years of three hundred products; the limit is 10 MB."""
    known = history([[112.0] * 1096] * 300, horizon=28)

    assert len(encode(known)) < 5_000_000

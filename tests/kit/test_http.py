"""What every endpoint shares: problems, limits, headers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr

from obrador.app import create_app
from obrador.kit.db import Database
from obrador.settings import Settings


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("PUT", "/health/live", 405, "method-not-allowed"),
        ("POST", "/api/v1/auth/token", 422, "invalid"),
        ("GET", "/api/v1/tenants", 401, "unauthenticated"),
        ("GET", "/api/v1/tenants/none/products", 401, "unauthenticated"),
    ],
)
async def test_every_error_is_a_problem(
    client: AsyncClient, method: str, path: str, status: int, kind: str
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:obrador:problem:{kind}"
    assert answer.json()["status"] == status


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"9" * 5000, b""])
async def test_a_body_that_is_no_json_is_refused(client: AsyncClient, body: bytes) -> None:
    answer = await client.post(
        "/api/v1/auth/token", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422


async def test_what_is_too_large_is_refused_before_it_is_read(client: AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 1_000_000

    announced = await client.post("/api/v1/auth/token", content=b" " * 10_000_001)
    streamed = await client.post("/api/v1/auth/token", content=chunks())

    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:obrador:problem:too-large"
        assert "10 MB" in answer.json()["detail"]


async def test_health_says_whether_the_database_answers(
    client: AsyncClient, tmp_path: Path
) -> None:
    down = create_app(
        Database("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"),
        Settings(_env_file=None, obrador_home=tmp_path, secret_key=SecretStr("x" * 40)),
    )
    async with AsyncClient(transport=ASGITransport(down), base_url="http://test") as broken:
        live = await broken.get("/health/live")
        ready = await broken.get("/health/ready")

    assert (await client.get("/health/ready")).json() == {"status": "ready"}
    assert live.status_code == 200
    assert ready.status_code == 503
    assert ready.headers["retry-after"] == "5"
    assert ready.headers["content-type"] == "application/problem+json"


async def test_the_document_is_openapi_3_1_and_names_the_problem(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    assert document["components"]["schemas"]["Problem"]["required"] == [
        "type",
        "title",
        "status",
        "detail",
    ]
    assert "HTTPValidationError" not in document["components"]["schemas"]

"""What answers tell browsers."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from obrador.kit.headers import PAGES, PICTURES


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/api/v1/tenants", "/nothing", "/static/obrador.css"])
async def test_nothing_comes_from_strangers_nor_from_the_page_itself(
    client: AsyncClient, path: str
) -> None:
    headers = (await client.get(path)).headers

    assert headers["content-security-policy"] == PAGES
    assert "unsafe" not in PAGES
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "server" not in headers


async def test_a_picture_runs_nothing_and_keeps_its_colours(viewer: AsyncClient, url: str) -> None:
    answer = await viewer.get(f"{url}/accuracy/trend.svg")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"] == PICTURES
    assert "sandbox" in PICTURES


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-store"),
        ("/api/v1/tenants", "no-store"),
        ("/static/obrador.css", "no-cache"),
        ("/static/obrador.css?v=abc", "public, max-age=31536000, immutable"),
    ],
)
async def test_only_files_are_kept(client: AsyncClient, path: str, kept: str) -> None:
    assert (await client.get(path)).headers["cache-control"] == kept


async def test_a_file_that_is_the_same_is_not_sent_again(client: AsyncClient) -> None:
    first = await client.get("/static/obrador.css")

    again = await client.get(
        "/static/obrador.css", headers={"If-None-Match": first.headers["etag"]}
    )

    assert (again.status_code, again.content) == (304, b"")


async def test_browsers_stay_with_https_where_it_is(app: FastAPI) -> None:
    for scheme, is_told in (("http", False), ("https", True)):
        async with AsyncClient(transport=ASGITransport(app), base_url=f"{scheme}://b") as client:
            headers = (await client.get("/health/live")).headers

        assert ("strict-transport-security" in headers) is is_told


async def test_text_is_packed_and_what_is_packed_is_not(client: AsyncClient) -> None:
    style = await client.get("/static/obrador.css")
    small = await client.get("/health/live")

    assert style.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in small.headers


async def test_the_reference_comes_from_here(client: AsyncClient) -> None:
    answer = await client.get("/docs")

    assert "//" not in answer.text.replace("<!doctype html>", "")
    assert "script-src 'self';" in answer.headers["content-security-policy"]

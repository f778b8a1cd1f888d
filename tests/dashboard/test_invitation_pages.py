"""What an invitation's link leads to."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service
from obrador.authz import TenantId
from tests.factories.things import added
from tests.fixtures.browsing import HTML, send, sign_in
from tests.fixtures.people import NOW

EMAIL, PASSWORD = "ana@panaderia.example", "pan con tomate"


@pytest.fixture
async def path(owner: AsyncClient, url: str) -> str:
    """Of the link that ana was sent."""
    invited = {"email": EMAIL, "role": "viewer"}
    link: str = (await added(owner, f"{url}/invitations", invited))["link"]
    return link.removeprefix("http://bakery.example")


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Of who has the link."""
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://bakery.example"
    ) as client:
        yield client


async def test_a_newcomer_chooses_a_password_and_is_in(
    browser: AsyncClient, path: str, tenant: TenantId
) -> None:
    short = await send(browser, path, path, name="Ana", new_password="short")
    assert short.status_code == 422
    assert "at least 10 characters" in short.text
    assert 'value="Ana"' in short.text

    joined = await send(browser, path, path, name="Ana", new_password=PASSWORD)

    assert joined.headers["location"] == f"/bakeries/{tenant}/today"
    assert (await browser.get(joined.headers["location"], headers=HTML)).status_code == 200
    used = await browser.get(path, headers=HTML)
    assert used.status_code == 404
    assert "This invitation is over" in used.text


async def test_who_has_an_account_signs_in_and_joins(
    session: AsyncSession, browser: AsyncClient, path: str, tenant: TenantId
) -> None:
    await service.add_user(session, EMAIL, PASSWORD)
    assert f"/sign-in?next={path}" in (await browser.get(path, headers=HTML)).text

    back = await sign_in(browser, EMAIL, PASSWORD, next=path)
    joined = await send(browser, back.headers["location"], path)

    assert joined.headers["location"] == f"/bakeries/{tenant}/today"
    assert (await browser.get(joined.headers["location"], headers=HTML)).status_code == 200


async def test_somebody_else_who_is_signed_in_cannot_take_it(
    session: AsyncSession, browser: AsyncClient, path: str, tenant: TenantId
) -> None:
    await service.add_user(session, "eve@panaderia.example", PASSWORD)
    await sign_in(browser, "eve@panaderia.example", PASSWORD)
    assert "eve@panaderia.example" in (await browser.get(path, headers=HTML)).text

    taken = await send(browser, "/account", path)

    assert taken.status_code == 403
    assert (await browser.get(f"/bakeries/{tenant}/today", headers=HTML)).status_code == 404


async def test_a_link_that_is_too_old_or_made_up_leads_nowhere(
    app: FastAPI, browser: AsyncClient, path: str
) -> None:
    assert (await browser.get("/invitations/guessed", headers=HTML)).status_code == 404
    taken = await send(browser, "/sign-in", "/invitations/guessed", new_password=PASSWORD)
    assert taken.status_code == 404

    app.state.clock = lambda: NOW + timedelta(days=7)

    assert (await browser.get(path, headers=HTML)).status_code == 404

"""Signing in at the page and out again, as people do and as others try."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service
from obrador.authn.sessions import IDLE, LIFETIME, ROTATE_AFTER
from obrador.authz import TenantId
from obrador.authz.models import Membership
from obrador.authz.roles import Role
from obrador.dashboard.leading import our_path
from tests.fixtures.browsing import HTML, form_token, send, sign_in
from tests.fixtures.people import NOW

EMAIL, PASSWORD = "ana@panaderia.example", "pan con tomate"
COOKIE = "obrador-session"


@pytest.fixture
async def ana(session: AsyncSession, tenant: TenantId) -> UUID:
    """Somebody who bakes."""
    user = await service.add_user(session, EMAIL, PASSWORD, name="Ana")
    session.add(Membership(tenant_id=tenant, user_id=user.id, role=Role.PRODUCTION_MANAGER))
    await session.flush()
    return user.id


@pytest.fixture
async def browser(app: FastAPI, ana: UUID) -> AsyncIterator[AsyncClient]:
    """Ana's, in which she is not signed in yet."""
    async with _browser(app) as client:
        yield client


def _browser(app: FastAPI, url: str = "http://bakery.example") -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url=url)


async def _status(client: AsyncClient, tenant: TenantId) -> int:
    return (await client.get(f"/bakeries/{tenant}/today", headers=HTML)).status_code


async def test_who_is_not_signed_in_is_led_there_and_back(
    browser: AsyncClient, tenant: TenantId
) -> None:
    wanted = f"/bakeries/{tenant}/stock?date=2026-03-03"

    asked = await browser.get(wanted, headers=HTML)
    shown = await browser.get(asked.headers["location"], headers=HTML)
    entered = await sign_in(browser, " ANA@panaderia.example", PASSWORD, next=wanted)

    assert asked.status_code == entered.status_code == 303
    assert f'value="{wanted}"' in shown.text
    assert entered.headers["location"] == wanted
    assert (await browser.get(wanted, headers=HTML)).status_code == 200


async def test_programs_are_told_and_parts_of_pages_lead_the_whole(
    browser: AsyncClient, tenant: TenantId
) -> None:
    page = f"/bakeries/{tenant}/today"

    program = await browser.get(page)
    part = await browser.get(
        f"{page}/live",
        headers={"HX-Request": "true", "Referer": f"http://bakery.example{page}"},
    )

    assert program.status_code == 401
    assert program.headers["content-type"] == "application/problem+json"
    assert part.status_code in {401, 404}


async def test_a_wrong_password_says_so_and_keeps_the_address(browser: AsyncClient) -> None:
    answer = await sign_in(browser, EMAIL, "pan sin tomate")

    assert answer.status_code == 401
    assert "Address or password is wrong" in answer.text
    assert f'value="{EMAIL}"' in answer.text
    assert "pan sin tomate" not in answer.text
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/\n/evil.example/",
        "\t//evil.example/",
        " //evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "@evil.example",
        "/%5cevil.example\\..",
        "/\x00/evil.example",
        "/\u2028/evil.example",
        "http:evil.example",
        "",
    ],
)
def test_an_address_that_is_not_ours_leads_to_the_front_page(next: str) -> None:
    assert our_path(next) == "/"


async def test_nobody_is_led_elsewhere(browser: AsyncClient) -> None:
    shown = await browser.get("/sign-in", params={"next": "//evil.example"}, headers=HTML)
    entered = await sign_in(browser, EMAIL, PASSWORD, next="//evil.example")
    again = await browser.get("/sign-in", params={"next": "//evil.example"}, headers=HTML)

    assert 'name="next" value="/"' in shown.text
    assert entered.headers["location"] == again.headers["location"] == "/"


def test_our_own_paths_are_kept() -> None:
    for path in ("/", "/account", "/bakeries/1/today?date=2026-03-03&lang=es#late"):
        assert our_path(path) == path


async def test_a_token_that_was_planted_is_never_taken_over(
    app: FastAPI, browser: AsyncClient, tenant: TenantId
) -> None:
    """Session fixation: a stranger signs in, or makes a token up, and plants it in Ana's
    browser."""
    browser.cookies.set(COOKIE, "planted", domain="bakery.example")

    await sign_in(browser, EMAIL, PASSWORD)

    assert browser.cookies[COOKIE] != "planted"
    async with _browser(app) as stranger:
        stranger.cookies.set(COOKIE, "planted", domain="bakery.example")
        assert await _status(stranger, tenant) == 303


async def test_signing_in_again_ends_the_session_before(
    app: FastAPI, browser: AsyncClient, tenant: TenantId
) -> None:
    await sign_in(browser, EMAIL, PASSWORD)
    before = browser.cookies[COOKIE]
    token = await form_token(browser, "/account")

    await browser.post(
        "/sign-in", data={"email": EMAIL, "password": PASSWORD, "csrf": token}, headers=HTML
    )

    assert browser.cookies[COOKIE] != before
    assert await _status(browser, tenant) == 200
    browser.cookies.set(COOKIE, before, domain="bakery.example")
    assert await _status(browser, tenant) == 303


async def test_a_cookie_that_was_stolen_is_worth_nothing_after_sign_out(
    app: FastAPI, browser: AsyncClient, tenant: TenantId
) -> None:
    await sign_in(browser, EMAIL, PASSWORD)
    stolen = browser.cookies[COOKIE]

    out = await send(browser, "/account", "/sign-out")

    assert out.headers["location"] == "/sign-in"
    assert COOKIE not in browser.cookies
    async with _browser(app) as thief:
        thief.cookies.set(COOKIE, stolen, domain="bakery.example")
        assert await _status(thief, tenant) == 303


async def test_signing_out_everywhere_ends_browsers_and_programs(
    app: FastAPI, browser: AsyncClient, tenant: TenantId
) -> None:
    await sign_in(browser, EMAIL, PASSWORD)
    async with _browser(app) as other:
        await sign_in(other, EMAIL, PASSWORD)
        tokens = await other.post("/api/v1/auth/token", json={"email": EMAIL, "password": PASSWORD})

        await send(browser, "/account", "/sign-out", everywhere="1")

        assert await _status(browser, tenant) == await _status(other, tenant) == 303
        refresh = {"refresh_token": tokens.json()["refresh_token"]}
        assert (await other.post("/api/v1/auth/refresh", json=refresh)).status_code == 401


async def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: AsyncClient) -> None:
    entered = await sign_in(browser, EMAIL, PASSWORD)
    cookie = entered.headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie


async def test_over_https_the_cookie_is_of_this_host_only(app: FastAPI, ana: UUID) -> None:
    async with _browser(app, "https://bakery.example") as client:
        cookie = (await sign_in(client, EMAIL, PASSWORD)).headers["set-cookie"]

        assert cookie.startswith(f"__Host-{COOKIE}=")
        assert "; Secure" in cookie
        assert "domain" not in cookie.lower()
        assert (await client.get("/account", headers=HTML)).status_code == 200


async def test_the_token_is_replaced_as_time_passes(
    app: FastAPI, browser: AsyncClient, tenant: TenantId
) -> None:
    await sign_in(browser, EMAIL, PASSWORD)
    first = browser.cookies[COOKIE]
    app.state.clock = lambda: NOW + ROTATE_AFTER

    assert await _status(browser, tenant) == 200
    second = browser.cookies[COOKIE]

    assert second != first
    async with _browser(app) as beside:
        beside.cookies.set(COOKIE, first, domain="bakery.example")
        assert await _status(beside, tenant) == 200, "was under way at the same time"
        assert beside.cookies[COOKIE] == first
        app.state.clock = lambda: NOW + ROTATE_AFTER + timedelta(minutes=1)
        assert await _status(beside, tenant) == 303
    assert await _status(browser, tenant) == 200


async def test_a_page_that_fails_replaces_no_token(app: FastAPI, browser: AsyncClient) -> None:
    await sign_in(browser, EMAIL, PASSWORD)
    first = browser.cookies[COOKIE]
    app.state.clock = lambda: NOW + ROTATE_AFTER

    missing = await browser.get(f"/bakeries/{UUID(int=1)}/today", headers=HTML)

    assert missing.status_code == 404
    assert browser.cookies[COOKIE] == first
    assert (await browser.get("/account", headers=HTML)).status_code == 200


@pytest.mark.parametrize("unused", [IDLE, LIFETIME])
async def test_a_session_that_is_not_used_ends(
    app: FastAPI, browser: AsyncClient, tenant: TenantId, unused: timedelta
) -> None:
    await sign_in(browser, EMAIL, PASSWORD)
    app.state.clock = lambda: NOW + unused

    assert await _status(browser, tenant) == 303


async def test_a_session_ends_however_much_it_is_used(
    app: FastAPI, browser: AsyncClient, tenant: TenantId
) -> None:
    await sign_in(browser, EMAIL, PASSWORD)
    days = range(10, 90, 10)
    for day in days:
        app.state.clock = lambda day=day: NOW + timedelta(days=day)
        assert await _status(browser, tenant) == 200

    app.state.clock = lambda: NOW + LIFETIME
    assert await _status(browser, tenant) == 303


async def test_a_session_changes_nothing_by_the_api(browser: AsyncClient, url: str) -> None:
    """It is a cookie, which a page of another site could make the browser send."""
    await sign_in(browser, EMAIL, PASSWORD)
    shift = {"weekdays": [0], "starts": "04:00", "ends": "12:00", "people": 1}

    assert (await browser.get(f"{url}/products")).status_code == 200
    assert (await browser.post(f"{url}/shifts", json=shift)).status_code == 401


async def test_bearer_tokens_go_before_sessions(browser: AsyncClient, tenant: TenantId) -> None:
    await sign_in(browser, EMAIL, PASSWORD)

    answer = await browser.get(
        f"/bakeries/{tenant}/today", headers={"Authorization": "Bearer x.y.z"}
    )

    assert answer.status_code == 401

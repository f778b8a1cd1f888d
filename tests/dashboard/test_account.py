"""One's own account at the page."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service
from obrador.authz import TenantId
from obrador.authz.access import role_of
from obrador.authz.requester import Person
from obrador.authz.roles import Role
from obrador.dashboard.account_words import browser_name
from obrador.kit.i18n import speech
from tests.fixtures.browsing import HTML, form_token, send, sign_in
from tests.fixtures.people import NOW

EMAIL, PASSWORD, ANOTHER = "ana@panaderia.example", "pan con tomate", "pan con chocolate"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"


@pytest.fixture
async def ana(session: AsyncSession) -> UUID:
    return (await service.add_user(session, EMAIL, PASSWORD, name="Ana")).id


def _open(app: FastAPI, agent: str = "a program") -> AsyncClient:
    return AsyncClient(
        transport=ASGITransport(app),
        base_url="http://bakery.example",
        headers={"User-Agent": agent, "Accept-Language": "en"},
    )


@pytest.fixture
async def browser(app: FastAPI, ana: UUID) -> AsyncIterator[AsyncClient]:
    """Ana's, signed in."""
    async with _open(app) as client:
        await sign_in(client, EMAIL, PASSWORD)
        yield client


async def test_name_and_language_are_ones_own(app: FastAPI, browser: AsyncClient) -> None:
    await send(browser, "/account", "/account", name="Ana María", language="es")

    assert "Su cuenta" in (await browser.get("/account", headers=HTML)).text
    async with _open(app) as elsewhere:
        await sign_in(elsewhere, EMAIL, PASSWORD)
        assert 'value="Ana María"' in (shown := await elsewhere.get("/account", headers=HTML)).text
        assert "Su cuenta" in shown.text


async def test_another_password_ends_other_sessions(app: FastAPI, browser: AsyncClient) -> None:
    async with _open(app) as elsewhere:
        await sign_in(elsewhere, EMAIL, PASSWORD)

        changed = await send(
            browser, "/account", "/account/password", password=PASSWORD, new_password=ANOTHER
        )

        assert changed.status_code == 303
        assert (await browser.get("/account", headers=HTML)).status_code == 200
        assert (await elsewhere.get("/account", headers=HTML)).status_code == 303
        assert (await sign_in(elsewhere, EMAIL, PASSWORD)).status_code == 401
        assert (await sign_in(elsewhere, EMAIL, ANOTHER)).status_code == 303


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": ANOTHER, "new_password": ANOTHER}, "The password is wrong."),
        ({"password": PASSWORD, "new_password": "short"}, "at least 10 characters"),
        ({"new_password": ANOTHER}, "The password is wrong."),
    ],
)
async def test_what_is_wrong_with_a_password_is_told(
    browser: AsyncClient, fields: dict[str, str], words: str
) -> None:
    answer = await send(browser, "/account", "/account/password", form="password", **fields)

    assert answer.status_code == 422
    assert words in answer.text
    assert (await browser.get("/account", headers=HTML)).status_code == 200


async def test_a_browser_is_signed_out_from_another(app: FastAPI, browser: AsyncClient) -> None:
    async with _open(app, FIREFOX) as telephone:
        await sign_in(telephone, EMAIL, PASSWORD)
        shown = (await browser.get("/account", headers=HTML)).text
        assert "Firefox, Android" in shown
        (path,) = re.findall(r"/account/sessions/[0-9a-f-]+/end", shown)

        await send(browser, "/account", path)

        assert (await telephone.get("/account", headers=HTML)).status_code == 303
    assert (await browser.get("/account", headers=HTML)).status_code == 200


async def test_nobody_ends_sessions_of_others(
    app: FastAPI, session: AsyncSession, browser: AsyncClient
) -> None:
    await service.add_user(session, "eve@panaderia.example", PASSWORD)
    async with _open(app, FIREFOX) as telephone, _open(app) as eve:
        await sign_in(telephone, EMAIL, PASSWORD)
        shown = (await browser.get("/account", headers=HTML)).text
        (path,) = re.findall(r"/account/sessions/[0-9a-f-]+/end", shown)
        await sign_in(eve, "eve@panaderia.example", PASSWORD)

        assert (await send(eve, "/account", path)).status_code == 404
        assert (await telephone.get("/account", headers=HTML)).status_code == 200


async def _turn_on(browser: AsyncClient, at: datetime, **fields: str) -> tuple[int, str, str]:
    """Status and text of the answer, and the secret that the telephone has read."""
    shown = (await browser.get("/account/code", headers=HTML)).text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", shown)
    seed = re.search(r'name="seed" value="([^"]+)"', shown)
    token = re.search(r'name="csrf" value="([^"]+)"', shown)
    assert found is not None
    assert seed is not None
    assert token is not None
    secret = found[1].replace(" ", "")
    data = {
        "password": PASSWORD,
        "seed": seed[1],
        "code": pyotp.TOTP(secret).at(at),
        "csrf": token[1],
    }
    answer = await browser.post("/account/code", data=data | fields, headers=HTML)
    return answer.status_code, answer.text, secret


async def test_codes_from_turning_on_to_turning_off(app: FastAPI, browser: AsyncClient) -> None:
    status, shown, secret = await _turn_on(browser, NOW)
    assert status == 200
    recovery = re.findall(r"<code>([a-z2-7-]{19})</code>", shown)
    assert len(recovery) == 10
    account = (await browser.get("/account", headers=HTML)).text
    assert "10 recovery codes are left." in account
    assert recovery[0] not in account

    app.state.clock = lambda: NOW + timedelta(minutes=1)
    async with _open(app) as telephone:
        asked = await sign_in(telephone, EMAIL, PASSWORD, next="/account")
        assert "Code from your telephone" in asked.text
        assert PASSWORD not in asked.text
        (ticket,) = re.findall(r'name="ticket" value="([^"]+)"', asked.text)
        step = {"ticket": ticket, "next": "/account"}
        wrong = await send(telephone, "/sign-in", "/sign-in/code", code="000000", **step)
        assert "This code is wrong" in wrong.text
        code = pyotp.TOTP(secret).at(NOW + timedelta(minutes=1))
        entered = await send(telephone, "/sign-in", "/sign-in/code", code=code, **step)
        assert entered.headers["location"] == "/account"

    wrong = await send(browser, "/account", "/account/code/off", password=ANOTHER, form="code")
    assert "The password is wrong." in wrong.text
    await send(browser, "/account", "/account/code/off", password=PASSWORD)
    async with _open(app) as telephone:
        assert (await sign_in(telephone, EMAIL, PASSWORD)).status_code == 303


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "123 45"}, "The code is wrong."),
        ({"password": ANOTHER}, "The password is wrong."),
        ({"seed": ""}, "seed: is missing"),
    ],
)
async def test_codes_are_turned_on_by_who_can_use_them_only(
    browser: AsyncClient, fields: dict[str, str], words: str
) -> None:
    status, shown, _ = await _turn_on(browser, NOW, **fields)

    assert status == 422
    assert words in shown
    assert "Turn codes off" not in (await browser.get("/account", headers=HTML)).text


async def test_a_ticket_is_good_for_minutes(app: FastAPI, browser: AsyncClient) -> None:
    await _turn_on(browser, NOW)
    async with _open(app) as telephone:
        asked = await sign_in(telephone, EMAIL, PASSWORD)
        (ticket,) = re.findall(r'name="ticket" value="([^"]+)"', asked.text)
        app.state.clock = lambda: NOW + timedelta(minutes=5)

        late = await send(telephone, "/sign-in", "/sign-in/code", code="000000", ticket=ticket)

        assert late.status_code == 401
        assert 'name="password"' in late.text


async def test_the_first_account_owns_all_and_ends_the_open_house(
    app: FastAPI, session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    transport = ASGITransport(app, client=("127.0.0.1", 50000))
    async with AsyncClient(transport=transport, base_url="http://localhost:8018") as here:
        short = await send(
            here, "/account", "/account/first", email=EMAIL, new_password="short", name="Ana"
        )
        assert short.status_code == 422
        assert 'value="Ana"' in short.text
        assert not await service.has_users(session)

        made = await send(here, "/account", "/account/first", email=EMAIL, new_password=PASSWORD)
        assert made.status_code == 303
        assert (await here.get(f"/bakeries/{tenant}/today", headers=HTML)).status_code == 200
        user = await service.find_by_email(session, EMAIL)
        assert user is not None
        assert user.is_platform_admin
        for bakery in (tenant, other_tenant):
            assert await role_of(session, Person(user.id, False), bakery) == Role.OWNER

        again = {"email": "eve@panaderia.example", "new_password": PASSWORD}
        assert (await send(here, "/account", "/account/first", **again)).status_code == 403
        here.cookies.clear()
        assert (await here.get("/account", headers=HTML)).status_code == 303
        token = await form_token(here, "/sign-in")
        refused = await here.post("/account/first", data=again | {"csrf": token}, headers=HTML)
        assert refused.headers["location"].startswith("/sign-in")
    assert await service.may_listen_on(session, "192.168.1.20")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML,"
            " like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge, Windows",
        ),
        ("curl/8.5", "A program"),
        ("", "A program"),
    ],
)
def test_browsers_are_called_by_their_names(agent: str, name: str) -> None:
    assert browser_name(speech("en", "en", "EUR"), agent) == name

"""A password that was forgotten: the link by mail, and what others make of it."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import codes, service
from obrador.authn.attempts import ACCOUNT
from obrador.authn.tokens import access_token, reset_token
from tests.fixtures.browsing import HTML, form_token, send, sign_in
from tests.fixtures.mail_servers import MailServer
from tests.fixtures.people import KEY, NOW

EMAIL, PASSWORD, OTHER = "ana@panaderia.example", "pan con tomate", "pan con chocolate"
_LINK = re.compile(r"https://pan\.example(/forgotten/\S+)")


@pytest.fixture
async def ana(session: AsyncSession) -> UUID:
    return (await service.add_user(session, EMAIL, PASSWORD, name="Ana")).id


@pytest.fixture
async def browser(
    app: FastAPI, ana: UUID, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncClient]:
    """At an installation that sends mail and knows where it is."""
    monkeypatch.setattr(app.state.settings, "public_url", "https://pan.example/")
    monkeypatch.setattr(app.state, "mailer", mail_server.mailer())
    async with _browser(app) as client:
        yield client


def _browser(app: FastAPI, url: str = "http://bakery.example") -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url=url)


async def _asked(browser: AsyncClient, mail_server: MailServer, email: str = EMAIL) -> str:
    """The path of the link in the mail."""
    await send(browser, "/forgotten", "/forgotten", email=email)
    found = _LINK.search(mail_server.got[-1].get_content())
    assert found is not None
    return found[1]


async def test_a_link_by_mail_gives_another_password(
    browser: AsyncClient, mail_server: MailServer
) -> None:
    shown = await browser.get("/sign-in", headers=HTML)
    assert 'href="/forgotten"' in shown.text
    asked = await send(browser, "/forgotten", "/forgotten", email=f" {EMAIL.upper()} ")
    path = await _asked(browser, mail_server)
    short = await send(browser, path, path, new_password="short")
    renewed = await send(browser, path, path, new_password=OTHER)
    told = await browser.get(renewed.headers["location"], headers=HTML)

    assert asked.headers["location"] == "/forgotten?sent=1"
    assert mail_server.got[-1]["To"] == EMAIL
    assert short.status_code == 422
    assert "at least 10 characters" in short.text
    assert "Your password is changed" in told.text
    assert (await sign_in(browser, EMAIL, PASSWORD)).status_code == 401
    assert (await sign_in(browser, EMAIL, OTHER)).status_code == 303


async def test_it_is_good_once_and_for_an_hour(
    browser: AsyncClient, mail_server: MailServer, app: FastAPI, ana: UUID, session: AsyncSession
) -> None:
    first, second = [await _asked(browser, mail_server) for _ in range(2)]
    user = await service.get_user(session, ana)
    hour_ago = NOW - timedelta(hours=1)
    aged = f"/forgotten/{reset_token(ana, user.password_hash, KEY, hour_ago)}"
    forged = f"/forgotten/{reset_token(ana, user.password_hash, 'x' * 32, NOW)}"
    wrong_kind = f"/forgotten/{access_token(ana, KEY, NOW)}"
    form = await form_token(browser, first)
    await send(browser, first, first, new_password=OTHER)

    for path in (first, second, aged, forged, wrong_kind, "/forgotten/nonsense"):
        shown = await browser.get(path, headers=HTML)
        taken = await browser.post(
            path, data={"new_password": "pan sin nada", "csrf": form}, headers=HTML
        )
        assert (shown.status_code, taken.status_code) == (404, 404)
        assert "This link is over" in shown.text
    assert (await sign_in(browser, EMAIL, OTHER)).status_code == 303


async def test_nobody_learns_who_has_an_account(
    browser: AsyncClient, mail_server: MailServer
) -> None:
    known = await send(browser, "/forgotten", "/forgotten", email=EMAIL)
    unknown = await send(browser, "/forgotten", "/forgotten", email="eve@panaderia.example")

    assert known.headers["location"] == unknown.headers["location"]
    assert known.content == unknown.content
    assert [mail["To"] for mail in mail_server.got] == [EMAIL]


async def test_links_lead_here_whatever_the_request_says(
    app: FastAPI, browser: AsyncClient, mail_server: MailServer
) -> None:
    async with _browser(app, "http://evil.example") as elsewhere:
        await _asked(elsewhere, mail_server)

    assert "evil" not in mail_server.got[-1].as_string()


async def test_where_nobody_knows_where_here_is_no_link_is_sent(
    app: FastAPI, browser: AsyncClient, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await form_token(browser, "/forgotten")
    monkeypatch.setattr(app.state.settings, "public_url", None)

    shown = await browser.get("/forgotten", headers=HTML)
    asked = await browser.post("/forgotten", data={"email": EMAIL, "csrf": form}, headers=HTML)

    assert "obrador user password" in shown.text
    assert asked.status_code == 503
    assert mail_server.got == []


async def test_nobodys_letterbox_is_filled(browser: AsyncClient, mail_server: MailServer) -> None:
    asked = [await send(browser, "/forgotten", "/forgotten", email=EMAIL) for _ in range(4)]

    assert [each.status_code for each in asked] == [303, 303, 303, 429]
    assert "Retry-After" in asked[-1].headers
    assert len(mail_server.got) == 3


async def test_a_wrong_address_says_so(browser: AsyncClient) -> None:
    answer = await send(browser, "/forgotten", "/forgotten", email="ana")

    assert answer.status_code == 422
    assert "Enter a whole mail address" in answer.text
    assert 'value="ana"' in answer.text


async def test_whoever_was_in_is_out_and_who_was_kept_out_is_let_in(
    app: FastAPI, browser: AsyncClient, mail_server: MailServer
) -> None:
    async with _browser(app) as elsewhere:
        await sign_in(elsewhere, EMAIL, PASSWORD)
        for _ in range(50):
            await app.state.attempts.count(ACCOUNT, EMAIL)
        path = await _asked(browser, mail_server)
        await send(browser, path, path, new_password=OTHER)

        assert (await elsewhere.get("/account", headers=HTML)).status_code == 303
    assert (await sign_in(browser, EMAIL, OTHER)).status_code == 303


async def test_the_second_step_stays(
    browser: AsyncClient, mail_server: MailServer, session: AsyncSession, ana: UUID
) -> None:
    user = await service.get_user(session, ana)
    user.code_seed = codes.new_seed()
    await session.flush()
    path = await _asked(browser, mail_server)
    await send(browser, path, path, new_password=OTHER)

    answer = await sign_in(browser, EMAIL, OTHER)

    assert answer.status_code == 200
    assert "Code from your telephone" in answer.text

"""Forms that somebody else makes a visitor's browser send: refused on every page."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import obrador.dashboard
from obrador.app import PAGES
from obrador.authn import service
from obrador.authz import TenantId
from obrador.authz.models import Membership
from obrador.authz.roles import Role
from tests.fixtures.browsing import HTML, form_token, send, sign_in

EMAIL, PASSWORD = "ana@panaderia.example", "pan con tomate"
TEMPLATES = Path(obrador.dashboard.__file__).parent / "templates"
_ID = str(UUID(int=7))
STALE = "This form is too old"


def _writes() -> Iterator[tuple[str, str]]:
    """Method and path of every page that changes something."""
    for part in PAGES:
        for route in part.router.routes:
            if isinstance(route, APIRoute):
                yield from (
                    (method, route.path) for method in (route.methods or set()) - {"GET", "HEAD"}
                )


@pytest.fixture
async def browser(
    app: FastAPI, session: AsyncSession, tenant: TenantId
) -> AsyncIterator[AsyncClient]:
    """The owner's, signed in."""
    user = await service.add_user(session, EMAIL, PASSWORD)
    session.add(Membership(tenant_id=tenant, user_id=user.id, role=Role.OWNER))
    await session.flush()
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://bakery.example"
    ) as client:
        await sign_in(client, EMAIL, PASSWORD)
        yield client


async def _attempt(
    client: AsyncClient, tenant: TenantId, token: str | None, **more: Any
) -> list[Any]:
    """What every page answers to a form with that token, but for those that refuse it."""
    answers = []
    for method, path in _writes():
        where = re.sub(r"\{\w+\}", _ID, path.replace("{tenant_id}", str(tenant)))
        fields = {"password": PASSWORD, "email": EMAIL} | ({} if token is None else {"csrf": token})
        answer = await client.request(
            method, where, data=fields, headers=HTML | more, follow_redirects=False
        )
        answers.append((method, path, answer))
    return [
        (method, path, answer.status_code)
        for method, path, answer in answers
        if answer.status_code != 403 or STALE not in answer.text
    ]


async def _everything(session: AsyncSession) -> dict[str, int]:
    """How much was ever written, by table; that somebody tried is written down, which is right."""
    query = text(
        "select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_xact_user_tables"
        " where relname <> 'audit_log'"
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def test_no_page_takes_a_form_that_is_not_ours(
    browser: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    before = await _everything(session)
    stranger_sees = await form_token(browser, "/account")
    salt, _, proof = stranger_sees.partition(".")

    assert len(list(_writes())) >= 20
    for token in (None, "", "x", f"{salt}.", f"other.{proof}", f"{salt}.{proof[:-1]}0x", "é.é"):
        assert await _attempt(browser, tenant, token) == []
    assert await _everything(session) == before


async def test_no_page_takes_a_form_of_another_visitor(
    app: FastAPI, browser: AsyncClient, tenant: TenantId
) -> None:
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://bakery.example"
    ) as stranger:
        strangers = await form_token(stranger, "/sign-in")

    assert await _attempt(browser, tenant, strangers) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Authorization": "Basic YW5hOnBhbg=="},
    ],
)
async def test_no_page_takes_a_form_from_elsewhere(
    browser: AsyncClient, tenant: TenantId, headers: dict[str, str]
) -> None:
    """Even with the right token; and a password that a browser adds by itself excuses nothing."""
    token = None if "Authorization" in headers else await form_token(browser, "/account")

    assert await _attempt(browser, tenant, token, **headers) == []


async def test_a_token_of_before_signing_in_is_none(app: FastAPI, browser: AsyncClient) -> None:
    await send(browser, "/account", "/sign-out")
    before = await form_token(browser, "/sign-in")
    await sign_in(browser, EMAIL, PASSWORD)

    answer = await browser.post("/account", data={"csrf": before, "name": "Eve"}, headers=HTML)

    assert answer.status_code == 403
    assert STALE in answer.text


async def test_scripts_of_ours_may_send_the_token_as_a_header(browser: AsyncClient) -> None:
    headers = HTML | {"X-CSRF-Token": await form_token(browser, "/account")}

    answer = await browser.post("/account", data={"name": "Ana"}, headers=headers)

    assert answer.status_code == 303


async def test_tokens_of_a_session_stay_good_and_are_never_the_same(browser: AsyncClient) -> None:
    tokens = {await form_token(browser, "/account") for _ in range(3)}

    assert len(tokens) == 3
    for token in tokens:
        answer = await browser.post("/account", data={"csrf": token, "name": "A"}, headers=HTML)
        assert answer.status_code == 303


async def test_the_person_at_the_machine_needs_one_too(app: FastAPI) -> None:
    transport = ASGITransport(app, client=("127.0.0.1", 50000))
    async with AsyncClient(transport=transport, base_url="http://localhost:8018") as here:
        first = {"email": EMAIL, "new_password": PASSWORD}

        assert (await here.post("/account/first", data=first, headers=HTML)).status_code == 403
        assert (await send(here, "/account", "/account/first", **first)).status_code == 303


_FORM = r'<form[^>]*method="post"[^>]*>\s*(.*?)(?=<input|<button|<label|\n)'


def test_every_form_carries_a_token() -> None:
    forms = [
        (path.name, found[0])
        for path in sorted(TEMPLATES.glob("*.html"))
        for found in re.finditer(_FORM, path.read_text(), re.DOTALL | re.IGNORECASE)
    ]

    assert len(forms) > 15
    assert [form for form in forms if "{{ csrf }}" not in form[1]] == []


def test_every_router_of_pages_is_guarded() -> None:
    """Those that are not among PAGES would be neither guarded nor served."""
    folder = Path(obrador.dashboard.__file__).parent
    modules = {
        path.stem for path in folder.glob("*.py") if "include_in_schema=False" in path.read_text()
    }

    # What is set up has a module each, whose routers are parts of that of `setup_pages`.
    own = {name for name in modules if not name.startswith("setup_")}
    assert {part.__name__.rsplit(".", 1)[1] for part in PAGES} >= own | {"setup_pages"}
